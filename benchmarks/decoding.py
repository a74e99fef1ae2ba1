"""What decoding costs in each format, on one core, to the native event as the baseline.

The same made-up interactions, three passages each, are written in every format; OTLP in batches
as the Collector sends them, half of the spans searches. Each format is measured right beside the
baseline, so that what else the machine does meanwhile falls on both.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.traffic import Traffic
from processor.config import Format
from processor.decode import decode
from tests.processor.formats.otel import log, logs, protobuf, span, spans

OTLP_BAR = 5_000.0
_EVENTS = 2_048
_BATCH = 32
_NAME = "native"

Event = dict[str, Any]


class Case(NamedTuple):
    """The same interactions in one format."""

    name: str
    records: Sequence[bytes]
    format: Format = "auto"
    bar: float = 0.0


def compare(*, rounds: int, seed: int) -> None:
    """Print the interactions a second of each format."""
    events = [msgspec.json.decode(e) for e in Traffic("support", seed=seed).events(_EVENTS)]
    table = Table(
        *("format", "bytes", "interactions/s", "us", "to native (from-to)", "bar"),
        caption=f"one core of {os.cpu_count()}, load {os.getloadavg()[0]:.1f}; CPU time, median "
        f"of {rounds} rounds; bytes an interaction",
    )
    first, *others = cases(events)
    for case in (first, *others):
        table.add_row(*_row(case, first, rounds))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def cases(events: Sequence[Event]) -> list[Case]:
    """Write the events in every format."""
    batches = [events[start : start + _BATCH] for start in range(0, len(events), _BATCH)]
    of_spans = [spans(*(s for n, e in enumerate(b) for s in _genai(n, e))) for b in batches]
    of_logs = [logs(*(_details(e) for e in b)) for b in batches]
    inference = [
        spans(*(s for n, e in enumerate(b) for s in _openinference(n, e))) for b in batches
    ]
    return [
        Case(_NAME, _json(events)),
        Case("OTLP spans, protobuf", [protobuf(b) for b in of_spans], "otlp_proto", OTLP_BAR),
        Case("OTLP spans, JSON", _json(of_spans), bar=OTLP_BAR),
        Case("OTLP log records, protobuf", [protobuf(b) for b in of_logs], "otlp_proto", OTLP_BAR),
        Case("OTLP log records, JSON", _json(of_logs), bar=OTLP_BAR),
        Case("OpenInference, protobuf", [protobuf(b) for b in inference], "otlp_proto", OTLP_BAR),
        Case("LiteLLM", _json([_litellm(e) for e in b] for b in batches)),
        Case("OpenAI pair", _json(map(_pair, events))),
        Case("Bedrock", _json(map(_bedrock, events))),
        Case("Kong", _json(map(_kong, events))),
        Case("Langfuse batch", _json(map(_langfuse, batches))),
        Case("CloudEvent", _json(map(_cloudevent, events))),
        Case("Fluent Bit", _json({"log": json.dumps(e), "stream": "stdout"} for e in events)),
    ]


def _row(case: Case, baseline: Case, rounds: int) -> list[str]:
    pairs = [(_pace(case), _pace(baseline)) for _ in range(rounds)]
    pace = median(own for own, _ in pairs)
    ratios = [own / of_baseline for own, of_baseline in pairs]
    return [
        case.name,
        f"{sum(map(len, case.records)) / _EVENTS:,.0f}",
        f"{pace:,.0f}",
        f"{1e6 / pace:.0f}",
        f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        "" if not case.bar else f"{'met' if pace >= case.bar else 'MISSED'} (>= {case.bar:,.0f})",
    ]


def _pace(case: Case) -> float:
    """Return interactions a second of CPU time."""
    start = time.process_time()
    found = sum(len(decode(record, format=case.format).parts) for record in case.records)
    seconds = time.process_time() - start
    if found != _EVENTS:
        raise RuntimeError(f"{case.name}: {found} interactions of {_EVENTS}")
    return found / seconds


def _json(documents: Any) -> list[bytes]:
    return [msgspec.json.encode(document) for document in documents]


def _trace_id(number: int) -> str:
    return f"{number + 1:032x}"


def _asked(event: Event) -> list[dict[str, Any]]:
    return [{"role": "user", "content": event["prompt"]}]


def _answered(event: Event) -> dict[str, Any]:
    message = {"role": "assistant", "content": event["response"]}
    return {"id": event["id"], "model": "small-1", "choices": [{"index": 0, "message": message}]}


def _messages(event: Event) -> dict[str, str]:
    def said(role: str, text: str) -> str:
        return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])

    return {
        "gen_ai.input.messages": said("user", event["prompt"]),
        "gen_ai.output.messages": said("assistant", event["response"]),
    }


_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "small-1",
    "gen_ai.request.temperature": 0.2,
    "gen_ai.response.model": "small-1-2026-05-01",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.conversation.id": "c-1",
    "server.address": "api.example.com",
    "server.port": 443,
}


def _genai(number: int, event: Event) -> list[dict[str, Any]]:
    documents = [{"id": p.get("id"), "content": p["text"]} for p in event["passages"]]
    search = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.documents": json.dumps(documents),
    }
    return [
        span(search, span_id="ab" * 8, trace_id=_trace_id(number)),
        span(_CALL | _messages(event), trace_id=_trace_id(number)),
    ]


def _details(event: Event) -> dict[str, Any]:
    return log("gen_ai.client.inference.operation.details", _CALL | _messages(event))


def _openinference(number: int, event: Event) -> list[dict[str, Any]]:
    search: dict[str, Any] = {"openinference.span.kind": "RETRIEVER"}
    for n, passage in enumerate(event["passages"]):
        search[f"retrieval.documents.{n}.document.content"] = passage["text"]
    call = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "small-1",
        "llm.invocation_parameters": '{"temperature": 0.2}',
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": event["prompt"],
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": event["response"],
    }
    return [
        span(search, span_id="ab" * 8, trace_id=_trace_id(number)),
        span(call, trace_id=_trace_id(number)),
    ]


def _litellm(event: Event) -> dict[str, Any]:
    found = [{"content": [{"type": "text", "text": p["text"]}]} for p in event["passages"]]
    store = {"vector_store_id": "kb", "vector_store_search_response": {"data": found}}
    return {
        "id": event["id"],
        "litellm_call_id": event["id"],
        "call_type": "acompletion",
        "startTime": 1.5e9,
        "endTime": 1.5e9,
        "model": "small-1",
        "messages": _asked(event),
        "response": _answered(event),
        "model_parameters": {"temperature": 0.2},
        "metadata": {"vector_store_request_metadata": [store]},
    }


def _pair(event: Event) -> dict[str, Any]:
    tools = [{"role": "tool", "content": p["text"]} for p in event["passages"]]
    return {"request": {"messages": [*_asked(event), *tools]}, "response": _answered(event)}


def _bedrock(event: Event) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": [{"text": event["prompt"]}]}]}
    message = {"role": "assistant", "content": [{"text": event["response"]}]}
    return {
        "schemaType": "ModelInvocationLog",
        "requestId": event["id"],
        "timestamp": "2026-05-01T10:00:00Z",
        "operation": "Converse",
        "modelId": "small-1",
        "input": {"inputBodyJson": asked},
        "output": {"outputBodyJson": {"output": {"message": message}}},
    }


def _kong(event: Event) -> dict[str, Any]:
    payload = {
        "request": json.dumps({"messages": _asked(event)}),
        "response": json.dumps(_answered(event)),
    }
    return {"started_at": 1.5e12, "ai": {"proxy": {"meta": {}, "usage": {}, "payload": payload}}}


def _langfuse(events: Sequence[Event]) -> dict[str, Any]:
    def generation(event: Event) -> dict[str, Any]:
        body = {
            "id": event["id"],
            "traceId": event["id"],
            "startTime": "2026-05-01T10:00:00Z",
            "endTime": "2026-05-01T10:00:01Z",
            "model": "small-1",
            "input": _asked(event),
            "output": {"role": "assistant", "content": event["response"]},
        }
        return {"id": event["id"], "type": "generation-create", "timestamp": "", "body": body}

    return {"batch": [generation(event) for event in events]}


def _cloudevent(event: Event) -> dict[str, Any]:
    return {"specversion": "1.0", "type": "t", "source": "/s", "id": event["id"], "data": event}


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=7, show_default=True)
@click.option("--seed", default=7, show_default=True, help="Of the traffic.")
def main(rounds: int, seed: int) -> None:
    """Print what decoding costs in each format."""
    compare(rounds=rounds, seed=seed)


if __name__ == "__main__":
    main()
