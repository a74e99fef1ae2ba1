"""Regular expressions of a rule file, in linear time whatever the pattern and the text.

The only file that knows RE2: what it cannot compile (back-references, look-around) is refused,
and nothing it compiles can run away.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import re2

from detectors.policy.folding import Folded
from detectors.policy.rule import RuleError

# A search is linear in the text; so many of them keep the sum so too.
MAX_MATCHES = 1_000


class Found(NamedTuple):
    """A match in a folded text."""

    start: int
    end: int
    text: str


class Expression:
    """One pattern; where it has a group, the first group is what is found.

    Letters match as they are written, unless the pattern begins with ``(?i)``.

    Raises:
        RuleError: RE2 does not take the pattern, or it matches the empty text.

    References:
        Cox, Regular expression matching in the wild, 2010; RE2's syntax page.
    """

    def __init__(self, pattern: str, *path: str | int) -> None:
        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(pattern, options)
        except (re2.error, UnicodeEncodeError) as error:
            raise RuleError(
                f"RE2 cannot compile it: {_message(error)}, got {pattern!r}", *path
            ) from error
        if self._compiled.search("") is not None:
            raise RuleError(f"it matches the empty text, got {pattern!r}", *path)
        self._group = 1 if self._compiled.groups else 0

    def find(self, text: Folded) -> Iterator[Found]:
        """Yield the matches, in order and disjoint."""
        for match in islice(self._compiled.finditer(text.text), MAX_MATCHES):
            start, end = match.span(self._group)
            if start < end:
                yield Found(start, end, text.text[start:end])

    def is_in(self, text: Folded) -> bool:
        """Whether there is a match."""
        return next(self.find(text), None) is not None


def _message(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error)
