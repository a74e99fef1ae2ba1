"""What an answer may rest on: the sentences of its passages and its record, found by word."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, NamedTuple

from detectors.base import Interaction, Span
from detectors.text.quantities import Known, Quantity, quantities
from detectors.text.sentences import split
from detectors.text.words import NEGATIONS, NUMBER_WORDS, plain, stem, words

RECORD = "context"

# Enough for what a prompt holds; beyond it an event could hold up its partition.
_MAX_PIECES = 800
_MAX_CHARACTERS = 200_000
_MAX_DEPTH = 8
_MAX_QUANTITIES = 1_000
_LONGEST_REMEMBERED = 4_000
_LONGEST_SENTENCE_REMEMBERED = 400
# Python writes no longer integers out, and no text has them.
_MAX_INTEGER = 1 << 256
# Longer values of a record are prose, which is read by sentence.
_LONGEST_VALUE = 60
# "takeOut" and "take_out" are two words.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
# Two forms of one root share so many letters.
ROOT = 5


class Piece(NamedTuple):
    """One sentence of a passage or one line of the record, and where it stands.

    ``passage`` is the passage's id, or its position where it has none, or ``context``; ``span``
    is in the passage.
    """

    text: str
    words: list[str]
    stems: list[str]
    passage: str
    span: Span | None


class Source(NamedTuple):
    """The evidence of one interaction.

    ``where`` tells the pieces that hold a stem; ``pairs`` are stems that follow one another,
    ``steps`` those with one between them, ``joined`` are pairs of words written as one, and
    ``roots`` the first letters of longer stems.
    """

    pieces: tuple[Piece, ...]
    where: Mapping[str, list[int]]
    pairs: AbstractSet[tuple[str, str]]
    steps: AbstractSet[tuple[str, str]]
    joined: AbstractSet[str]
    roots: AbstractSet[str]

    def quantities(self) -> Known:
        """Return the different quantities of the evidence."""
        found = {
            quantity[:-1]: quantity  # all but the span
            for piece in self.pieces
            if has_number(piece.text)
            for quantity in _quantities(piece.text)
        }
        return Known(islice(found.values(), _MAX_QUANTITIES))


def source(interaction: Interaction) -> Source:
    """Return the evidence of an interaction; of a long one, the first few hundred sentences."""
    pieces = tuple(islice(_pieces(interaction), _MAX_PIECES))
    where: dict[str, list[int]] = {}
    pairs: set[tuple[str, str]] = set()
    steps: set[tuple[str, str]] = set()
    joined: set[str] = set()
    for at, piece in enumerate(pieces):
        for root in set(piece.stems):
            where.setdefault(root, []).append(at)
        pairs.update(pairwise(piece.stems))
        steps.update(zip(piece.stems, piece.stems[2:], strict=False))
        joined.update(map("".join, pairwise(piece.words)))
    roots = {root[:ROOT] for root in where if len(root) >= ROOT}
    return Source(pieces, where, pairs, steps, joined, roots)


def has_number(text: str) -> bool:
    """Whether a text may hold a quantity: a cheap look before the dear one.

    Examples:
        >>> has_number("two cats"), has_number("cats")
        (True, False)
    """
    return _DIGIT.search(text) is not None or not NUMBER_WORDS.isdisjoint(text.lower().split())


_DIGIT = re.compile(r"\d")


def denies(text: str) -> bool:
    """Whether a text holds a word of denial.

    Examples:
        >>> denies("It isn't open."), denies("It is open.")
        (True, False)
    """
    return any(word.text in NEGATIONS for word in words(text))


def _pieces(interaction: Interaction) -> Iterator[Piece]:
    left = _MAX_CHARACTERS
    for position, passage in enumerate(interaction.passages):
        text = passage.text[:left]
        left -= len(text)
        sentences = _remembered if len(text) <= _LONGEST_REMEMBERED else _sentences
        name = passage.id or str(position)
        yield from (piece._replace(passage=name) for piece in sentences(text))
    for line in _lines(interaction.context or {}, "", 0):
        left -= len(line)
        if left < 0:
            return
        yield _piece(line, RECORD, None)


def _sentences(text: str) -> tuple[Piece, ...]:
    """Return the sentences of a passage that has no name yet."""
    return tuple(_piece(text[span.start : span.end], "", span) for span in split(text))


# The same passages come with many events; long ones would fill the memory.
_remembered = lru_cache(maxsize=1024)(_sentences)
_remembered_quantities = lru_cache(maxsize=8192)(quantities)


def _quantities(text: str) -> tuple[Quantity, ...]:
    short = len(text) <= _LONGEST_SENTENCE_REMEMBERED
    return (_remembered_quantities if short else quantities)(text)


def _piece(text: str, passage: str, span: Span | None) -> Piece:
    said = plain(text)
    return Piece(text, said, [stem(word) for word in said], passage, span)


def _lines(value: Any, path: str, depth: int) -> Iterator[str]:
    """Write a record as lines, short values with the keys that lead to them."""
    if depth > _MAX_DEPTH or value is None:
        return
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = _HUMP.sub(" ", str(key)[:_LONGEST_VALUE])
            yield from _lines(item, f"{path} {name}".strip(), depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _lines(item, path, depth + 1)
    elif len(text := str(value)[:_MAX_CHARACTERS]) <= _LONGEST_VALUE:
        yield f"{path}: {text}"
    else:
        yield from (text[start:end] for start, end in split(text))
