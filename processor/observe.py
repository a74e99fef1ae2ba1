"""The observing stage: a batch of records in, each interaction with one outcome in Kafka.

An interaction becomes a verdict. What holds none becomes a dead letter, one a record, and what
is none, a tombstone or a span of another kind, becomes nothing and is counted. Spans of traces
that come in several records go on to be joined, and come back as records of their own.
Scores for drift and dead letters are acknowledged before the first verdict behind them is
produced: once a verdict stands in Kafka, all else that is owed up to there stands there too, and
a replay goes on behind it, within the record if need be.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from detectors.base import Interaction
from processor.config import Topics
from processor.conversation.observe import Turns
from processor.decode import decode
from processor.drift.measure import Measure
from processor.errors import Reason, Undecodable
from processor.evaluation import otlp_json
from processor.exporter import Exporter
from processor.formats.otlp_split import Piece, Split, split
from processor.formats.part import Part
from processor.judged import Judged
from processor.kafka import HEADROOM_BYTES, Headers, Message, Outbox, Record, Tail, numbered
from processor.ledger import Ledger
from processor.pipeline import Pipeline
from processor.telemetry import Telemetry
from processor.tracing.part import encode as encode_part
from processor.tracing.part import part_of
from processor.tracing.revision import revision_of
from processor.verdict import encode


class Event(NamedTuple):
    """An interaction, and its place: the record, and the number within it.

    One whose ``revision`` is not 0 was judged before, and has more documents now.
    """

    record: Record
    part: int
    interaction: Interaction
    revision: int


class Rejection(NamedTuple):
    """A record in which something never becomes an interaction, from ``part`` on."""

    record: Record
    part: int
    reasons: Counter[Reason]
    detail: str


class TracePart(NamedTuple):
    """A part of a trace that waits for the others, and its place."""

    record: Record
    part: int
    piece: Piece


_Item = Event | Rejection | TracePart


class Observer:
    """Judges batches of records and emits the outcomes.

    Args:
        topics: where events come from and outcomes go.
        pipeline: the detectors.
        outbox: produces with acknowledgement.
        tail: what an earlier owner has emitted.
        exporter: counts what is acknowledged.
        max_event_bytes: see `decode`.
        batch_events: so many outcomes at most are worked on together; a batch of records may
            hold more.
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
        batch_events: int,
        measure: Measure,
        turns: Turns | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._topics = topics
        self._pipeline = pipeline
        self._outbox = outbox
        self._exporter = exporter
        self._max_event_bytes = max_event_bytes
        self._batch_events = batch_events
        self._measure = measure
        self._turns = turns
        self._telemetry = telemetry
        self._generation = -1
        self._verdicts = Ledger(topics.verdicts, topics.sources, tail)
        self._dead_letters = Ledger(topics.dead_letters, topics.sources, tail)

    def observe(
        self, records: Sequence[Record], generation: int, still_owner: Callable[[], None]
    ) -> None:
        """Give every interaction its outcome; on return the broker has acknowledged them all.

        Args:
            records: in offset order within each partition.
            generation: of the consumer group; a new one may follow another owner's work.
            still_owner: raises when the records' partitions may have another owner.

        Raises:
            Fatal: nothing of the batch may be acknowledged to the group.
        """
        start = time.perf_counter()
        self._catch_up(records, generation)
        pending = (item for record in records for item in self._read(record))
        while batch := tuple(islice(pending, self._batch_events)):
            self._emit(batch, still_owner)
        self._exporter.batch_done("observe", time.perf_counter() - start)

    def _catch_up(self, records: Sequence[Record], generation: int) -> None:
        ledgers = (self._verdicts, self._dead_letters)
        if generation != self._generation:
            for ledger in ledgers:
                ledger.forget()
            self._generation = generation
        for ledger in ledgers:
            ledger.catch_up(record.partition for record in records)

    def _read(self, record: Record) -> Iterator[_Item]:
        """Yield what a record still owes, its dead letter first; count what owes nothing."""
        reached = self._verdicts.position(record)
        if record.value is None:
            self._exporter.skipped_tombstone()
            return
        if record.offset < reached.offset:
            self._exporter.repeated()
            return
        if (spans := self._split(record)) is not None:
            self._exporter.passed_over(spans.others)
            yield from (TracePart(record, n, piece) for n, piece in enumerate(spans.pieces))
            return
        parts, others = decode(
            record.value,
            headers=record.headers,
            max_bytes=self._max_event_bytes,
            format=self._topics.format_of(record.topic),
        )
        owed = self._owed(record, parts)
        if parts and not owed:
            self._exporter.repeated()
        elif others or not parts:
            self._exporter.passed_over(max(others, 1))
        yield from owed

    def _split(self, record: Record) -> Split | None:
        """Return the parts of traces in a record, where traces are joined and it holds some."""
        raw = record.value or b""
        if record.topic not in self._topics.joined or len(raw) > self._max_event_bytes:
            return None
        return split(raw, self._topics.format_of(record.topic))

    def _owed(self, record: Record, parts: Sequence[Part]) -> list[Event | Rejection]:
        faults = [(n, part) for n, part in enumerate(parts) if isinstance(part, Undecodable)]
        owed: list[Event | Rejection] = []
        if faults and record.offset > self._dead_letters.position(record).offset:
            owed.append(_rejection(record, faults, len(parts)))
        reached = self._verdicts.position(record)
        revision = revision_of(record) if record.topic == self._topics.traces else 0
        owed += (
            Event(record, number, part, revision)
            for number, part in enumerate(parts)
            if isinstance(part, Interaction) and (record.offset, number) > reached
        )
        return owed

    def _emit(self, batch: Sequence[_Item], still_owner: Callable[[], None]) -> None:
        """Send what these owe: features, turns, spans and dead letters, and then the verdicts.

        A revision owes its verdict: the answer is counted already, here and behind.
        """
        start_ns = time.time_ns()
        events = [item for item in batch if isinstance(item, Event)]
        rejections = [item for item in batch if isinstance(item, Rejection)]
        judged = self._judge(events)
        first = [
            one._replace(record=numbered(event.record, event.part))
            for event, one in zip(events, judged, strict=True)
            if event.revision == 0
        ]
        turns = self._turns.messages(first) if self._turns else []
        owed = [
            *self._features(first),
            *turns,
            *self._evaluations(judged),
            *(self._span(item) for item in batch if isinstance(item, TracePart)),
            *map(self._dead_letter, rejections),
        ]
        self._outbox.send(owed, still_owner)
        self._outbox.send(map(self._verdict, events, judged), still_owner)
        self._count(judged, rejections)
        if self._turns:
            for _ in range(len(first) - len(turns)):
                self._exporter.turn_refused("no_conversation")
        if self._telemetry:
            self._telemetry.judged(judged, start_ns=start_ns, end_ns=time.time_ns())

    def _judge(self, events: Sequence[Event]) -> list[Judged]:
        verdicts = self._pipeline.judge([event.interaction for event in events])
        return [
            Judged(event.record, event.interaction, replace(verdict, revision=event.revision))
            for event, verdict in zip(events, verdicts, strict=True)
        ]

    def _features(self, judged: Sequence[Judged]) -> list[Message]:
        features = self._measure(judged)
        return [Message(self._topics.features, value, key=key) for key, value in features.items()]

    def _span(self, item: TracePart) -> Message:
        part = part_of(numbered(item.record, item.part), item.piece)
        return Message(self._topics.spans, encode_part(part), key=item.piece.trace_id)

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
            ("semwatch.reason", next(iter(rejection.reasons)).encode()),
            ("semwatch.detail", rejection.detail.encode()),
            *self._dead_letters.enter(record, rejection.part),
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

    def _verdict(self, event: Event, judged: Judged) -> Message:
        return Message(
            self._topics.verdicts,
            encode(judged.verdict),
            key=judged.verdict.id.encode(),
            partition=event.record.partition,
            headers=self._verdicts.enter(event.record, event.part),
        )

    def _count(self, judged: Sequence[Judged], rejections: Sequence[Rejection]) -> None:
        now = time.time()
        for record, _, verdict in judged:
            if verdict.revision:
                self._exporter.revised(verdict)
            else:
                self._exporter.judged(verdict)
            self._exporter.aged(now - record.time)
        for rejection in rejections:
            for reason, times in rejection.reasons.items():
                self._exporter.rejected(reason, times)


def _rejection(record: Record, faults: Sequence[tuple[int, Undecodable]], parts: int) -> Rejection:
    number, first = faults[0]
    among = f" ({len(faults)} of {parts} parts)" if parts > 1 else ""
    reasons = Counter(fault.reason for _, fault in faults)
    return Rejection(record, number, reasons, f"{first}{among}")


def _size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Return about the bytes that a record takes on the wire, from above."""
    overhead = 64 + 16 * len(headers)
    return (
        overhead
        + len(key or b"")
        + len(value or b"")
        + sum(len(name.encode()) + len(content or b"") for name, content in headers)
    )
