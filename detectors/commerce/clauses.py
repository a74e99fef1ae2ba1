"""The clauses of one sentence: the stretches that a "not" or an "if" holds for."""
# ruff: noqa: RUF001 - dashes are what this file is about

import re
from bisect import bisect_left, bisect_right

from detectors.base import Span

_I = re.VERBOSE | re.IGNORECASE

# Where somebody gives or gets something, a new thought begins, comma or not.
GIVES = (
    r"(?:you|we|I|they|he|she)"
    r"(?:'ll|'d|'ve|'re|'m|\ will|\ can|\ would|\ have|\ are|\ shall|\ may)?"
    r"\ (?:(?:also|just|then|only|happily|gladly|even|now)\ )?"
    r"(?:get|gets|getting|save|pay|receive|give|refund|offer|take|credit|apply|add|send|reimburse"
    r"|do)\b"
)
_BREAK = re.compile(
    rf"""
    [;:?!]++(?=[\s"']|$) | \ [-–—]+\  | — | ,\  | \.++(?=\s)
  | \b(?:but|however|although|though|yet|whereas|while)\b
  | (?<=\ )(?<!if\ )(?<!when\ )(?<!that\ )(?<!why\ )(?<!can\ )(?<!once\ )(?<!unless\ )(?<!what\ )
    (?<!whether\ )(?<!compensation\ )(?<!refund\ )(?<!only\ do\ )(?<!which\ )(?<!do\ )(?<!not\ )
    (?={GIVES})
    """,
    _I,
)
# "Discount: 90%" is one thought; "You asked for it: done" is two.
_LABEL = re.compile(
    r"""
    \W*(?:[\w']+\ ){0,2}(?:discounts?|prices?|refund(?:s|ed)?|credit(?:s|ed)?|vouchers?|delivery
      |shipping|warranty|returns?|rebate|compensation|cashback|reply)(?:\ [\w']+){0,2}
    """,
    _I,
)


class Clauses:
    """Where the clauses of a sentence begin and end."""

    def __init__(self, text: str) -> None:
        self._cuts = [0]
        self._marked: list[int] = []
        for match in _BREAK.finditer(text):
            label = text[self._cuts[-1] : match.start()]
            if match[0] != ":" or not _LABEL.fullmatch(label):
                self._cuts.append(match.end())
                self._marked += [match.end()] if match[0] else []
        self._cuts.append(len(text))

    def of(self, at: int) -> Span:
        """Return the clause that holds a character."""
        index = min(bisect_right(self._cuts, at), len(self._cuts) - 1)
        return Span(self._cuts[index - 1], self._cuts[index])

    def before(self, clause: Span) -> Span:
        """Return the clause before one, empty before the first."""
        return self.of(clause.start - 1) if clause.start else Span(0, 0)

    def divide(self, start: int, end: int) -> int:
        """Count the marks, such as a comma or a "but", that part two places."""
        return bisect_right(self._marked, end) - bisect_left(self._marked, start)
