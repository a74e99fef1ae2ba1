"""The table of traces: batches of pieces in, changed states out, calls handed on."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from processor import keyed
from processor.errors import DeliveryFailed
from processor.exporter import Exporter
from processor.kafka import Message, Outbox, Record, Tail
from processor.seal import StateError
from processor.timers import Timers
from processor.tracing.outcome import Ignored
from processor.tracing.part import Part, PartError, decode
from processor.tracing.revision import revision_headers
from processor.tracing.stage import MAX_HELD, Advance, Call, TraceStage, alone

log = logging.getLogger("semwatch")

# After so many calls a batch expires no further trace: one after a pause must not take for ever.
_MAX_CALLS = 100


class TraceTable:
    """Lets the calls of a trace wait for its documents, and hands each on once.

    The stream's time is that of its records in Kafka, a partition for itself. Where nothing comes
    any more, `tick` sends a record that says how late it is.

    Args:
        stage: advances one trace.
        spans: the topic that the pieces come from.
        traces: the topic that the calls go to, to be judged.
        max_traces: of more at a time than this the calls go on as they are.
        batch_events: of so many records a batch consists at most.
        outbox: produces the calls.
        tail: what an earlier owner has handed on.
        exporter: counts what becomes of the pieces.
        clock: seconds since the epoch.
    """

    name = "trace"
    tables: tuple[str, ...] = ("trace",)

    def __init__(
        self,
        stage: TraceStage,
        *,
        spans: str,
        traces: str,
        max_traces: int,
        batch_events: int,
        outbox: Outbox,
        tail: Tail,
        exporter: Exporter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.topic = spans
        self._stage = stage
        self._traces = traces
        self._max_traces = max_traces
        # As many as a batch can have handed on: what came and did not wait, and what was due.
        self._recent = batch_events + _MAX_CALLS + MAX_HELD
        self._outbox = outbox
        self._tail = tail
        self._exporter = exporter
        self._clock = clock
        self._timers = Timers()
        self._now: dict[int, float] = {}
        self._generation = -1
        self._known: dict[int, set[bytes]] = {}

    def located_by(self, key: bytes) -> bytes:
        """Return the key itself."""
        return key

    def advance(
        self,
        tables: Sequence[Mapping[bytes, bytes]],
        records: Sequence[Record],
        generation: int,
        still_owner: Callable[[], None],
    ) -> keyed.Advance:
        """Take a batch of pieces, let its time pass, and hand on the calls that are due."""
        [entries] = tables
        batch = _Batch(entries)
        for record in records:
            now = max(record.time, self._now.get(record.partition, 0.0))
            self._now[record.partition] = now
            if record.value:
                self._take(batch, record, now)
        for partition in sorted({record.partition for record in records}):
            self._pass_time(batch, partition)
        self._send(batch, generation, still_owner)
        for key, due in batch.dues.items():
            self._timers.set(batch.partitions[key], key, due)
        changes = {
            key: keyed.Change(batch.partitions[key], state) for key, state in batch.changed.items()
        }

        def done() -> None:
            for _, call in batch.calls:
                self._exporter.handed_on(call.outcome)
            for reason, times in batch.ignored.items():
                self._exporter.span_ignored(reason, times)

        return keyed.Advance([changes], done)

    def recovered(self, entries: Iterable[keyed.Entry]) -> None:
        """Take up the timers where another worker has left them."""
        self._timers = Timers()
        self._now.clear()
        for partition, key, state in entries:
            try:
                due = self._stage.due(state)
            except StateError:  # its next piece resets and counts it; time forgets it
                due = 0.0
            self._timers.set(partition, key, due)

    def left(self, partition: int) -> None:
        """Forget the timers of a partition that another worker owns now."""
        self._timers.forget(partition)

    def tick(self) -> None:
        """Let time pass in the partitions where something is due and nothing comes."""
        overdue = self._timers.partitions_due(self._clock())
        try:
            self._outbox.send(Message(self.topic, b"", partition=p) for p in overdue)
        except DeliveryFailed:  # the next one tries again
            log.info("the brokers took no tick")

    def _take(self, batch: "_Batch", record: Record, now: float) -> None:
        try:
            part = decode(record.value or b"")
        except PartError:
            batch.ignored["unreadable"] += 1
            return
        key = record.key or b""
        stored = batch.state(key)
        if stored is None and batch.size() >= self._max_traces:
            self._refuse(batch, part, record.partition)
            return
        try:
            advance = self._stage.advance(stored, [(part, now)])
        except StateError as error:
            log.warning("a trace starts afresh: %s", error)
            self._exporter.trace_reset()
            advance = self._stage.advance(None, [(part, now)])
        batch.take(record.partition, key, advance)

    def _refuse(self, batch: "_Batch", part: Part, partition: int) -> None:
        """Hand a call on as it is; documents have nobody to wait for."""
        batch.ignored["max_traces"] += not part.is_call
        if part.is_call:
            batch.calls.append((partition, alone(part)))

    def _pass_time(self, batch: "_Batch", partition: int) -> None:
        now = self._now[partition]
        for key, due in batch.dues.items():  # what came with this batch may be due already
            if batch.partitions[key] == partition:
                self._timers.set(partition, key, due)
        for key in self._timers.expired(partition, now, limit=_MAX_CALLS):
            batch.dues.pop(key, None)
            stored = batch.state(key)
            if stored is None:
                continue
            try:
                batch.take(partition, key, self._stage.pass_time(stored, now))
            except StateError as error:
                log.warning("a trace is forgotten: %s", error)
                self._exporter.trace_reset()
                batch.forget(partition, key)
            if sum(p == partition for p, _ in batch.calls) >= _MAX_CALLS:
                break

    def _send(self, batch: "_Batch", generation: int, still_owner: Callable[[], None]) -> None:
        """Hand on what no earlier owner has: it may have died before it wrote the states."""
        self._catch_up({partition for partition, _ in batch.calls}, generation)
        fresh = [(p, call) for p, call in batch.calls if call.key not in self._known[p]]
        self._outbox.send(
            (
                Message(self._traces, c.content, c.key, p, revision_headers(c.revision))
                for p, c in fresh
            ),
            still_owner,
        )

    def _catch_up(self, partitions: Iterable[int], generation: int) -> None:
        if generation != self._generation:
            self._known.clear()
            self._generation = generation
        for partition in sorted(set(partitions) - self._known.keys()):
            recent = self._tail.recent_keys(self._traces, partition, self._recent)
            self._known[partition] = set(recent)


class _Batch:
    """The traces as a batch changes them, and what it gives.

    Args:
        entries: the traces as they were.
    """

    def __init__(self, entries: Mapping[bytes, bytes]) -> None:
        self._entries = entries
        self._added = 0
        self.changed: dict[bytes, bytes | None] = {}
        self.dues: dict[bytes, float] = {}
        self.partitions: dict[bytes, int] = {}
        self.calls: list[tuple[int, Call]] = []
        self.ignored: Counter[Ignored] = Counter()

    def state(self, key: bytes) -> bytes | None:
        """Return the state of a trace by now."""
        return self.changed[key] if key in self.changed else self._entries.get(key)

    def size(self) -> int:
        """Return how many traces are kept, those of this batch with them."""
        return len(self._entries) + self._added

    def take(self, partition: int, key: bytes, advance: Advance) -> None:
        """Take what has become of a trace."""
        self._added += (advance.state is not None) - (self.state(key) is not None)
        self.changed[key] = advance.state
        self.partitions[key] = partition
        self.calls += ((partition, call) for call in advance.calls)
        self.ignored.update(advance.ignored)
        self.dues.pop(key, None)
        if advance.state is not None:
            self.dues[key] = advance.due

    def forget(self, partition: int, key: bytes) -> None:
        """Keep nothing of a trace."""
        self.take(partition, key, Advance(None, 0.0, (), Counter()))
