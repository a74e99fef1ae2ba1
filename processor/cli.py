"""The command ``semwatch``."""

import sys
from pathlib import Path
from typing import IO, Literal

import click
import msgspec
from rich.console import Console
from rich.table import Table

from processor import config as settings
from processor import logs
from processor.baseline_cli import baseline, errors_shown

_config = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="TOML file; SEMWATCH_* variables override it.",
)


@click.group()
@click.version_option(package_name="semwatch")
def main() -> None:
    """Watch what bots mean: judge logged answers in a Kafka stream."""
    logs.configure()


main.add_command(baseline)


@main.command()
@_config
def worker(config_file: Path | None) -> None:
    """Judge the stream until told to stop."""
    from processor.assembly import run_worker  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        run_worker(settings.load(config_file))


@main.command()
@_config
def topics(config_file: Path | None) -> None:
    """Create the topics that are missing, with partitions and retention."""
    from processor.topics import create  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        outcomes = create(settings.load(config_file))
    table = Table("topic", "partitions", "policy", "state")
    for topic, state in outcomes:
        table.add_row(topic.name, str(topic.partitions), topic.settings["cleanup.policy"], state)
    Console().print(table)
    if any(state not in ("created", "exists") for _, state in outcomes):
        sys.exit(1)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--rate", type=click.FloatRange(min=0), default=0, help="Events a second; 0: all.")
@_config
def replay(file: IO[bytes], rate: float, config_file: Path | None) -> None:
    """Produce the lines of a JSONL FILE to the events topic; `-` reads standard input."""
    from processor.replay import replay as produce  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        count = produce(file, settings.load(config_file), rate=rate)
    click.echo(f"{count} events produced")


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--once", is_flag=True, help="Stop when all that is there is acknowledged.")
@_config
def ship(paths: tuple[str, ...], once: bool, config_file: Path | None) -> None:
    """Follow log files PATHS, or ship.paths, into Kafka; `-` reads standard input."""
    from processor.shipping.assembly import run_ship  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        sys.exit(run_ship(settings.load(config_file), paths, once=once))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--explain", is_flag=True, help="Print the answers, with what is blamed in colour.")
@_config
def score(file: IO[bytes], explain: bool, config_file: Path | None) -> None:
    """Judge the lines of a JSONL FILE without Kafka: verdicts out, then a summary."""
    from processor import score as scoring  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        judge = scoring.show if explain else scoring.score
        judge(file, settings.load(config_file))


@main.command()
@click.option("--seed", default=7, show_default=True, help="Of the made-up traffic.")
@click.option("--rate", default=20.0, show_default=True, help="Answers a second.")
@click.option("--port", default=8088, show_default=True, help="Of /metrics.")
@click.option("--healthy", default=2400, show_default=True, help="Answers before the incident.")
@click.option("--incident", default=400, show_default=True, help="Answers of the incident.")
def demo(seed: int, rate: float, port: int, healthy: int, incident: int) -> None:
    """Watch a support bot go wrong: the whole line on an embedded broker."""
    from processor.demo.plan import Plan  # noqa: PLC0415 - goes with the next
    from processor.demo.run import run  # noqa: PLC0415 - starts a broker

    sys.exit(run(Plan(seed, rate, healthy, incident), port=port))


@main.command()
@click.option(
    "--slo",
    "slo_file",
    type=click.Path(path_type=Path),
    default=Path("deploy/slo.toml"),
    show_default=True,
    help="TOML file of objectives.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("deploy/prometheus/rules"),
    show_default=True,
    help="Where the rule files go.",
)
def rules(slo_file: Path, out: Path) -> None:
    """Make Prometheus's recording and alert rules from a table of objectives."""
    from processor.rules import burn, generate, slo  # noqa: PLC0415 - the others do without them

    with errors_shown():
        table = slo.load(slo_file)
    for note in burn.notes(table):
        click.echo(f"note: {note}", err=True)
    for path in generate.write(table, out):
        click.echo(path)


@main.command()
@click.option("--seed", default=7, show_default=True, help="Of the made-up traffic.")
@click.option("--rate", default=5.0, show_default=True, help="Answers a second.")
@click.option("--healthy", default=9000, show_default=True, help="Answers before each incident.")
@click.option("--incident", default=1500, show_default=True, help="Answers of each incident.")
@_config
def bot(seed: int, rate: float, healthy: int, incident: int, config_file: Path | None) -> None:
    """Log the demo's traffic to Kafka, incidents and all, until told to stop."""
    from processor.demo.bot import run  # noqa: PLC0415 - connects to Kafka
    from processor.demo.plan import Plan  # noqa: PLC0415 - goes with it

    with errors_shown():
        run(Plan(seed, rate, healthy, incident), settings.load(config_file))


@main.group(name="intents")
def intents_group() -> None:
    """Work on a file of intents."""


_intents_file = click.argument("file", type=click.Path(path_type=Path))


@intents_group.command(name="fit")
@_intents_file
@_config
def intents_fit(file: Path, config_file: Path | None) -> None:
    """Fit the intents of FILE and write the model beside it, which saves that at each start."""
    from processor import intents  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        click.echo(intents.fit_intents(file, settings.load(config_file)))


@intents_group.command(name="test")
@_intents_file
@_config
def intents_test(file: Path, config_file: Path | None) -> None:
    """Say which intents of FILE are told apart, each exemplar by a model that has not seen it."""
    from processor import intents  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        Console().print(
            intents.tested_table(intents.cross_validate(file, settings.load(config_file)))
        )


@intents_group.command(name="suggest")
@_intents_file
@click.argument("log", type=click.File("rb"))
@_config
def intents_suggest(file: Path, log: IO[bytes], config_file: Path | None) -> None:
    """Say what users ask in a JSONL LOG that FILE has no intent for: kinds, with event ids."""
    from processor import intents  # noqa: PLC0415 - loads the model libraries

    table = Table("questions", "for example")
    with errors_shown():
        for suggestion in intents.suggest(file, log, settings.load(config_file)):
            table.add_row(str(suggestion.questions), ", ".join(suggestion.event_ids))
    Console().print(table)


@intents_group.command(name="fit-resolution")
@click.argument("log", type=click.File("rb"))
@_config
def intents_fit_resolution(log: IO[bytes], config_file: Path | None) -> None:
    """Fit the outcome model from a JSONL LOG in which outcomes are told; print it as JSON."""
    from processor import intents  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        model = intents.fit_resolution(log, settings.load(config_file))
    click.echo(msgspec.json.format(msgspec.json.encode(model), indent=2))


@main.group(name="config")
def config_group() -> None:
    """Look at the settings."""


@config_group.command()
@_config
def check(config_file: Path | None) -> None:
    """Check the settings and print what they come to."""
    with errors_shown():
        config = settings.load(config_file)
    hidden = msgspec.structs.replace(
        config.kafka, sasl_password="(hidden)" if config.kafka.sasl_password else ""
    )
    ship = msgspec.structs.replace(config.ship, hash_key="(hidden)" if config.ship.hash_key else "")
    shown = msgspec.to_builtins(msgspec.structs.replace(config, kafka=hidden, ship=ship))
    click.echo(msgspec.toml.encode(shown).decode())


@main.group(name="policy")
def policy_group() -> None:
    """Look at the policy rules."""


@policy_group.command(name="test")
@click.argument("sources", nargs=-1, required=True, metavar="FILE...")
@_config
def policy_test(sources: tuple[str, ...], config_file: Path | None) -> None:
    """Run the examples of rule FILEs; `starter` names the rules that come with semwatch."""
    from processor import assembly, policy_cli  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        config = settings.load(config_file)
        as_said = policy_cli.check(sources, config, assembly.encoder_of(config))
    if not as_said:
        sys.exit(1)


@policy_group.command(name="explain")
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.option(
    "--part",
    type=click.Choice(["prompt", "response", "context", "system"]),
    default="response",
    show_default=True,
    help="What the text is.",
)
@_config
def policy_explain(
    file: IO[str],
    part: Literal["prompt", "response", "context", "system"],
    config_file: Path | None,
) -> None:
    """Show which rule of the settings finds what in a text FILE; `-` reads standard input."""
    from processor import assembly, policy_cli  # noqa: PLC0415 - loads the model libraries

    with errors_shown():
        config = settings.load(config_file)
        policy_cli.explain(file.read(), part, config, assembly.encoder_of(config))
