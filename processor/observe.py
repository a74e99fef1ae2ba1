"""The observing stage: a batch of records in, each with exactly one outcome in Kafka.

An event becomes a verdict, what holds no event becomes a dead letter, a tombstone nothing.
Scores for drift and dead letters are acknowledged before the first verdict is produced: once a
verdict stands in Kafka, all else that its event owed stands there too, and a replay may skip it.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from detectors.base import Interaction
from processor.config import Topics
from processor.conversation.observe import Turns
from processor.decode import decode
from processor.drift.measure import Measure
from processor.errors import Reason, Undecodable
from processor.evaluation import otlp_json
from processor.exporter import Exporter
from processor.judged import Judged
from processor.kafka import HEADROOM_BYTES, Headers, Message, Outbox, Record, Tail, place_headers
from processor.pipeline import Pipeline
from processor.telemetry import Telemetry
from processor.verdict import Verdict, encode


class Rejection(NamedTuple):
    """A record that never becomes an interaction."""

    record: Record
    reason: Reason
    detail: str


class _Emitted(NamedTuple):
    """The last source offset of a partition with an outcome, by kind of outcome."""

    verdict: int
    dead_letter: int


class Observer:
    """Judges batches of records and emits the outcomes.

    Args:
        topics: where outcomes go.
        pipeline: the detectors.
        outbox: produces with acknowledgement.
        tail: what an earlier owner has emitted.
        exporter: counts what is acknowledged.
        max_event_bytes: see `decode`.
        measure: makes what goes on to the drift stage.
        turns: makes what goes on to the conversation stage; nothing does without.
        telemetry: told of every verdict, if there is any.
    """

    def __init__(
        self,
        *,
        topics: Topics,
        pipeline: Pipeline,
        outbox: Outbox,
        tail: Tail,
        exporter: Exporter,
        max_event_bytes: int,
        measure: Measure,
        turns: Turns | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._topics = topics
        self._pipeline = pipeline
        self._outbox = outbox
        self._tail = tail
        self._exporter = exporter
        self._max_event_bytes = max_event_bytes
        self._measure = measure
        self._turns = turns
        self._telemetry = telemetry
        self._generation = -1
        self._emitted: dict[int, _Emitted] = {}

    def observe(
        self, records: Sequence[Record], generation: int, still_owner: Callable[[], None]
    ) -> None:
        """Give every record its outcome; on return the broker has acknowledged them all.

        Args:
            records: in offset order within each partition.
            generation: of the consumer group; a new one may follow another owner's work.
            still_owner: raises when the records' partitions may have another owner.

        Raises:
            Fatal: nothing of the batch may be acknowledged to the group.
        """
        start, start_ns = time.perf_counter(), time.time_ns()
        self._catch_up(records, generation)
        events, rejections = self._decode(records)
        verdicts = self._pipeline.judge([interaction for _, interaction in events])
        judged = [Judged(*event, v) for event, v in zip(events, verdicts, strict=True)]
        turns = self._turns.messages(judged) if self._turns else []
        owed = [
            *self._features(judged),
            *turns,
            *self._evaluations(judged),
            *map(self._dead_letter, rejections),
        ]
        self._outbox.send(owed, still_owner)
        self._outbox.send((self._verdict(j.record, j.verdict) for j in judged), still_owner)
        self._emitted_now(judged, rejections)
        if self._turns:
            for _ in range(len(judged) - len(turns)):
                self._exporter.turn_refused("no_conversation")
        if self._telemetry:
            self._telemetry.judged(judged, start_ns=start_ns, end_ns=time.time_ns())
        self._exporter.batch_done("observe", time.perf_counter() - start)

    def _catch_up(self, records: Sequence[Record], generation: int) -> None:
        if generation != self._generation:
            self._emitted.clear()
            self._generation = generation
        new = sorted({record.partition for record in records} - self._emitted.keys())
        if not new:
            return
        verdicts = self._tail.read(self._topics.verdicts, self._topics.events, new)
        dead_letters = self._tail.read(self._topics.dead_letters, self._topics.events, new)
        for partition in new:
            self._emitted[partition] = _Emitted(
                verdict=verdicts.get(partition, -1), dead_letter=dead_letters.get(partition, -1)
            )

    def _decode(
        self, records: Sequence[Record]
    ) -> tuple[list[tuple[Record, Interaction]], list[Rejection]]:
        """Sort out repeats and tombstones; the rest is an event or a rejection."""
        events: list[tuple[Record, Interaction]] = []
        rejections: list[Rejection] = []
        for record in records:
            emitted = self._emitted[record.partition]
            if record.value is None:
                self._exporter.skipped_tombstone()
            elif record.offset <= emitted.verdict:
                self._exporter.repeated()
            else:
                try:
                    interaction = decode(record.value, max_bytes=self._max_event_bytes)
                except Undecodable as error:
                    if record.offset <= emitted.dead_letter:
                        self._exporter.repeated()
                    else:
                        rejections.append(Rejection(record, error.reason, str(error)))
                else:
                    events.append((record, interaction))
        return events, rejections

    def _features(self, judged: Sequence[Judged]) -> list[Message]:
        features = self._measure(judged)
        return [Message(self._topics.features, value, key=key) for key, value in features.items()]

    def _evaluations(self, judged: Sequence[Judged]) -> list[Message]:
        topic = self._topics.evaluations
        if not topic:
            return []
        now = time.time_ns()
        return [
            Message(topic, otlp_json(verdict, time_ns=now), key=verdict.id.encode())
            for _, _, verdict in judged
            if verdict.signals or verdict.failures
        ]

    def _dead_letter(self, rejection: Rejection) -> Message:
        record = rejection.record
        headers = (
            *record.headers,
            ("semwatch.reason", rejection.reason.encode()),
            ("semwatch.detail", rejection.detail.encode()),
            *place_headers(record),
        )
        value = record.value
        if _size(record.key, value, headers) > self._topics.max_message_bytes + HEADROOM_BYTES:
            # Only where the source takes larger records than `semwatch topics` would let it:
            # the headers still name the place where the record lies.
            value, headers = None, (*headers, ("semwatch.value", b"omitted"))
        return Message(
            self._topics.dead_letters,
            value,
            key=record.key,
            partition=record.partition,
            headers=headers,
        )

    def _verdict(self, record: Record, verdict: Verdict) -> Message:
        return Message(
            self._topics.verdicts,
            encode(verdict),
            key=verdict.id.encode(),
            partition=record.partition,
            headers=place_headers(record),
        )

    def _emitted_now(self, judged: Sequence[Judged], rejections: Sequence[Rejection]) -> None:
        now = time.time()
        for record, _, verdict in judged:
            self._emitted[record.partition] = self._emitted[record.partition]._replace(
                verdict=record.offset
            )
            self._exporter.judged(verdict)
            self._exporter.aged(now - record.time)
        for rejection in rejections:
            record = rejection.record
            self._emitted[record.partition] = self._emitted[record.partition]._replace(
                dead_letter=record.offset
            )
            self._exporter.rejected(rejection.reason)


def _size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Return about the bytes that a record takes on the wire, from above."""
    overhead = 64 + 16 * len(headers)
    return (
        overhead
        + len(key or b"")
        + len(value or b"")
        + sum(len(name.encode()) + len(content or b"") for name, content in headers)
    )
