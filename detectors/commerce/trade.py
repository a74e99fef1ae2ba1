"""Amounts as trade writes them: quantities, and the phrases that stand for one."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from detectors.base import Span
from detectors.text.quantities import Quantity, quantities

_PARTS = {
    "half": 50.0,
    "third": 100 / 3,
    "quarter": 25.0,
    "fifth": 20.0,
    "tenth": 10.0,
    "thirds": 200 / 3,
    "quarters": 75.0,
}
_CURRENCIES = {"dollar": "USD", "buck": "USD", "euro": "EUR", "pound": "GBP", "quid": "GBP"}
# As far as "pay" may stand before its percentage, in characters.
_REACH = 40

_PART = r"""(?:two[ -]thirds|three[ -]quarters|half
  |(?:an?\ |one[ -])(?:half|third|quarter|fifth|tenth))"""
_PHRASE = re.compile(
    rf"""
    \b(?:
      (?P<half>half[ -]price[ds]?
        |(?:at\ )?half\ (?:of\ )?(?:the|its|their|your)\ (?:\w+\ )?price(?!\ (?:is|are|was)\b)
        |pay\ (?:only\ |just\ )?half\b(?!\ (?:of|up|now|in|today|on|when|before|at|the)\b))
    | (?P<off>{_PART}\ off)\b(?!\ (?:an?\ )?(?:hour|mile|day|century|season))
    | (?P<left>{_PART}\ of\ (?:the|its|their|your)\ (?:\w+\ )?(?:price|cost))
    | (?P<share>{_PART}(?:\ of)?\ (?:your|the|their)\ money\ back)
    | (?P<full>(?:full|entire|complete)\ (?:money[ -]back\ )?(?:refunds?|reimbursement)
        | (?:fully|completely)\ (?:refund|reimburs)(?:ed|ing|e)?
        | (?:refund|reimburs|(?:paid|pay|money|given|give|get)\ (?:\w+\ )?back)
            (?:\w|\ (?!not\b)){{0,40}}?\ in\ full
        | (?:all|get|have|full|receive|want|whole|entire)\ (?:of\ )?(?:your|my|their)\ money\ back)
    | (?P<one>(?:an?|one\ single)\ (?P<coin>dollar|buck|euro|pound|quid))
    | (?P<time>an?\ (?P<unit>hour|day|week|month|year))
    | (?P<same>same[ -]day|today|tonight)
    | (?P<next>next[ -](?:business[ -]|working[ -])?day|overnight|tomorrow)
    )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# "Pay 10% of the price" is 90% off.
_PAYS = re.compile(r"\bpay(?:s|ing)? (?:[\w']+ ){0,3}$", re.IGNORECASE)
_FOR = re.compile(r"\b(?:pay(?:s|ing)?|for|at) (?:[\w']+ ){0,3}$", re.IGNORECASE)
_OF_PRICE = re.compile(r" of (?:the|its|their|your) (?:\w+ )?(?:price|cost)\b", re.IGNORECASE)


class Amount(NamedTuple):
    """A quantity, and what a phrase says of its use.

    ``use`` is empty, ``discount``, ``refund``, ``deadline``, or ``coin`` for "a dollar".
    """

    quantity: Quantity
    use: str = ""

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.quantity.span


def amounts(text: str) -> list[Amount]:
    """Return the amounts of a sentence, in order; a phrase hides the numbers in it."""
    phrases = [_phrase(match) for match in _PHRASE.finditer(text) if _is_used(text, match)]
    return sorted([*phrases, *_numbers(text, phrases)], key=lambda amount: amount.span)


def _is_used(text: str, match: "re.Match[str]") -> bool:
    """Whether a phrase is of trade: "half of the price is tax" is not."""
    start = match.start()
    return not match["left"] or _FOR.search(text, max(0, start - _REACH), start) is not None


def _numbers(text: str, phrases: list[Amount]) -> Iterator[Amount]:
    taken = iter([*phrases, None])
    phrase = next(taken)
    for quantity in quantities(text):
        while phrase is not None and phrase.span.end <= quantity.span.start:
            phrase = next(taken)
        if phrase is None or quantity.span.end <= phrase.span.start:
            yield _paid(text, quantity)


def _paid(text: str, quantity: Quantity) -> Amount:
    """Turn what is left to pay into what is taken off."""
    start, end = quantity.span
    pays = _PAYS.search(text, max(0, start - _REACH), start)
    if quantity.kind != "percent" or pays is None or not _OF_PRICE.match(text, end):
        return Amount(quantity)
    low, high = 100 - quantity.high, 100 - quantity.low
    return Amount(quantity._replace(low=low, high=high), "discount")


def _phrase(match: "re.Match[str]") -> Amount:
    span = Span(*match.span())
    match match.lastgroup:
        case "half":
            return Amount(_percent(50.0, span), "discount")
        case "off" | "left" | "share":
            return _part(match, span)
        case "full":
            return Amount(_percent(100.0, span), "refund")
        case "one":
            unit = _CURRENCIES[match["coin"].lower()]
            return Amount(Quantity("money", 1.0, 1.0, unit, span), "coin")
        case "time":
            one = quantities(f"1 {match['unit']}")[0]
            return Amount(one._replace(span=span))
        case _:
            hours = 0.0 if match["same"] else 24.0
            return Amount(Quantity("duration", hours, hours, "h", span), "deadline")


def _part(match: "re.Match[str]", span: Span) -> Amount:
    words = match[0].lower()
    part = max(value for word, value in _PARTS.items() if word in words)
    if match["share"]:
        return Amount(_percent(part, span), "refund")
    return Amount(_percent(100 - part if match["left"] else part, span), "discount")


def _percent(value: float, span: Span) -> Quantity:
    return Quantity("percent", value, value, "%", span)
