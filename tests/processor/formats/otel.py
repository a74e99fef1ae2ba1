"""Builds OTLP batches as the Collector writes them, in JSON and in protobuf."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, SPAN = "5B8EFFF798038103D269B633813FC60C", "EEE19B7EC3C1B174"
RESOURCE = {"service.name": "help-bot", "service.version": "4.2"}


def value(plain: object) -> dict[str, Any]:
    """Return a plain value as an AnyValue."""
    match plain:
        case bool():
            return {"boolValue": plain}
        case int():
            return {"intValue": str(plain)}
        case float():
            return {"doubleValue": plain}
        case dict():
            return {"kvlistValue": {"values": pairs(plain)}}
        case list():
            return {"arrayValue": {"values": [value(item) for item in plain]}}
    return {"stringValue": plain}


def pairs(attributes: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return attributes as OTLP has them."""
    return [{"key": key, "value": value(plain)} for key, plain in attributes.items()]


def span(
    attributes: Mapping[str, object],
    *,
    name: str = "chat small-1",
    trace_id: str = TRACE,
    span_id: str = SPAN,
    start: int = 1_700_000_000_000_000_000,
    events: Sequence[tuple[str, Mapping[str, object]]] = (),
    failed: bool = False,
) -> dict[str, Any]:
    """Return a span of 1.5 seconds."""
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": "",
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 1_500_000_000),
        "attributes": pairs(attributes),
        "events": [
            {"name": event, "timeUnixNano": str(start), "attributes": pairs(of)}
            for event, of in events
        ],
        "status": {"code": 2} if failed else {},
    }


def spans(*those: dict[str, Any], resource: Mapping[str, object] = RESOURCE) -> dict[str, Any]:
    """Return a batch of spans."""
    scope = {"scope": {"name": "instrumentation"}, "spans": list(those)}
    return {"resourceSpans": [{"resource": {"attributes": pairs(resource)}, "scopeSpans": [scope]}]}


def log(
    name: str,
    attributes: Mapping[str, object] | None = None,
    body: object = None,
    *,
    span_id: str = SPAN,
) -> dict[str, Any]:
    """Return a log record that belongs to a span."""
    return {
        "timeUnixNano": "1700000000000000000",
        "eventName": name,
        "traceId": TRACE,
        "spanId": span_id,
        "attributes": pairs(attributes or {}),
    } | ({} if body is None else {"body": value(body)})


def logs(*those: dict[str, Any]) -> dict[str, Any]:
    """Return a batch of log records."""
    scope = {"scope": {"name": "instrumentation"}, "logRecords": list(those)}
    return {"resourceLogs": [{"resource": {"attributes": pairs(RESOURCE)}, "scopeLogs": [scope]}]}


def protobuf(batch: dict[str, Any]) -> bytes:
    """Return a batch in protobuf."""
    of_spans = "resourceSpans" in batch
    request = ExportTraceServiceRequest() if of_spans else ExportLogsServiceRequest()
    document = msgspec.json.decode(msgspec.json.encode(batch))
    _to_base64(document)
    return Parse(msgspec.json.encode(document), request).SerializeToString()


def _to_base64(document: object) -> None:
    """Write ids as protobuf's own JSON does; OTLP's JSON has them in hexadecimal digits."""
    import base64  # noqa: PLC0415

    if isinstance(document, list):
        for item in document:
            _to_base64(item)
    elif isinstance(document, dict):
        for key, inner in document.items():
            if key in ("traceId", "spanId", "parentSpanId"):
                document[key] = base64.b64encode(bytes.fromhex(inner)).decode()
            else:
                _to_base64(inner)
