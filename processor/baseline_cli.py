"""The command ``semwatch baseline``."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from processor import config as settings
from processor.drift.features import Action, Series
from processor.errors import SemwatchError

_config = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="TOML file; SEMWATCH_* variables override it.",
)
_series = click.argument("series")


@contextlib.contextmanager
def errors_shown() -> Iterator[None]:
    """Show our own errors as a message, not as a traceback."""
    try:
        yield
    except SemwatchError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def baseline() -> None:
    """Look after the baselines of drift; SERIES is app/route/model."""


@baseline.command(name="list")
@_config
def list_(config_file: Path | None) -> None:
    """List every series: whether it has a baseline, and where it stands."""
    from processor import baselines  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        found = baselines.stored(settings.load(config_file))
    table = Table("series", "baseline", "until", "compared", "collected", "highest", "latched")
    for one in found:
        status = one.status
        table.add_row(
            "/".join(msgspec.structs.astuple(one.series)),
            str(status.baseline_events) if status.ready else "none",
            _time(status.baseline_until),
            str(status.events),
            str(status.collected),
            f"{max(status.ratios.values(), default=0.0):.2f}",
            ", ".join(f"{family} {tier}" for family, tier in status.latched.items()) or "-",
        )
    Console().print(table)


@baseline.command()
@_series
@_config
def show(series: str, config_file: Path | None) -> None:
    """Show the baseline of SERIES."""
    from processor import baselines  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        found = baselines.check(baselines.export(settings.load(config_file), _parse(series)))
    for what, value in (
        ("events", found.events),
        ("since", _time(found.since)),
        ("until", _time(found.until)),
        ("embedding", found.schema.embedding or "none"),
        ("charted", ", ".join(found.charted)),
        ("style", ", ".join(found.styled)),
        *(
            (rate, f"{hits} of {count}")
            for rate, hits, count in zip(found.schema.rates, found.hits, found.counts, strict=True)
        ),
    ):
        click.echo(f"{what}: {value}")


@baseline.command()
@_series
@click.argument("file", type=click.File("wb"))
@_config
def export(series: str, file: IO[bytes], config_file: Path | None) -> None:
    """Write the baseline of SERIES to FILE."""
    from processor import baselines  # noqa: PLC0415 - connects to Kafka

    with errors_shown():
        file.write(baselines.export(settings.load(config_file), _parse(series)))


@baseline.command(name="import")
@_series
@click.argument("file", type=click.File("rb"))
@_config
def import_(series: str, file: IO[bytes], config_file: Path | None) -> None:
    """Compare SERIES with the baseline in FILE from now on."""
    from processor import baselines  # noqa: PLC0415 - connects to Kafka

    raw = file.read()
    with errors_shown():
        baselines.check(raw)
        _send(series, "import", config_file, raw)


@baseline.command()
@click.argument("file", type=click.File("wb"))
@click.option("--events", type=click.File("rb"), help="JSONL of golden events.")
@click.option("--series", help="With --since and --until: take what was measured of it.")
@click.option("--since", type=click.DateTime(), help="UTC.")
@click.option("--until", type=click.DateTime(), help="UTC.")
@_config
def make(
    *,
    file: IO[bytes],
    events: IO[bytes] | None,
    series: str | None,
    since: datetime | None,
    until: datetime | None,
    config_file: Path | None,
) -> None:
    """Write a baseline to FILE, made of golden events or of a time range of a series."""
    from processor import baselines  # noqa: PLC0415 - loads the model libraries
    from processor.assembly import load  # noqa: PLC0415
    from processor.drift.baseline import encode  # noqa: PLC0415

    with errors_shown():
        config = settings.load(config_file)
        if events is not None:
            made = baselines.from_events(events, config, load(config))
        elif series and since and until:
            span = (moment.replace(tzinfo=UTC).timestamp() for moment in (since, until))
            made = baselines.from_range(config, _parse(series), *span)
        else:
            raise click.UsageError("give --events, or --series with --since and --until")
    file.write(encode(made))
    click.echo(f"a baseline of {made.events} events: {', '.join(made.charted)}", err=True)


def _command(name: Action, text: str) -> Callable[..., Any]:
    @baseline.command(name=name, help=text)
    @_series
    @_config
    def command(series: str, config_file: Path | None) -> None:
        with errors_shown():
            _send(series, name, config_file)

    return command


_command("freeze", "Make the baseline of SERIES of what was collected so far (100 events).")
_command("reset", "Drop the baseline of SERIES and collect a new one.")
_command("acknowledge", "Release the alarms of SERIES; its charts start afresh after a silence.")


def _send(series: str, action: Action, config_file: Path | None, raw: bytes = b"") -> None:
    from processor import baselines  # noqa: PLC0415 - connects to Kafka

    baselines.send(settings.load(config_file), _parse(series), action, raw)
    click.echo(f"{action} sent to the owner of {series}")


def _parse(series: str) -> Series:
    parts = series.split("/")
    if len(parts) != len(Series.__struct_fields__) or not all(parts):
        raise click.BadParameter(f"want app/route/model, value {series!r}")
    return Series(*parts)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
