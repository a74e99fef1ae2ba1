"""OTLP batches of spans and log records, JSON or protobuf, to one shape for both.

The OpenTelemetry Collector's Kafka exporter writes a whole batch into one record, without a word
on its encoding. Only this file knows protobuf.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from processor.errors import Undecodable
from processor.formats import trace
from processor.formats.part import Parts
from processor.formats.span import Entry, Event
from processor.formats.trace import Inner
from processor.formats.values import Fields, name, number

_MAX_DEPTH = 32


def is_json(document: Fields) -> bool:
    """Return whether a JSON object is a batch of spans or log records."""
    return "resourceSpans" in document or "resourceLogs" in document


def decode_json(document: Fields, inner: Inner) -> Parts:
    """Read a batch in OTLP JSON.

    Raises:
        Undecodable: a list of the envelope is something else.
    """
    return trace.decode([*_json_spans(document), *_json_logs(document)], inner)


def decode_protobuf(raw: bytes, inner: Inner) -> Parts:
    """Read a batch in OTLP protobuf.

    Spans and log records travel in messages that differ only inside; every span has a trace id.

    Raises:
        Undecodable: it is neither.
    """
    spans = _proto_spans(raw)
    if spans is None or any(not entry.trace_id for entry in spans):
        logs = _proto_logs(raw)
        if logs is None:
            raise Undecodable("not_protobuf", "neither spans nor log records")
        return trace.decode(logs, inner)
    return trace.decode(spans, inner)


def _json_spans(document: Fields) -> Iterator[Entry]:
    for resource, scope in _scopes(document, "resourceSpans", "scopeSpans"):
        for span in _objects(scope, "spans"):
            start, end = (_nanos(span.get(f"{edge}TimeUnixNano")) for edge in ("start", "end"))
            yield Entry(
                name=name(span.get("name")) or "",
                trace_id=_hex(span.get("traceId")),
                span_id=_hex(span.get("spanId")),
                start=start,
                end=end,
                resource=resource,
                attributes=_attributes(span),
                events=tuple(
                    Event(name(event.get("name")) or "", _attributes(event))
                    for event in _objects(span, "events")
                ),
                failed=_is_error(span.get("status")),
            )


def _json_logs(document: Fields) -> Iterator[Entry]:
    for resource, scope in _scopes(document, "resourceLogs", "scopeLogs"):
        for log in _objects(scope, "logRecords"):
            attributes = _attributes(log)
            at = _nanos(log.get("timeUnixNano")) or _nanos(log.get("observedTimeUnixNano"))
            yield Entry(
                name=name(log.get("eventName")) or name(attributes.get("event.name")) or "",
                trace_id=_hex(log.get("traceId")),
                span_id=_hex(log.get("spanId")),
                start=at,
                end=None,
                resource=resource,
                attributes=attributes,
                body=_value(log.get("body")),
                is_log=True,
            )


def _scopes(document: Fields, outer: str, inner: str) -> Iterator[tuple[Fields, Fields]]:
    """Return every scope with the attributes of its resource."""
    for resource in _objects(document, outer):
        attributes = _attributes(resource.get("resource") or {})
        for scope in _objects(resource, inner):
            yield attributes, scope


def _objects(document: object, key: str) -> Iterable[dict[str, Any]]:
    """Return a list of objects; one that is absent or null is empty."""
    if not isinstance(document, dict):
        raise Undecodable("wrong_type", f"Expected `object` with `{key}`")
    found = document.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Undecodable("wrong_type", f"Expected `array` of `object` - at `{key}`")
    return found


def _attributes(carrier: object) -> dict[str, Any]:
    return _pairs(_objects(carrier, "attributes"))


def _pairs(pairs: Iterable[dict[str, Any]], depth: int = _MAX_DEPTH) -> dict[str, Any]:
    return {
        key: _value(pair.get("value"), depth)
        for pair in pairs
        if isinstance(key := pair.get("key"), str)
    }


def _value(value: object, depth: int = _MAX_DEPTH) -> Any:
    """Return the plain value of an AnyValue; bytes say nothing here."""
    if not isinstance(value, dict) or not depth:
        return None
    for kind, inner in value.items():
        match kind:
            case "stringValue" | "boolValue":
                return inner
            case "intValue" | "doubleValue":
                return int(inner) if _is_digits(inner) else number(inner)
            case "arrayValue":
                found = inner.get("values") if isinstance(inner, dict) else None
                return [_value(v, depth - 1) for v in found] if isinstance(found, list) else []
            case "kvlistValue":
                found = inner.get("values") if isinstance(inner, dict) else None
                pairs = found if isinstance(found, list) else []
                return _pairs((p for p in pairs if isinstance(p, dict)), depth - 1)
    return None


def _is_digits(value: object) -> bool:
    """Return whether it is an integer of at most 64 bits, or the digits of one."""
    if type(value) is int:
        return True
    return isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdecimal()  # noqa: PLR2004


def _hex(value: object) -> str | None:
    """Return an id in lower case; all zeros is none."""
    found = (name(value) or "").lower()
    return found if found.strip("0") else None


def _nanos(value: object) -> float | None:
    found = number(value)
    return found / 1e9 if found and found > 0 else None


def _is_error(status: object) -> bool:
    code = status.get("code") if isinstance(status, dict) else None
    return code in (2, "STATUS_CODE_ERROR")


def _proto_spans(raw: bytes) -> list[Entry] | None:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(raw)
    except DecodeError:
        return None
    return [
        span_entry(span, resource)
        for spans in request.resource_spans
        for resource in (plain(spans.resource.attributes),)
        for scope in spans.scope_spans
        for span in scope.spans
    ]


def span_entry(span: Span, resource: Fields) -> Entry:
    """Return a span in protobuf as an entry, with the attributes of its resource."""
    return Entry(
        name=span.name,
        trace_id=_proto_id(span.trace_id),
        span_id=_proto_id(span.span_id),
        start=span.start_time_unix_nano / 1e9 or None,
        end=span.end_time_unix_nano / 1e9 or None,
        resource=resource,
        attributes=plain(span.attributes),
        events=tuple(Event(e.name, plain(e.attributes)) for e in span.events),
        failed=span.status.code == 2,  # noqa: PLR2004 - STATUS_CODE_ERROR
    )


def _proto_logs(raw: bytes) -> list[Entry] | None:
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(raw)
    except DecodeError:
        return None
    return [
        Entry(
            name=log.event_name or name(attributes.get("event.name")) or "",
            trace_id=_proto_id(log.trace_id),
            span_id=_proto_id(log.span_id),
            start=(log.time_unix_nano or log.observed_time_unix_nano) / 1e9 or None,
            end=None,
            resource=resource,
            attributes=attributes,
            body=_proto_value(log.body),
            is_log=True,
        )
        for logs in request.resource_logs
        for resource in (plain(logs.resource.attributes),)
        for scope in logs.scope_logs
        for log in scope.log_records
        for attributes in (plain(log.attributes),)
    ]


def plain(pairs: Iterable[KeyValue], depth: int = _MAX_DEPTH) -> dict[str, Any]:
    """Return attributes in protobuf as plain values."""
    return {pair.key: _proto_value(pair.value, depth) for pair in pairs}


def _proto_value(value: AnyValue, depth: int = _MAX_DEPTH) -> Any:
    kind = value.WhichOneof("value") if depth else None
    match kind:
        case "string_value" | "bool_value" | "int_value":
            return getattr(value, kind)
        case "double_value":
            return number(value.double_value)
        case "array_value":
            return [_proto_value(v, depth - 1) for v in value.array_value.values]
        case "kvlist_value":
            return plain(value.kvlist_value.values, depth - 1)
    return None


def _proto_id(value: bytes) -> str | None:
    return value.hex() if value.strip(b"\0") else None
