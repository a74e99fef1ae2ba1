"""The table of series: batches of features in, changed states out, alarms published."""

import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from processor import keyed
from processor.drift.monitor import StateError
from processor.drift.stage import (
    Advance,
    DriftStage,
    Features,
    FeaturesError,
    decode_features,
    encode_alarm,
)
from processor.exporter import Exporter
from processor.kafka import Message, Outbox, Record

log = logging.getLogger("semwatch")


class DriftTable:
    """Watches the scores of every series.

    Args:
        stage: advances one series.
        features: the topic that the scores come from.
        alarms: the topic that alarms go to.
        max_series: more series than this are refused and counted.
        outbox: produces the alarms.
        exporter: shows the readings.
    """

    name = "drift"

    def __init__(
        self,
        stage: DriftStage,
        *,
        features: str,
        alarms: str,
        max_series: int,
        outbox: Outbox,
        exporter: Exporter,
    ) -> None:
        self.topic = features
        self._stage = stage
        self._alarms = alarms
        self._max_series = max_series
        self._outbox = outbox
        self._exporter = exporter

    def advance(
        self,
        entries: Mapping[bytes, bytes],
        records: Sequence[Record],
        still_owner: Callable[[], None],
    ) -> keyed.Advance:
        """Apply the scores of a batch, and publish the alarms they raise."""
        batches, partitions = self._by_series(records)
        # Also a series that only repeats is written again: its last change may have been lost
        # between the acknowledged record and the changelog.
        advances = self._advance(entries, batches)
        raised = [alarm for advance in advances.values() for alarm in advance.alarms]
        self._outbox.send(
            (Message(self._alarms, encode_alarm(alarm), key=alarm.id.encode()) for alarm in raised),
            still_owner,
        )

        def done() -> None:
            for key, advance in advances.items():
                for reading in advance.readings:
                    self._exporter.read(reading, partitions[key])
            for alarm in raised:
                self._exporter.drifted(alarm)

        changes = {
            key: keyed.Change(partitions[key], advance.state) for key, advance in advances.items()
        }
        return keyed.Advance(changes, done)

    def recovered(self, entries: Iterable[keyed.Entry]) -> None:
        """Show the series that came with a rebalance, before their next event."""
        for partition, key, state in entries:
            with contextlib.suppress(StateError):  # its next event resets and counts it
                for reading in self._stage.readings(key, state):
                    self._exporter.read(reading, partition)

    def left(self, partition: int) -> None:
        """Drop the gauges of series that another worker owns now."""
        self._exporter.series_left(partition)

    def _by_series(
        self, records: Sequence[Record]
    ) -> tuple[dict[bytes, list[Features]], dict[bytes, int]]:
        batches: dict[bytes, list[Features]] = {}
        partitions: dict[bytes, int] = {}
        for record in records:
            try:
                features = decode_features(record.value)
            except FeaturesError:  # another version's: its verdicts stand all the same
                self._exporter.drift_refused("unreadable")
                continue
            key = record.key or b""
            batches.setdefault(key, []).append(features)
            partitions[key] = record.partition
        return batches, partitions

    def _advance(
        self, entries: Mapping[bytes, bytes], batches: Mapping[bytes, Sequence[Features]]
    ) -> dict[bytes, Advance]:
        advances = {}
        for key, batch in batches.items():
            state = entries.get(key)
            if state is None and len(entries) >= self._max_series:
                self._exporter.drift_refused("max_series")
                continue
            try:
                advances[key] = self._stage.advance(state, batch)
            except StateError as error:
                log.warning("a series starts afresh: %s", error)
                self._exporter.state_reset()
                advances[key] = self._stage.advance(None, batch)
        return advances
