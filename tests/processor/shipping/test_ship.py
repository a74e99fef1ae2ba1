"""The sidecar on a broker: what is written comes to Kafka, and only then counts as shipped."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from click.testing import CliRunner

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.cli import main as semwatch
from processor.config import Kafka
from processor.exporter import ShipExporter
from processor.shipping.checkpoint import Checkpoint
from processor.shipping.generation import Chunk
from processor.shipping.page import Answer, Pages
from processor.shipping.position import Position
from processor.shipping.redaction import Redactor
from processor.shipping.sender import Parcel, Sender
from processor.shipping.ship import Ship
from processor.shipping.stdin import Pipe
from processor.shipping.tail import Tail
from tests.reading import read


@pytest.fixture(scope="module")
def broker() -> EmbeddedBroker:
    """The broker of the demo."""
    return EmbeddedBroker()


@pytest.fixture
def topic(broker: EmbeddedBroker) -> str:
    """A topic of one's own."""
    name = f"t{uuid4().hex}"
    broker.create_topics((name,))
    return name


def consume(broker: EmbeddedBroker, topic: str) -> list[tuple[bytes | None, bytes]]:
    """Return all keys and values."""
    return [(m.key(), m.value() or b"") for m in read(broker.bootstrap_servers, topic, PARTITIONS)]


def sender(bootstrap: str, topic: str, **options: Any) -> Sender:
    """Return a sender with small bounds."""
    options = {"max_message_bytes": 100_000, "queue_bytes": 1 << 20} | options
    return Sender(Kafka(bootstrap_servers=bootstrap), topic, **options)


def run(broker: EmbeddedBroker, topic: str, *arguments: str, **settings: str) -> Any:
    """Run the command until all is shipped."""
    environment = {
        "SEMWATCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "SEMWATCH_SHIP_TOPIC": topic,
        "SEMWATCH_SHIP_PORT": "0",
    }
    environment |= {f"SEMWATCH_SHIP_{key.upper()}": value for key, value in settings.items()}
    return CliRunner().invoke(semwatch, ["ship", "--once", *arguments], env=environment)


def test_a_log_comes_to_kafka_once(broker: EmbeddedBroker, topic: str, tmp_path: Path) -> None:
    """A second start goes on where the first has ended."""
    log = tmp_path / "bot.log"
    log.write_bytes(b'{"id":"1","n":1}\n{"conversation_id":"c","n":2}\n')
    checkpoint = str(tmp_path / "ship.json")
    first = run(broker, topic, str(log), checkpoint=checkpoint)
    with log.open("ab") as file:
        file.write(b"no JSON\n")
    second = run(broker, topic, str(log), checkpoint=checkpoint)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert sorted(consume(broker, topic), key=str) == [
        (None, b"no JSON"),
        (b"1", b'{"id":"1","n":1}'),
        (b"c", b'{"conversation_id":"c","n":2}'),
    ]


def test_rules_hold_before_anything_leaves(
    broker: EmbeddedBroker, topic: str, tmp_path: Path
) -> None:
    """Also for the key; a line without JSON stays here."""
    (tmp_path / "semwatch.toml").write_text(
        '[ship]\nkey = ["user"]\nhash_key = "k"\n[[ship.redact]]\npath = "user"\naction = "hash"\n',
        encoding="utf-8",
    )
    log = tmp_path / "bot.log"
    log.write_bytes(b'ann is no JSON\n{"user":"ann"}\n')
    outcome = run(
        broker,
        topic,
        *(str(log), "--config", str(tmp_path / "semwatch.toml")),
        checkpoint=str(tmp_path / "ship.json"),
    )
    [(key, value)] = consume(broker, topic)

    assert outcome.exit_code == 0
    assert b"ann" not in value
    assert key == msgspec.json.decode(value)["user"].encode()


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        ([], {}, r"ship\.paths: nothing to read"),
        (["a"], {"host": "256.0.0.1"}, r"ship\.host, ship\.port: .*'256\.0\.0\.1'"),
    ],
)
def test_what_cannot_be_used_stops_the_start(
    broker: EmbeddedBroker,
    topic: str,
    tmp_path: Path,
    *,
    arguments: list[str],
    settings: dict[str, str],
    says: str,
) -> None:
    """With key and value, and no traceback."""
    settings["checkpoint"] = str(tmp_path / "ship.json")
    outcome = run(broker, topic, *arguments, **settings)

    assert outcome.exit_code == 1
    assert re.match(f"Error: {says}", outcome.output)


def test_reading_waits_while_the_brokers_are_away(tmp_path: Path) -> None:
    """Memory is bounded: what is not acknowledged is not read on."""
    log = tmp_path / "bot.log"
    log.write_bytes(b"".join(b'{"n":%d,"text":"%s"}\n' % (n, b"x" * 900) for n in range(5_000)))
    tail = Tail((str(log),), max_line_bytes=100_000)
    away = sender("127.0.0.1:1", "t", queue_bytes=1 << 20)
    ship = shipment(tail, away, tmp_path)
    for _ in range(20):
        ship.turn()
    ship.note()
    [stored] = Checkpoint(tmp_path / "other.json").load() or tail.stored

    assert away.is_full
    assert away.bytes_under_way < 2 << 20
    assert tail.generations[0].position.offset < log.stat().st_size
    assert stored.position.offset == 0
    assert away.waiting_seconds > 0
    assert not away.flush(0.0)


def shipment(tail: Tail, to: Sender, directory: Path, pipe: Pipe | None = None) -> Ship:
    """Return the loop without the process around it."""
    return Ship(
        tail=tail,
        pipe=pipe,
        redactor=Redactor([], refuse_not_json=False),
        sender=to,
        checkpoint=Checkpoint(directory / "ship.json"),
        exporter=ShipExporter(),
        keys=("id",),
    )


def test_a_line_that_the_topic_does_not_take_is_counted(broker: EmbeddedBroker, topic: str) -> None:
    """It holds up no other."""
    told: list[tuple[str, int]] = []
    settled: list[bool] = []
    small = sender(
        broker.bootstrap_servers, topic, max_message_bytes=1_000, told=lambda *a: told.append(a)
    )
    chunk = Chunk([b"", b""], Position(), lambda: settled.append(True))
    small.send(chunk, Parcel(b"x" * 2_000))
    small.send(chunk, Parcel(b"y"))

    assert small.flush(20.0)
    assert sorted(told) == [("acknowledged", 1), ("too_large", 2_000)]
    assert settled == [True]


def test_standard_input_is_shipped_to_its_end(
    broker: EmbeddedBroker, topic: str, tmp_path: Path
) -> None:
    """Then the command ends by itself."""
    reading, writing = os.pipe()
    os.write(writing, b'{"id":"a"}\n{"id":"b"}')
    os.close(writing)
    ship = shipment(
        Tail((), max_line_bytes=100),
        sender(broker.bootstrap_servers, topic),
        tmp_path,
        Pipe(reading, max_line_bytes=100),
    )

    assert ship.run(lambda: False, drain_seconds=20.0, once=False)
    assert sorted(value for _, value in consume(broker, topic)) == [b'{"id":"a"}', b'{"id":"b"}']

    os.close(reading)


def test_the_sidecar_loads_nothing_heavy() -> None:
    """It stands beside every bot."""
    code = "import sys, processor.cli, processor.shipping.assembly; print(*sys.modules)"
    loaded = subprocess.run((sys.executable, "-c", code), capture_output=True, check=True).stdout
    heavy = {b"torch", b"river", b"sklearn", b"numpy", b"faust", b"opentelemetry"}

    assert not heavy & set(loaded.split())


def test_the_pages_answer() -> None:
    """And know no others."""
    pages = Pages("127.0.0.1", 0, {"/metrics": lambda accept: Answer(f"{accept}".encode())})
    pages.start()
    url = f"http://127.0.0.1:{pages.port}"
    request = urllib.request.Request(f"{url}/metrics?a=1", headers={"Accept": "x"})  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own
        body = answer.read()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/other")  # noqa: S310 - our own
    pages.stop()
    caught.value.close()

    assert body == b"x"
    assert caught.value.code == 404
