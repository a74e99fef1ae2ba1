"""The words of an answer by claim, and which of them the evidence or the user said before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.base import Interaction, Span
from detectors.claims.source import Source, has_number
from detectors.text.quantities import quantities
from detectors.text.sentences import split
from detectors.text.words import NUMBER_WORDS, STOP_WORDS, Word, stem, stems, words

Array = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

# Enough for any answer that a person reads; beyond it an event could hold up its partition.
_MAX_CLAIMS = 64
_MAX_WORDS = 2_000
_MAX_CHARACTERS = 40_000
_MAX_QUANTITIES = 200
_STOPS = STOP_WORDS | frozenset(map(stem, STOP_WORDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The words of a response by claim; the arrays have one entry a word.

    ``claim`` is the position of a word's claim; ``stop``, ``number`` and ``name`` say what kind
    of word it is; ``known`` that the evidence has it, ``asked`` that only the user said it, and
    ``wrong`` that it is part of a quantity with which none of the evidence agrees. ``edges`` are
    the starts and ends of the words, and ``member`` has a row of flags for each claim.
    """

    claims: tuple[Span, ...]
    words: tuple[Word, ...]
    stems: tuple[str, ...]
    claim: Indices
    stop: Flags
    number: Flags
    name: Flags
    known: Flags
    asked: Flags
    wrong: Flags
    edges: Indices
    member: Array

    @property
    def novel(self) -> Flags:
        """Content words that neither the evidence nor the user said before."""
        return ~(self.stop | self.known | self.asked)

    def per_claim(self, values: npt.NDArray[Any]) -> Array:
        """Sum what is measured of each word, in rows, for each claim."""
        sums: Array = self.member @ values
        return sums


def claims(response: str | None) -> tuple[Span, ...]:
    """Return the sentences of a response that are judged, the first few dozen."""
    return split((response or "")[:_MAX_CHARACTERS])[:_MAX_CLAIMS]


def answer(interaction: Interaction, spans: Sequence[Span], evidence: Source) -> Answer:
    """Return the words in the spans, held against the evidence and what the user said."""
    response = interaction.response or ""
    found = [(word, at) for at, span in enumerate(spans) for word in words(response, *span)]
    said = tuple(word for word, _ in found[:_MAX_WORDS])
    claim = np.array([at for _, at in found[:_MAX_WORDS]], np.intp)
    roots = tuple(stem(word.text) for word in said)
    number = _flags(word.text[0].isdigit() or word.text in NUMBER_WORDS for word in said)
    places = edges([(word.start, word.end) for word in said])
    right, wrong = _quantities(response[: spans[-1].end], places, evidence)
    known = _known(said, roots, evidence) | (number & right)
    return Answer(
        claims=tuple(spans),
        words=said,
        stems=roots,
        claim=claim,
        stop=_flags(w.text in STOP_WORDS or r in _STOPS for w, r in zip(said, roots, strict=True)),
        number=number,
        name=_flags(response[word.start].isupper() for word in said) & ~first_of_claim(claim),
        known=known,
        asked=_asked(interaction, roots) & ~known,
        wrong=wrong,
        edges=places,
        member=(np.arange(len(spans))[:, None] == claim).astype(np.float64),
    )


def first_of_claim(claim: Indices) -> Flags:
    """Tell which words open their claim."""
    return np.append(True, claim[1:] != claim[:-1])[: len(claim)]


def edges(spans: Sequence[tuple[int, ...]]) -> Indices:
    """Return the starts and ends of spans, a row each."""
    return np.array(spans, np.intp).reshape(-1, 2)


def overlapping(edges: Indices, places: Iterable[Span]) -> Array:
    """Count for each span, by its edges, the places that it shares characters with."""
    counts = np.zeros(len(edges))
    for start, end in places:
        counts += (edges[:, 0] < end) & (start < edges[:, 1])
    return counts


def _flags(values: Iterable[bool]) -> Flags:
    return np.array(list(values), np.bool_)


def _known(said: Sequence[Word], roots: Sequence[str], evidence: Source) -> Flags:
    """Words of the evidence, also those written apart or joined there."""
    known = _flags(
        root in evidence.where or word.text in evidence.joined
        for word, root in zip(said, roots, strict=True)
    )
    for at, (first, second) in enumerate(pairwise(said)):
        if not (known[at] and known[at + 1]):
            known[at : at + 2] |= stem(first.text + second.text) in evidence.where
    return known


def _asked(interaction: Interaction, roots: Sequence[str]) -> Flags:
    said = [interaction.prompt or "", *(turn.text for turn in interaction.history)]
    user = {root for text in said for root in stems(text[:_MAX_CHARACTERS])}
    return _flags(root in user for root in roots)


def _quantities(text: str, places: Indices, evidence: Source) -> tuple[Flags, Flags]:
    """Words in quantities that the evidence has, and in those that it has not."""
    right: list[Span] = []
    wrong: list[Span] = []
    if has_number(text):
        given = evidence.quantities()
        for quantity in quantities(text)[:_MAX_QUANTITIES]:
            (right if given.has(quantity) else wrong).append(quantity.span)
    return overlapping(places, right) > 0, overlapping(places, wrong) > 0
