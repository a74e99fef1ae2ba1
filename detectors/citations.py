"""Citations: whether the sources that a response names are among its passages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from detectors._references import PASSAGE, Reference, definitions, is_url, references
from detectors.abstention import unscored, unverifiable
from detectors.base import Evidence, Interaction, Signal

# Enough for any answer that a person reads; it bounds what one event costs.
_MAX_CITATIONS = 256
_MAX_SPANS = 16
_DIGITS = 4

_POSITION = re.compile(r"(?:[^\W\d_]+[ ]?[-_#:.]?[ ]?)?(\d{1,3})")
_CALLED = re.compile(rf"{PASSAGE}s?\b", re.IGNORECASE)
_NUMBER_AT_END = re.compile(r"[\W_]*\d[\w.-]*$")
_SEPARATOR = re.compile(r"\s*(?:[;,|]|\band\b|&)\s*")
_USERS = frozenset({"user", "human"})
# Where a URL may come from beside the passages; masked, it may have held the one that is missing.
_ORIGINS = frozenset({"context", "prompt", "system_prompt", "history"})
# "Source: the provided context" names no source.
_NO_NAMES = frozenset(
    (
        *("a", "above", "according", "all", "an", "and", "article", "base", "based", "below"),
        *("company", "context", "data", "document", "documentation", "documents", "file", "from"),
        *("general", "given", "in", "information", "internal", "knowledge", "n", "na", "none"),
        *("of", "our", "own", "page", "passage", "passages", "provided", "retrieved", "source"),
        *("sources", "text", "the", "these", "this", "unknown", "website", "your"),
    )
)


class Citations:
    """Share of a response's citations that exist among its passages.

    The score is in [0, 1], 1 is every citation exists; whether the passage says what it is cited
    for is not looked at. A number is a passage's position (from 1) or id; a name is an id, a
    source, or words that one passage holds all of; a URL occurs in the passages, the context or
    the prompts. A position that the response's own footnotes explain is judged by what they name.
    Without a citation or without passages it is ``unverifiable``. The label is ``cited``, or
    ``miscited`` if one does not exist. The spans are those that do not exist, with evidence whose
    reason is ``position``, ``id``, ``source`` or ``url``.

    Examples:
        >>> from detectors.base import Passage
        >>> response = "Free returns [1], also on sale items [7]."
        >>> passages = (Passage(text="Returns are free."),)
        >>> interaction = Interaction(id="1", response=response, passages=passages)
        >>> [[signal]] = Citations().detect_many([interaction])
        >>> signal.score, signal.label, [response[start:end] for start, end in signal.spans]
        (0.5, 'miscited', ['7'])

    References:
        Gao et al., Enabling Large Language Models to Generate Text with Citations, EMNLP 2023.
    """

    name = "citations"
    version = ""

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction."""
        return [(self._judge(interaction),) for interaction in batch]

    def _judge(self, interaction: Interaction) -> Signal:
        if hidden := unscored(self.name, interaction, "response", "passages"):
            return hidden
        library = _Library(interaction)
        found = list(islice(references(interaction.response or ""), _MAX_CITATIONS))
        judged = [(reference, library.holds(reference)) for reference in found]
        counted = [(reference, held) for reference, held in judged if held is not None]
        if not counted:
            return unverifiable(self.name, "citation")
        if not interaction.passages:
            return unverifiable(self.name, "passages")
        return self._signal([reference for reference, held in counted if not held], len(counted))

    def _signal(self, missing: Sequence[Reference], count: int) -> Signal:
        shown = missing[:_MAX_SPANS]
        return Signal(
            name=self.name,
            score=round(1.0 - len(missing) / count, _DIGITS),
            label="miscited" if missing else "cited",
            spans=tuple(reference.span for reference in shown),
            explanation=f"{len(missing)} of {count} citations do not exist",
            evidence=tuple(Evidence(span=r.span, reason=r.kind) for r in shown),
        )


class _Library:
    """What the sources of one interaction are called, read only as far as its answer asks."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._count = len(interaction.passages)

    def holds(self, reference: Reference) -> bool | None:
        """Whether the source exists; ``None`` if the reference names none, or one judged apart."""
        match reference.kind:
            case "url":
                return self._holds_url(reference.value)
            case "source":
                return self._holds_source(reference.value)
            case "id":
                return self._holds_id(reference.value)
            case "position":
                return self._holds_position(reference.value)

    def _holds_position(self, value: str) -> bool | None:
        defined = self._definitions.get(value)
        if defined is not None and "://" in defined:
            return None  # the URL is a citation of its own
        if defined is not None and self._holds_source(defined):
            return True
        # Some prompts count from 0.
        return value in self._ids or int(value) <= self._count

    def _holds_id(self, value: str) -> bool | None:
        if value.casefold() in self._ids:
            return True
        if _prefix(value) in self._prefixes:
            return False
        called = _CALLED.match(value)
        number = _POSITION.fullmatch(value)
        return int(number[1]) <= self._count if called and number else None

    def _holds_source(self, value: str) -> bool | None:
        pieces = [piece for piece in _SEPARATOR.split(value) if piece]
        held = [self._holds_piece(piece) for piece in (value, *pieces)]
        known = [each for each in held if each is not None]
        return any(known) if known else None

    def _holds_piece(self, value: str) -> bool | None:
        if is_url(value):
            return self._holds_url(value)
        if value.isdecimal():
            return self._holds_position(value) if len(value) <= 3 else None  # noqa: PLR2004 - a year
        held = self._holds_id(value)
        if held is not None:
            return held
        words = set(_words(value)) - _NO_NAMES
        if not words:
            return None
        return any(words <= held for held in self._shelves)

    def _holds_url(self, value: str) -> bool | None:
        url = _plain_url(value)
        if not url:
            return None
        if _occurs(url, self._text):
            return True
        given = self._interaction
        return None if _ORIGINS & (given.redacted | given.truncated) else False

    @cached_property
    def _definitions(self) -> Mapping[str, str]:
        return definitions(self._interaction.response or "")

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(p.id.casefold() for p in self._interaction.passages if p.id)

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        prefixes = (_prefix(identifier) for identifier in self._ids)
        return frozenset(prefix for prefix in prefixes if len(prefix) > 1)

    @cached_property
    def _shelves(self) -> list[frozenset[str]]:
        """The words of each passage with its id and source, and of the context."""
        passages = (f"{p.id} {p.source} {p.text}" for p in self._interaction.passages)
        context = " ".join(_strings(self._interaction.context))
        return [frozenset(_words(text)) for text in (*passages, context)]

    @cached_property
    def _text(self) -> str:
        """All that may hold a URL the bot was given."""
        given = self._interaction
        passages = (part for p in given.passages for part in (p.id, p.source, p.text))
        prompts = (given.prompt, given.system_prompt)
        turns = (turn.text for turn in given.history if turn.role.casefold() in _USERS)
        parts = (*passages, *prompts, *turns, *_strings(given.context))
        return "\n".join(part for part in parts if part).casefold()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _prefix(identifier: str) -> str:
    """What the ids of one collection share: "policy" of "policy-03"; empty if it has no number."""
    found = _NUMBER_AT_END.search(identifier[-80:])
    return identifier[-80:][: found.start()].casefold() if found else ""


def _plain_url(url: str) -> str:
    """Return what stays the same however a URL is written."""
    url = re.sub(r"^(?:https?://)?(?:www\.)?", "", url.casefold())
    return url.partition("#")[0].rstrip("/.,;:!?'*_~")


def _occurs(url: str, text: str) -> bool:
    """Whether a text holds a URL or one below it."""
    at = text.find(url)
    while at >= 0:
        end = at + len(url)
        if re.match(r"[\w-]", text[end : end + 1]) is None:
            return True
        at = text.find(url, end)
    return False


def _strings(value: Any) -> Iterator[str]:
    """Yield the keys and texts of a JSON record."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value
