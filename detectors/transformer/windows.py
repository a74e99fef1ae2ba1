"""Long texts in windows of tokens: what is read together, and what first if not all can be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np

from detectors.base import Interaction, Span
from detectors.transformer.classifier import Encoded, Ints

# What is looked at of an event: far beyond any window budget, and tokenized in a tenth of a second.
MAX_CHARACTERS = 100_000
# Each may take a prefix on top.
_MAX_PIECES = 512
# The share of a window that the next one repeats: a sentence or two of the usual windows, so that
# what supports a claim is whole in one of them.
_SHARED = 8
# What structured context is called where passages have ids or positions.
RECORD = "context"


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage, or the structured context: its name for a reader, and its text."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens of all pieces, one after another; ``piece`` says which one a token is of."""

    pieces: tuple[Piece, ...]
    ids: Ints
    offsets: Ints
    piece: Ints

    def held(self, window: Span) -> tuple[int, ...]:
        """Return which pieces a window holds tokens of."""
        return tuple(np.unique(self.piece[window.start : window.end]).tolist())

    def tokens(self, piece: int, window: Span) -> Encoded:
        """Return the tokens of one piece in a window."""
        inside = np.flatnonzero(self.piece[window.start : window.end] == piece) + window.start
        return Encoded(self.ids[inside], self.offsets[inside])


def pieces(interaction: Interaction) -> tuple[Piece, ...]:
    """Return what a response is held against: the first `MAX_CHARACTERS` of it."""
    left = MAX_CHARACTERS
    found: list[Piece] = []
    for piece in islice(chain(_passages(interaction), _record(interaction)), _MAX_PIECES):
        if left <= 0:
            break
        found.append(Piece(piece.name, piece.text[:left]))
        left -= len(piece.text)
    return tuple(found)


def encode(
    texts: Sequence[Piece], tokenize: Callable[[str], Encoded], *, prefix: str = ""
) -> Context:
    """Return the pieces as tokens; ``prefix`` goes before each, with its ``{number}``."""
    parts = [
        _encode(piece.text, tokenize, prefix.format(number=number))
        for number, piece in enumerate(texts, start=1)
    ]
    return Context(
        pieces=tuple(texts),
        ids=np.concatenate([part.ids for part in parts] or [np.empty(0, np.int64)]),
        offsets=np.concatenate([part.offsets for part in parts] or [np.empty((0, 2), np.int64)]),
        piece=np.repeat(np.arange(len(parts)), [len(part.ids) for part in parts]),
    )


def windows(count: int, capacity: int) -> tuple[Span, ...]:
    """Cover so many tokens with windows about equally long, each sharing an eighth with the next.

    Examples:
        >>> windows(14, 8)
        (Span(start=0, end=8), Span(start=7, end=14))
        >>> windows(10, 20)
        (Span(start=0, end=10),)
    """
    if count <= capacity:
        return (Span(0, count),)
    overlap = capacity // _SHARED
    number = -(-(count - overlap) // (capacity - overlap))
    step = -(-(count - overlap) // number)
    return tuple(
        Span(start, min(start + step + overlap, count)) for start in range(0, count - overlap, step)
    )


def divide(starts: Sequence[int], count: int, limit: int) -> tuple[Span, ...]:
    """Cut tokens into parts of at most ``limit``, at starts of sentences where that is possible.

    Examples:
        >>> divide([0, 3, 5], 8, 5)
        (Span(start=0, end=5), Span(start=5, end=8))
        >>> divide([0], 8, 5)
        (Span(start=0, end=5), Span(start=5, end=8))
    """
    found: list[Span] = []
    start = last = 0
    for edge in sorted({*starts, count}):
        if edge - start > limit and last > start:
            found.append(Span(start, last))
            start = last
        while edge - start > limit:
            found.append(Span(start, start + limit))
            start += limit
        last = edge
    return (*found, Span(start, count))


def rank(text: Ints, others: Sequence[Ints]) -> list[int]:
    """Return the order of texts by the rare tokens they share with the first, the most first.

    A token that all others hold says nothing; among equals the earlier goes first.

    References:
        Spärck Jones, A statistical interpretation of term specificity, 1972.
    """
    tokens = np.unique(text)
    held = np.array([np.isin(tokens, other) for other in others])
    weights = np.log(len(others) / np.maximum(held.sum(axis=0), 1))
    order: list[int] = np.argsort(-(held * weights).sum(axis=1), kind="stable").tolist()
    return order


def _passages(interaction: Interaction) -> Iterator[Piece]:
    for position, passage in enumerate(interaction.passages):
        if passage.text.strip():
            yield Piece(passage.id or str(position), passage.text)


def _record(interaction: Interaction) -> Iterator[Piece]:
    lines: list[str] = []
    left = MAX_CHARACTERS
    for line in _lines(interaction.context or {}):
        if left <= 0:
            break
        lines.append(line)
        left -= len(line) + 1
    if lines:
        yield Piece(RECORD, "\n".join(lines))


def _lines(record: Any) -> Iterator[str]:
    """Write a JSON record as lines, each with the keys that lead to it."""
    stack: list[tuple[str, Any]] = [("", record)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [(f"{path} {key}".strip(), item) for key, item in reversed([*value.items()])]
        elif isinstance(value, list | tuple):
            stack += [(path, item) for item in reversed(value)]
        elif value is not None and (text := str(value)).strip():
            yield f"{path}: {text}"


def _encode(text: str, tokenize: Callable[[str], Encoded], prefix: str) -> Encoded:
    found = tokenize(f"{prefix}{text}\n")
    return Encoded(found.ids, np.clip(found.offsets - len(prefix), 0, len(text)))
