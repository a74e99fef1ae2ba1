"""Spans and evaluation records over OTLP; the only file that knows OpenTelemetry.

Set up by OpenTelemetry's own ``OTEL_*`` variables, and off without them. What is to be sent waits
in a bounded queue for a thread of its own: what finds no room there, or no receiver, is dropped
and counted, and the stream goes on.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal, NamedTuple

from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from processor.errors import ConfigError
from processor.evaluation import EVENT_NAME, SCOPE, SpanPlace, evaluations, span_place
from processor.judged import Judged
from processor.kafka import Record
from processor.verdict import Verdict

Kind = Literal["span", "evaluation"]
Outcome = Literal["exported", "failed", "queue_full"]
Told = Callable[[Kind, Outcome, int], None]

# Defaults of OTEL_BSP_* and OTEL_BLRP_*: MAX_QUEUE_SIZE, MAX_EXPORT_BATCH_SIZE.
_QUEUE = 2048
_BATCH = 512
_CLOSE_SECONDS = 5.0


class Telemetry:
    """Sends a span and the evaluations of every verdict; neither waits for the receiver.

    Args:
        spans: what makes spans, or None for none.
        logs: what makes evaluation records, or None for none.
        group: the consumer group of the worker.
    """

    def __init__(self, *, spans: "_Spans | None", logs: "_Logs | None", group: str) -> None:
        self._spans = spans
        self._logs = logs
        self._group = group

    def judged(self, judged: Iterable[Judged], *, start_ns: int, end_ns: int) -> None:
        """Hand over what there is to say of verdicts that the broker has acknowledged.

        Args:
            judged: no text of a user is in a verdict, and none is sent.
            start_ns: when the batch was taken, in nanoseconds since the epoch.
            end_ns: when its verdicts were acknowledged.
        """
        for record, _, verdict in judged:
            place = span_place(verdict)
            if self._logs:
                self._evaluate(self._logs, verdict, place, end_ns)
            if self._spans:
                links = [Link(_context(place))] if place.is_whole else []
                self._trace(self._spans, record, verdict, links, (start_ns, end_ns))

    def _trace(
        self,
        spans: "_Spans",
        record: Record,
        verdict: Verdict,
        links: Sequence[Link],
        times: tuple[int, int],
    ) -> None:
        if not spans.gate.admit():
            return
        span = spans.tracer.start_span(
            f"process {record.topic}",
            kind=SpanKind.CONSUMER,
            links=links,
            attributes=self._attributes(verdict, record),
            start_time=times[0],
        )
        if not span.is_recording():  # left out by OTEL_TRACES_SAMPLER
            spans.gate.leave(1)
        span.end(times[1])

    def _evaluate(self, logs: "_Logs", verdict: Verdict, place: SpanPlace, time_ns: int) -> None:
        for attributes in evaluations(verdict):
            if logs.gate.admit():
                record = LogRecord(
                    timestamp=time_ns,
                    context=set_span_in_context(NonRecordingSpan(_context(place)), Context()),
                    severity_number=SeverityNumber.INFO,
                    attributes=dict(attributes),
                    event_name=EVENT_NAME,
                )
                logs.logger.emit(record)

    def _attributes(self, verdict: Verdict, record: Record) -> dict[str, str | int]:
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group,
            "semwatch.verdict.id": verdict.id,
            "semwatch.verdict.status": verdict.status,
            "semwatch.app": verdict.app,
            "semwatch.route": verdict.route,
        }

    def close(self, seconds: float = _CLOSE_SECONDS) -> None:
        """Send what waits, for so long at most."""
        closing = [
            threading.Thread(target=part.close, daemon=True)
            for part in (self._spans, self._logs)
            if part
        ]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(seconds)


def _context(place: SpanPlace) -> SpanContext:
    return SpanContext(
        trace_id=int(place.trace_id or "0", 16),
        span_id=int(place.span_id or "0", 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


class _Gate:
    """Admits as many as may wait; counts what became of them."""

    def __init__(self, kind: Kind, limit: int, told: Told) -> None:
        self._kind = kind
        self._limit = limit
        self._told = told
        self._lock = threading.Lock()
        self._waiting = 0

    def admit(self) -> bool:
        with self._lock:
            admitted = self._waiting < self._limit
            self._waiting += admitted
        if not admitted:
            self._told(self._kind, "queue_full", 1)
        return admitted

    def leave(self, number: int) -> None:
        with self._lock:
            self._waiting -= number

    def sent(self, number: int, *, delivered: bool) -> None:
        self._told(self._kind, "exported" if delivered else "failed", number)


class _Counted:
    """An exporter of either kind that says at its gate what it took and what became of it."""

    def __init__(self, exporter: Any, gate: _Gate) -> None:
        self._exporter = exporter
        self._gate = gate

    def export(self, batch: Sequence[Any]) -> Any:
        self._gate.leave(len(batch))
        result: Any = None
        try:
            result = self._exporter.export(batch)
        finally:
            delivered = result is not None and result.name == "SUCCESS"
            self._gate.sent(len(batch), delivered=delivered)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return bool(self._exporter.force_flush(timeout_millis))


class _Spans(NamedTuple):
    tracer: Tracer
    gate: _Gate
    close: Callable[[], None]


class _Logs(NamedTuple):
    logger: Logger
    gate: _Gate
    close: Callable[[], None]


def load(told: Told, *, group: str, environ: Mapping[str, str] = os.environ) -> Telemetry | None:
    """Return what ``OTEL_TRACES_EXPORTER`` and ``OTEL_LOGS_EXPORTER`` ask for; None for nothing.

    Args:
        told: called with kind, outcome and number of what was sent or dropped, from any thread.
        group: the consumer group of the worker.
        environ: the environment; the SDK itself reads the process's for the rest.

    Raises:
        ConfigError: a variable asks for what is not here.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    try:
        spans = _spans(told, environ) if _is_on("TRACES", environ) else None
        logs = _logs(told, environ) if _is_on("LOGS", environ) else None
    except ValueError as error:  # the SDK's, on a variable that it reads itself
        raise ConfigError(f"environment variables OTEL_*: {error}") from error
    return Telemetry(spans=spans, logs=logs, group=group) if spans or logs else None


def _is_on(signal: str, environ: Mapping[str, str]) -> bool:
    name = f"OTEL_{signal}_EXPORTER"
    exporter = environ.get(name, "").strip()
    if exporter not in ("", "none", "otlp"):
        raise ConfigError(f"environment variable {name}: otlp or none, value {exporter!r}")
    for name in (f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        protocol = environ.get(name, "").strip()
        if exporter == "otlp" and protocol not in ("", "http/protobuf"):
            raise ConfigError(
                f"environment variable {name}: only http/protobuf is here, value {protocol!r}"
            )
    return exporter == "otlp"


def _spans(told: Told, environ: Mapping[str, str]) -> _Spans:
    sizes = _sizes("BSP", environ)
    gate = _Gate("span", sizes.queue, told)
    exporter: Any = _Counted(OTLPSpanExporter(), gate)
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=sizes.queue, max_export_batch_size=sizes.batch)
    )
    return _Spans(provider.get_tracer(SCOPE, version("semwatch")), gate, provider.shutdown)


def _logs(told: Told, environ: Mapping[str, str]) -> _Logs:
    sizes = _sizes("BLRP", environ)
    gate = _Gate("evaluation", sizes.queue, told)
    exporter: Any = _Counted(OTLPLogExporter(), gate)
    provider = LoggerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(
            exporter, max_queue_size=sizes.queue, max_export_batch_size=sizes.batch
        )
    )
    return _Logs(provider.get_logger(SCOPE, version("semwatch")), gate, provider.shutdown)


class _Sizes(NamedTuple):
    queue: int
    batch: int


def _sizes(processor: str, environ: Mapping[str, str]) -> _Sizes:
    queue = _number(f"OTEL_{processor}_MAX_QUEUE_SIZE", _QUEUE, environ)
    batch = _number(f"OTEL_{processor}_MAX_EXPORT_BATCH_SIZE", _BATCH, environ)
    return _Sizes(queue, min(batch, queue))


def _number(name: str, default: int, environ: Mapping[str, str]) -> int:
    text = environ.get(name, "").strip()
    if text and not (text.isdecimal() and int(text) > 0):
        raise ConfigError(f"environment variable {name}: not a positive number, value {text!r}")
    return int(text or default)


def _resource() -> Resource:
    """Return our names; ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES`` come before them."""
    ours = Resource({"service.name": "semwatch", "service.version": version("semwatch")})
    return Resource.create().merge(ours).merge(OTELResourceDetector().detect())
