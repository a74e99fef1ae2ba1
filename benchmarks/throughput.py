"""How fast the worker is: end to end, against its own encoder, and with nothing to detect.

Each round measures a run end to end and then the ceiling (`benchmarks.ceiling`) on the same
events, so that what else the machine does meanwhile falls on both.
"""

import os
import sys
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple, get_args

import click
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import backends, broker, ceiling, decoding, detectors, endtoend
from benchmarks.broker import Broker
from benchmarks.ceiling import Ceiling
from benchmarks.endtoend import LOAD, EndToEnd
from benchmarks.line import base_config
from benchmarks.traffic import Kind
from processor.config import Config, DetectorName

RATIO_BAR = 0.8
OFF_BAR = 1500.0

_MIB = 1 << 20
_COLUMNS = (
    *("broker", "traffic", "events/s", "ceiling", "ratio (from-to)"),
    *("p50 s", "p95 s", "CPU ms/event", "CPU ratio", "RSS MiB", "peak MiB", "bar"),
)

console = Console(stderr=True)


# What the ceiling does, and what a worker does that is not told otherwise.
_ENCODER: tuple[DetectorName, ...] = ("grounding",)
_ALL = Config().worker.detectors


class Case(NamedTuple):
    """One row of a broker; without detectors there is no ceiling."""

    kind: Kind
    detectors: tuple[DetectorName, ...]
    events: int
    paced_seconds: float = 0.0

    @property
    def title(self) -> str:
        """What the table calls it."""
        named = {(): "no detectors", _ALL: "all detectors"}
        return named.get(self.detectors, self.kind)


class Round(NamedTuple):
    """A run and the ceiling that was measured right after it."""

    end_to_end: EndToEnd
    ceiling: Ceiling | None


_FULL = (
    Case("support", _ENCODER, events=1024, paced_seconds=15.0),
    Case("fresh", _ENCODER, events=256, paced_seconds=15.0),
    Case("support", _ALL, events=1024, paced_seconds=15.0),
    Case("support", (), events=12_000),
)
_QUICK = (
    Case("support", _ENCODER, events=192, paced_seconds=4.0),
    Case("support", (), events=6_000),
)


def rounds_of(case: Case, started: Broker, config: Config, rounds: int, seed: int) -> list[Round]:
    """Measure A B A B: end to end, ceiling, end to end, ceiling."""
    worker = msgspec.structs.replace(config.worker, detectors=case.detectors)
    # Drift embeds prompts and whole answers as well: the row of all detectors shows its cost.
    drift = msgspec.structs.replace(config.drift, embeddings=case.detectors == _ALL)
    config = msgspec.structs.replace(config, worker=worker, drift=drift)
    found = []
    for number in range(rounds):
        console.print(f"{case.title}: round {number + 1} of {rounds}")
        found.append(_round(case, started, config, seed + number))
    return found


def _round(case: Case, started: Broker, config: Config, seed: int) -> Round:
    # One batch warms the encoder up and fills its cache; without one, a second goes by.
    warm = (1 if case.detectors else 16) * config.worker.batch_events
    run = endtoend.measure(
        started,
        config,
        kind=case.kind,
        seed=seed,
        warm=warm,
        events=case.events,
        paced_seconds=case.paced_seconds,
    )
    if not case.detectors:
        return Round(run, None)
    return Round(run, ceiling.run(config, kind=case.kind, seed=seed, warm=warm, events=case.events))


def row(name: broker.Name, case: Case, rounds: Sequence[Round]) -> list[str]:
    """Return the cells of one case: medians over its rounds."""
    runs = [r.end_to_end for r in rounds]
    pairs = [(r.end_to_end, r.ceiling) for r in rounds if r.ceiling]
    pace = median(run.events_per_second for run in runs)
    ratios = [run.events_per_second / top.events_per_second for run, top in pairs]
    costs = [top.cpu_seconds_per_event / run.cpu_seconds_per_event for run, top in pairs]
    latencies = [run.latencies for run in runs if run.latencies]
    return [
        name,
        case.title,
        f"{pace:,.1f}" if case.detectors else f"{pace:,.0f}",
        f"{median(top.events_per_second for _, top in pairs):,.1f}" if pairs else "",
        _spread(ratios),
        *(_percentile(latencies, share) for share in (50, 95)),
        f"{1000 * median(run.cpu_seconds_per_event for run in runs):.2f}",
        _spread(costs),
        f"{median(run.steady_rss for run in runs) / _MIB:.0f}",
        f"{max(run.peak_rss for run in runs) / _MIB:.0f}",
        _goal(case, pace, ratios),
    ]


def _goal(case: Case, pace: float, ratios: Sequence[float]) -> str:
    if case.detectors == _ALL:
        return ""  # the ceiling is the encoder's, the others' cost is what the row shows
    return _bar(median(ratios), RATIO_BAR) if ratios else _bar(pace, OFF_BAR)


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else ""


def _percentile(latencies: Sequence[Sequence[float]], share: float) -> str:
    if not latencies:
        return ""
    return f"{median(float(np.percentile(run, share)) for run in latencies):.3f}"


def _bar(value: float, bar: float) -> str:
    return f"{'met' if value >= bar else 'MISSED'} (>= {bar:g})"


def _caption(config: Config, rounds: int) -> str:
    threads = config.embedding.threads or os.cpu_count()
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{config.embedding.backend} on {threads} threads; median of {rounds} round(s); "
        f"latency at {LOAD:.0%} of events/s"
    )


@click.command()
@click.option("--quick", is_flag=True, help="One round of the support traffic: below 2 minutes.")
@click.option("--rounds", type=click.IntRange(min=1), help="Of each row; 5, or 1 with --quick.")
@click.option("--broker", "brokers", type=click.Choice(get_args(broker.Name)), multiple=True,
              help="May be given more than once; both by default.")  # fmt: skip
@click.option("--seed", default=7, show_default=True, help="Of the traffic.")
@click.option("--backends/--no-backends", "compare", default=None, help="Compare the backends.")
def main(
    quick: bool,
    rounds: int | None,
    brokers: Sequence[broker.Name],
    seed: int,
    compare: bool | None,
) -> None:
    """Print the tables of throughput, of the detectors, of decoding, and of the backends."""
    config = base_config()
    rounds = rounds or (1 if quick else 5)
    table = Table(*_COLUMNS, caption=_caption(config, rounds))
    for name in brokers or get_args(broker.Name):
        with broker.start(name) as started:
            for case in _QUICK if quick else _FULL:
                table.add_row(*row(name, case, rounds_of(case, started, config, rounds, seed)))
    width = None if sys.stdout.isatty() else 160
    Console(width=width).print(table)
    detectors.compare(config, rounds=max(rounds, 3), seed=seed)
    decoding.compare(rounds=max(rounds, 3), seed=seed)
    if not quick if compare is None else compare:
        backends.compare(config, rounds=rounds, seed=seed)


if __name__ == "__main__":
    main()
