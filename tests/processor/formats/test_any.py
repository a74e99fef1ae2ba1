"""Whatever becomes of a document of any format, it gives interactions or bounded reasons."""

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction
from processor.config import Format
from processor.decode import Headers, decode
from processor.errors import Reason, Undecodable
from tests.processor.formats import (
    test_bedrock,
    test_cloudevents,
    test_envelopes,
    test_kong,
    test_langfuse,
    test_litellm,
    test_openinference,
    test_otlp,
)
from tests.processor.formats import test_openai_pair as pair
from tests.processor.formats.otel import log, logs, protobuf, span, spans

MARKER = "zqxjk"

SPANS = spans(
    span(test_otlp.CALL | test_otlp.CONTENT),
    span(test_otlp.RETRIEVAL),
    span(test_openinference.CALL | test_openinference.MESSAGES),
    span(test_openinference.CALL | test_openinference.RAW),
)
LOGS = logs(
    log("gen_ai.user.message", {}, {"content": "a"}),
    log("gen_ai.choice", {}, {"message": {"content": "b"}}),
    log("gen_ai.client.inference.operation.details", test_otlp.CALL | test_otlp.CONTENT),
    log("", {}, test_envelopes.LINE),
)
EXAMPLES: dict[str, Any] = {
    "native": test_envelopes.EVENT,
    "OTLP spans": SPANS,
    "OTLP logs": LOGS,
    **{f"generation {p.id}": p.values[0] for p in test_otlp.GENERATIONS},
    "chat completion": {"request": pair.REQUEST, "response": pair.RESPONSE},
    "responses": {
        "request": pair.ASKED,
        "response": {"output": pair.OUTPUT},
    },
    "stream": {"request": pair.ASKED, "response": pair.CHUNKS},
    "LiteLLM": [test_litellm.PAYLOAD],
    "Bedrock": test_bedrock.LOG,
    "Kong": test_kong.LOG,
    "Langfuse batch": test_langfuse.WHOLE,
    "Langfuse row": test_langfuse.ROW,
    "CloudEvent": test_cloudevents.CLOUD | {"data": test_envelopes.EVENT},
    **{f"envelope {p.id}": p.values[0] for p in test_envelopes.ENVELOPES},
}

# What may stand in the place of anything: wrong types, and what is hard to handle.
_HARD: list[Any] = [
    None,
    True,
    -1,
    10**40,
    1e308,
    "",
    MARKER,
    "\u0000\ud7ff\U0001f600",
    "[" * 500,
    '{"a":' * 70 + "1" + "}" * 70,
    '[{"cut',
    "1e999",
    "NaN",
    "9" * 400,
    [],
    {},
    [[]],
    [None, 1, "", [], {}],
    {"role": 7, "content": {"text": [1]}},
    {"type": ["text"], "content": {"type": {}}},
]
_values = st.sampled_from(_HARD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(document: object) -> Iterator[tuple[Any, Any]]:
    """Return every container with every key or index in it."""
    keys = (
        document.keys()
        if isinstance(document, dict)
        else range(len(document))
        if isinstance(document, list)
        else ()
    )
    for key in list(keys):
        yield document, key
        yield from places(document[key])  # type: ignore[index] # it has keys


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a document of a format in which some values are others, or gone."""
    document = copy.deepcopy(EXAMPLES[draw(st.sampled_from([*EXAMPLES]))])
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        if draw(st.booleans()):
            container[key] = copy.deepcopy(draw(_values))  # it may be damaged next
        else:
            del container[key]
    raw = json.dumps(document, ensure_ascii=draw(st.booleans())).encode()
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.integers(0, 9)) == 0 else raw


def judge(raw: bytes, format: Format = "auto", headers: Headers = ()) -> None:  # noqa: A002
    """Check what becomes of a record."""
    for part in decode(raw, format=format, headers=headers).parts:
        if isinstance(part, Undecodable):
            assert part.reason in get_args(Reason)
            assert MARKER not in str(part)
            assert part.__cause__ is None
        else:
            assert isinstance(part, Interaction)
            assert part.id
            assert part.prompt is not None or part.response is not None or _lost(part)
            msgspec.json.encode(part.provenance)  # a verdict carries it
            assert MARKER not in repr(part.provenance.sampling)


def _lost(part: Interaction) -> bool:
    told = part.feedback or part.outcome if hasattr(part, "outcome") else part.feedback
    return bool(part.redacted or part.truncated or told)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_read(name: str) -> None:
    """What is damaged below was whole before."""
    parts = decode(msgspec.json.encode(EXAMPLES[name])).parts

    assert parts
    assert all(isinstance(part, Interaction) for part in parts)


@given(raw=damaged())
def test_damaged_documents_give_interactions_or_reasons(raw: bytes) -> None:
    """Wrong types and hard values in every place of every format."""
    judge(raw)


@given(raw=damaged(), keep=st.integers(0, 9))
def test_documents_in_shells_give_interactions_or_reasons(raw: bytes, keep: int) -> None:
    """As a line, a string, a CloudEvent, or behind a schema's number."""
    line = raw.decode(errors="replace")
    judge(json.dumps({"log": line, "kubernetes": keep}).encode())
    judge(json.dumps(line).encode())
    judge(b"\x00\x00\x00\x00\x01" + raw)
    judge(raw, headers=[("ce_specversion", b"1.0"), ("ce_id", b"\xff"), ("ce_time", None)])


_BATCHES = [protobuf(SPANS), protobuf(LOGS)]


@given(data=st.data())
def test_damaged_protobuf_gives_interactions_or_reasons(data: st.DataObject) -> None:
    """Bytes changed, left out and put in."""
    raw = bytearray(data.draw(st.sampled_from(_BATCHES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    judge(bytes(raw), format="otlp_proto")


@given(raw=st.binary(max_size=200))
@pytest.mark.parametrize("format", get_args(Format))
def test_any_bytes_give_interactions_or_reasons(raw: bytes, format: Format) -> None:  # noqa: A002
    """Whatever the topic is said to hold."""
    judge(raw, format=format)
