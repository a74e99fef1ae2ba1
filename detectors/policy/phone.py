"""Rules of kind ``phone``: telephone numbers by the numbering plans of the world."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

import phonenumbers
from msgspec import Meta

from detectors.base import Span
from detectors.policy.expression import Expression
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, each, hit
from detectors.policy.validator import is_ip, is_luhn, is_ssn

# What a number may look like, with its extension; only such stretches are parsed, for that takes
# a hundred times longer than to find them.
_CANDIDATE = r"(?:^|[^\w.,:/-])(\+?\(?\d[\d ()./-]{5,24}\d(?: ?(?:x|ext\.?) ?\d{1,6})?)\b"
_BEFORE = re.compile(
    r"\b(?:tele)?(?:phones?|fax|tel|mobile|cell(?:phone)?|desk|office|call(?:ed|ing)?|dial|ring"
    r"|text|sms|whatsapp|hotline|reach(?:ed|able)?|answering)\b[^\d\n]{0,20}\n?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[^\w\n]{0,3}(?:fax|tel|mobile|cell|desk|office|phone|home|work)\b", re.IGNORECASE
)
_REACH = 40
_DATE = re.compile(
    r"(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}\b|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d\d\b"
)
_FEWEST_DIGITS = 7
# Without a word that says what it is, fewer digits may be a street and a house, or anything.
_FEWEST_ALONE = 9
# Of a payment card, which cannot be told from a number with its country's prefix.
_CARD_DIGITS = 12


class Phone(Rule, frozen=True, tag="phone"):
    """Forbids telephone numbers.

    A number is one that is valid internationally or in one of ``regions`` (ISO 3166 codes, each
    costs time), or any of seven digits or more beside a word such as "call" or "fax".
    """

    regions: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]

    def compile(self, kit: Kit) -> Check:
        """Check the regions."""
        del kit
        for place, region in enumerate(self.regions):
            if region not in phonenumbers.SUPPORTED_REGIONS:
                raise RuleError(f"no such region, got {region!r}", "regions", place)
        return Phones(self)


class Phones:
    """Finds telephone numbers.

    References:
        ITU-T E.164; the metadata of Google's libphonenumber.
    """

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Phone) -> None:
        self._regions = rule.regions
        self._candidate = Expression(_CANDIDATE)

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Search each part."""
        return each(parts, lambda part: hit(list(self._spans(part))))

    def _spans(self, part: Part) -> Iterator[Span]:
        text = part.folded.text
        for start, end, said in self._candidate.find(part.folded):
            before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
            if not _is_other(said) and (
                _BEFORE.search(before) or _AFTER.match(after) or self._is_valid(said)
            ):
                yield part.folded.span(start, end)

    def _is_valid(self, said: str) -> bool:
        if sum(c.isdecimal() for c in said) < _FEWEST_ALONE:
            return False
        for region in self._regions:
            try:
                number = phonenumbers.parse(said, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return True
        return False


def _is_other(said: str) -> bool:
    """Whether digits are too few, or rather a date, an address, a card or a social number."""
    digits = sum(c.isdecimal() for c in said)
    return (
        digits < _FEWEST_DIGITS
        or _DATE.match(said) is not None
        or is_ip(said)
        or (said.count("-") == 2 and len(said) == 11 and is_ssn(said))  # noqa: PLR2004
        or (digits >= _CARD_DIGITS and not said.startswith("+") and is_luhn(said))
    )
