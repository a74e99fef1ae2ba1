"""Drift: how soon a silent change is seen, and how often nothing is called a change.

The data is not ours to ship: point SEMWATCH_DATA, or the argument, to the directory that holds
``drift/answers_by_model.jsonl.gz``. Transforms are fitted on 1,000 draws of one half of the
prompts, charts calibrated on 1,000 draws of the other, and the streams drawn from that one.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from scipy import stats  # type: ignore[import-untyped] # ships no types

from benchmarks.drift_data import SCHEMA, Answers, load
from processor.drift.alarm import Cause
from processor.drift.baseline import Baseline, fit
from processor.drift.cause import cause_of
from processor.drift.charts import CHARTS, Charts, Limits, Track, arl_of_each

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BASE = "gpt4_0613"
_HALF = 1000
_QUIET_EVENTS = 4000
_PERIOD = 2000
_CHANGED_EVENTS = 1000
_QUIET_BEFORE = 600
_MISPAIRED = 0.1
_PAGES = np.array([chart.tier == "page" for chart in CHARTS])
_INPUTS = np.array([chart.family == "input" for chart in CHARTS])

console = Console(stderr=True)


class Alarm(NamedTuple):
    """The first alarm of a stream: after how many events, and what it says.

    ``since`` is how many events before it the change is estimated.
    """

    events: int
    since: int
    cause: Cause
    chart: str


class Outcome(NamedTuple):
    """What one stream gave; ``None`` where it stayed silent to its end."""

    events: int
    first: Alarm | None
    page: Alarm | None


class Cell(NamedTuple):
    """All streams of one kind."""

    name: str
    outcomes: Sequence[Outcome]


class Bench:
    """Makes baselines and plays streams against them.

    Args:
        answers: the rows of every model.
        base: the model of the baseline.
        seed: of everything that is drawn.
        baselines: how many; streams are shared out evenly.
    """

    def __init__(self, answers: Answers, *, base: str, seed: int, baselines: int) -> None:
        self._answers = answers
        self._base = base
        self._rng = np.random.default_rng(seed)
        self._limits = Limits()
        self.baselines = [self._baseline() for _ in range(baselines)]

    def _baseline(self) -> Baseline:
        rows = self._answers.rows[self._base]
        halves = (self._answers.fitting, self._answers.streams)
        drawn = np.concatenate([rows[self._rng.choice(half, _HALF)] for half in halves])
        # Four features: those of the schema and the cosine to the centroid.
        return fit(drawn, SCHEMA, arl=arl_of_each(len(SCHEMA.features) + 1, self._limits.arl))

    def cell(self, name: str, streams: int, stream: Callable[[], Floats]) -> Cell:
        """Play streams of one kind and take down their first alarms."""
        console.print(f"{name} …")
        outcomes = []
        for index in range(streams):
            charts = Charts(self.baselines[index % len(self.baselines)], self._limits)
            rows = stream()
            outcomes.append(outcome(charts.update_many(rows), len(rows)))
        return Cell(name, outcomes)

    def steady(self) -> Floats:
        """Return a stream in which nothing changes."""
        return self._answers.rows[self._base][self._draw(_QUIET_EVENTS)]

    def diurnal(self) -> Floats:
        """Return one in which the shares of the prompts' five sources swing by exp(+-1)."""
        swing = np.sin(2 * np.pi * (np.arange(_QUIET_EVENTS) / _PERIOD + self._rng.random()))
        return self._answers.rows[self._base][self._mixed(swing)]

    def changed(self, model: str) -> Floats:
        """Return a stream of another model under the same label."""
        return self._answers.rows[model][self._draw(_CHANGED_EVENTS)]

    def mispaired(self) -> Floats:
        """Return a stream in which one answer in ten belongs to another prompt."""
        drawn = self._draw(_CHANGED_EVENTS)
        wrong = self._rng.random((len(drawn), 1)) < _MISPAIRED
        return np.where(
            wrong, self._answers.mispaired[drawn], self._answers.rows[self._base][drawn]
        )

    def after_quiet(self, changed: Floats) -> Floats:
        """Return a stream that begins as the baseline was."""
        return np.concatenate((self.steady()[:_QUIET_BEFORE], changed))

    def other_mix(self) -> Floats:
        """Return a stream in which the shares of the sources have moved by exp(+-1) for good."""
        return self._answers.rows[self._base][self._mixed(np.ones(_PERIOD))]

    def one_source(self) -> Floats:
        """Return a stream with prompts of one source alone."""
        streams, sources = self._answers.streams, self._answers.sources
        source = self._rng.integers(0, sources.max() + 1)
        pool = streams[sources[streams] == source]
        return self._answers.rows[self._base][self._rng.choice(pool, _PERIOD)]

    def _draw(self, events: int) -> Integers:
        return self._rng.choice(self._answers.streams, events)

    def _mixed(self, swing: Floats) -> Integers:
        """Draw prompts whose sources' shares are multiplied by exp(+-swing)."""
        sources = self._answers.sources[self._answers.streams]
        counts = np.bincount(sources)
        signs = np.where(self._rng.permutation(len(counts)) % 2, 1.0, -1.0)
        weights = np.cumsum(counts * np.exp(swing[:, None] * signs), axis=1)
        chosen = (weights < self._rng.random((len(swing), 1)) * weights[:, -1:]).sum(axis=1)
        order = self._answers.streams[np.argsort(sources, kind="stable")]
        starts = np.cumsum(counts) - counts
        within = (self._rng.random(len(swing)) * counts[chosen]).astype(int)
        return np.asarray(order[starts[chosen] + within])


def outcome(track: Track, events: int) -> Outcome:
    """Return the first alarm, and the first page."""
    beyond = track.ratios >= 1.0
    return Outcome(events, _first(track, beyond), _first(track, beyond & _PAGES))


def _first(track: Track, beyond: npt.NDArray[np.bool_]) -> Alarm | None:
    raised = beyond.any(axis=1)
    if not raised.any():
        return None
    event = int(raised.argmax())
    column = int(beyond[event].argmax())
    mix_ratio = float(track.ratios[event, _INPUTS].max())
    finding = track.finding(event, column)
    cause = cause_of(finding, mix_ratio)
    return Alarm(event + 1, finding.events_since, cause, CHARTS[column].name)


def rate(alarms: Sequence[Alarm | None], events: Sequence[int]) -> str:
    """Return false alarms in 10,000 events with a 95 % interval, streams ending at the first."""
    seen = sum(
        alarm.events if alarm else length for alarm, length in zip(alarms, events, strict=True)
    )
    count = sum(alarm is not None for alarm in alarms)
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    high = stats.chi2.ppf(0.975, 2 * count + 2) / 2
    scale = 10_000 / seen
    return f"{count * scale:.3f} ({low * scale:.3f}-{high * scale:.3f})"


def delays(alarms: Sequence[Alarm | None], limit: int) -> tuple[str, str, str]:
    """Return median with a 95 % interval, p90, and the share detected."""
    events = np.array([alarm.events if alarm else limit for alarm in alarms])
    drawn = np.random.default_rng(0).choice(events, (1000, len(events)))
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    found = np.mean([alarm is not None for alarm in alarms])
    median = f"{np.median(events):.0f} ({low:.0f}-{high:.0f})"
    return median, f"{np.quantile(events, 0.9):.0f}", f"{found:.0%}"


def quiet_table(cells: Sequence[Cell]) -> Table:
    """Return how often nothing was called a change."""
    table = Table("stream", "events", "any alarm / 10,000", "page / 10,000", "charts")
    for cell in cells:
        events = [o.events for o in cell.outcomes]
        firsts = [o.first for o in cell.outcomes]
        table.add_row(
            cell.name,
            f"{sum(events):,}",
            rate(firsts, events),
            rate([o.page for o in cell.outcomes], events),
            _counts(alarm.chart for alarm in firsts if alarm),
        )
    return table


def changed_table(cells: Sequence[Cell]) -> Table:
    """Return how soon a change was seen, by any chart and by a page."""
    table = Table(
        *("change", "streams", "median", "p90", "seen"),
        *("page: median", "p90", "seen", "causes", "charts"),
    )
    for cell in cells:
        limit = cell.outcomes[0].events
        firsts = [o.first for o in cell.outcomes]
        table.add_row(
            cell.name,
            str(len(cell.outcomes)),
            *delays(firsts, limit),
            *delays([o.page for o in cell.outcomes], limit),
            _counts(alarm.cause for alarm in firsts if alarm),
            _counts(alarm.chart for alarm in firsts if alarm),
        )
    return table


def placed_table(cells: Sequence[Cell]) -> Table:
    """Return how many events too early a change is placed; below 0 is too late."""
    table = Table("change", "streams", "median", "10 %", "90 %", "alarms before it")
    for cell in cells:
        firsts = [o.first for o in cell.outcomes if o.first]
        late = [alarm for alarm in firsts if alarm.events > _QUIET_BEFORE]
        early = [alarm.since - (alarm.events - _QUIET_BEFORE) for alarm in late]
        figures = np.percentile(early, (50, 10, 90))
        row = (*(round(figure) for figure in figures), len(firsts) - len(late))
        table.add_row(cell.name, str(len(early)), *map(str, row))
    return table


def _counts(names: Iterator[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def cost(bench: Bench, events: int = 6400, batch: int = 64) -> str:
    """Return the time of all charts an event, beside that of one addition of numpy."""
    charts = Charts(bench.baselines[0], Limits())
    rows = np.concatenate([bench.steady() for _ in range(2)])[:events]
    start = time.perf_counter()
    for first in range(0, events, batch):
        charts.update_many(rows[first : first + batch])
    each = (time.perf_counter() - start) / events * 1e6
    left, right = np.zeros((2, 24))
    start = time.perf_counter()
    for _ in range(events):
        np.add(left, right, out=left)
    addition = (time.perf_counter() - start) / events * 1e6
    return (
        f"all charts: {each:.1f} us an event in batches of {batch}, {each / addition:.0f} times "
        f"an addition of two short arrays ({addition:.2f} us)"
    )


@click.command()
@click.argument(
    "directory",
    envvar="SEMWATCH_DATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--streams", default=200, show_default=True, help="Of each kind of change.")
@click.option("--quiet-streams", default=500, show_default=True, help="Without a change.")
@click.option("--baselines", default=10, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--cache",
    default=Path(tempfile.gettempdir()) / "semwatch-benchmarks",
    type=click.Path(path_type=Path),
    help="Where embeddings are kept.",
)
@click.option("--base", default=BASE, show_default=True, help="The model of the baseline.")
def main(
    *,
    directory: Path,
    streams: int,
    quiet_streams: int,
    baselines: int,
    seed: int,
    cache: Path,
    base: str,
) -> None:
    """Print false alarms, delays, causes and costs on the answers in DIRECTORY."""
    answers = load(directory, cache, base)
    bench = Bench(answers, base=base, seed=seed, baselines=baselines)
    out = Console(width=190)
    quiet = [
        bench.cell("no change", quiet_streams, bench.steady),
        bench.cell("no change, diurnal mix", quiet_streams, bench.diurnal),
    ]
    out.print(quiet_table(quiet))
    swaps: dict[str, Callable[[], Floats]] = {
        f"{base} → {model}": partial(bench.changed, model)
        for model in sorted(answers.rows)
        if model != base
    } | {"10 % mispaired": bench.mispaired}
    changes = [bench.cell(name, streams, stream) for name, stream in swaps.items()]
    changes.append(bench.cell("another mix of prompts", streams, bench.other_mix))
    changes.append(bench.cell("prompts of one source", streams, bench.one_source))
    out.print(changed_table(changes))
    placed = [
        bench.cell(name, streams, lambda stream=stream: bench.after_quiet(stream()))  # type: ignore[misc]
        for name, stream in swaps.items()
    ]
    out.print(placed_table(placed))
    out.print(cost(bench))


if __name__ == "__main__":
    main()
