"""The words every detector speaks: an interaction goes in, signals come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

Severity = Literal["info", "low", "medium", "high", "critical"]
"""How bad a violation is; ``info`` is counted, and blames nothing."""


class Span(NamedTuple):
    """A half-open range of characters: ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One piece of retrieved context that the bot was given."""

    id: str | None = None
    text: str = field(repr=False)
    score: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the conversation."""

    role: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made the answer, as far as the log says; ``None`` is "not logged"."""

    model_hash: str | None = None
    prompt_version: str | None = None
    retrieval_snapshot: str | None = None
    sampling: Mapping[str, Any] | None = None
    preprocessing_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the user or a later system said of the answer."""

    score: float | None = None
    label: str | None = None
    comment: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a later system says became of the conversation.

    ``success`` goes with a ``task_result``; ``None`` is "not said".
    """

    kind: Literal["ticket_opened", "handoff", "task_result"]
    success: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One logged prompt and response with what surrounded it.

    Text never appears in ``repr``, so an interaction may stand in a traceback.
    ``time`` is in seconds since the epoch. Absent is ``None`` or an empty tuple.
    ``logprobs`` are natural logarithms, one a token of the response. ``redacted`` and
    ``truncated`` name the fields whose text was masked or cut before it was logged.
    """

    id: str
    time: float | None = None
    app: str = "unknown"
    route: str = "unknown"
    model: str = "unknown"
    conversation_id: str | None = None
    prompt: str | None = field(default=None, repr=False)
    system_prompt: str | None = field(default=None, repr=False)
    response: str | None = field(default=None, repr=False)
    passages: tuple[Passage, ...] = ()
    history: tuple[Turn, ...] = field(default=(), repr=False)
    context: Mapping[str, Any] | None = field(default=None, repr=False)
    samples: tuple[str, ...] = field(default=(), repr=False)
    logprobs: tuple[float, ...] = field(default=(), repr=False)
    redacted: frozenset[str] = frozenset()
    truncated: frozenset[str] = frozenset()
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_seconds: float | None = None
    trace_id: str | None = None
    span_id: str | None = None
    provenance: Provenance = Provenance()
    feedback: Feedback | None = field(default=None, repr=False)
    outcome: Outcome | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a span of the response is blamed, and what comes closest to supporting it.

    ``reason`` is of a closed set that the detector documents, never user text. ``passage`` names
    a passage by its id, or by its position where it has none, and an earlier turn as
    ``history:<position>``; ``support`` is a span in it.
    """

    span: Span
    reason: str
    passage: str | None = None
    support: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a text of the interaction breaks.

    ``part`` is ``prompt``, ``response``, ``system`` or ``context:`` and the passage, named as in
    `Evidence`; ``spans`` point into it and are empty where the fault is that something is missing.
    ``score`` in [0, 1] is how sure the rule is, ``None`` where it is not a matter of degree.
    ``echoed`` says that it only repeats what another part holds already, and does not count.
    ``excerpt`` is what was found with its letters and digits masked, ``None`` unless asked for.
    """

    rule: str
    severity: Severity
    part: str
    spans: tuple[Span, ...] = ()
    score: float | None = None
    echoed: bool = False
    excerpt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFailure:
    """A rule that could not be run on an interaction; ``reason`` is the error's type."""

    rule: str
    reason: str


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measurement of one interaction.

    ``score`` lies in [0, 1], its direction is stated by the detector, and it is ``None``
    exactly when the detector could not judge; ``label`` is then ``unverifiable``, for want of
    something to hold the response against, or ``unscored``, for its text is not what was said.
    ``spans`` and ``evidence`` point into the response. ``explanation`` holds no user text.
    ``violations`` and ``failures`` are of the rules behind the signal, where it has any.
    The fields map one to one onto OpenTelemetry's ``gen_ai.evaluation.result``.
    """

    name: str
    score: float | None
    label: str
    spans: tuple[Span, ...] = ()
    explanation: str = ""
    evidence: tuple[Evidence, ...] = ()
    violations: tuple[Violation, ...] = ()
    failures: tuple[RuleFailure, ...] = ()


class Detector(Protocol):
    """Makes signals: deterministic, stateless, and the same for a batch as one by one.

    ``version`` is a digest of what it judges by beside its code, such as fitted coefficients or a
    catalogue; empty where there is nothing.
    """

    name: str

    @property
    def version(self) -> str:
        """Digest of the model, rules or catalogue in use."""
        ...

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return the signals of each interaction, in order."""
        ...
