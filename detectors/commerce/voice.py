"""Whose word a promise is: the bot's own, or denied, reported, quoted, echoed, supposed."""

import re
from functools import cached_property
from typing import Literal

from detectors.base import Span
from detectors.commerce.assent import assent, confirmation
from detectors.commerce.clauses import Clauses
from detectors.commerce.denial import goes_on, has_not, is_denied
from detectors.commerce.hearsay import (
    ECHO,
    ECHO_AFTER,
    OFFERING,
    PAST,
    QUOTES,
    REPORTED,
    REPORTED_AFTER,
    SOLD,
    SUPPOSED,
    WANTED,
    WISHED,
    WOULD,
)

Stance = Literal["promised", "denied", "reported", "quoted", "echoed", "supposed"]
# As far before an offer as "you want" may stand, in characters.
_REACH = 80


class Sentence:
    """One plain sentence, its clauses, and the beginning of the sentence after it.

    Each question about a span costs at most the length of the sentence.
    """

    def __init__(self, text: str, following: str = "") -> None:
        self.text = text
        self._following = following
        self._clauses = Clauses(text)

    @cached_property
    def _reports(self) -> list["re.Match[str]"]:
        return list(REPORTED.finditer(self.text))

    @cached_property
    def _echoes(self) -> list["re.Match[str]"]:
        return list(ECHO.finditer(self.text))

    def clause(self, at: int) -> Span:
        """Return the clause that holds a character."""
        return self._clauses.of(at)

    def stance(self, span: Span) -> Stance:
        """Return whose word the words of a span are."""
        clause = self.clause(span.start)
        if self._is_reported(span, clause):
            return "quoted" if '"' in self.text[: span.start] else "reported"
        if self._is_denied(span, clause):
            return "denied"
        if self._is_echoed(span, clause) or self._is_asked(clause):
            return "promised" if self._is_confirmed(span) else "echoed"
        if self._is_supposed(span, clause):
            return "promised" if self._is_sold(span, clause) else "supposed"
        return "promised"

    def _is_reported(self, span: Span, clause: Span) -> bool:
        if PAST.search(self.text, *clause):
            return True
        if self._is_quoted(span) and REPORTED_AFTER.match(self.text, span.end):
            return True
        return any(self._reaches(cue, span, clause) for cue in self._reports)

    def _is_quoted(self, span: Span) -> bool:
        return self.text.count('"', 0, span.start) % 2 == 1

    def _reaches(self, cue: "re.Match[str]", span: Span, clause: Span) -> bool:
        """Whether what somebody says goes as far as a span."""
        if cue.start() >= span.end:
            return self.clause(cue.start()) == clause and not cue["source"]
        opened = QUOTES.match(self.text, cue.end())
        if opened:
            return self.text.count('"', opened.end(), span.start) == 0
        told = self.text.find(":", cue.end(), span.start) >= 0 or bool(cue["source"])
        return self._clauses.divide(cue.end(), span.start) <= told

    def _is_denied(self, span: Span, clause: Span) -> bool:
        before, after = self.text[clause.start : span.start], self.text[span.end : clause.end]
        if is_denied(before, after):
            return True
        last = self._clauses.before(clause)
        return goes_on(self.text[last.start : last.end], self.text[clause.start : clause.end])

    def _is_echoed(self, span: Span, clause: Span) -> bool:
        if ECHO_AFTER.search(self.text, span.end, clause.end):
            return True
        if WANTED.search(self.text, max(clause.start, span.start - _REACH), span.start):
            return True
        return any(
            not self._clauses.divide(cue.end(), span.start)
            for cue in self._echoes
            if cue.end() <= span.start
        )

    def _is_confirmed(self, span: Span) -> bool:
        after = self.text[span.end :]
        said = confirmation(after)
        if said is not None and not has_not(after[: said.start]):
            return True
        return assent(self._following) is not None

    def _is_asked(self, clause: Span) -> bool:
        """Whether a clause is a question that offers nothing: "70% off?"."""
        text = self.text[clause.start : clause.end].rstrip(" \"')")
        return text.endswith("?") and not OFFERING.search(text)

    def _is_sold(self, span: Span, clause: Span) -> bool:
        wished = WISHED.search(self.text, clause.start, span.start)
        return wished is not None and SOLD.match(self.text, span.end) is not None

    def _is_supposed(self, span: Span, clause: Span) -> bool:
        if WOULD.match(self.text, span.end, clause.end):
            return True
        return SUPPOSED.search(self.text, clause.start, span.start) is not None
