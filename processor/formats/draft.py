"""An interaction in the making: a format fills it, and it is checked and marked once, here."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detectors.base import Interaction, Passage, Provenance, Turn
from processor.errors import Undecodable
from processor.formats import marks
from processor.formats.messages import Dialogue
from processor.formats.values import Fields, count, first, name, number

# Those that are numbers: a verdict shows them, so no text of a sender may stand there.
_SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "topP": "top_p",
    "top_k": "top_k",
    "topK": "top_k",
    "seed": "seed",
    "max_tokens": "max_tokens",
    "maxTokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "n": "n",
}
_TEXTS = ("prompt", "system_prompt", "response")


@dataclass(slots=True, kw_only=True)
class Draft:
    """What a format says of one interaction; absent is ``None`` or empty.

    ``extensions`` are our own keys in the sender's metadata or attributes: `semwatch.app`,
    `semwatch.route`, `semwatch.model_hash`, `semwatch.prompt_version`,
    `semwatch.retrieval_snapshot`, `semwatch.preprocessing_version`.
    """

    id: str | None = None
    time: float | None = None
    app: str | None = None
    route: str | None = None
    model: str | None = None
    conversation_id: str | None = None
    prompt: str | None = field(default=None, repr=False)
    system_prompt: str | None = field(default=None, repr=False)
    response: str | None = field(default=None, repr=False)
    history: tuple[Turn, ...] = field(default=(), repr=False)
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    samples: tuple[str, ...] = field(default=(), repr=False)
    redacted: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_seconds: float | None = None
    trace_id: str | None = None
    span_id: str | None = None
    model_hash: str | None = None
    prompt_version: str | None = None
    retrieval_snapshot: str | None = None
    sampling: dict[str, float] | None = None
    extensions: Fields = field(default_factory=dict, repr=False)

    def hear(self, dialogue: Dialogue) -> None:
        """Take the texts of a list of messages."""
        self.system_prompt = self.system_prompt or dialogue.system_prompt
        self.history = dialogue.history
        self.prompt = dialogue.prompt
        self.passages += dialogue.passages

    def answer(self, texts: Iterable[str]) -> None:
        """Take the answers: the first is the response, the others are samples."""
        response, *samples = (*texts, None) if texts else (None,)
        self.response = response
        self.samples = tuple(sample for sample in samples if sample)

    def interaction(self) -> Interaction:
        """Return what the draft came to.

        Raises:
            Undecodable: there is neither prompt nor response, and none was masked or cut.
        """
        self._mark()
        if self.prompt is None and self.response is None and not self._lost():
            raise Undecodable("no_text", "neither prompt nor response")
        own = self.extensions
        return Interaction(
            id=self.id or "",
            time=self.time,
            app=first(own.get("semwatch.app"), self.app) or "unknown",
            route=first(own.get("semwatch.route"), self.route) or "unknown",
            model=self.model or "unknown",
            conversation_id=self.conversation_id,
            prompt=self.prompt,
            system_prompt=self.system_prompt,
            response=self.response,
            passages=self.passages,
            history=self.history,
            samples=self.samples,
            redacted=frozenset(self.redacted),
            truncated=frozenset(self.truncated),
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            latency_seconds=self.latency_seconds,
            trace_id=self.trace_id,
            span_id=self.span_id,
            provenance=Provenance(
                model_hash=first(own.get("semwatch.model_hash"), self.model_hash),
                prompt_version=first(own.get("semwatch.prompt_version"), self.prompt_version),
                retrieval_snapshot=first(
                    own.get("semwatch.retrieval_snapshot"), self.retrieval_snapshot
                ),
                sampling=self.sampling or None,
                preprocessing_version=name(own.get("semwatch.preprocessing_version")),
            ),
        )

    def _lost(self) -> bool:
        return bool((self.redacted | self.truncated) & {"prompt", "response"})

    def _mark(self) -> None:
        """Name the texts that are masked or cut; what stands for a masked one is no text."""
        for place in _TEXTS:
            said = getattr(self, place)
            if said is None:
                continue
            if marks.redacted(said):
                self.redacted.add(place)
                setattr(self, place, None)
            elif marks.cut(said):
                self.truncated.add(place)
        if any(marks.redacted(turn.text) for turn in self.history):
            self.redacted.add("history")
        if any(marks.cut(turn.text) for turn in self.history):
            self.truncated.add("history")
        if any(marks.redacted(passage.text) for passage in self.passages):
            self.redacted.add("passages")
            self.passages = tuple(p for p in self.passages if not marks.redacted(p.text))
        if any(marks.cut(passage.text) for passage in self.passages):
            self.truncated.add("passages")


def proxy(kind: str, value: object) -> str | None:
    """Return a stand-in for provenance, labelled as what it is.

    Examples:
        >>> proxy("system_fingerprint", "fp_44"), proxy("data_source", None)
        ('system_fingerprint:fp_44', None)
    """
    found = name(value)
    return f"{kind}:{found}"[:256] if found else None


def sampling(parameters: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the sampling parameters that are numbers, under one name each."""
    found: dict[str, float] = {}
    for key, value in parameters.items():
        known = _SAMPLING.get(key)
        amount = number(value) if known else None
        if known and amount is not None:
            found[known] = int(amount) if count(amount) is not None else amount
    return found or None


def digest(raw: bytes, index: int) -> str:
    """Name an interaction that has no id: by the bytes of its record and its place in there."""
    name_of_record = hashlib.sha256(raw).hexdigest()[:32]
    return f"{name_of_record}:{index}" if index else name_of_record
