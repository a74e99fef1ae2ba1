"""A batch of spans taken apart by trace: what must wait for other records of its trace.

The pieces are OTLP in protobuf, whatever the batch was in: messages of one trace that are put one
behind the other are one message, so joining them is no more than that.
"""

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from processor.config import Format
from processor.formats import trace
from processor.formats.otlp import is_json, plain, span_entry

_ID_BYTES = 16
# Each piece names its resource anew. A batch that grows by more is made to grow, and stays whole.
_MAX_GROWTH = 16


class Piece(NamedTuple):
    """A part of a trace: one call of a model, or what a record holds of its documents.

    ``time`` is when the call ended, or the first search began, in seconds since the epoch: a
    search that began later is not what the answer was made of.
    """

    trace_id: bytes
    is_call: bool
    content: bytes
    time: float


class Split(NamedTuple):
    """The pieces of a record in order, and how many of its spans are of other kinds."""

    pieces: tuple[Piece, ...]
    others: int


def split(raw: bytes, format: Format) -> Split | None:  # noqa: A002 - the word for it
    """Take a batch of spans apart; ``None`` for what else there is, which is read as ever.

    That is anything that is no batch of spans, has one without a trace, or has a resource so large
    that a piece for each span would be many times the batch.

    Args:
        raw: the value of a record.
        format: what its topic is said to hold.
    """
    request = _protobuf(raw) if format == "otlp_proto" else _json(raw)
    if request is None:
        return None
    spans = list(_spans(request))
    if not spans or any(len(span.trace_id) != _ID_BYTES for _, span in spans):
        return None
    return _pieces(spans) if _resources(request) <= _MAX_GROWTH * len(raw) else None


def _resources(request: ExportTraceServiceRequest) -> int:
    """Return the bytes that the resources take where each span names its own."""
    return sum(
        of.resource.ByteSize() * sum(len(scope.spans) for scope in of.scope_spans)
        for of in request.resource_spans
    )


def _pieces(spans: list[tuple[ResourceSpans, Span]]) -> Split:
    calls: list[Piece] = []
    found: dict[bytes, list[bytes]] = defaultdict(list)
    begun: dict[bytes, float] = {}
    others = 0
    for resource, span in spans:
        entry = span_entry(span, plain(resource.resource.attributes))
        if trace.is_call(entry):
            content, end = _alone(resource, span), trace.end_of(entry)
            calls.append(Piece(span.trace_id, is_call=True, content=content, time=end))
        elif trace.retrieved(entry):
            found[span.trace_id].append(_alone(resource, span))
            start = trace.start_of(entry)
            begun[span.trace_id] = min(start, begun.get(span.trace_id, start))
        else:
            others += 1
    documents = [
        Piece(of, is_call=False, content=b"".join(spans), time=begun[of])
        for of, spans in found.items()
    ]
    return Split((*documents, *calls), others)


def _spans(request: ExportTraceServiceRequest) -> Iterator[tuple[ResourceSpans, Span]]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield resource, span


def _alone(resource: ResourceSpans, span: Span) -> bytes:
    """Return a batch of one span."""
    request = ExportTraceServiceRequest()
    one = request.resource_spans.add()
    one.resource.CopyFrom(resource.resource)
    one.scope_spans.add().spans.add().CopyFrom(span)
    content: bytes = request.SerializeToString()
    return content


def _protobuf(raw: bytes) -> ExportTraceServiceRequest | None:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(raw)
    except DecodeError:
        return None
    return request


def _json(raw: bytes) -> ExportTraceServiceRequest | None:
    try:
        document = msgspec.json.decode(raw)
        if not isinstance(document, dict) or not is_json(document) or "resourceLogs" in document:
            return None
        return ParseDict(
            _with_bytes(document), ExportTraceServiceRequest(), ignore_unknown_fields=True
        )
    except (msgspec.DecodeError, ParseError, ValueError, TypeError, RecursionError):
        return None


def _with_bytes(value: Any) -> Any:
    """Return a document with its ids, which OTLP has in hexadecimal digits, in base64."""
    if isinstance(value, list):
        return [_with_bytes(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode()
        if key in ("traceId", "spanId", "parentSpanId") and isinstance(item, str)
        else _with_bytes(item)
        for key, item in value.items()
    }
