"""The tests' own broker: it serves, and it outlives what tests do to it."""

import sys
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.broker import External, Kafka, available, external


@pytest.mark.kafka
def test_what_is_produced_is_consumed(kafka: Kafka | External) -> None:
    """One message goes through, with a consumer group."""
    topic = f"through-{uuid4()}"  # a broker that somebody else runs keeps the topics of last time
    create_topic(kafka.bootstrap, topic)

    produce(kafka.bootstrap, topic, b"hello")

    assert consume(kafka.bootstrap, topic) == b"hello"


@pytest.mark.kafka
def test_data_survives_a_kill(own_kafka: Kafka) -> None:
    """A killed broker comes back at its address with all it had acknowledged."""
    create_topic(own_kafka.bootstrap, "kept")
    produce(own_kafka.bootstrap, "kept", b"hello")

    own_kafka.kill()
    own_kafka.restart()

    assert consume(own_kafka.bootstrap, "kept") == b"hello"


@pytest.mark.kafka
def test_a_frozen_broker_answers_after_thaw(own_kafka: Kafka) -> None:
    """What is sent to a frozen broker waits, and is taken when it goes on."""
    create_topic(own_kafka.bootstrap, "frozen")
    producer = Producer({"bootstrap.servers": own_kafka.bootstrap})

    own_kafka.freeze()
    producer.produce("frozen", b"hello")
    waiting = producer.flush(1.0)
    own_kafka.thaw()

    assert waiting == 1
    assert producer.flush(10.0) == 0


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The error carries the status and the end of the broker's log."""
    command = (sys.executable, "-c", "print('Address already in use'); raise SystemExit(3)")

    with pytest.raises(RuntimeError, match=r"status 3: (?s:.*)Address already in use"):
        Kafka(bootstrap="127.0.0.1:1", command=command, log=tmp_path / "broker.log")


def test_without_java_there_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program is named."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert available() == "java is not on PATH"


def test_an_old_java_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka does not run on the Java of yesterday."""
    say = "import sys; sys.stderr.write('openjdk version \"11.0.2\" 2019-01-15')"
    for program in ("java", "mvn"):
        (tmp_path / program).write_text(f"#!{sys.executable}\n{say}\n", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert available() == "java on PATH is version 11, Kafka needs 17"


def test_a_named_broker_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEMWATCH_TEST_KAFKA names any broker; without it there is none."""
    monkeypatch.setenv("SEMWATCH_TEST_KAFKA", "kafka:9092")

    assert external() == External(bootstrap="kafka:9092")

    monkeypatch.delenv("SEMWATCH_TEST_KAFKA")

    assert external() is None


def create_topic(bootstrap: str, topic: str) -> None:
    """Make a topic of one partition."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10.0)


def produce(bootstrap: str, topic: str, value: bytes) -> None:
    """Send one message and have it acknowledged."""
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, value)

    assert producer.flush(10.0) == 0


def consume(bootstrap: str, topic: str) -> bytes | None:
    """Read the first message as a new consumer group."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    message = consumer.poll(20.0)
    consumer.close()
    return message.value() if message else None
