"""Text as rules read it: one spelling for what looks the same, and the way back to the original.

The only file that knows Unicode's look-alikes.
"""

import re
import unicodedata
from dataclasses import dataclass

from detectors.base import Span

# A run that NFKC may change, with the ASCII letter before it that an accent may belong to.
_RUN = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z]")
# Characters of these categories show nothing: zero-width, soft hyphen, direction, tags.
_INVISIBLE = frozenset({"Cf"})
_SURROGATE = "Cs"

_MARKS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
)
# Unicode Technical Standard 39, confusables.txt: the Cyrillic, Greek and other letters that are
# drawn as a Latin one. They are read as Latin only in a word that has Latin letters too.
_PAIRS = (
    "аеорсухіјѕһԁԛԝѵӏАВЕКМНОРСТУХІЈЅҮԌԚԜοανρτυικγΑΒΕΖΗΙΚΜΝΟΡΤΥΧօսոցհıɡɑ",
    "aeopcyxijshdqwvlABEKMHOPCTYXIJSYGQWoavptuikyABEZHIKMNOPTYXounghiga",
)
_LOOKALIKES = str.maketrans(*_PAIRS)
_LOOKALIKE = re.compile(f"[{_PAIRS[0]}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text and its folded form; ``starts`` and ``ends`` are ``None`` where both are the same.

    A folded character ``i`` stands for ``original[starts[i]:ends[i]]``.
    """

    original: str
    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Return where a range of the folded text lies in the original."""
        if self.starts is None or self.ends is None or start >= end:
            return Span(start, end)
        return Span(self.starts[start], self.ends[end - 1])


def fold(text: str) -> Folded:
    r"""Fold a text: NFKC, without invisible characters, look-alikes and digits made ASCII.

    Examples:
        >>> folded = fold("ign\u200b\u043ere \uff11\u0662")
        >>> folded.text, folded.span(0, 6)
        ('ignore 12', Span(start=0, end=7))

    References:
        Unicode Standard Annex #15 (normalisation forms); Technical Standard #39 (confusables).
    """
    if text.isascii():
        return Folded(text, text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for run in _RUN.finditer(text):
        pieces.append(text[at : run.start()])
        starts.extend(range(at, run.start()))
        ends.extend(range(at + 1, run.start() + 1))
        for start, end in _clusters(text, run.start(), run.end()):
            piece = _plain(text[start:end])
            pieces.append(piece)
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        at = run.end()
    pieces.append(text[at:])
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return Folded(text, _latin("".join(pieces)), starts, ends)


def _clusters(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a run into characters with the accents that follow them."""
    cuts = [at for at in range(start, end) if at == start or not unicodedata.combining(text[at])]
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _plain(cluster: str) -> str:
    shown = "".join(c for c in cluster if unicodedata.category(c) not in _INVISIBLE)
    return "".join(map(_digit, unicodedata.normalize("NFKC", shown))).translate(_MARKS)


def _digit(character: str) -> str:
    if unicodedata.category(character) == _SURROGATE:
        return "\N{REPLACEMENT CHARACTER}"  # it has no UTF-8 form
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _latin(text: str) -> str:
    """Read look-alikes as Latin in words that mix the two; the length stays."""
    if _LOOKALIKE.search(text) is None:
        return text
    return _WORD.sub(
        lambda word: word[0].translate(_LOOKALIKES) if _LATIN.search(word[0]) else word[0], text
    )
