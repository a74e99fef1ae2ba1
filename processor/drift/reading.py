"""What the drift stage gives: readings for dashboards, where a series stands, what to publish."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from processor.drift.alarm import Alarm
from processor.drift.charts import CHARTS
from processor.drift.features import Series
from processor.drift.monitor import Monitor
from processor.drift.provenance import MigrationEvent, newest
from processor.drift.state import SeriesState


class Reading(NamedTuple):
    """The running statistics of one score of a series after an update."""

    series: Series
    signal: str
    mean: float
    recent_mean: float
    window_events: int


class Status(NamedTuple):
    """Where a series stands: its baseline, its charts, what is latched.

    ``collected`` are events of the baseline that is being made, if one is. ``ratios`` are
    statistics over thresholds, by chart. ``prompt_version`` and ``retrieval_snapshot`` are those
    of now; ``changed`` says when fields of the provenance changed last, in Kafka's time.
    """

    series: Series
    ready: bool
    collected: int
    baseline_events: int
    baseline_until: float | None
    events: int
    ratios: Mapping[str, float]
    latched: Mapping[str, str]
    prompt_version: str
    retrieval_snapshot: str
    changed: Mapping[str, float]


class Advance(NamedTuple):
    """What an update of a series gives; ``parts`` are to be stored before the state.

    A part that is ``None`` is to be deleted.
    """

    state: bytes
    readings: tuple[Reading, ...]
    alarms: tuple[Alarm, ...]
    migrations: tuple[MigrationEvent, ...]
    parts: Mapping[str, bytes | None]
    status: Status

    @property
    def events(self) -> list[Alarm | MigrationEvent]:
        """All that is to be published, causes before effects."""
        return [*self.migrations, *self.alarms]


def readings_of(series: Series, monitors: Mapping[str, Monitor]) -> tuple[Reading, ...]:
    """Return the running statistics of every score."""
    return tuple(
        Reading(series, name, monitor.mean, monitor.recent_mean, monitor.window_events)
        for name, monitor in monitors.items()
    )


def status_of(series: Series, state: SeriesState) -> Status:
    """Return where a series stands."""
    watch, collection = state.watch, state.collection
    ratios: dict[str, float] = {}
    if watch:
        for chart, ratio in zip(CHARTS, watch.ratios, strict=False):
            ratios[chart.name] = max(ratio, ratios.get(chart.name, 0.0))
    return Status(
        series=series,
        ready=watch is not None,
        collected=collection.rows if collection else 0,
        baseline_events=watch.baseline_events if watch else 0,
        baseline_until=watch.baseline_until if watch else None,
        events=watch.events if watch else 0,
        ratios=ratios,
        latched={family: latched.tier for family, latched in state.latched.items()},
        prompt_version=newest(state.known, "prompt_version"),
        retrieval_snapshot=newest(state.known, "retrieval_snapshot"),
        changed={m.field: m.logged for _, m in state.migrations if m.logged is not None},
    )


def encode_event(event: Alarm | MigrationEvent) -> bytes:
    """Return the JSON of what is published."""
    return msgspec.json.encode(event)
