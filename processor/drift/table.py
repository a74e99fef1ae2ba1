"""The tables of series: features in, changed states and baselines out, alarms published."""

import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from processor import keyed
from processor.alarms import Alarms
from processor.drift.features import Features, FeaturesError, decode_features
from processor.drift.reading import Advance
from processor.drift.stage import DriftStage
from processor.exporter import Exporter
from processor.kafka import Record
from processor.seal import StateError

log = logging.getLogger("semwatch")


class DriftTable:
    """Watches every series.

    What is large and seldom changes, a baseline or the rows that are to be one, lies in a table
    of its own, under the key of the series and a name. A state names its parts, so they are
    written before it.

    Args:
        stage: advances one series.
        features: the topic that the features come from.
        max_series: more series than this are refused and counted.
        alarms: publishes what the stage found.
        exporter: shows where the series stand.
    """

    name = "drift"
    tables: tuple[str, ...] = ("baselines", "drift")

    def __init__(
        self,
        stage: DriftStage,
        *,
        features: str,
        max_series: int,
        alarms: Alarms,
        exporter: Exporter,
    ) -> None:
        self.topic = features
        self._stage = stage
        self._max_series = max_series
        self._alarms = alarms
        self._exporter = exporter

    def located_by(self, key: bytes) -> bytes:
        """Return the key of the series, which is a JSON array, without the name of a part."""
        return key[: key.rfind(b"]") + 1]

    def advance(
        self,
        tables: Sequence[Mapping[bytes, bytes]],
        records: Sequence[Record],
        generation: int,
        still_owner: Callable[[], None],
    ) -> keyed.Advance:
        """Apply the features of a batch, and publish the alarms and migrations they raise."""
        parts, states = tables
        batches, partitions = keyed.by_key(records, self._features)
        # Also a series that only repeats is written again: its last change may have been lost
        # between the acknowledged record and the changelog.
        advances = self._advance(parts, states, batches)
        events = [(partitions[key], event) for key, a in advances.items() for event in a.events]
        self._alarms.publish(events, generation, still_owner)

        def done() -> None:
            for key, advance in advances.items():
                self._show(advance, partitions[key])

        changed_parts = {
            _part_key(key, name): keyed.Change(partitions[key], part)
            for key, advance in advances.items()
            for name, part in advance.parts.items()
        }
        changed_states = {
            key: keyed.Change(partitions[key], advance.state) for key, advance in advances.items()
        }
        return keyed.Advance([changed_parts, changed_states], done)

    def recovered(self, entries: Iterable[keyed.Entry]) -> None:
        """Show the series that came with a rebalance, before their next event."""
        for partition, key, state in entries:
            with contextlib.suppress(StateError):  # its next event resets and counts it
                readings, status = self._stage.readings(key, state)
                for reading in readings:
                    self._exporter.read(reading, partition)
                self._exporter.stand(status, partition)

    def left(self, partition: int) -> None:
        """Drop the gauges of series that another worker owns now."""
        self._exporter.series_left(partition)

    def _show(self, advance: Advance, partition: int) -> None:
        for reading in advance.readings:
            self._exporter.read(reading, partition)
        self._exporter.stand(advance.status, partition)
        for alarm in advance.alarms:
            self._exporter.drifted(alarm)
        for migration in advance.migrations:
            self._exporter.migrated(migration)

    def _features(self, record: Record) -> Features | None:
        try:
            return decode_features(record.value)
        except FeaturesError:  # another version's: its verdicts stand all the same
            self._exporter.drift_refused("unreadable")
            return None

    def _advance(
        self,
        parts: Mapping[bytes, bytes],
        states: Mapping[bytes, bytes],
        batches: Mapping[bytes, Sequence[Features]],
    ) -> dict[bytes, Advance]:
        advances = {}
        for key, batch in batches.items():
            state = states.get(key)
            if state is None and len(states) >= self._max_series:
                self._exporter.drift_refused("max_series")
                continue
            try:
                advances[key] = self._stage.advance(state, batch, _parts_of(key, parts))
            except StateError as error:
                log.warning("a series starts afresh: %s", error)
                self._exporter.state_reset()
                advances[key] = self._stage.advance(None, batch)
        return advances


def _parts_of(key: bytes, parts: Mapping[bytes, bytes]) -> Callable[[str], bytes | None]:
    return lambda name: parts.get(_part_key(key, name))


def _part_key(key: bytes, name: str) -> bytes:
    return key + name.encode()
