"""Lines go to Kafka as they stand, in order, at the rate that was asked for."""

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor import replay as module
from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Kafka, Topics
from processor.kafka import Message
from processor.replay import key_of, lines, replay
from tests.reading import read


class Outboxes:
    """Makes one outbox, itself, and remembers what it was given at a time."""

    def __init__(self) -> None:
        self.sends: list[list[Message]] = []

    def __call__(self, _kafka: Kafka, **_options: object) -> "Outboxes":
        """Be the class."""
        return self

    def send(self, messages: Iterable[Message]) -> None:
        """Be the object."""
        self.sends.append(list(messages))


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outboxes:
    """Stand in for Kafka."""
    outbox = Outboxes()
    monkeypatch.setattr(module, "Outbox", outbox)
    return outbox


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(b"\n \n\r\n", [], id="blank"),
        pytest.param(b"a\nb\n", [b"a", b"b"], id="two"),
        pytest.param(b"a\nb", [b"a", b"b"], id="no end of the last"),
        pytest.param(b"a\r\n\r\nb\r\n", [b"a", b"b"], id="Windows"),
        pytest.param(b'{"a": "b c"}\n', [b'{"a": "b c"}'], id="space within"),
        pytest.param(b"\xff\x00\n", [b"\xff\x00"], id="no UTF-8"),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_lines_are_read_without_their_ends(
    tmp_path: Path, content: bytes, expected: list[bytes], *, packed: bool
) -> None:
    """Plain or packed; blank lines are no events."""
    file = tmp_path / ("log.jsonl.gz" if packed else "log.jsonl")
    file.write_bytes(gzip.compress(content) if packed else content)

    with file.open("rb") as opened:
        assert [line for _, line in lines(opened)] == expected


@pytest.mark.parametrize(
    ("line", "key"),
    [
        pytest.param(b'{"conversation_id": "c-1", "prompt": "a"}', b"c-1", id="conversation"),
        pytest.param('{"conversation_id": "é"}'.encode(), "é".encode(), id="no ASCII"),
        pytest.param(b'{"prompt": "a"}', None, id="none"),
        pytest.param(b'{"conversation_id": null}', None, id="null"),
        pytest.param(b'{"conversation_id": ""}', None, id="empty"),
        pytest.param(b'{"conversation_id": 7}', None, id="number"),
        pytest.param(b"[]", None, id="list"),
        pytest.param(b"hello", None, id="no JSON"),
        pytest.param(b'{"x": ' * 99_999, None, id="nested without end"),
    ],
)
def test_the_key_is_the_conversation(line: bytes, key: bytes | None) -> None:
    """So that its turns lie in one partition, in order; what has none lies anywhere."""
    assert key_of(line) == key


@given(line=st.binary())
def test_any_line_can_be_replayed(line: bytes) -> None:
    """A broken event is for the worker to judge."""
    assert key_of(line) is None or line


def write(directory: Path, number: int) -> Path:
    """Return a file of so many lines."""
    file = directory / "log.jsonl"
    file.write_bytes(b"".join(b"%d\n" % i for i in range(number)))
    return file


@pytest.mark.parametrize(
    ("number", "rate", "sizes"),
    [
        pytest.param(1200, 0.0, [500, 500, 200], id="as fast as it goes"),
        pytest.param(4, 20.0, [2, 2], id="a tenth of a second at a time"),
        pytest.param(2, 9.0, [1, 1], id="slower than ten a second"),
        pytest.param(2, 5.5, [1, 1], id="no whole number"),
        pytest.param(600, 1e6, [500, 100], id="faster than it goes"),
        pytest.param(0, 0.0, [], id="nothing"),
    ],
)
def test_lines_are_sent_in_steps_of_the_rate(
    outbox: Outboxes, tmp_path: Path, number: int, rate: float, sizes: list[int]
) -> None:
    """A slow replay is no row of bursts."""
    with write(tmp_path, number).open("rb") as file:
        count = replay(file, Config(), rate=rate)

    assert count == number
    assert [len(batch) for batch in outbox.sends] == sizes
    assert [m.value for batch in outbox.sends for m in batch] == [b"%d" % i for i in range(number)]


def test_replayed_lines_stand_in_kafka(tmp_path: Path) -> None:
    """All of them, with those of a conversation in one partition and in order."""
    broker = EmbeddedBroker()
    broker.create_topics(("log",))
    written = [b'{"conversation_id": "%d", "n": %d}' % (n % 5, n) for n in range(40)]
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"\n".join(written))
    kafka = Kafka(bootstrap_servers=broker.bootstrap_servers)
    with file.open("rb") as opened:
        count = replay(opened, Config(kafka=kafka, topics=Topics(events="log")))
    found = consume(broker, "log")

    assert count == 40
    for conversation in range(5):
        turns = [line for line in written if b': "%d",' % conversation in line]
        holding = [held for held in found if turns[0] in held]
        assert len(holding) == 1
        assert [line for line in holding[0] if line in turns] == turns


def consume(broker: EmbeddedBroker, topic: str) -> list[list[bytes]]:
    """Return all values, by partition."""
    found: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    for message in read(broker.bootstrap_servers, topic, PARTITIONS):
        found[message.partition() or 0].append(message.value() or b"")
    return found


def test_lines_keep_their_numbers() -> None:
    """An editor finds the line that a rejection names, whatever blank ones stand before it."""
    file = io.BytesIO(b"a\n\n \nb\n")
    file.name = "log.jsonl"

    assert list(lines(file)) == [(1, b"a"), (4, b"b")]
