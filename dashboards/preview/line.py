"""The worker's own stages on a log in memory, so that a day passes in a minute."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from detectors.base import Interaction
from processor.alarms import Alarms
from processor.assembly import load
from processor.config import Config
from processor.conversation.build import reader_of, stage_of
from processor.conversation.observe import Turns
from processor.conversation.table import ConversationTable
from processor.decode import decode
from processor.drift.table import DriftTable
from processor.exporter import Exporter
from processor.kafka import Message, Place, Record
from processor.keyed import KeyedStage
from processor.observe import Observer


class Log:
    """Stands in for the broker: what is sent to a topic waits until a stage takes it."""

    def __init__(self) -> None:
        self._sent: dict[str, list[Message]] = {}
        self._offsets: dict[str, int] = {}

    def send(self, messages: Iterable[Message], guard: Callable[[], None]) -> None:
        """Be the outbox."""
        guard()
        for message in messages:
            self._sent.setdefault(message.topic, []).append(message)

    def read(self, *_place: object) -> tuple[Place, ...]:
        """Be the tail of a topic in which nothing stands yet."""
        return ()

    def recent(self, *_place: object) -> list[bytes]:
        """Be the tail of the alarms, of which there are none yet."""
        return []

    def take(self, topic: str, now: float) -> list[Record]:
        """Return what was sent to a topic since the last call, all in one partition."""
        first = self._offsets.get(topic, 0)
        sent = self._sent.pop(topic, [])
        self._offsets[topic] = first + len(sent)
        return [
            Record(topic, 0, first + number, now, m.key, m.value, m.headers)
            for number, m in enumerate(sent)
        ]


class Line:
    """All stages of a worker and what it exports.

    Args:
        config: the settings.
    """

    def __init__(self, config: Config) -> None:
        self.exporter = Exporter()
        self._config = config
        # It has the methods of the outbox and the tail that count.
        self._log = cast("Any", Log())
        self._offset = 0
        loaded = load(config, self._ran, self.exporter)
        self._encoder, self._pipeline = loaded.encoder, loaded.pipeline
        self._counted = (0, 0)
        self.exporter.started(versions=loaded.pipeline.versions)
        reader = reader_of(loaded.pipeline)
        self._observer = Observer(
            topics=config.topics,
            pipeline=loaded.pipeline,
            outbox=self._log,
            tail=self._log,
            exporter=self.exporter,
            max_event_bytes=config.worker.max_event_bytes,
            measure=loaded.measure,
            batch_events=config.worker.batch_events,
            turns=Turns(reader, config.topics.turns) if reader else None,
        )
        drift = DriftTable(
            loaded.stage,
            features=config.topics.features,
            max_series=config.drift.max_series,
            alarms=Alarms(config.topics.alarms, outbox=self._log, tail=self._log),
            exporter=self.exporter,
        )
        conversations = ConversationTable(
            stage_of(config, reader),
            turns=config.topics.turns,
            conversations=config.topics.conversations,
            max_conversations=config.conversations.max_conversations,
            outbox=self._log,
            exporter=self.exporter,
        )
        self._stages: dict[KeyedStage, list[dict[bytes, bytes]]] = {
            stage: [{} for _ in stage.tables] for stage in (drift, conversations)
        }

    def warm_up(self, events: Sequence[bytes]) -> None:
        """Show the encoder all texts at once: a lone one costs it as much as 32 together."""
        parts = [part for event in events for part in decode(event, max_bytes=1 << 20).parts]
        self._pipeline.judge([part for part in parts if isinstance(part, Interaction)])

    def take(self, events: Sequence[bytes | None], now: float, *, age: float, behind: int) -> None:
        """Judge events and let the stages behind take what comes of it.

        Args:
            events: as they lie in Kafka.
            now: when, in the history's time.
            age: seconds that they have waited.
            behind: records that still wait.
        """
        written = time.time() - age  # the observer asks the clock for the age
        records = [
            Record(self._config.topics.events, 0, self._offset + number, written, None, event)
            for number, event in enumerate(events)
        ]
        self._offset += len(records)
        self.exporter.in_flight(len(records), limit=self._config.worker.batch_events)
        self._observer.observe(records, 1, lambda: None)
        self.exporter.lagging(self._config.topics.events, 0, behind)
        for stage, tables in self._stages.items():
            if sent := self._log.take(stage.topic, now):
                self._advance(stage, tables, sent)
            self.exporter.lagging(stage.topic, 0, 0)

    def _advance(
        self, stage: KeyedStage, tables: list[dict[bytes, bytes]], records: Sequence[Record]
    ) -> None:
        start = time.perf_counter()
        advance = stage.advance(tables, records, 1, lambda: None)
        for table, changes in zip(tables, advance.changes, strict=True):
            for key, change in changes.items():
                if change.state is None:
                    table.pop(key, None)
                else:
                    table[key] = change.state
        advance.done()
        self.exporter.batch_done(stage.name, time.perf_counter() - start)

    def _ran(self, detector: str, seconds: float) -> None:
        self.exporter.detector_ran(detector, seconds)
        hits, misses = self._encoder.cache_info[:2] if self._encoder else (0, 0)
        self.exporter.embedded(hits=hits - self._counted[0], misses=misses - self._counted[1])
        self._counted = (hits, misses)
