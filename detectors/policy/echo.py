"""Echo: an answer that repeats what it was given has not leaked it."""

import re
from collections.abc import Callable
from functools import cache

from detectors.base import Interaction, Span
from detectors.policy.folding import fold
from detectors.policy.part import Part, PartKind, haystack

_NUMBER = re.compile(r"\d[\d ()./-]*\d")
# Shorter ones meet by chance.
_SHORTEST_NUMBER = 6


class Echoes:
    """What one interaction's other parts hold, read when first asked."""

    def __init__(self, interaction: Interaction) -> None:
        self._haystack: Callable[[tuple[PartKind, ...]], str] = cache(
            lambda kinds: haystack(interaction, kinds)
        )

    def repeats(self, part: Part, span: Span, kinds: tuple[PartKind, ...]) -> bool:
        """Whether the words of a span stand in one of the other parts too.

        Case, look-alikes, and how a number is grouped make no difference.
        """
        kinds = tuple(kind for kind in kinds if kind != part.kind)
        if not kinds or span.start >= span.end:
            return False
        said = fold(part.text[span.start : span.end]).text.lower()
        given = self._haystack(kinds)
        return _occurs(said, given) or _is_number_in(said, given)


def _occurs(said: str, given: str) -> bool:
    """Whether words occur as whole words."""
    at = given.find(said)
    while at >= 0:
        end = at + len(said)
        if not (given[at - 1 : at].isalnum() and said[0].isalnum()) and not (
            given[end : end + 1].isalnum() and said[-1].isalnum()
        ):
            return True
        at = given.find(said, end)
    return False


def _is_number_in(said: str, given: str) -> bool:
    digits = _bare(said)
    if not digits.isdecimal() or len(digits) < _SHORTEST_NUMBER:
        return False
    numbers = map(_bare, _NUMBER.findall(given))
    return any(digits in n or (len(n) >= _SHORTEST_NUMBER and n in digits) for n in numbers)


def _bare(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
