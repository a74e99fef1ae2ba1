"""Pairs of an OpenAI-style request and its response: chat completions, responses, streams.

There is no standard envelope for them; gateways and bots write `request` and `response`, or the
same under other names.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from processor.formats.draft import Draft, proxy, sampling
from processor.formats.messages import Message, answers, dialogue, read, text_of
from processor.formats.part import Parts, one
from processor.formats.values import (
    Fields,
    at,
    count,
    fields,
    first,
    first_count,
    items,
    seconds,
    text,
    time,
)

# Names under which a request and its response are logged, the usual one first.
_PAIRS = (
    ("request", "response"),
    ("request_body", "response_body"),
    ("requestBody", "responseBody"),
    ("req", "resp"),
    ("kwargs", "response"),
    ("input", "output"),
)
_ASKS = ("messages", "input", "prompt", "contents")
_RULES = ("instructions", "system", "systemInstruction", "system_instruction")


def find(document: Fields) -> tuple[Fields, object] | None:
    """Return the request and the response of a document, if it holds such a pair."""
    for asked, answered in _PAIRS:
        request = _body(document.get(asked))
        if any(key in request for key in _ASKS) and answered in document:
            return request, _body_of_response(document[answered])
    return None


def decode(document: Fields, pair: tuple[Fields, object]) -> Parts:
    """Read a pair that `find` has found."""
    return one(lambda: _draft(document, *pair).interaction())


def fill(found: Draft, request: Fields, response: object) -> None:
    """Take what a request and its response say."""
    told = response if isinstance(response, dict) else {}
    found.hear(dialogue(asked_of(request)))
    found.answer(answers_of(response))
    found.model = first(told.get("model"), told.get("modelVersion"), request.get("model"))
    found.sampling = sampling(
        {
            **request,
            **fields(request.get("inferenceConfig")),
            **fields(request.get("generationConfig")),
        }
    )
    found.model_hash = proxy("system_fingerprint", told.get("system_fingerprint"))
    usage = fields(told.get("usage") or told.get("usageMetadata"))
    found.input_tokens = first_count(
        usage.get("prompt_tokens"),
        usage.get("input_tokens"),
        usage.get("inputTokens"),
        usage.get("promptTokenCount"),
    )
    found.output_tokens = first_count(
        usage.get("completion_tokens"),
        usage.get("output_tokens"),
        usage.get("outputTokens"),
        usage.get("candidatesTokenCount"),
    )


def asked_of(request: Fields) -> list[Message]:
    """Return the messages of a request, its instructions first."""
    content = next((request[key] for key in _ASKS if request.get(key)), None)
    system = text_of(next((request[key] for key in _RULES if request.get(key)), None))
    return [*([Message("system", system)] if system else []), *read(content)]


def answers_of(response: object) -> tuple[str, ...]:  # noqa: PLR0911 - one a shape
    """Return the answers of a response: of an object, of streamed chunks, or a text.

    Examples:
        >>> answers_of({"choices": [{"message": {"content": "Yes."}}]})
        ('Yes.',)
        >>> answers_of([{"choices": [{"delta": {"content": t}}]} for t in ("Y", "es.")])
        ('Yes.',)
    """
    match response:
        case str():
            return (response,)
        case list():
            return _streamed(response)
        case {"choices": [*choices]}:
            return answers(m for choice in choices if (m := _choice(choice)))
        case {"candidates": [*candidates]}:
            return answers(m for c in candidates for m in read([at(c, "content")], "assistant"))
        case {"results": [first_of_them, *_]}:  # Titan
            return answers_of(first_of_them)
        case {"output": [*output]}:
            return _some(text_of([i for i in output if at(i, "type") in (None, "message")]))
        case dict():
            return _single(response)
    return ()


def _some(said: str | None) -> tuple[str, ...]:
    return () if said is None else (said,)


def _single(response: Fields) -> tuple[str, ...]:
    """Return the one answer of Bedrock's Converse, Anthropic, Ollama, or who writes less."""
    message = at(response, "output", "message") or response.get("message") or response
    content = next(
        (
            found
            for key in ("content", "output_text", "completion", "generation", "text", "outputText")
            if (found := at(message, key)) is not None
        ),
        None,
    )
    return _some(text_of(content))


def _choice(choice: object) -> Message | None:
    if not isinstance(choice, dict):
        return None
    if isinstance(choice.get("message"), dict):
        return next(iter(read([choice["message"]], "assistant")), None)
    said = text_of(choice.get("text"))
    return Message("assistant", said) if said is not None else None


def _streamed(chunks: Iterable[object]) -> tuple[str, ...]:
    """Join the chunks of a stream: of chat completions, of responses, or of Anthropic."""
    said: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks:
        if (
            done := answers_of(at(chunk, "response"))
            if at(chunk, "type") == "response.completed"
            else ()
        ):
            return done
        for choice in items(at(chunk, "choices")):
            part = text(at(choice, "delta", "content")) or text(at(choice, "text"))
            if part:
                said[count(at(choice, "index")) or 0].append(part)
        if at(chunk, "type") in ("response.output_text.delta", "content_block_delta"):
            delta = at(chunk, "delta")
            part = text(delta) or text(at(delta, "text"))
            if part:
                said[0].append(part)
    return tuple("".join(said[index]) for index in sorted(said))


def _draft(document: Fields, request: Fields, response: object) -> Draft:
    metadata = {**fields(document.get("metadata")), **fields(request.get("metadata"))}
    told = response if isinstance(response, dict) else {}
    found = Draft(
        id=first(told.get("id"), document.get("id"), document.get("request_id")),
        time=next(
            (
                moment
                for value in (
                    document.get("time"),
                    document.get("timestamp"),
                    document.get("started_at"),
                    told.get("created"),
                    told.get("created_at"),
                )
                if (moment := time(value))
            ),
            None,
        ),
        app=first(document.get("app"), document.get("service"), metadata.get("app")),
        route=first(document.get("route"), metadata.get("route")),
        conversation_id=first(
            *(metadata.get(key) for key in ("conversation_id", "session_id", "thread_id")),
            at(request, "conversation", "id"),
            request.get("conversation"),
            document.get("conversation_id"),
        ),
        trace_id=first(document.get("trace_id"), metadata.get("traceId"), metadata.get("trace_id")),
        latency_seconds=seconds(document.get("latency_seconds")),
        extensions=metadata,
    )
    fill(found, request, response)
    return found


def _body(value: object) -> Fields:
    """Return the body of a request, also where it stands below `body` or as JSON in a string."""
    found = fields(value)
    inner = fields(found.get("body"))
    return inner or found


def _body_of_response(value: object) -> object:
    if isinstance(value, str):
        return events_of(value) or items(value) or fields(value) or value
    inner = value.get("body") if isinstance(value, dict) else None
    return _body_of_response(inner) if isinstance(inner, dict | str) and inner else value


def events_of(value: str) -> list[Any]:
    r"""Return the chunks of a stream that was logged as it went over the wire.

    Examples:
        >>> events_of('data: {"a": 1}\n\ndata: [DONE]\n')
        [{'a': 1}]
    """
    if not value.startswith(("data:", "event:")):
        return []
    lines = (line[5:].strip() for line in value.splitlines() if line.startswith("data:"))
    return [found for line in lines if (found := fields(line))]
