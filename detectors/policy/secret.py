"""Rules of kind ``secret``: tokens by their issuers' formats, random enough to be one."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from detectors.policy.expression import Expression
from detectors.policy.part import Part
from detectors.policy.pattern import disjoint, folded_keywords
from detectors.policy.rule import Check, Hit, Kit, Rule, Text, each, hit

# What documentation writes where a secret would stand.
_PLACEHOLDERS = (
    "example",
    "xxxx",
    "your",
    "password",
    "placeholder",
    "changeme",
    "redacted",
    "....",
    "****",
)


class Secret(Rule, frozen=True, tag="secret"):
    """Forbids what the patterns find, if it is as random as a secret and no placeholder.

    ``keywords``: the fixed letters of the format; without one of them the text is not searched.
    ``min_entropy``: bits a character, of the first group or else of all that is found.
    """

    patterns: Annotated[tuple[Text, ...], Meta(min_length=1)]
    keywords: Annotated[tuple[Text, ...], Meta(min_length=1)]
    min_entropy: Annotated[float, Meta(ge=0, le=8)] = 3.0

    def compile(self, kit: Kit) -> Check:
        """Compile the patterns."""
        del kit
        return Secrets(self)


class Secrets:
    """Compiled formats of one kind of secret."""

    def __init__(self, rule: Secret) -> None:
        self.keywords = folded_keywords(rule.keywords)
        self._patterns = [Expression(p, "patterns", n) for n, p in enumerate(rule.patterns)]
        self._min_entropy = rule.min_entropy

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Search each part."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        found = [f for pattern in self._patterns for f in pattern.find(part.folded)]
        return hit(
            disjoint([part.folded.span(f.start, f.end) for f in found if self._is_secret(f.text)])
        )

    def _is_secret(self, text: str) -> bool:
        lower = text.lower()
        return entropy(text) >= self._min_entropy and not any(p in lower for p in _PLACEHOLDERS)


def entropy(text: str) -> float:
    """Return the entropy of a text's characters, in bits a character.

    Examples:
        >>> entropy("aaaa"), entropy("abab"), entropy("abcd")
        (0.0, 1.0, 2.0)

    References:
        Shannon, A mathematical theory of communication, 1948.
    """
    shares = (count / len(text) for count in Counter(text).values())
    return abs(sum(share * math.log2(share) for share in shares))
