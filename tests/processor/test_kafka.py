"""The outbox knows what arrived, and the tail knows whose outcome stands last."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Kafka
from processor.errors import DeliveryFailed, Fatal, OwnershipLost
from processor.kafka import (
    Message,
    Outbox,
    Place,
    Record,
    Tail,
    client_settings,
    place,
    place_headers,
    place_of,
    places_of,
)
from tests import reading

ALL = range(PARTITIONS)


@pytest.fixture(scope="module")
def broker() -> EmbeddedBroker:
    """The broker in this process."""
    return EmbeddedBroker()


@pytest.fixture(scope="module")
def kafka(broker: EmbeddedBroker) -> Kafka:
    """How to reach it."""
    return Kafka(bootstrap_servers=broker.bootstrap_servers)


@pytest.fixture(scope="module")
def outbox(kafka: Kafka) -> Outbox:
    """An outbox on it."""
    return Outbox(kafka, timeout_seconds=20.0, max_message_bytes=10_000)


@pytest.fixture
def topic(broker: EmbeddedBroker) -> str:
    """A topic of the test's own."""
    name = f"outcomes-{uuid4()}"
    broker.create_topics((name,))
    return name


@pytest.fixture
def source(broker: EmbeddedBroker, outbox: Outbox) -> str:
    """A topic with three records in each partition."""
    name = f"events-{uuid4()}"
    broker.create_topics((name,))
    outbox.send(Message(name, b"%d" % i, partition=p) for p in ALL for i in range(3))
    return name


def read(kafka: Kafka, topic: str) -> list[Any]:
    """Return all messages, in order within each partition."""
    return list(reading.read(kafka.bootstrap_servers, topic, PARTITIONS))


def record(kafka: Kafka, source: str, partition: int, offset: int) -> Record:
    """Return a record of the source with the time that Kafka gave it."""
    found = read(kafka, source)
    times = {(m.partition(), m.offset()): m.timestamp()[1] / 1000 for m in found}
    time = times.get((partition, offset), 1.0)
    return Record(source, partition, offset, time, None, b"")


def tail(kafka: Kafka, topic: str, source: str, partitions: Sequence[int] = ALL) -> dict[int, int]:
    """Return the offsets that the tail names."""
    return {p.partition: p.offset for p in Tail(kafka).read(topic, {source}, partitions)}


def emit(outbox: Outbox, topic: str, outcome_of: Record) -> None:
    """Send what stands for the outcome of a record."""
    outbox.send(
        [
            Message(
                topic,
                b"outcome",
                partition=outcome_of.partition,
                headers=place_headers(place(outcome_of)),
            )
        ]
    )


def test_what_is_sent_stands_there(kafka: Kafka, outbox: Outbox, topic: str) -> None:
    """With its key and its headers, in order."""
    headers = (("a", b"1"), ("a", b"\xff"), ("b", b""))
    outbox.send(
        [
            Message(topic, b"one", key=b"k", partition=2, headers=headers),
            Message(topic, None, key=b"k", partition=2),
        ]
    )
    first, second = read(kafka, topic)

    assert (first.value(), first.key(), first.partition()) == (b"one", b"k", 2)
    assert first.headers() == list(headers)
    assert (second.value(), second.headers()) == (None, None)


def test_nothing_to_send_is_sent(outbox: Outbox) -> None:
    """At once."""
    outbox.send([])


def test_many_messages_arrive_in_order(kafka: Kafka, outbox: Outbox, topic: str) -> None:
    """Order holds within a partition."""
    outbox.send(Message(topic, b"%d" % i, partition=i % 2) for i in range(500))
    found = read(kafka, topic)

    for partition in (0, 1):
        values = [int(m.value()) for m in found if m.partition() == partition]
        assert values == list(range(partition, 500, 2))


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        # Kafka's own UtilsTest.testMurmur2.
        pytest.param(b"21", -973932308, id="21"),
        pytest.param(b"foobar", -790332482, id="foobar"),
        pytest.param(b"a-little-bit-long-string", -985981536, id="long"),
        pytest.param(b"a-little-bit-longer-string", -1486304829, id="longer"),
        pytest.param(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971, id="longest"),
        pytest.param(b"abc", 479470107, id="abc"),
    ],
)
def test_keys_lie_where_the_java_client_puts_them(
    kafka: Kafka, outbox: Outbox, topic: str, key: bytes, digest: int
) -> None:
    """A consumer may join our topics with those of a Java producer."""
    outbox.send([Message(topic, b"", key=key)])
    [message] = read(kafka, topic)

    assert message.partition() == (digest & 0x7FFFFFFF) % PARTITIONS


def test_an_unreachable_broker_is_a_failed_delivery() -> None:
    """When the time is up, not before and not never."""
    outbox = Outbox(
        Kafka(bootstrap_servers="127.0.0.1:1"), timeout_seconds=0.2, max_message_bytes=1_000
    )

    with pytest.raises(DeliveryFailed):
        outbox.send([Message("a", b"1")])


def test_a_record_too_large_is_a_failed_delivery(outbox: Outbox, topic: str) -> None:
    """The broker would never take it."""
    with pytest.raises(DeliveryFailed, match="too large"):
        outbox.send([Message(topic, b"1" * 100_000)])


def test_one_refused_message_fails_the_batch(kafka: Kafka, topic: str) -> None:
    """Of a topic that the outbox does not know yet, the refusal comes with the reports."""
    outbox = Outbox(kafka, timeout_seconds=20.0, max_message_bytes=10_000)  # it may end with this
    messages = [Message(topic, b"1", partition=p) for p in (0, PARTITIONS, 1)]

    with pytest.raises(DeliveryFailed, match="UNKNOWN_PARTITION"):
        outbox.send(messages)


def test_a_failure_is_not_held_against_the_next_batch(
    kafka: Kafka, outbox: Outbox, topic: str
) -> None:
    """The outbox has no memory of it."""
    with pytest.raises(DeliveryFailed):
        outbox.send([Message(topic, b"1" * 100_000)])
    outbox.send([Message(topic, b"2")])

    assert [m.value() for m in read(kafka, topic)] == [b"2"]


def test_an_empty_partition_has_no_tail(kafka: Kafka, topic: str, source: str) -> None:
    """Nothing was emitted, so nothing is a repeat."""
    assert tail(kafka, topic, source) == {}


def test_the_tail_is_the_record_of_the_last_outcome(
    kafka: Kafka, outbox: Outbox, topic: str, source: str
) -> None:
    """For each partition that has one."""
    for partition, offset in ((0, 0), (0, 1), (2, 2)):
        emit(outbox, topic, record(kafka, source, partition, offset))

    assert tail(kafka, topic, source) == {0: 1, 2: 2}


def test_the_tail_tells_how_far_every_source_topic_came(
    kafka: Kafka, outbox: Outbox, topic: str, source: str
) -> None:
    """The last outcome carries the last ones of the other topics in its partition."""
    here, there = place(record(kafka, source, 0, 1), 3), Place("elsewhere", 0, 5, 1.0, 2)
    last = record(kafka, source, 0, 0)
    for headers in (place_headers(here), place_headers(there, [here])):
        outbox.send([Message(topic, b"outcome", partition=last.partition, headers=headers)])

    assert Tail(kafka).read(topic, {source}, ALL) == (here,)


def test_the_tail_is_of_the_partitions_that_are_asked_for(
    kafka: Kafka, outbox: Outbox, topic: str, source: str
) -> None:
    """The others belong to somebody else."""
    for partition in (0, 1):
        emit(outbox, topic, record(kafka, source, partition, 0))

    assert tail(kafka, topic, source, [1, 3]) == {1: 0}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"time": 1.0}, id="another time"),
        pytest.param({"offset": 3}, id="not written yet"),
        pytest.param({"topic": "other"}, id="another source"),
    ],
)
def test_a_tail_of_another_source_is_ignored(
    kafka: Kafka, outbox: Outbox, topic: str, source: str, changes: dict[str, Any]
) -> None:
    """A topic made anew begins again at offset 0: its events are no repeats."""
    emit(outbox, topic, record(kafka, source, 0, 1)._replace(**changes))

    assert tail(kafka, topic, source) == {}


def test_an_outcome_of_nobody_is_no_tail(
    kafka: Kafka, outbox: Outbox, topic: str, source: str
) -> None:
    """Somebody else wrote to our topic."""
    outbox.send([Message(topic, b"hello", partition=0)])

    assert tail(kafka, topic, source) == {}


def test_without_its_partition_there_is_no_going_on(
    kafka: Kafka, topic: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not knowing what was emitted is not the same as nothing."""
    monkeypatch.setattr("processor.kafka._READ_SECONDS", 1.0)
    with pytest.raises(Fatal, match=f"cannot read the tail of {topic}"):
        tail(kafka, topic, source, [PARTITIONS])


@given(
    topic=st.text("abc.-_", min_size=1),
    partition=st.integers(0, 10_000),
    offset=st.integers(0, 2**62),
    milliseconds=st.integers(0, 253_402_300_799_999),
)
def test_the_headers_of_a_place_are_read_back(
    topic: str, partition: int, offset: int, milliseconds: int
) -> None:
    """To the millisecond, which is as fine as Kafka's own time."""
    here = Place(topic, partition, offset, milliseconds / 1000, offset % 7)
    others = [Place(f"{topic}{n}", partition, n, n / 2, n) for n in range(3)]
    found, *found_others = places_of(place_headers(here, others))

    assert found._replace(time=0.0) == here._replace(time=0.0)
    assert round(found.time * 1000) == milliseconds
    assert found_others == others


FULL = dict(place_headers(Place("a", 1, 2, 3.0, 4)))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="empty"),
        *(
            pytest.param([(k, v) for k, v in FULL.items() if k != name], id=f"no {name}")
            for name in FULL
        ),
        pytest.param([*FULL.items(), ("semwatch.offset", b"x")], id="no number"),
        pytest.param([*FULL.items(), ("semwatch.topic", b"\xff")], id="no UTF-8"),
        pytest.param([*FULL.items(), ("semwatch.others", b"[1]")], id="no others"),
    ],
)
def test_other_headers_name_no_place(headers: Sequence[tuple[str, bytes]] | None) -> None:
    """They may be anybody's."""
    assert place_of(headers) is None


def test_plain_settings_are_few() -> None:
    """What is not set is not passed on: librdkafka has views on empty texts."""
    settings = client_settings(Kafka(bootstrap_servers="a:1,b:2"))

    assert settings["bootstrap.servers"] == "a:1,b:2"
    assert not [key for key in settings if key.startswith(("sasl.", "ssl."))]


def test_a_password_goes_nowhere_without_sasl() -> None:
    """Nor does the name."""
    settings = client_settings(Kafka(sasl_username="u", sasl_password="p"))  # noqa: S106 - made up

    assert not {"u", "p"} & {str(value) for value in settings.values()}


def test_sasl_and_tls_settings_are_passed_on() -> None:
    """In librdkafka's words."""
    settings = client_settings(
        Kafka(
            security_protocol="SASL_SSL",
            sasl_mechanism="PLAIN",
            sasl_username="u",
            sasl_password="p",  # noqa: S106 - made up
            ssl_ca_file="ca",
            ssl_certificate_file="cert",
            ssl_key_file="key",
        )
    )

    assert settings.items() >= {
        ("security.protocol", "SASL_SSL"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "u"),
        ("sasl.password", "p"),
        ("ssl.ca.location", "ca"),
        ("ssl.certificate.location", "cert"),
        ("ssl.key.location", "key"),
    }


def test_a_guard_that_objects_keeps_the_messages_back(
    kafka: Kafka, outbox: Outbox, topic: str
) -> None:
    """Not one of them is on its way before the guard has agreed."""

    def guard() -> None:
        raise OwnershipLost

    with pytest.raises(OwnershipLost):
        outbox.send([Message(topic, b"1")] * 100, guard)

    assert tail(kafka, topic, topic) == {}
    assert read(kafka, topic) == []
