"""Every record has exactly one outcome in Kafka, whatever happens on the way."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from detectors.base import Interaction, Signal
from processor.config import Topics
from processor.drift.features import decode_features
from processor.drift.measure import Measure
from processor.errors import DeliveryFailed, Fatal, OwnershipLost
from processor.exporter import Exporter
from processor.formats.otlp_split import split
from processor.judged import Judged
from processor.kafka import (
    HEADROOM_BYTES,
    Message,
    Place,
    Record,
    numbered,
    place_of,
    places_of,
)
from processor.observe import Observer
from processor.pipeline import Pipeline
from processor.tracing.part import decode as decode_part
from processor.tracing.revision import revision_headers
from processor.verdict import Verdict
from tests.processor.formats.otel import span, spans

TOPICS = Topics(
    events="events",
    formats={"spans": "auto", "otlp": "otlp_proto"},
    features="features",
    verdicts="verdicts",
    dead_letters="dead",
    max_message_bytes=2_000,
)
SOURCES = ["events", "otlp", "spans"]
EVENT, BROKEN, TOMBSTONE = b'{"prompt": "a"}', b"\xff", None
# Of several parts: 0, 2 and 3 are events.
MIXED = b'[{"prompt": "a"}, 7, {"prompt": "b"}, {"prompt": "c"}, {}]'
OTHERS = b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "GET"}, {"name": "PUT"}]}]}]}'
CALL = json.dumps(
    spans(
        span({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}),
        span({"http.route": "/chat"}, span_id="f" * 16),
    )
).encode()
_PARTS: dict[bytes | None, tuple[int, ...]] = {
    EVENT: (0,),
    MIXED: (0, 2, 3),
    BROKEN: (),
    b"": (),
    TOMBSTONE: (),
    OTHERS: (),
}


class Log:
    """What stands in Kafka, by topic and partition, and how it came there.

    Args:
        room: how many messages each (topic, partition) takes before the broker is gone; a
            batch of which some are not taken fails, as with a real broker.
    """

    def __init__(self, room: Mapping[tuple[str, int], int] | None = None) -> None:
        self.sends: list[list[Message]] = []
        self.messages: dict[tuple[str, int], list[Message]] = {}
        self.reads: list[tuple[str, list[str], list[int]]] = []
        self.room = room

    def send(self, messages: Iterable[Message], guard: Callable[[], None]) -> None:
        """Be the outbox."""
        batch = list(messages)
        guard()
        self.sends.append(batch)
        refused = 0
        for message in batch:
            place = (message.topic, message.partition)
            held = self.messages.setdefault(place, [])
            if self.room is None or len(held) < self.room.get(place, 0):
                held.append(message)
            else:
                refused += 1
        if refused:
            raise DeliveryFailed(f"{refused} refused")

    def read(
        self, topic: str, sources: Collection[str], partitions: Sequence[int]
    ) -> tuple[Place, ...]:
        """Be the tail: what the last message in each partition says."""
        self.reads.append((topic, sorted(sources), list(partitions)))
        last = [self.messages[topic, p][-1] for p in partitions if self.messages.get((topic, p))]
        return tuple(p for m in last for p in places_of(m.headers) if p.topic in sources)

    def sent(self, topic: str) -> list[Message]:
        """Return all messages that stand in a topic."""
        return [m for (name, _), held in self.messages.items() if name == topic for m in held]

    def outcomes(self) -> Counter[tuple[str, str, int, int, int]]:
        """Count the outcomes of each interaction, and the dead letters of each record."""
        found = ((t, place_of(m.headers)) for t in ("verdicts", "dead") for m in self.sent(t))
        return Counter((t, p.topic, p.partition, p.offset, p.part) for t, p in found if p)

    def scored(self) -> set[tuple[int, int]]:
        """Return the numbers of the interactions whose scores stand in the features."""
        return {
            (o.partition, o.offset)
            for message in self.sent("features")
            for o in decode_features(message.value or b"").observations
        }


class Scorer:
    """Scores every interaction alike."""

    name = "grounding"
    version = ""

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal each."""
        return [(Signal(name=self.name, score=0.5, label="grounded"),) for _ in batch]


def observer(
    log: Log,
    exporter: Exporter | None = None,
    *,
    topics: Topics = TOPICS,
    batch_events: int = 64,
    telemetry: "Telemetry | None" = None,
) -> Observer:
    """Return a new worker's observer on a log."""
    return Observer(
        topics=topics,
        pipeline=Pipeline((Scorer(),), versions={}),
        outbox=log,  # type: ignore[arg-type] # it has the one method that counts
        tail=log,  # type: ignore[arg-type] # the same
        exporter=exporter or Exporter(),
        max_event_bytes=10_000,
        measure=Measure(signals=("grounding",)),
        telemetry=telemetry,  # type: ignore[arg-type] # it has the one method that counts
        batch_events=batch_events,
    )


def record(value: bytes | None, offset: int = 0, partition: int = 0) -> Record:
    """Return a record with a key and headers of its own."""
    return Record(
        "events", partition, offset, 1_700_000_000.25, b"key", value, (("h", b"1"), ("h", b"\xff"))
    )


def records(*values: bytes | None, partitions: int = 1) -> list[Record]:
    """Return records in offset order, dealt out to the partitions in turn."""
    return [record(v, i // partitions, i % partitions) for i, v in enumerate(values)]


def split_call() -> bytes:
    """Return the call of `CALL` as it is handed on."""
    found = split(CALL, "auto")
    assert found is not None
    [piece] = found.pieces
    return piece.content


def owed(given_: Iterable[Record]) -> Counter[tuple[str, str, int, int, int]]:
    """Return the outcomes that records must have, each once."""
    return Counter(
        [
            *(
                ("verdicts", r.topic, r.partition, r.offset, part)
                for r in given_
                for part in _PARTS[r.value]
            ),
            *(
                ("dead", r.topic, r.partition, r.offset, 1 if r.value == MIXED else 0)
                for r in given_
                if r.value in (BROKEN, MIXED, b"")
            ),
        ]
    )


def scores(given_: Iterable[Record]) -> set[tuple[int, int]]:
    """Return the numbers of the interactions in records."""
    return {numbers(r, part) for r in given_ for part in _PARTS[r.value]}


def numbers(of: Record, part: int = 0) -> tuple[int, int]:
    """Return what the stages behind know an interaction by."""
    found = numbered(of, part)
    return found.partition, found.offset


def still_owner() -> None:
    """Nothing has happened."""


def loses_ownership(*, after: int) -> Callable[[], None]:
    """Return a check that fails after it was passed so often."""
    passed = 0

    def check() -> None:
        nonlocal passed
        passed += 1
        if passed > after:
            raise OwnershipLost("stood still")

    return check


def count(exporter: Exporter, name: str, **labels: str) -> float:
    """Return the sum of a metric over all labels but these."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(exporter.expose(None)[0].decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


_values = st.lists(st.sampled_from([*_PARTS]), max_size=12)


@given(values=_values, partitions=st.integers(1, 3), batch_events=st.integers(1, 9))
def test_each_interaction_has_one_outcome(
    values: list[bytes | None], partitions: int, batch_events: int
) -> None:
    """An event a verdict, a record that holds what is none a dead letter, the rest nothing."""
    log = Log()
    given_ = records(*values, partitions=partitions)
    observer(log, batch_events=batch_events).observe(given_, 1, still_owner)

    assert log.outcomes() == owed(given_)
    assert log.scored() == scores(given_)


def test_spans_of_joined_topics_go_on_to_be_joined_and_are_not_judged_here() -> None:
    """By trace, before any verdict; what else the topic holds is judged or rejected as ever."""
    log, exporter = Log(), Exporter()
    topics = replace(TOPICS, joined=("spans",))
    given_ = [record(v, n)._replace(topic="spans") for n, v in enumerate((CALL, EVENT, BROKEN))]
    observer(log, exporter, topics=topics).observe(given_, 1, still_owner)
    [part] = log.sent(topics.spans)

    assert part.key == bytes.fromhex("5b8efff798038103d269b633813fc60c")
    assert decode_part(part.value or b"").place.startswith(f"{numbers(given_[0])[0]}:0:".encode())
    assert [message.topic for message in log.sends[0]].count(topics.spans) == 1
    assert log.outcomes() == owed(given_[1:])
    assert count(exporter, "semwatch_passed_over_total") == 1


def test_a_joined_trace_is_read_as_spans() -> None:
    """As a record of its own, in protobuf whatever it came in."""
    log = Log()
    topics = replace(TOPICS, joined=("spans",))
    given_ = record(split_call(), 3)._replace(topic=topics.traces)
    observer(log, topics=topics).observe([given_], 1, still_owner)

    assert log.outcomes() == Counter([("verdicts", topics.traces, 0, 3, 0)])
    assert topics.traces in topics.sources
    assert TOPICS.traces not in TOPICS.sources


def test_a_revision_has_a_verdict_and_counts_for_nothing_else() -> None:
    """What its answer is to drift and to the counters it was when it was first judged."""
    log, exporter = Log(), Exporter()
    topics = replace(TOPICS, joined=("spans",))
    first = record(split_call(), 3)._replace(topic=topics.traces)
    again = first._replace(offset=4, headers=revision_headers(1))
    observer(log, exporter, topics=topics).observe([first, again], 1, still_owner)
    verdicts = [msgspec.json.decode(m.value or b"", type=Verdict) for m in log.sent("verdicts")]

    assert [verdict.revision for verdict in verdicts] == [0, 1]
    assert len({verdict.id for verdict in verdicts}) == 1
    assert log.scored() == {numbers(first)}
    assert count(exporter, "semwatch_events_total") == 1
    assert count(exporter, "semwatch_revised_verdicts_total") == 1


def test_a_bot_cannot_call_its_events_revisions() -> None:
    """What its records' headers say is heeded in the topic that workers write alone."""
    log = Log()
    given_ = record(EVENT)._replace(headers=revision_headers(1))
    observer(log).observe([given_], 1, still_owner)
    [message] = log.sent("verdicts")

    assert msgspec.json.decode(message.value or b"", type=Verdict).revision == 0


def test_evaluations_stand_in_kafka_before_their_verdict() -> None:
    """Where a topic is named: a verdict says that all else of its event is there."""
    log = Log()
    observer(log, topics=replace(TOPICS, evaluations="evaluations")).observe(
        records(EVENT, BROKEN), 1, still_owner
    )
    first, second = log.sends
    [evaluation] = log.sent("evaluations")

    assert "evaluations" in {message.topic for message in first}
    assert {message.topic for message in second} == {"verdicts"}
    assert b'"gen_ai.evaluation.result"' in (evaluation.value or b"")


def test_telemetry_is_told_of_what_is_acknowledged() -> None:
    """And of nothing else."""
    log = Log(room={("features", -1): 9, ("verdicts", 0): 0})
    telemetry = Telemetry()
    with pytest.raises(DeliveryFailed):
        observer(log, telemetry=telemetry).observe(records(EVENT), 1, still_owner)
    log.room = None
    observer(log, telemetry=telemetry).observe(records(EVENT, BROKEN, EVENT), 1, still_owner)

    assert [record.offset for record, _, _ in telemetry.heard] == [0, 2]


class Telemetry:
    """Listens."""

    def __init__(self) -> None:
        self.heard: list[Judged] = []

    def judged(self, judged: Iterable[Judged], *, start_ns: int, end_ns: int) -> None:
        """Be the telemetry."""
        assert start_ns <= end_ns
        self.heard += judged


def test_a_verdict_lies_beside_its_event() -> None:
    """In the same partition, under its id, and naming the record."""
    log = Log()
    observer(log).observe([record(EVENT, offset=7, partition=2)], 1, still_owner)
    [message] = log.messages["verdicts", 2]
    verdict = msgspec.json.decode(message.value or b"", type=Verdict)

    assert message.key == verdict.id.encode()
    assert place_of(message.headers) == ("events", 2, 7, 1_700_000_000.25, 0)


def test_verdicts_keep_the_order_of_the_records() -> None:
    """Within each partition."""
    log = Log()
    observer(log).observe(records(*[EVENT] * 8, partitions=2), 1, still_owner)

    for partition in (0, 1):
        places = [place_of(m.headers) for m in log.messages["verdicts", partition]]
        assert [place.offset for place in places if place] == [0, 1, 2, 3]


def test_a_dead_letter_is_the_record_as_it_was() -> None:
    """Byte for byte, with its key and headers; what is wrong and where it lay comes after."""
    log = Log()
    value = b'\x02{"prompt": 1}\xff'
    observer(log).observe([record(value, offset=7, partition=2)], 1, still_owner)
    [message] = log.messages["dead", 2]

    assert (message.value, message.key) == (value, b"key")
    assert message.headers == (
        ("h", b"1"),
        ("h", b"\xff"),
        ("semwatch.reason", b"not_utf8"),
        ("semwatch.detail", b"not_utf8: byte 14"),
        ("semwatch.topic", b"events"),
        ("semwatch.partition", b"2"),
        ("semwatch.offset", b"7"),
        ("semwatch.part", b"0"),
        ("semwatch.time", b"1700000000.250"),
        ("semwatch.others", b"[]"),
    )


def test_a_record_without_key_has_a_dead_letter_without_key() -> None:
    """Nothing is made up."""
    log = Log()
    observer(log).observe([record(BROKEN)._replace(key=None, headers=())], 1, still_owner)

    assert log.sent("dead")[0].key is None


def test_a_dead_letter_that_dies_again_names_its_last_place() -> None:
    """Who puts dead letters back into the events puts their old headers there too."""
    log = Log()
    old = (("semwatch.topic", b"old"), ("semwatch.offset", b"1"), ("semwatch.reason", b"empty"))
    observer(log).observe([record(BROKEN, offset=7)._replace(headers=old)], 1, still_owner)

    assert place_of(log.sent("dead")[0].headers) == ("events", 0, 7, 1_700_000_000.25, 0)


@pytest.mark.parametrize(
    ("size", "omitted"),
    [
        pytest.param(HEADROOM_BYTES, False, id="fits"),
        pytest.param(HEADROOM_BYTES + 2_000, True, id="not"),
    ],
)
def test_a_dead_letter_too_large_for_its_topic_leaves_the_value_out(
    size: int, omitted: bool
) -> None:
    """It could never be sent; the headers say so, and where the record lies."""
    log = Log()
    value = b"\xff" * size
    observer(log).observe([record(value, offset=7)], 1, still_owner)
    [message] = log.sent("dead")

    assert message.value == (None if omitted else value)
    assert (("semwatch.value", b"omitted") in message.headers) == omitted
    assert place_of(message.headers) == ("events", 0, 7, 1_700_000_000.25, 0)


def test_scores_and_dead_letters_arrive_before_verdicts_are_sent() -> None:
    """Once a verdict stands there, all else that its event owed stands there too."""
    log = Log()
    observer(log).observe(records(EVENT, BROKEN, EVENT), 1, still_owner)

    assert [{m.topic for m in batch} for batch in log.sends] == [
        {"features", "dead"},
        {"verdicts"},
    ]


def test_a_record_of_many_is_worked_on_in_batches() -> None:
    """However much a record holds, memory and the time between two signs of life are bounded."""
    log = Log()
    observer(log, batch_events=2).observe(records(MIXED, EVENT), 1, still_owner)

    assert [[m.topic for m in batch] for batch in log.sends] == [
        ["features", "dead"],
        ["verdicts"],
        ["features"],
        ["verdicts", "verdicts"],
        ["features"],
        ["verdicts"],
    ]


def test_every_fault_of_a_record_is_counted_and_one_dead_letter_sent() -> None:
    """A copy of the record for each would be many times its size."""
    log, exporter = Log(), Exporter()
    observer(log, exporter).observe(records(MIXED), 1, still_owner)
    [message] = log.sent("dead")

    assert message.value == MIXED
    assert dict(message.headers)["semwatch.reason"] == b"wrong_type"
    assert dict(message.headers)["semwatch.detail"].endswith(b" (2 of 5 parts)")
    assert count(exporter, "semwatch_dead_letters_total", reason="wrong_type") == 1
    assert count(exporter, "semwatch_dead_letters_total", reason="no_text") == 1


def test_what_is_no_interaction_is_counted() -> None:
    """Spans of other kinds owe nothing, and are not lost without a word."""
    log, exporter = Log(), Exporter()
    observer(log, exporter).observe(records(OTHERS), 1, still_owner)

    assert log.sends == []
    assert count(exporter, "semwatch_passed_over_total") == 2


def test_the_topic_says_what_a_record_holds() -> None:
    """Protobuf carries no sign of what it is."""
    log = Log()
    observer(log).observe([record(b"\xff" * 9)._replace(topic="otlp")], 1, still_owner)

    assert dict(log.sent("dead")[0].headers)["semwatch.reason"] == b"not_protobuf"


def test_nesting_of_any_depth_has_an_outcome() -> None:
    """A verdict carries the sampling parameters, and a worker must not die of them."""
    log = Log()
    values = [
        b'{"prompt": "", "sampling": ' + b'{"a":' * n + b"1" + b"}" * n + b"}"
        for n in (1, 60, 61, 62, 63, 64, 65, *range(850, 1050))
    ]
    observer(log).observe(records(*values), 1, still_owner)

    assert len({place[:-1] for place in log.outcomes()}) == len(values)


def test_an_empty_batch_owes_nothing() -> None:
    """It asks for no tail either."""
    log = Log()
    observer(log).observe([], 1, still_owner)

    assert log.messages == {}
    assert log.reads == []


@pytest.mark.parametrize(
    ("room", "sends"),
    [
        pytest.param({}, 1, id="nothing arrives"),
        pytest.param({("features", -1): 9}, 1, id="scores arrive"),
        pytest.param({("features", -1): 9, ("dead", 0): 9}, 2, id="scores and dead letters arrive"),
        pytest.param(
            {("features", -1): 9, ("dead", 0): 9, ("verdicts", 0): 1}, 2, id="one verdict arrives"
        ),
    ],
)
def test_after_a_failed_delivery_nothing_more_is_sent(
    room: dict[tuple[str, int], int], sends: int
) -> None:
    """The error ends the process before anything is acknowledged or counted."""
    log, exporter = Log(room), Exporter()

    with pytest.raises(DeliveryFailed):
        observer(log, exporter).observe(records(EVENT, BROKEN, EVENT), 1, still_owner)
    assert len(log.sends) == sends
    assert count(exporter, "semwatch_events_total") == 0
    assert count(exporter, "semwatch_dead_letters_total") == 0


_places = [("features", -1), *((topic, p) for topic in ("dead", "verdicts") for p in (0, 1))]


@settings(max_examples=200)
@given(
    values=st.lists(st.sampled_from([*_PARTS]), min_size=1, max_size=10),
    rooms=st.lists(st.fixed_dictionaries({p: st.integers(0, 3) for p in _places}), max_size=3),
    cut=st.integers(1, 10),
    batch_events=st.integers(1, 4),
    topics=st.lists(st.sampled_from(["events", "spans"]), min_size=10, max_size=10),
)
def test_after_crashes_a_replay_emits_what_is_missing(
    values: list[bytes | None],
    rooms: list[dict[tuple[str, int], int]],
    cut: int,
    batch_events: int,
    topics: list[str],
) -> None:
    """Wherever each worker died, within a record too, and however the next one cuts its batches."""
    log = Log()
    given_ = [
        r._replace(topic=topic)
        for r, topic in zip(records(*values, partitions=2), topics, strict=False)
    ]
    for generation, room in enumerate([*rooms, None]):
        # So many more messages are taken than there are already, then the broker is gone.
        log.room = room and {p: n + len(log.messages.get(p, ())) for p, n in room.items()}
        worker = observer(log, batch_events=batch_events)
        try:
            for start in range(0, len(given_), cut):
                worker.observe(given_[start : start + cut], generation, still_owner)
        except DeliveryFailed:
            continue

    assert log.outcomes() == owed(given_)
    assert log.scored() == scores(given_)


def test_what_an_earlier_owner_emitted_is_counted_as_repeats() -> None:
    """Neither sent nor judged again."""
    log, exporter = Log(), Exporter()
    given_ = records(EVENT, BROKEN, EVENT, BROKEN, EVENT)
    observer(log).observe(given_[:4], 1, still_owner)
    before = len(log.sent("features"))
    observer(log, exporter).observe(given_, 2, still_owner)

    assert log.outcomes().total() == 5
    assert len(log.sent("features")) == before + 1
    assert count(exporter, "semwatch_repeats_total") == 4
    assert count(exporter, "semwatch_events_total") == 1
    assert count(exporter, "semwatch_dead_letters_total") == 0


def test_a_dead_letter_ahead_of_the_verdicts_is_not_sent_again() -> None:
    """A worker that died between the two left dead letters of later records."""
    log = Log({("features", -1): 9, ("dead", 0): 9})
    given_ = records(EVENT, BROKEN)
    with pytest.raises(DeliveryFailed):
        observer(log).observe(given_, 1, still_owner)
    log.room = None
    observer(log).observe(given_, 2, still_owner)

    assert log.outcomes() == owed(given_)


def test_the_tail_is_read_once_a_generation() -> None:
    """For each partition, when its first record comes."""
    log = Log()
    worker = observer(log)
    for batch in (records(EVENT), [record(EVENT, 1)], [record(EVENT, 2), record(EVENT, 0, 1)]):
        worker.observe(batch, 1, still_owner)

    assert log.reads == [
        ("verdicts", SOURCES, [0]),
        ("dead", SOURCES, [0]),
        ("verdicts", SOURCES, [1]),
        ("dead", SOURCES, [1]),
    ]


def test_a_new_generation_reads_the_tail_again() -> None:
    """In between another worker may have owned the partition, and gone further than we."""
    log, exporter = Log(), Exporter()
    worker = observer(log, exporter)
    worker.observe(records(EVENT), 1, still_owner)
    observer(log).observe([record(EVENT, 1), record(EVENT, 2)], 1, still_owner)
    worker.observe([record(EVENT, 1), record(EVENT, 2), record(EVENT, 3)], 2, still_owner)

    assert log.outcomes() == owed(record(EVENT, offset) for offset in range(4))
    assert count(exporter, "semwatch_repeats_total") == 2


def test_without_the_tail_nothing_is_emitted() -> None:
    """It could be a repeat."""

    class Deaf(Log):
        def read(
            self, topic: str, sources: Collection[str], partitions: Sequence[int]
        ) -> tuple[Place, ...]:
            raise Fatal(f"cannot read {topic} {sources} {partitions}")

    log = Deaf()

    with pytest.raises(Fatal):
        observer(log).observe(records(EVENT), 1, still_owner)
    assert log.sends == []


@pytest.mark.parametrize(
    ("after", "topics"),
    [
        pytest.param(0, set(), id="while judging"),
        pytest.param(1, {"features", "dead"}, id="while sending scores"),
    ],
)
def test_a_lost_owner_emits_no_verdict(after: int, topics: set[str]) -> None:
    """Another worker may have sent it already; scores and their repeats do no harm."""
    log, exporter = Log(), Exporter()

    with pytest.raises(OwnershipLost):
        observer(log, exporter).observe(records(EVENT, BROKEN), 1, loses_ownership(after=after))
    assert {m.topic for batch in log.sends for m in batch} == topics
    assert count(exporter, "semwatch_events_total") == 0


def test_outcomes_are_counted_when_they_stand_in_kafka() -> None:
    """Each once, with its reason, its age and its batch."""
    exporter = Exporter()
    observer(Log(), exporter).observe(
        records(EVENT, BROKEN, TOMBSTONE, EVENT, b"{}"), 1, still_owner
    )

    assert count(exporter, "semwatch_events_total", outcome="scored") == 2
    assert count(exporter, "semwatch_dead_letters_total", reason="not_utf8") == 1
    assert count(exporter, "semwatch_dead_letters_total", reason="no_text") == 1
    assert count(exporter, "semwatch_tombstones_total") == 1
    assert count(exporter, "semwatch_repeats_total") == 0
    assert count(exporter, "semwatch_event_age_seconds_count") == 2
    assert count(exporter, "semwatch_batch_duration_seconds_count", stage="observe") == 1


def test_a_detector_that_fails_does_not_hold_up_the_batch() -> None:
    """The verdict says unscored, and the record is done."""

    class Broken(Scorer):
        def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
            raise LookupError(len(batch))

    log, exporter = Log(), Exporter()
    worker = Observer(
        topics=TOPICS,
        pipeline=Pipeline((Broken(),), versions={}),
        outbox=log,  # type: ignore[arg-type] # it has the one method that counts
        tail=log,  # type: ignore[arg-type] # the same
        exporter=exporter,
        max_event_bytes=10_000,
        batch_events=64,
        measure=Measure(signals=("grounding",)),
    )
    worker.observe(records(EVENT), 1, still_owner)

    assert log.outcomes() == owed(records(EVENT))
    assert len(log.sent("features")) == 1  # its shape and style are there all the same
    assert count(exporter, "semwatch_events_total", outcome="unscored") == 1
