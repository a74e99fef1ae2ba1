"""Calls the stub through a real client, and prints what its instrumentation would send.

Run as a program, for instrumentations read the environment once a process:
``python -m tests.interop.producer openai|openinference|litellm|litellm-redacted``. Every line of
the output is the value of one Kafka record, in base64: OTLP requests as OpenTelemetry's own
exporter encodes them, which the Collector's Kafka exporter passes on, and LiteLLM's payloads as
its generic callback sends them.
"""

import base64
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.interop.stub import MODEL, QUESTION, SYSTEM, serving

DOCUMENT = "Refunds are paid within five days of the return."

_MESSAGES: list[dict[str, str]] = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": QUESTION},
]
_CALLBACK_SECONDS = 30.0


def main(kind: str) -> None:
    """Print the records of one producer."""
    records = _litellm(kind) if kind.startswith("litellm") else _openai(kind)
    for record in records:
        sys.stdout.write(base64.b64encode(record).decode() + "\n")


def _openai(kind: str) -> Iterator[bytes]:
    from openai import OpenAI  # noqa: PLC0415 - `make interop` alone has them
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans  # noqa: PLC0415

    with _instrumented(kind) as (tracer, spans, logs), serving() as url:
        client = OpenAI(base_url=url, api_key="none")
        for call in (_complete, _stream, *([_respond] if kind == "openinference" else [])):
            with tracer.start_as_current_span("question"):
                with tracer.start_as_current_span("search", attributes=_search(kind)):
                    pass
                call(client)
        finished = spans.get_finished_spans(), logs.get_finished_logs()
    for encode, found in zip((encode_spans, encode_logs), finished, strict=True):
        if found:
            yield encode(found).SerializeToString()


def _complete(client: Any) -> None:
    client.chat.completions.create(model=MODEL, messages=_MESSAGES, temperature=0.2)


def _stream(client: Any) -> None:
    options = {"include_usage": True}
    stream = client.chat.completions.create(
        model=MODEL, messages=_MESSAGES, stream=True, stream_options=options
    )
    for _ in stream:
        pass


def _respond(client: Any) -> None:
    client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)


def _search(kind: str) -> dict[str, str]:
    if kind == "openinference":
        document = {"retrieval.documents.0.document.content": DOCUMENT}
        return {"openinference.span.kind": "RETRIEVER"} | document
    documents = json.dumps([{"id": "terms", "content": DOCUMENT}])
    return {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents}


@contextmanager
def _instrumented(kind: str) -> Iterator[tuple[Any, Any, Any]]:
    """Instrument the client; yield a tracer and what keeps spans and log records."""
    from opentelemetry.sdk._logs import LoggerProvider  # noqa: PLC0415
    from opentelemetry.sdk._logs.export import (  # noqa: PLC0415
        InMemoryLogRecordExporter,
        SimpleLogRecordProcessor,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import (  # noqa: PLC0415
        InMemorySpanExporter,
    )

    resource = Resource.create({"service.name": "help-bot"})
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    if kind == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor  # noqa: PLC0415

        OpenAIInstrumentor().instrument(tracer_provider=tracers)
    else:
        from opentelemetry.instrumentation.openai_v2 import (  # noqa: PLC0415
            OpenAIInstrumentor as Instrumentor,
        )

        Instrumentor().instrument(tracer_provider=tracers, logger_provider=loggers)
    yield tracers.get_tracer("bot"), spans, logs


def _litellm(kind: str) -> Iterator[bytes]:
    """Yield the list of payloads that LiteLLM hands its loggers for mocked completions."""
    import litellm  # noqa: PLC0415
    from litellm.integrations.custom_logger import CustomLogger  # noqa: PLC0415

    from tests.interop.stub import ANSWER  # noqa: PLC0415

    payloads: list[dict[str, Any]] = []

    class Logger(CustomLogger):  # type: ignore[misc] # it ships no types
        def log_success_event(self, kwargs: dict[str, Any], **_: Any) -> None:
            payloads.append(kwargs["standard_logging_object"])

    litellm.callbacks = [Logger()]
    litellm.turn_off_message_logging = kind == "litellm-redacted"
    options = {"model": "openai/gpt-4o-mini", "messages": _MESSAGES, "mock_response": ANSWER}
    litellm.completion(**options, temperature=0.2)
    for _ in litellm.completion(**options, stream=True):
        pass
    deadline = time.monotonic() + _CALLBACK_SECONDS
    while len(payloads) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    if len(payloads) < 2:
        raise TimeoutError(f"{len(payloads)} payloads within {_CALLBACK_SECONDS} s")
    yield json.dumps(payloads, default=str).encode()


if __name__ == "__main__":
    main(sys.argv[1])
