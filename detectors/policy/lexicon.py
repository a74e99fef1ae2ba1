"""Rules of kind ``lexicon``: words and phrases that must not be said."""

from collections.abc import Sequence
from typing import Annotated

import re2
from msgspec import Meta

from detectors.policy.expression import Expression, Found
from detectors.policy.folding import fold
from detectors.policy.part import Part
from detectors.policy.pattern import folded_keywords
from detectors.policy.rule import Check, Hit, Kit, Rule, Text, each, hit


class Lexicon(Rule, frozen=True, tag="lexicon"):
    """Forbids terms, in any case, as whole words unless ``whole_words`` is off."""

    terms: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=1_000)]
    whole_words: bool = True

    def compile(self, kit: Kit) -> Check:
        """Compile the terms."""
        del kit
        return Terms(self)


class Terms:
    """Compiled terms."""

    def __init__(self, rule: Lexicon) -> None:
        self.keywords = folded_keywords(rule.terms, "terms")
        longest_first = sorted((fold(term).text for term in rule.terms), key=len, reverse=True)
        self._expression = Expression(
            "(?i)(?:" + "|".join(map(re2.escape, longest_first)) + ")", "terms"
        )
        self._whole_words = rule.whole_words

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Search each part."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        found = self._expression.find(part.folded)
        return hit([part.folded.span(f.start, f.end) for f in found if self._is_whole(part, f)])

    def _is_whole(self, part: Part, found: Found) -> bool:
        text = part.folded.text
        return not self._whole_words or not (
            (found.text[0].isalnum() and text[max(0, found.start - 1) : found.start].isalnum())
            or (found.text[-1].isalnum() and text[found.end : found.end + 1].isalnum())
        )
