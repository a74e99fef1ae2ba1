"""What texts authorise: their amounts, and the benefits that they give."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from detectors.commerce.authority import Authority
from detectors.commerce.benefits import benefits, is_free, things
from detectors.commerce.deadlines import topics
from detectors.commerce.grants import Grant, Place
from detectors.commerce.kinds import Kind
from detectors.commerce.plain import Plain, plain
from detectors.commerce.trade import Amount, amounts
from detectors.commerce.voice import Sentence
from detectors.text.sentences import split

_I = re.VERBOSE | re.IGNORECASE

# What a bot is given fits its model's window; beyond it an event could hold up its partition.
_MAX_CHARACTERS = 400_000
_MAX_GRANTS = 8_000
_LONGEST_REMEMBERED = 4_000
# As far before an amount as its "up to" may stand, in characters.
_REACH = 100

# In what a bot is given, any of these in a sentence says what its amounts are of.
_DISCOUNT = re.compile(
    r"""
    \b(?:discount\w*|rebates?|off|vouchers?|coupons?|promo\w*|sales?|sav(?:e|es|ing|ings)|reduc\w+
      |cheaper|deals?|offers?|less|cut|price|lower\w*|cash-?back|codes?|bonus)\b
    """,
    _I,
)
_REFUND = re.compile(
    r"""
    \b(?:refund\w*|reimburs\w*|compensat\w*|credit\w*|back|vouchers?|coupons?|gift\ cards?
      |cash-?back|goodwill|payouts?|damages|settlement|(?:pay|receive)s?\ you)\b
    """,
    _I,
)
_PRICE = re.compile(
    r"""
    \b(?:prices?|priced|costs?|fees?|fares?|charges?|total|paid|pay|rates?|amount|value|sum|for|from
      |tariff|is|are|per)\b
    """,
    _I,
)
_CAP = re.compile(
    r"""
    \b(?:up\ to|at\ most|maximum|max|limit(?:ed)?|(?:no|not)\ more\ than|within|as\ much\ as
      |(?:never|not)\ exceeds?|capped)\b(?:\ (?:of|is|to|a|the|at|about)){0,3}\ ?$
    """,
    _I,
)
# "We never refund more than 100 euros": up to 100, then.
_NEVER_MORE = re.compile(
    r"(?:\b(?:not?|never|cannot)\b|n't).{0,60}?\b(?:more\ than|above|over|exceed\w*)\ ?$", _I
)
_NO = re.compile(r"\b(?:not|no)\b|n't", re.IGNORECASE)


class _Cues(NamedTuple):
    """What the words of a sentence say that its amounts may be of."""

    discount: bool
    refund: bool
    price: bool
    topics: frozenset[str]


_NONE: frozenset[str] = frozenset()
_NO_CUES = _Cues(discount=False, refund=False, price=False, topics=_NONE)


class _Reading(NamedTuple):
    """What one text authorises, and its sentences."""

    grants: tuple[Grant, ...]
    benefits: frozenset[tuple[str, str]]
    texts: tuple[str, ...]


class Reader:
    """Collects what texts authorise."""

    def __init__(self) -> None:
        self.grants: list[Grant] = []
        self._benefits: set[tuple[str, str]] = set()
        self._texts: list[str] = []
        self._left = _MAX_CHARACTERS

    def authority(self) -> Authority:
        """Return all of it."""
        grants = tuple(self.grants[:_MAX_GRANTS])
        return Authority(grants, frozenset(self._benefits), texts=tuple(self._texts))

    def read(self, text: str, passage: str | None = None) -> None:
        """Add what each sentence of a text authorises."""
        text = text[: self._left]
        self._left -= len(text)
        read = _remembered if len(text) <= _LONGEST_REMEMBERED else _read
        grants, benefits, texts = read(text, passage)
        self.grants += grants[: max(0, _MAX_GRANTS - len(self.grants))]
        self._benefits |= benefits
        self._texts += texts


def _read(text: str, passage: str | None) -> _Reading:
    grants: list[Grant] = []
    given: set[tuple[str, str]] = set()
    texts: list[str] = []
    for span in split(text):
        made = plain(text, span)
        sentence = Sentence(made.text)
        texts.append(made.text)
        given |= _given(sentence)
        if len(grants) < _MAX_GRANTS:
            grants += _grants(sentence, made, passage)
    return _Reading(tuple(grants), frozenset(given), tuple(texts))


# The same passages come with many events; long ones would fill the memory.
_remembered = lru_cache(maxsize=1024)(_read)


def _grants(sentence: Sentence, made: Plain, passage: str | None) -> Iterator[Grant]:
    found = amounts(made.text)
    cues = _cues(made.text) if found else _NO_CUES
    for amount in found:
        grant = _grant(sentence, amount, cues)
        if grant is not None and passage is not None:
            grant = grant._replace(place=Place(passage, made.span(*amount.span)))
        if grant is not None:
            yield grant


def _cues(text: str) -> _Cues:
    discount, refund = _DISCOUNT.search(text) is not None, _REFUND.search(text) is not None
    price = _PRICE.search(text) is not None or not (discount or refund)
    return _Cues(discount, refund, price, topics(text))


def _grant(sentence: Sentence, amount: Amount, cues: _Cues) -> Grant | None:
    kinds = _kinds(amount, cues)
    if not kinds:
        return None
    start = amount.span.start
    before = sentence.text[max(0, start - _REACH) : start]
    never_more = _NEVER_MORE.search(before) is not None
    if not never_more and sentence.stance(amount.span) in {"denied", "echoed"}:
        return None
    capped = never_more or _CAP.search(before) is not None
    return Grant(kinds, amount.quantity, capped, cues.topics if "deadline" in kinds else _NONE)


def _kinds(amount: Amount, cues: _Cues) -> frozenset[Kind]:
    """Return what an amount may be of: more than one, for a false alarm wakes somebody."""
    measure = amount.quantity.kind
    if measure in {"duration", "date", "time"}:
        return frozenset({"deadline"})
    if measure not in {"percent", "money"}:
        return frozenset()
    found: set[Kind] = set()
    found |= {"discount"} if amount.use == "discount" or cues.discount else set()
    found |= {"refund"} if amount.use == "refund" or cues.refund else set()
    found |= {"price"} if measure == "money" and cues.price else set()
    return frozenset(found)


def _given(sentence: Sentence) -> frozenset[tuple[str, str]]:
    """Return the benefits that a sentence gives; what it calls free may be any thing it names."""
    text = sentence.text
    given: set[tuple[str, str]] = set()
    found = list(benefits(text))
    for quality, thing, span in found:
        if (quality, thing) not in given and sentence.stance(span) not in {"denied", "echoed"}:
            given.add((quality, thing))
    free = is_free(text) and not found and not _NO.search(text)
    if free or any(quality in {"free", "waived"} for quality, _ in given):
        given |= {("free", thing) for thing in (*things(text), "")}
    return frozenset(given)
