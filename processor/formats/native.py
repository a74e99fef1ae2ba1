"""The native event: the JSON object documented in docs/events.md."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detectors.base import Feedback, Interaction, Outcome, Passage, Provenance, Turn
from processor.errors import Undecodable

_Name = Annotated[str, Meta(min_length=1, max_length=256)]
_Count = Annotated[int, Meta(ge=0)]
# The year 9999 in seconds: milliseconds given as seconds are refused, not misread.
_Epoch = Annotated[float, Meta(ge=0, le=253_402_300_799)]


class PassageEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of retrieved context that the bot was given."""

    text: str
    id: str | None = None
    score: float | None = None
    source: str | None = None


class TurnEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier message of the conversation."""

    role: _Name
    text: str


class FeedbackEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What the user or a later system said of the answer."""

    score: float | None = None
    label: _Name | None = None
    comment: str | None = None


class OutcomeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a later system says became of the conversation."""

    kind: Literal["ticket_opened", "handoff", "task_result"]
    success: Annotated[bool | None, Meta(description="Of a task_result.")] = None


class NativeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A logged interaction, or what is told of a conversation later.

    `prompt` or `response` is required, or a `conversation_id` with `feedback` or `outcome`; all
    else is optional.
    """

    id: Annotated[_Name | None, Meta(description="Derived from the content when absent.")] = None
    time: Annotated[
        _Epoch | datetime | None,
        Meta(description="Seconds since the epoch, or RFC 3339; without an offset it is UTC."),
    ] = None
    app: Annotated[_Name | None, Meta(description="The bot.")] = None
    route: Annotated[_Name | None, Meta(description="The path or use case within the bot.")] = None
    conversation_id: _Name | None = None
    prompt: Annotated[str | None, Meta(description="What the user asked.")] = None
    system_prompt: str | None = None
    response: Annotated[str | None, Meta(description="What the bot answered.")] = None
    passages: Annotated[
        tuple[PassageEvent, ...] | None, Meta(description="Retrieved context, best first.")
    ] = None
    history: Annotated[
        tuple[TurnEvent, ...] | None, Meta(description="Earlier turns, oldest first.")
    ] = None
    context: Annotated[
        dict[str, Any] | None,
        Meta(description="A JSON record that the answer must agree with."),
    ] = None
    samples: Annotated[
        tuple[str, ...] | None, Meta(description="Other answers sampled for the same prompt.")
    ] = None
    logprobs: Annotated[
        tuple[Annotated[float, Meta(le=0)], ...] | None,
        Meta(description="Natural logarithm of the probability of each token of the response."),
    ] = None
    redacted: Annotated[
        frozenset[_Name] | None,
        Meta(description="Fields whose text was masked before it was logged: `response`, ..."),
    ] = None
    truncated: Annotated[
        frozenset[_Name] | None, Meta(description="Fields whose text was cut before it was logged.")
    ] = None
    model: _Name | None = None
    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    latency_seconds: Annotated[float, Meta(ge=0)] | None = None
    trace_id: _Name | None = None
    span_id: _Name | None = None
    model_hash: Annotated[_Name | None, Meta(description="Digest of the model's weights.")] = None
    prompt_version: _Name | None = None
    retrieval_snapshot: Annotated[
        _Name | None, Meta(description="Version of the index that the passages came from.")
    ] = None
    sampling: Annotated[
        dict[str, Any] | None, Meta(description="Sampling parameters: temperature, top_p, seed.")
    ] = None
    preprocessing_version: _Name | None = None
    feedback: FeedbackEvent | None = None
    outcome: OutcomeEvent | None = None


_KNOWN = frozenset(NativeEvent.__struct_fields__)


def asks(document: Mapping[str, object]) -> bool:
    """Return whether an object has a prompt where only a native event has it."""
    return isinstance(document.get("prompt"), str)


def answers(document: Mapping[str, object]) -> bool:
    """Return whether an object has a response as native events have it, and others may."""
    return isinstance(document.get("response"), str)


def decode(document: object) -> Interaction:
    """Read one native event; its id is empty where it carries none.

    Args:
        document: the parsed JSON.

    Raises:
        Undecodable: a field has the wrong type, or there is neither prompt nor response.
    """
    try:
        event = msgspec.convert(document, NativeEvent)
    except msgspec.ValidationError as error:
        # msgspec names places and types; keys that a sender chose appear as "[...]".
        raise Undecodable("wrong_type", str(error)) from None
    if event.prompt is None and event.response is None and not _tells(event):
        raise Undecodable("no_text", "neither prompt nor response")
    assert isinstance(document, dict)  # noqa: S101 - convert has just checked it
    unknown = {key: document[key] for key in document.keys() - _KNOWN}
    return _interaction(event, unknown)


def _interaction(event: NativeEvent, unknown: dict[str, Any]) -> Interaction:
    return Interaction(
        id=event.id or _derived_id(event),
        time=_seconds(event.time),
        app=event.app or "unknown",
        route=event.route or "unknown",
        model=event.model or "unknown",
        conversation_id=event.conversation_id,
        prompt=event.prompt,
        system_prompt=event.system_prompt,
        response=event.response,
        passages=tuple(
            Passage(id=p.id, text=p.text, score=p.score, source=p.source)
            for p in event.passages or ()
        ),
        history=tuple(Turn(role=turn.role, text=turn.text) for turn in event.history or ()),
        context=event.context,
        samples=event.samples or (),
        logprobs=event.logprobs or (),
        redacted=event.redacted or frozenset(),
        truncated=event.truncated or frozenset(),
        input_tokens=event.input_tokens,
        output_tokens=event.output_tokens,
        latency_seconds=event.latency_seconds,
        trace_id=event.trace_id,
        span_id=event.span_id,
        provenance=Provenance(
            model_hash=event.model_hash,
            prompt_version=event.prompt_version,
            retrieval_snapshot=event.retrieval_snapshot,
            sampling=event.sampling,
            preprocessing_version=event.preprocessing_version,
        ),
        feedback=_feedback(event.feedback),
        outcome=_outcome(event.outcome),
        unknown=unknown,
    )


def _tells(event: NativeEvent) -> bool:
    """Whether it says something of a conversation, though nobody says anything in it."""
    told = event.feedback is not None or event.outcome is not None
    return told and event.conversation_id is not None


def _derived_id(event: NativeEvent) -> str:
    return f"{event.trace_id}:{event.span_id}" if event.trace_id and event.span_id else ""


def _seconds(time: float | datetime | None) -> float | None:
    if not isinstance(time, datetime):
        return time
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _feedback(event: FeedbackEvent | None) -> Feedback | None:
    if event is None:
        return None
    return Feedback(score=event.score, label=event.label, comment=event.comment)


def _outcome(event: OutcomeEvent | None) -> Outcome | None:
    if event is None:
        return None
    return Outcome(kind=event.kind, success=event.success)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the native event, made from the code above."""
    document = msgspec.json.schema(NativeEvent)
    text_is_there = [
        {"required": [name], "properties": {name: {"type": "string"}}}
        for name in ("prompt", "response")
    ]
    conversation = {"conversation_id": {"type": "string"}}
    told_later = [
        {
            "required": ["conversation_id", name],
            "properties": conversation | {name: {"not": {"type": "null"}}},
        }
        for name in ("feedback", "outcome")
    ]
    return document | {"anyOf": [*text_is_there, *told_later]}
