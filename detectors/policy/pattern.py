"""Rules of kind ``pattern``: regular expressions, and a check of what they find."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from detectors.base import Span
from detectors.policy.expression import Expression, Found
from detectors.policy.folding import fold
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, Text, each, hit
from detectors.policy.validator import VALIDATORS, Validator


class Pattern(Rule, frozen=True, tag="pattern"):
    """Forbids what any of the patterns finds, and the validator and ``except`` let pass.

    ``keywords``: without one of them, in any case, the text is not searched. ``validate``: what
    is found must also pass this check. ``allow``: patterns of what is never meant.
    """

    patterns: Annotated[tuple[Text, ...], Meta(min_length=1)]
    keywords: tuple[Text, ...] = ()
    validate: Validator | None = None
    allow: tuple[Text, ...] = ()

    def compile(self, kit: Kit) -> Check:
        """Compile the patterns."""
        del kit
        return Patterns(self)


class Patterns:
    """Compiled patterns with what must hold of a match."""

    def __init__(self, rule: Pattern) -> None:
        self.keywords = folded_keywords(rule.keywords)
        self._patterns = [Expression(p, "patterns", n) for n, p in enumerate(rule.patterns)]
        self._allow = [Expression(p, "allow", n) for n, p in enumerate(rule.allow)]
        self._validate = VALIDATORS[rule.validate] if rule.validate else None

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Search each part."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        found = [f for pattern in self._patterns for f in pattern.find(part.folded)]
        return hit(disjoint([part.folded.span(f.start, f.end) for f in found if self._is_meant(f)]))

    def _is_meant(self, found: Found) -> bool:
        if self._validate is not None and not self._validate(found.text):
            return False
        return not (self._allow and any(a.is_in(fold(found.text)) for a in self._allow))


def folded_keywords(keywords: Sequence[str], key: str = "keywords") -> tuple[str, ...]:
    """Return keywords as the prefilter looks for them.

    Raises:
        RuleError: nothing of one is left to look for.
    """
    folded = [fold(keyword).text.lower() for keyword in keywords]
    if "" in folded:
        raise RuleError("nothing to look for", key, folded.index(""))
    return tuple(sorted(set(folded)))


def disjoint(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order; of two that overlap the first, or the longer if they begin alike.

    Examples:
        >>> disjoint([Span(4, 9), Span(0, 2), Span(5, 7)])
        [Span(start=0, end=2), Span(start=4, end=9)]
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.start < span.end and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept
