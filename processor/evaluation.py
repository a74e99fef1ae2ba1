"""Signals as OpenTelemetry's ``gen_ai.evaluation.result``: the mapping, and OTLP JSON of it.

Written after the GenAI semantic conventions 1.42 (stability: development); docs/telemetry.md
states the mapping. Nothing here needs an OpenTelemetry library.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from detectors.base import Signal
from processor.verdict import Failure, Verdict

EVENT_NAME = "gen_ai.evaluation.result"
SCOPE = "semwatch"
_INFO = 9  # SEVERITY_NUMBER_INFO of the logs data model
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")

Attributes = dict[str, str | int | float]


class SpanPlace(NamedTuple):
    """Where the evaluated span stands, in lower-case hex; None is "not logged, or no such id"."""

    trace_id: str | None
    span_id: str | None

    @property
    def is_whole(self) -> bool:
        """Whether a span can be found by it."""
        return bool(self.trace_id and self.span_id)


def span_place(verdict: Verdict) -> SpanPlace:
    """Return the span that a verdict is about, as far as its ids are those of W3C Trace Context."""
    trace_id = _valid(_TRACE_ID, verdict.trace_id)
    return SpanPlace(trace_id, _valid(_SPAN_ID, verdict.span_id) if trace_id else None)


def _valid(pattern: re.Pattern[str], value: str | None) -> str | None:
    lower = (value or "").lower()
    return lower if pattern.fullmatch(lower) else None


def evaluations(verdict: Verdict) -> Iterator[Attributes]:
    """Yield the attributes of one record for each signal and each failed detector."""
    common: Attributes = {
        "semwatch.verdict.id": verdict.id,
        "semwatch.event.id": verdict.event_id,
        "semwatch.app": verdict.app,
        "semwatch.route": verdict.route,
        "gen_ai.request.model": verdict.model,
    }
    if verdict.conversation_id:
        common["gen_ai.conversation.id"] = verdict.conversation_id
    if verdict.revision:
        common["semwatch.verdict.revision"] = verdict.revision
    for signal in verdict.signals:
        yield common | _of_signal(signal)
    for failure in verdict.failures:
        yield common | _of_failure(failure)


def _of_signal(signal: Signal) -> Attributes:
    """Leave out what a signal does not have: no score is not 0."""
    found: Attributes = {
        "gen_ai.evaluation.name": signal.name,
        "gen_ai.evaluation.score.label": signal.label,
    }
    if signal.score is not None:
        found["gen_ai.evaluation.score.value"] = float(signal.score)
    if signal.explanation:
        found["gen_ai.evaluation.explanation"] = signal.explanation
    return found


def _of_failure(failure: Failure) -> Attributes:
    return {"gen_ai.evaluation.name": failure.detector, "error.type": failure.reason}


def otlp_json(verdict: Verdict, *, time_ns: int) -> bytes:
    """Return an ``ExportLogsServiceRequest`` in OTLP's JSON: one log record an evaluation."""
    resource = {"service.name": SCOPE, "service.version": verdict.versions.get("semwatch", "")}
    place = span_place(verdict)
    ids = {"traceId": place.trace_id, "spanId": place.span_id}
    record = {
        "timeUnixNano": str(time_ns),
        "observedTimeUnixNano": str(time_ns),
        "severityNumber": _INFO,
        "eventName": EVENT_NAME,
    } | {name: value for name, value in ids.items() if value}
    records = [record | {"attributes": _key_values(found)} for found in evaluations(verdict)]
    scope = {"scope": {"name": SCOPE, "version": resource["service.version"]}}
    logs = {
        "resource": {"attributes": _key_values(resource)},
        "scopeLogs": [scope | {"logRecords": records}],
    }
    return msgspec.json.encode({"resourceLogs": [logs]})


def _key_values(attributes: Mapping[str, str | int | float]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any_value(value)} for key, value in attributes.items()]


def _any_value(value: str | float) -> dict[str, str | float]:
    """Return an ``AnyValue``; ProtoJSON has integers of 64 bits as strings."""
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
