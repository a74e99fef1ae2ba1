"""The drift stage: scores of a series and its stored state in; new state, readings, alarms out.

A score carries the place of its record in Kafka. The state remembers the last offset applied
from each source partition, so a repeat after a crash changes nothing.
"""

import binascii
import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from processor.drift.monitor import Change, Direction, Monitor, MonitorState, StateError
from processor.kafka import Record
from processor.verdict import Verdict

VERSION = 1
_EXAMPLES = 10


class Series(msgspec.Struct, frozen=True, array_like=True):
    """What drift is watched over."""

    app: str
    route: str
    model: str


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The scores of one interaction, and the record that it came from.

    ``logged`` is the record's time in Kafka, ``time`` the event's own, both in seconds.
    """

    partition: int
    offset: int
    logged: float
    event_id: str
    time: float | None
    scores: dict[str, float]


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch says of one series."""

    series: Series
    observations: tuple[Observation, ...]


class Applied(msgspec.Struct, frozen=True, array_like=True):
    """How far a source partition was applied: the last offset, and the latest time in Kafka."""

    offset: int
    logged: float


class SeriesState(msgspec.Struct, frozen=True, kw_only=True):
    """A series as plain data."""

    applied: dict[int, Applied]
    monitors: dict[str, MonitorState]
    recent_events: tuple[str, ...]


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A state as it lies in Kafka; ``digest`` is the CRC-32 of ``state``."""

    version: int
    digest: int
    state: msgspec.Raw


class Reading(NamedTuple):
    """The state of one score of a series after an update."""

    series: Series
    signal: str
    mean: float
    recent_mean: float
    window_events: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A series' mean score has moved. ``id`` is a function of what was observed."""

    id: str
    series: Series
    signal: str
    direction: Direction
    mean_before: float
    mean_after: float
    window_events: int
    event_id: str
    time: float | None
    recent_events: tuple[str, ...]


class Advance(NamedTuple):
    """What an update of a series gives."""

    state: bytes
    readings: tuple[Reading, ...]
    alarms: tuple[Alarm, ...]


_NOTHING = Applied(offset=-1, logged=0.0)
_encoder = msgspec.json.Encoder()
_stored_decoder = msgspec.json.Decoder(_Stored)
_state_decoder = msgspec.json.Decoder(SeriesState)
_features_decoder = msgspec.json.Decoder(Features)


def observe(
    verdicts: Iterable[tuple[Record, Verdict]], signals: Collection[str]
) -> dict[bytes, bytes]:
    """Group the scores of these signals by series: Kafka key to features."""
    grouped: dict[Series, list[Observation]] = {}
    for record, verdict in verdicts:
        scores = {
            s.name: s.score for s in verdict.signals if s.score is not None and s.name in signals
        }
        if scores:
            series = Series(verdict.app, verdict.route, verdict.model)
            grouped.setdefault(series, []).append(
                Observation(
                    partition=record.partition,
                    offset=record.offset,
                    logged=record.time,
                    event_id=verdict.event_id,
                    time=verdict.time,
                    scores=scores,
                )
            )
    return {
        _encoder.encode(series): _encoder.encode(
            Features(series=series, observations=tuple(observations))
        )
        for series, observations in grouped.items()
    }


class FeaturesError(ValueError):
    """A record on the features topic is not what `observe` writes."""


def decode_features(raw: bytes | None) -> Features:
    """Read what `observe` wrote.

    Raises:
        FeaturesError: it was something else, or another version.
    """
    try:
        return _features_decoder.decode(raw or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeaturesError(str(error)) from error


def encode_alarm(alarm: Alarm) -> bytes:
    """Return the JSON of an alarm, with the names of its series spelled out."""
    document = msgspec.structs.asdict(alarm) | {"series": msgspec.structs.asdict(alarm.series)}
    return _encoder.encode(document)


class DriftStage:
    """Advances the state of series; keeps nothing itself.

    Args:
        delta: see `Monitor`.
        min_events: see `Monitor`.
    """

    def __init__(self, *, delta: float = 0.002, min_events: int = 100) -> None:
        self._delta = delta
        self._min_events = min_events

    def advance(self, state: bytes | None, batch: Sequence[Features]) -> Advance:
        """Apply the observations that `state` has not seen; the batch is of one series, not empty.

        Raises:
            StateError: the state is damaged or of another version.
        """
        series = batch[0].series
        before = _decode(state)
        applied = dict(before.applied)
        monitors = {name: self._monitor(saved) for name, saved in before.monitors.items()}
        recent = list(before.recent_events)
        alarms: list[Alarm] = []
        for features in batch:
            for observation in features.observations:
                last = applied.get(observation.partition, _NOTHING)
                if _is_repeat(observation, last):
                    continue
                applied[observation.partition] = Applied(
                    observation.offset, max(observation.logged, last.logged)
                )
                recent = [*recent, observation.event_id][-_EXAMPLES:]
                alarms += self._update(series, observation, monitors, tuple(recent))
        after = SeriesState(
            applied=applied,
            monitors={name: monitor.state() for name, monitor in monitors.items()},
            recent_events=tuple(recent),
        )
        readings = (_reading(series, name, monitor) for name, monitor in monitors.items())
        return Advance(_encode(after), tuple(readings), tuple(alarms))

    def readings(self, key: bytes, state: bytes) -> tuple[Reading, ...]:
        """Return what a stored state says, as after a restart.

        Raises:
            StateError: as for `advance`.
        """
        series = msgspec.json.decode(key, type=Series)
        saved = _decode(state).monitors.items()
        return tuple(_reading(series, name, self._monitor(monitor)) for name, monitor in saved)

    def _update(
        self,
        series: Series,
        observation: Observation,
        monitors: dict[str, Monitor],
        recent: tuple[str, ...],
    ) -> list[Alarm]:
        alarms = []
        for signal, score in observation.scores.items():
            monitor = monitors.setdefault(signal, self._monitor())
            change = monitor.update(score)
            if change:
                alarms.append(_alarm(series, signal, change, observation, recent))
        return alarms

    def _monitor(self, saved: MonitorState | None = None) -> Monitor:
        monitor = Monitor(delta=self._delta, min_events=self._min_events)
        if saved:
            monitor.restore(saved)
        return monitor


def _decode(state: bytes | None) -> SeriesState:
    if state is None:
        return SeriesState(applied={}, monitors={}, recent_events=())
    try:
        stored = _stored_decoder.decode(state)
        if stored.version != VERSION:
            raise StateError(f"state of version {stored.version}, this is {VERSION}")
        if binascii.crc32(stored.state) != stored.digest:
            raise StateError("state is damaged")
        return _state_decoder.decode(stored.state)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StateError(f"state cannot be read: {error}") from error


def _encode(state: SeriesState) -> bytes:
    raw = _encoder.encode(state)
    return _encoder.encode(
        _Stored(version=VERSION, digest=binascii.crc32(raw), state=msgspec.Raw(raw))
    )


def _is_repeat(observation: Observation, last: Applied) -> bool:
    """Return whether it was applied; what is newer than all that was is of a topic made anew."""
    return observation.offset <= last.offset and observation.logged <= last.logged


def _reading(series: Series, signal: str, monitor: Monitor) -> Reading:
    return Reading(series, signal, monitor.mean, monitor.recent_mean, monitor.window_events)


def _alarm(
    series: Series,
    signal: str,
    change: Change,
    observation: Observation,
    recent: tuple[str, ...],
) -> Alarm:
    place = (*msgspec.structs.astuple(series), signal, observation.partition, observation.offset)
    return Alarm(
        id=hashlib.sha256(_encoder.encode(place)).hexdigest()[:32],
        series=series,
        signal=signal,
        direction=change.direction,
        mean_before=change.mean_before,
        mean_after=change.mean_after,
        window_events=change.window_events,
        event_id=observation.event_id,
        time=observation.time,
        recent_events=recent,
    )
