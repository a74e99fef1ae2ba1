"""A batch of spans is taken apart by trace, and what is put together again reads the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction
from processor.config import Format
from processor.decode import decode
from processor.formats.otlp_split import split
from tests.processor.formats.otel import log, logs, protobuf, span, spans

A, B = "a" * 32, "b" * 32
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "content": "In five days."}]),
    "semwatch.depth": {"of": [1, 2.5, True, "x"]},
}
SEARCH = {"gen_ai.retrieval.documents": json.dumps([{"id": "d", "content": "Within five days."}])}
BATCH = spans(
    span(CHAT, trace_id=A, span_id="1" * 16),
    span(SEARCH, trace_id=A, span_id="2" * 16),
    span(CHAT, trace_id=B, span_id="3" * 16),
    span({"http.route": "/"}, trace_id=B, span_id="4" * 16),
    span(CHAT, trace_id=A, span_id="5" * 16),
)

encodings = pytest.mark.parametrize("format", ["auto", "otlp_proto"])


def raw(batch: dict[str, Any], format: Format) -> bytes:  # noqa: A002 - the word for it
    """Return a batch as a record of a topic."""
    return protobuf(batch) if format == "otlp_proto" else json.dumps(batch).encode()


@encodings
def test_documents_come_first_and_every_call_is_a_piece(format: Format) -> None:  # noqa: A002
    """So that who takes them in order has the documents before the calls."""
    found = split(raw(BATCH, format), format)

    assert found is not None
    assert [(p.trace_id.hex(), p.is_call) for p in found.pieces] == [
        *((A, False), (A, True), (B, True), (A, True))
    ]
    assert found.others == 1


@encodings
def test_a_piece_says_when_its_call_ended_or_its_search_began(format: Format) -> None:  # noqa: A002
    """The first of several searches; what is not said is after, or before, everything."""
    second = 1_000_000_000
    timed = [
        span(CHAT, start=5 * second),
        span(SEARCH, start=3 * second),
        span(SEARCH, start=second),
    ]
    untimed = [one | {"startTimeUnixNano": "0", "endTimeUnixNano": "0"} for one in timed[:2]]

    assert times(raw(spans(*timed), format), format) == [1.0, 6.5]
    assert times(raw(spans(*untimed), format), format) == [0.0, float("inf")]


def times(value: bytes, format: Format) -> list[float]:  # noqa: A002
    """Return the times of the pieces of a record."""
    found = split(value, format)
    assert found is not None

    return [piece.time for piece in found.pieces]


@encodings
def test_pieces_put_together_are_the_batch(format: Format) -> None:  # noqa: A002
    """One behind the other, in any encoding, they read as the calls and documents they were."""
    whole = raw(BATCH, format)
    found = split(whole, format)
    assert found is not None
    again = b"".join(piece.content for piece in found.pieces)

    assert decode(again, format="otlp_proto").parts == decode(whole, format=format).parts


def test_a_call_without_its_documents_reads_as_without() -> None:
    """What is joined is what was found, not what was remembered."""
    found = split(raw(BATCH, "auto"), "auto")
    assert found is not None
    [alone] = decode(found.pieces[1].content, format="otlp_proto").parts

    assert isinstance(alone, Interaction)
    assert alone.passages == ()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"prompt": "a"}', id="a native event"),
        pytest.param(json.dumps(logs(log("gen_ai.choice"))).encode(), id="log records"),
        pytest.param(json.dumps(BATCH | logs()).encode(), id="spans and log records"),
        pytest.param(json.dumps([BATCH]).encode(), id="a list"),
        pytest.param(json.dumps(spans(span(CHAT, trace_id="abc"))).encode(), id="half an id"),
        pytest.param(json.dumps(spans(span(CHAT, trace_id=""))).encode(), id="no id"),
        pytest.param(json.dumps({"resourceSpans": 7}).encode(), id="a number"),
        pytest.param(b'{"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}', id="no span"),
    ],
)
def test_what_is_no_batch_of_whole_spans_is_left_alone(value: bytes) -> None:
    """It is read as any record is, and judged or rejected there."""
    assert split(value, "auto") is None


def test_a_batch_that_would_grow_without_measure_is_left_whole() -> None:
    """A resource of 100 kB, named anew for each of 100 spans, would make 10 MB of 130 kB."""
    few, many = (
        spans(*(span(CHAT) for _ in range(n)), resource={"service.name": "s" * 100_000})
        for n in (2, 100)
    )

    assert split(raw(few, "otlp_proto"), "otlp_proto") is not None
    assert split(raw(many, "otlp_proto"), "otlp_proto") is None


@given(st.binary(), st.sampled_from(["auto", "otlp_proto"]))
def test_any_bytes_are_taken_apart_or_left_alone(value: bytes, format: Format) -> None:  # noqa: A002
    """Nothing that a record holds raises."""
    split(value, format)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["traceId", "spanId", "spans", "attributes", "key", "value"]), inner
            )
        ),
    )
)
def test_any_document_is_taken_apart_or_left_alone(inner: object) -> None:
    """Wherever in a batch the nonsense stands."""
    split(json.dumps({"resourceSpans": inner}).encode(), "auto")
    split(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [inner]}]}]}).encode(), "auto")
