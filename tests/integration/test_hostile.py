"""Ten thousand records that hold no event among a thousand events: nothing stops or hides."""

import json
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import Message

from processor.config import Config
from processor.kafka import Record, place_of
from tests.integration.books import read, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import event, producer
from tests.integration.stream import Worker
from tests.processor.formats.otel import span, spans

pytestmark = pytest.mark.kafka

_GOOD, _HOSTILE, _TOMBSTONES = 1_000, 10_000, 100
_HUGE, _HUGE_BYTES = 4, 5 << 20
_LIMIT = 32 << 10  # of an event; small, so that ten thousand records stay a small test
_EVENT = json.loads(event("x"))


class Kind(NamedTuple):
    """A way to hold no event, and the reason that the dead letter gives."""

    reason: str
    make: Callable[[random.Random], bytes]


def _broken(**fields: object) -> bytes:
    return json.dumps(_EVENT | fields).encode()


_CHAT = {"gen_ai.operation.name": "chat"}
_NO = {"request": 7, "response": 7}
_CLOUD = {"specversion": "1.0", "type": "t", "source": "s", "id": "i"}


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _wrapped(times: int) -> bytes:
    line = event("x").decode()
    for _ in range(times):
        line = json.dumps({"message": line})
    return line.encode()


_KINDS = (
    Kind("empty", lambda _: b""),
    Kind("not_utf8", lambda r: b"\xff" + r.randbytes(r.randrange(200))),
    Kind("not_utf8", lambda r: _broken(id=str(r.random()))[:-1] + b',"x":"\xed\xa0\x80"}'),
    Kind("not_json", lambda r: event("x")[: r.randrange(1, len(event("x")))]),
    Kind("not_json", lambda r: b"\0" * r.randrange(1, 9)),
    Kind("not_json", lambda _: event("x").replace(b"money", b"mon\0ey")),
    Kind("not_json", lambda _: event("x").replace(b"money", rb"\ud800")),
    Kind("not_json", lambda _: event("x") + b"x"),
    Kind("not_json", lambda _: b'{"prompt": NaN}'),
    Kind("not_json", lambda _: "\ufeff".encode() + event("x")),
    Kind("too_deep", lambda r: b"[" * r.randrange(2000, 9000)),
    Kind("too_deep", lambda r: b'{"prompt":' * r.randrange(2000, 3000)),
    Kind("too_large", lambda r: _broken(response="x" * (_LIMIT + r.randrange(100)))),
    Kind("wrong_type", lambda r: r.choice((b"1", b"null", b"[]", b"true", b"1e300"))),
    Kind("wrong_type", lambda _: _broken(id=7)),
    Kind("wrong_type", lambda _: _broken(prompt=["text"])),
    Kind("wrong_type", lambda _: _broken(passages="text")),
    Kind("wrong_type", lambda _: _broken(passages=[None])),
    Kind("wrong_type", lambda _: _broken(time=1e300)),
    Kind("wrong_type", lambda _: _broken(input_tokens=-1)),
    Kind("wrong_type", lambda _: _broken(feedback=[[[]]])),
    Kind("no_text", lambda r: json.dumps({"id": str(r.random())}).encode()),
    Kind("no_text", lambda _: b"{}"),
    # Of the other formats.
    Kind("not_json", lambda _: b'"text"'),
    Kind("not_json", lambda _: b'{"log": "{broken", "stream": "stdout"}'),
    Kind("no_text", lambda _: b'{"message": "GET /healthz 200", "host": "h"}'),
    Kind("too_many", lambda _: b"[" + b"1," * 10_000 + b"1]"),
    Kind("too_deep", lambda _: _wrapped(9)),
    Kind("wrong_type", lambda _: b"[[]]"),
    Kind("wrong_type", lambda _: b'{"resourceSpans": 7}'),
    Kind("wrong_type", lambda _: b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [[]]}]}]}'),
    Kind("no_text", lambda _: _json(spans(span({"gen_ai.input.messages": "[{}]"} | _CHAT)))),
    Kind("no_text", lambda _: _json({"litellm_call_id": "x", "messages": {"a": [1]}})),
    Kind("no_text", lambda _: _json({"schemaType": "ModelInvocationLog", "input": "x"})),
    Kind(
        "no_text", lambda _: _json({"started_at": 1, "ai": {"proxy": {"meta": 1, "payload": _NO}}})
    ),
    Kind("no_text", lambda _: _json({"type": "GENERATION", "traceId": 1, "output": {}})),
    Kind("no_text", lambda _: _json({"request": {"messages": 1}, "response": None})),
    Kind("no_text", lambda _: _json(_CLOUD)),
    Kind("wrong_type", lambda _: _json(_CLOUD | {"data_base64": "!"})),
)

_Headers = list[tuple[str, str | bytes | None]]
_HEADERS: tuple[_Headers, ...] = (
    [],
    [("trace", b"\xff\0")],
    [("twice", b"1"), ("twice", b"2"), ("", b""), ("nothing", None)],
    # Who writes ours must not be believed.
    [("semwatch.topic", b"no"), ("semwatch.offset", b"-1"), ("semwatch.reason", b"\xed\xa0\x80")],
)
_KEYS = (None, b"", b"\xff\xfe", b"key")


class Sent(NamedTuple):
    """One record as it was produced; without a reason it is an event or a tombstone."""

    key: bytes | None
    value: bytes | None
    headers: _Headers
    reason: str | None = None


def test_hostile_records_become_dead_letters_unchanged(kafka_line: Line, tmp_path: Path) -> None:
    """Value, key and headers stay as they were, and the events between them are judged."""
    config = kafka_line(worker={"batch_events": 64, "max_event_bytes": _LIMIT})
    traffic = _traffic(random.Random(3))
    hostile = {place: sent for place, sent in _produce(config, traffic).items() if sent.reason}

    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        samples = worker.metrics()
        ends = list(worker.exits)

    letters = read(config, config.topics.dead_letters)

    assert ends == []
    assert sorted(v.event_id for v in verdicts(config)) == sorted(f"g{n}" for n in range(_GOOD))
    assert len(letters) == _HOSTILE
    assert {_place(letter): _unwrapped(letter) for letter in letters} == hostile
    assert _by_reason(samples) == Counter(sent.reason for sent in hostile.values())
    assert samples["semwatch_tombstones_total"] == _TOMBSTONES
    assert samples["semwatch_repeats_total"] == 0
    assert samples['semwatch_events_total{app="unknown",outcome="scored",route="unknown"}'] == _GOOD


def _traffic(rng: random.Random) -> list[Sent]:
    hostile = [_hostile(kind, rng) for kind in rng.choices(_KINDS, k=_HOSTILE - _HUGE)]
    huge = [Sent(b"huge", rng.randbytes(_HUGE_BYTES), [], "too_large") for _ in range(_HUGE)]
    good = [Sent(None, event(f"g{number}"), []) for number in range(_GOOD)]
    traffic = [*hostile, *huge, *good, *[Sent(b"gone", None, [])] * _TOMBSTONES]
    rng.shuffle(traffic)
    return traffic


def _hostile(kind: Kind, rng: random.Random) -> Sent:
    return Sent(rng.choice(_KEYS), kind.make(rng), list(rng.choice(_HEADERS)), kind.reason)


def _produce(config: Config, traffic: list[Sent]) -> dict[tuple[int | None, int | None], Sent]:
    """Produce all; return what lies where."""
    client = producer(config.kafka.bootstrap_servers, message_max_bytes=8 << 20)
    placed: dict[tuple[int | None, int | None], Sent] = {}

    def remember(sent: Sent, _error: object, message: Message) -> None:
        placed[message.partition(), message.offset()] = sent

    for sent in traffic:
        client.produce(
            config.topics.events,
            sent.value,
            sent.key,
            headers=sent.headers,
            on_delivery=partial(remember, sent),
        )
        client.poll(0)

    assert client.flush(60.0) == 0

    return placed


def _place(letter: Record) -> tuple[int | None, int | None]:
    """Return where the record came from, by the headers that we added last."""
    place = place_of(letter.headers)

    assert place is not None
    assert place.topic.endswith(".events")
    assert place.partition == letter.partition

    return place.partition, place.offset


def _unwrapped(letter: Record) -> Sent:
    """Take off the headers that we added."""
    theirs: _Headers = [*letter.headers[:-8]]
    ours = dict(letter.headers[-8:])
    return Sent(letter.key, letter.value, theirs, ours["semwatch.reason"].decode())


def _by_reason(samples: dict[str, float]) -> dict[str, float]:
    """Return the reasons that were counted; every other is shown with 0."""
    prefix, suffix = 'semwatch_dead_letters_total{reason="', '"}'
    return {
        name.removeprefix(prefix).removesuffix(suffix): value
        for name, value in samples.items()
        if value and name.startswith(prefix)
    }
