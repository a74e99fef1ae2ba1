"""The line of a bot is found in the envelope of every shipper."""

import json
from typing import Any

import pytest

from detectors.base import Interaction
from processor.decode import decode
from processor.errors import Undecodable
from tests.processor.formats.one import one, raw
from tests.processor.formats.test_litellm import PAYLOAD

EVENT = {"prompt": "Is shipping free?", "response": "From 50 EUR on."}
LINE = json.dumps(EVENT)
POD = {
    "pod_name": "help-bot-7f",
    "namespace_name": "shop",
    "container_name": "bot",
    "labels": {"app": "help-bot"},
}
FLUENT_BIT: dict[str, Any] = {
    "@timestamp": 1_700_000_000.25,
    "log": LINE + "\n",
    "stream": "stdout",
    "kubernetes": POD,
}
ENVELOPES = [
    pytest.param(FLUENT_BIT, id="Fluent Bit"),
    pytest.param(
        FLUENT_BIT | {"log": f"2023-11-14T22:13:20.250000000Z stdout F {LINE}"}, id="containerd"
    ),
    pytest.param(FLUENT_BIT | {"log": "not kept", "log_processed": EVENT}, id="Merge_Log"),
    pytest.param(
        {
            "timestamp": "2023-11-14T22:13:20.250Z",
            "message": LINE,
            "source_type": "file",
            "host": "h",
            "service": {"name": "help-bot"},
        },
        id="Vector",
    ),
    pytest.param(
        {
            "@timestamp": "2023-11-14T22:13:20.250Z",
            "@metadata": {"beat": "filebeat"},
            "message": LINE,
            "log": {"file": {"path": "/var/log/bot.log"}},
            "service": {"name": "help-bot"},
        },
        id="Filebeat",
    ),
    pytest.param(
        {
            "timestamp": "2023-11-14T22:13:20.250+00:00",
            "msg": f"@cee: {LINE}",
            "service": {"name": "help-bot"},
        },
        id="rsyslog's JSON",
    ),
    pytest.param(
        {
            "__REALTIME_TIMESTAMP": "1700000000250000",
            "MESSAGE": LINE,
            "kubernetes": {"labels": {"app.kubernetes.io/name": "help-bot"}},
        },
        id="journald",
    ),
]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_the_line_is_an_event(envelope: dict[str, Any]) -> None:
    """Time and app are the envelope's, where the line has none."""
    found = one(envelope)

    assert (found.prompt, found.response) == (EVENT["prompt"], EVENT["response"])
    assert (found.time, found.app) == (1_700_000_000.25, "help-bot")


def test_what_the_line_says_holds() -> None:
    """The envelope knows less."""
    line = json.dumps(EVENT | {"time": 5, "app": "mine", "trace_id": "t"})
    found = one(FLUENT_BIT | {"log": line})

    assert (found.time, found.app, found.trace_id) == (5, "mine", "t")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(json.dumps(LINE).encode(), id="JSON in a string"),
        pytest.param(json.dumps(json.dumps(LINE)).encode(), id="twice"),
        pytest.param(b"@cee: " + LINE.encode(), id="cookie"),
        pytest.param(b"<14>Nov 14 22:13:20 host bot: @cee:" + LINE.encode(), id="syslog"),
        pytest.param(b"\x00\x00\x00\x00\x07" + LINE.encode(), id="schema registry"),
        pytest.param(raw({"message": json.dumps({"log": LINE})}), id="envelope in an envelope"),
    ],
)
def test_a_line_is_found_however_it_is_wrapped(value: bytes) -> None:
    """The Collector's raw encoding writes a JSON string; syslog a text."""
    found = one(value)

    assert (found.prompt, found.response) == (EVENT["prompt"], EVENT["response"])


def test_an_envelope_may_hold_any_format() -> None:
    """And several of them."""
    parts = decode(raw({"message": json.dumps([PAYLOAD, EVENT, 7])})).parts

    assert [type(part) for part in parts] == [Interaction, Interaction, Undecodable]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"log": "GET /healthz 200", "stream": "stdout"}, id="ordinary line"),
        pytest.param({"message": ""}, id="empty line"),
        pytest.param({"message": '{"level": "info"}'}, id="another program's JSON"),
    ],
)
def test_an_ordinary_line_is_no_event(value: dict[str, Any]) -> None:
    """It becomes a dead letter."""
    [part] = decode(raw(value)).parts

    assert isinstance(part, Undecodable)
    assert part.reason == "no_text"


def test_shells_without_end_are_refused() -> None:
    """Each costs a parse."""
    line = LINE
    for _ in range(9):
        line = json.dumps({"message": line})
    [part] = decode(line.encode()).parts

    assert isinstance(part, Undecodable)
    assert part.reason == "too_deep"


def test_a_native_event_is_no_envelope() -> None:
    """Its further fields may have a shipper's names."""
    assert one(EVENT | {"message": '{"prompt": "other"}', "log": "{}"}).prompt == EVENT["prompt"]
