"""Calls are handed on once, whoever owns their partition, and however quiet it is there."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from processor.exporter import Exporter
from processor.kafka import Message, Record
from processor.keyed import Entry
from processor.tracing.part import Part, encode
from processor.tracing.stage import TraceStage
from processor.tracing.table import TraceTable


class Kafka:
    """The topic of traces: outbox and tail in one."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, messages: Iterable[Message], guard: Callable[[], None] = lambda: None) -> None:
        """Be the outbox."""
        guard()
        self.sent += messages

    def recent_keys(self, topic: str, partition: int, count: int) -> list[bytes]:
        """Be the tail."""
        here = [m for m in self.sent if (m.topic, m.partition) == (topic, partition)]
        return [message.key or b"" for message in here[-count:]]

    def calls(self) -> list[tuple[int, bytes | None]]:
        """Return partition and content of what was handed on."""
        return [(m.partition, m.value) for m in self.sent if m.topic == "traces"]


class Run:
    """One owner's work on a table that outlives it.

    Args:
        kafka: what was handed on before.
        entries: the table.
        max_traces: see `TraceTable`.
    """

    def __init__(
        self, kafka: Kafka, entries: dict[bytes, bytes] | None = None, max_traces: int = 10
    ) -> None:
        self.kafka = kafka
        self.entries = {} if entries is None else entries
        self.exporter = Exporter({"app": (), "route": (), "model": (), "intent": ()}, max_values=5)
        self.clock = 0.0
        self.table = TraceTable(
            TraceStage(wait=10.0, memory=60.0, max_bytes=1000),
            spans="spans",
            traces="traces",
            max_traces=max_traces,
            batch_events=250,
            outbox=kafka,  # type: ignore[arg-type] # both by their shape
            tail=kafka,  # type: ignore[arg-type]
            exporter=self.exporter,
            clock=lambda: self.clock,
        )

    def take(self, *records: Record, written: bool = True) -> Mapping[bytes, Any]:
        """Work on a batch; its changes reach the table, or the owner dies before."""
        advance = self.table.advance([self.entries], records, 1, lambda: None)
        [changes] = advance.changes
        if written:
            for key, change in changes.items():
                if change.state is None:
                    self.entries.pop(key, None)
                else:
                    self.entries[key] = change.state
            advance.done()
        return changes

    def counted(self, name: str, **labels: str) -> float:
        """Return the value of a metric."""
        text = self.exporter.expose(None)[0].decode()
        samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
        return sum(s.value for s in samples if s.name == name and s.labels == labels)


def record(
    time: float,
    *,
    partition: int = 0,
    trace: bytes = b"t",
    offset: int = 1,
    is_call: bool = True,
    content: bytes = b"call",
) -> Record:
    """Return a piece of a trace as a record."""
    part = Part(7, offset, 0.0, is_call, content, time=0.0)
    return Record("spans", partition, 0, time, trace, encode(part))


def tick(time: float, *, partition: int = 0) -> Record:
    """Return a record that says what time it is."""
    return Record("spans", partition, 0, time, None, b"")


def test_a_call_goes_to_the_partition_of_its_trace_with_its_documents() -> None:
    """So that its next owner knows where to look."""
    run = Run(Kafka())
    run.take(record(0.0, partition=3, is_call=False, content=b"docs"))
    run.take(record(0.0, partition=3, offset=2))
    run.take(tick(10.0, partition=3))

    assert run.kafka.calls() == [(3, b"docscall")]
    assert run.counted("semwatch_joined_calls_total", outcome="joined") == 1


def test_a_death_before_the_states_are_written_repeats_no_call() -> None:
    """The next owner takes the same batch again, and finds the call handed on."""
    kafka = Kafka()
    dying = Run(kafka)
    dying.take(record(0.0))
    dying.take(tick(10.0), written=False)
    heir = Run(kafka, dying.entries)
    heir.table.recovered([Entry(0, key, state) for key, state in dying.entries.items()])
    heir.take(tick(10.0))
    heir.take(tick(11.0))

    assert kafka.calls() == [(0, b"call")]


def test_a_death_before_a_call_is_written_loses_nothing() -> None:
    """Its record was not acknowledged, and comes again."""
    kafka = Kafka()
    dying = Run(kafka)
    dying.take(record(0.0), written=False)
    heir = Run(kafka, dying.entries)
    heir.take(record(0.0))
    heir.take(tick(10.0))

    assert kafka.calls() == [(0, b"call")]


@pytest.mark.parametrize("written", [True, False], ids=["in peace", "after a death"])
def test_documents_that_come_late_hand_a_call_on_again_once(written: bool) -> None:
    """As a revision, which says so; a death in between repeats none."""
    run = Run(Kafka())
    run.take(record(0.0))
    run.take(tick(10.0))
    run.take(record(11.0, offset=2, is_call=False, content=b"docs"))
    run.take(tick(21.0), written=written)
    heir = Run(run.kafka, run.entries)
    heir.table.recovered([Entry(0, key, state) for key, state in run.entries.items()])
    heir.take(tick(21.0))

    assert run.kafka.calls() == [(0, b"call"), (0, b"docscall")]
    assert [message.headers for message in run.kafka.sent] == [
        (),
        (("semwatch.revision", b"1"),),
    ]


def test_a_new_owner_takes_up_the_waits() -> None:
    """From the states that it recovers."""
    kafka = Kafka()
    first = Run(kafka)
    first.take(record(0.0))
    heir = Run(kafka, first.entries)
    heir.table.recovered([Entry(0, key, state) for key, state in first.entries.items()])
    heir.take(tick(9.0))
    early = list(kafka.calls())
    heir.take(tick(10.0))

    assert early == []
    assert kafka.calls() == [(0, b"call")]


def test_partitions_have_times_of_their_own() -> None:
    """A busy one does not cut the waits of another short."""
    run = Run(Kafka())
    run.take(record(0.0, partition=0), record(0.0, partition=1, trace=b"u"))
    run.take(tick(10.0, partition=1))

    assert run.kafka.calls() == [(1, b"call")]


def test_time_passes_where_nothing_comes() -> None:
    """A tick is sent to the partitions in which something is due, and to no other."""
    run = Run(Kafka())
    run.take(record(0.0, partition=2), record(5.0, partition=4, trace=b"u"))
    run.clock = 10.0
    run.table.tick()

    assert [(m.topic, m.partition, m.value) for m in run.kafka.sent] == [("spans", 2, b"")]


def test_a_partition_that_has_left_is_not_ticked() -> None:
    """It is another worker's."""
    run = Run(Kafka())
    run.take(record(0.0, partition=2))
    run.table.left(2)
    run.clock = 100.0
    run.table.tick()

    assert run.kafka.sent == []


def test_without_room_a_call_goes_on_as_it_is() -> None:
    """It does not wait, and is not lost; documents are counted."""
    run = Run(Kafka(), max_traces=1)
    run.take(record(0.0))
    run.take(
        record(0.0, trace=b"u", content=b"now"),
        record(0.0, trace=b"v", is_call=False, content=b"docs"),
    )

    assert run.kafka.calls() == [(0, b"now")]
    assert set(run.entries) == {b"t"}
    assert run.counted("semwatch_spans_ignored_total", reason="max_traces") == 1


def test_what_a_batch_adds_counts_as_kept() -> None:
    """The bound holds within a batch too."""
    run = Run(Kafka(), max_traces=1)
    run.take(record(0.0), record(0.0, trace=b"u", content=b"now"))

    assert run.kafka.calls() == [(0, b"now")]


def test_a_trace_whose_memory_is_over_makes_room() -> None:
    """It leaves the table, and documents that nobody asked for are counted."""
    run = Run(Kafka())
    run.take(record(0.0, is_call=False, content=b"docs"))
    run.take(tick(60.0))

    assert run.entries == {}
    assert run.counted("semwatch_spans_ignored_total", reason="unmatched") == 1


def test_after_a_pause_calls_go_on_in_bounded_batches() -> None:
    """None of them is forgotten over it: the next records find the others."""
    run = Run(Kafka(), max_traces=1000)
    run.take(*(record(0.0, trace=b"%d" % n, content=b"%d" % n, offset=n) for n in range(250)))
    sizes = []
    for _ in range(4):
        before = len(run.kafka.sent)
        run.take(tick(20.0))
        sizes.append(len(run.kafka.sent) - before)

    assert sizes == [100, 100, 50, 0]
    assert len({value for _, value in run.kafka.calls()}) == 250


@pytest.mark.parametrize("stored", [b"", b"\x01damaged"])
def test_a_damaged_trace_starts_afresh(stored: bytes) -> None:
    """It is counted, and its next call is judged."""
    run = Run(Kafka(), {b"t": stored})
    run.take(record(0.0))
    run.take(tick(10.0))

    assert run.kafka.calls() == [(0, b"call")]
    assert run.counted("semwatch_trace_state_resets_total") == 1


def test_what_is_no_piece_is_counted() -> None:
    """It may be another version's."""
    run = Run(Kafka())
    run.take(Record("spans", 0, 0, 0.0, b"t", b"?"))

    assert run.counted("semwatch_spans_ignored_total", reason="unreadable") == 1
