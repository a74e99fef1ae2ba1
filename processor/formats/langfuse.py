"""Langfuse: batches of its ingestion API, rows of its exports, objects of its API.

A generation may come in two events, its beginning and its end; those of one batch are merged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from detectors.base import Passage
from processor.formats.draft import Draft, sampling
from processor.formats.marks import is_cut_json
from processor.formats.messages import dialogue, documents, read
from processor.formats.openai_pair import answers_of, asked_of
from processor.formats.part import Parts, joined, one
from processor.formats.span import unique
from processor.formats.values import Fields, fields, first, first_count, seconds, time

_KINDS = (
    *("GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER"),
    *("EVALUATOR", "EMBEDDING", "GUARDRAIL"),
)


def is_batch(document: Fields) -> bool:
    """Return whether an object is a batch of the ingestion API."""
    batch = document.get("batch")
    return isinstance(batch, list) and all(
        isinstance(event, dict) and "type" in event and "body" in event for event in batch
    )


def is_observation(document: Fields) -> bool:
    """Return whether an object is one observation of an export or of the API."""
    return document.get("type") in _KINDS and any(
        key in document for key in ("trace_id", "traceId")
    )


def decode_batch(document: Fields) -> Parts:
    """Read the generations of a batch, with what its traces and retrievers say of them."""
    events = [(str(event["type"]), fields(event["body"])) for event in document["batch"]]
    traces: dict[str, dict[str, Any]] = {}
    generations: dict[str, dict[str, Any]] = {}
    passages: dict[str, list[Passage]] = defaultdict(list)
    others = 0
    for number, (kind, body) in enumerate(events):
        if kind == "trace-create":
            _merge(traces, first(body.get("id")) or "", body)
            others += 1
        elif kind.startswith("generation-") or body.get("type") == "GENERATION":
            _merge(generations, first(body.get("id")) or f"#{number}", body)
        else:
            if kind.startswith("retriever-") or body.get("type") == "RETRIEVER":
                passages[_trace_of(body)].extend(_documents(body.get("output")))
            others += 1
    ended = {key: body for key, body in generations.items() if _has_ended(body)}
    found = joined(
        _generation(body, traces.get(_trace_of(body), {}), passages[_trace_of(body)])
        for body in ended.values()
    )
    return found._replace(others=others + len(generations) - len(ended))


def decode_observation(document: Fields) -> Parts:
    """Read one observation; those that no model made are no interaction."""
    if document.get("type") != "GENERATION":
        return Parts(others=1)
    return _generation(document, {}, ())


def _merge(known: dict[str, dict[str, Any]], key: str, body: Fields) -> None:
    """Take what an event says of an object over what earlier ones said."""
    said = {name: value for name, value in body.items() if value is not None}
    known.setdefault(key, {}).update(said)


def _has_ended(body: Fields) -> bool:
    """Return whether a generation is over; what only began comes again."""
    return any(_get(body, key) for key in ("output", "endTime", "statusMessage"))


def _generation(body: Fields, trace: Fields, passages: Iterable[Passage]) -> Parts:
    return one(lambda: _draft(body, trace, passages).interaction())


def _draft(body: Fields, trace: Fields, passages: Iterable[Passage]) -> Draft:
    start, end = time(_get(body, "startTime")), time(_get(body, "endTime"))
    took = seconds(body.get("latency"))
    if took is None and start and end:
        took = seconds(end - start)
    usage = fields(_get(body, "usageDetails")) or fields(body.get("usage"))
    own, of_trace = fields(body.get("metadata")), fields(trace.get("metadata"))
    prompt, version = first(_get(body, "promptName")), first(_get(body, "promptVersion"))
    found = Draft(
        id=first(body.get("id")),
        time=start or time(body.get("timestamp")),
        app=first(own.get("app"), of_trace.get("app"), of_trace.get("service.name")),
        route=first(trace.get("name"), _get(body, "traceName")),
        model=first(_get(body, "providedModelName"), body.get("model")),
        conversation_id=first(_get(body, "sessionId"), trace.get("sessionId")),
        passages=unique(passages),
        input_tokens=first_count(
            usage.get("input"), usage.get("promptTokens"), usage.get("prompt_tokens")
        ),
        output_tokens=first_count(
            usage.get("output"), usage.get("completionTokens"), usage.get("completion_tokens")
        ),
        latency_seconds=took,
        trace_id=first(_get(body, "traceId")),
        span_id=first(body.get("id")),
        prompt_version=f"{prompt}@{version}"[:256] if prompt and version else version,
        sampling=sampling(fields(_get(body, "modelParameters"))),
        extensions={**of_trace, **own},
    )
    _take_texts(found, body)
    return found


def _take_texts(found: Draft, body: Fields) -> None:
    asked, answered = body.get("input"), body.get("output")
    if is_cut_json(asked):
        found.truncated |= {"prompt", "history"}
    else:
        request = fields(asked)
        found.hear(dialogue(asked_of(request) if "messages" in request else read(asked)))
    if is_cut_json(answered):
        found.truncated.add("response")
    else:
        found.answer(_answers(answered))


def _answers(answered: object) -> tuple[str, ...]:
    if isinstance(answered, str):
        told = fields(answered)
        return answers_of(told) or (answered,) if told else (answered,)
    if isinstance(answered, list):
        return tuple(m.text for m in read(answered, "assistant")[-1:] if m.text is not None)
    return answers_of(answered)


def _documents(output: object) -> tuple[Passage, ...]:
    found = fields(output)
    return documents(found.get("documents") or found.get("results") or output)


def _trace_of(body: Fields) -> str:
    return first(_get(body, "traceId")) or ""


def _get(body: Mapping[str, Any], key: str) -> Any:
    """Return a value by its camelCase name or, as exports have it, its snake_case name."""
    if key in body:
        return body[key]
    return body.get("".join(f"_{c.lower()}" if c.isupper() else c for c in key))
