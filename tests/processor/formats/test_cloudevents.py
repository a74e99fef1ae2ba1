"""A CloudEvent is opened, whether it is the value of a record or stands in its headers."""

import base64
import json
from typing import Any

import pytest

from processor.decode import decode
from processor.errors import Undecodable
from tests.processor.formats.one import one, raw

EVENT = {"prompt": "Is shipping free?", "response": "From 50 EUR on."}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CLOUD: dict[str, Any] = {
    "specversion": "1.0",
    "type": "com.example.answer",
    "source": "/help-bot",
    "id": "ce-1",
    "time": "2023-11-14T22:13:20.25Z",
    "traceparent": PARENT,
    "datacontenttype": "application/json",
}
HEADERS = [("content-type", b"application/cloudevents+json; charset=utf-8")]
BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_type", b"com.example.answer"),
    ("ce_source", b"/help-bot"),
    ("ce_id", b"ce-1"),
    ("ce_time", b"2023-11-14T22:13:20.25Z"),
    ("ce_traceparent", PARENT.encode()),
    ("content-type", b"application/json"),
]


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        pytest.param(CLOUD | {"data": EVENT}, HEADERS, id="structured"),
        pytest.param(CLOUD | {"data": json.dumps(EVENT)}, HEADERS, id="data in a string"),
        pytest.param(
            CLOUD | {"data_base64": base64.b64encode(raw(EVENT)).decode()}, HEADERS, id="base64"
        ),
        pytest.param(CLOUD | {"data": EVENT}, [], id="structured, without its header"),
        pytest.param(EVENT, BINARY, id="binary"),
    ],
)
def test_a_cloud_event_is_opened(value: dict[str, Any], headers: list[tuple[str, bytes]]) -> None:
    """Its attributes say what its data does not."""
    found = one(value, headers=headers)

    assert (found.prompt, found.response) == (EVENT["prompt"], EVENT["response"])
    assert (found.id, found.time, found.app) == ("ce-1", 1_700_000_000.25, "/help-bot")
    assert found.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert found.span_id == "b7ad6b7169203331"


def test_several_events_in_one_have_names_of_their_own() -> None:
    """Two verdicts of one name would be taken for repeats."""
    found = decode(raw(CLOUD | {"data": [EVENT, EVENT]}))

    assert [part.id for part in found.parts if not isinstance(part, Undecodable)] == [
        "ce-1",
        "ce-1:1",
    ]


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        pytest.param(
            [CLOUD | {"data": EVENT}],
            [("Content-Type", b"application/cloudevents-batch+json")],
            "wrong_type",
            id="batch",
        ),
        pytest.param(CLOUD, HEADERS, "no_text", id="no data"),
        pytest.param(CLOUD | {"data_base64": "!"}, HEADERS, "wrong_type", id="no base64"),
        pytest.param(CLOUD | {"data_base64": "/w=="}, HEADERS, "wrong_type", id="no UTF-8"),
    ],
)
def test_what_is_no_cloud_event_is_refused(
    value: object, headers: list[tuple[str, bytes]], reason: str
) -> None:
    """Kafka's binding forbids batches."""
    [part] = decode(raw(value), headers=headers).parts

    assert isinstance(part, Undecodable)
    assert part.reason == reason
