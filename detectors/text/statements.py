"""What a sentence states, as far as two of them can be held against each other without a model.

Its subject as content words, its quantities with their bounds, and whether it affirms or denies.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from detectors.base import Span
from detectors.text.quantities import Quantity, quantities
from detectors.text.sentences import split
from detectors.text.words import NEGATIONS, STOP_WORDS, Word, stem, words

Bound = Literal["", "most", "least", "about", "range"]


class Amount(NamedTuple):
    """A quantity as it is meant: "up to 5 days" reaches from nothing to 5 days.

    ``noun`` is the stem of the word after it, which tells bare numbers apart.
    """

    quantity: Quantity
    bound: Bound
    low: float
    high: float
    noun: str

    def rules_out(self, other: "Amount") -> bool:
        """Whether not both can be true of the same thing.

        Quantities of different kinds or units (euros and dollars) say nothing of each other.
        """
        one, two = self.quantity, other.quantity
        if one.kind != two.kind or (one.kind == "number" and self.noun != other.noun):
            return False
        if one.kind == "date":
            return not one.agrees(two)
        if one.kind == "time" and abs(one.low - two.low) == _HALF_DAY:
            return False  # "5:30" may be "17:30"
        if one.unit != two.unit and one.kind != "duration":
            return False
        slack = _SLACK if one.unit != two.unit else _EXACT
        if self.bound == other.bound and self.bound in {"most", "least", "range"}:
            ends = ((self.low, other.low), (self.high, other.high))
            return not all(math.isclose(*pair, rel_tol=slack) for pair in ends)
        reaches = ((self.low, other.high), (other.low, self.high))
        return not all(
            low <= high or math.isclose(low, high, rel_tol=slack) for low, high in reaches
        )


class Statement(NamedTuple):
    """One sentence.

    ``words`` are the stems of its content words, an opposite under the word it denies; ``names``
    those of capital words and ordinals; ``poles`` the words that have opposites, and on which
    side; ``conditions`` what limits it, as "if"; ``negations`` how often it says "not".
    """

    span: Span
    text: str
    words: frozenset[str]
    names: frozenset[str]
    poles: frozenset[tuple[str, bool]]
    conditions: frozenset[str]
    negations: int
    amounts: tuple[Amount, ...]

    def denies(self, other: "Statement") -> bool:
        """Whether one negates, or says the opposite of a word, where the other does not.

        Not both: "not closed" is "open". More than one negation is beyond this.
        """
        if max(self.negations, other.negations) > 1:
            return False
        mine, theirs = _one_sided(self.poles), _one_sided(other.poles)
        opposed = sum((word, not side) in theirs for word, side in mine)
        return opposed != 1 if self.negations != other.negations else opposed > 0


def _one_sided(poles: frozenset[tuple[str, bool]]) -> frozenset[tuple[str, bool]]:
    """Leave out "open or closed"."""
    return frozenset((word, side) for word, side in poles if (word, not side) not in poles)


_HALF_DAY = 12 * 60
_MONTH_HOURS = 730.5
# "About 20" may be 16 or 25.
_ABOUT = 1.25
# A month may be 30 days, a year 52 weeks.
_SLACK = 0.03
_EXACT = 1e-6

# Before a quantity, where it is a bound and not a value.
_BOUND = re.compile(
    r"""\b(?:
      (?P<most>up[ ]to|at[ ](?:the[ ])?most|within|under|less[ ]than|fewer[ ]than|below
        |no[ ]more[ ]than|not[ ]more[ ]than|maximum(?:[ ]of)?|max\.?|until|by|before)
    | (?P<least>at[ ]least|over|more[ ]than|above|minimum(?:[ ]of)?|min\.?|from|starting[ ]at
        |no[ ]less[ ]than|exceeding|after)
    | (?P<about>about|around|approximately|approx\.?|roughly|circa|nearly|almost|some)
    )[ ](?:the[ ]|a[ ])?$""",
    re.VERBOSE | re.IGNORECASE,
)
_BOUND_REACH = 24
# More is a table; it bounds what comparing two sentences costs.
_MAX_AMOUNTS = 12

# Under these two sentences may both be true.
_CONDITION = re.compile(
    r"\b(?:if|unless|except|otherwise|when|once|while|during|only|but|however|although|though|until"
    r"|before|without|after|instead|or|either|some|most|usually|sometimes|another|other|also)\b",
    re.IGNORECASE,
)

# Opposites: to what they deny, in stems.
_OPPOSITES = {
    stem(word): stem(denied)
    for denied, words_ in (
        ("available", "unavailable"),
        ("included", "excluded"),
        ("allowed", "forbidden prohibited banned disallowed"),
        ("open", "closed"),
        ("possible", "impossible"),
        ("eligible", "ineligible"),
        ("enabled", "disabled"),
        ("active", "inactive"),
        ("valid", "invalid"),
        ("required", "optional unnecessary"),
        ("supported", "unsupported"),
        ("true", "false incorrect untrue"),
        ("refundable", "nonrefundable"),
        ("limited", "unlimited"),
        ("safe", "unsafe dangerous"),
        ("legal", "illegal"),
        ("accepted", "rejected"),
        ("locked", "unlocked"),
        ("online", "offline"),
        ("increase", "decrease decline reduce"),
        ("rise", "fall drop"),
        ("higher", "lower"),
        ("up", "down"),
        ("above", "below"),
        ("before", "after"),
        ("more", "less fewer"),
        ("gain", "loss"),
        ("earn", "lose lost"),
        ("beginning", "end"),
        ("start", "stop"),
        ("early", "late"),
        ("earlier", "later"),
        ("minimum", "maximum"),
        ("always", "rarely"),
        ("all", "none"),
        ("positive", "negative"),
        ("strong", "weak"),
        ("best", "worst"),
        ("buy", "sell"),
        ("win", "lose"),
    )
    for word in words_.split()
}
_DENIED = frozenset(_OPPOSITES.values())
_SYNONYMS = {
    stem(word): stem(same)
    for word, same in (
        *(("permitted", "allowed"), ("mandatory", "required"), ("compulsory", "required")),
        *(("necessary", "required"), ("correct", "true")),
    )
}
# "No, you can't": the interjection denies what was asked, not what is said.
_INTERJECTION = re.compile(r"\W{0,4}(?:yes|yeah|no|nope|sorry)\b(?=[,.!:;–—-])", re.IGNORECASE)  # noqa: RUF001
# "A lack of staff" is no denial of the sentence.
_NOT = (NEGATIONS | {"non"}) - {"lack", "lacks", "lacking"}
# "The fee is not only": these negate nothing.
_NO_NEGATION = re.compile(r"\b(?:not only|no problem|no worries|no doubt|why not)\b", re.IGNORECASE)


def statements(text: str, limit: int) -> tuple[Statement, ...]:
    """Return the first sentences of a text as statements."""
    return tuple(_statement(text, span) for span in split(text)[:limit])


def content(text: str) -> frozenset[str]:
    """Return the stems of a text's content words, opposites and synonyms as one."""
    return frozenset(_subject(words(text.replace("’", "'"))))  # noqa: RUF001


def _statement(text: str, span: Span) -> Statement:
    sentence = text[span.start : span.end].replace("’", "'")  # noqa: RUF001
    found = list(words(sentence))
    spoken = quantities(sentence)[:_MAX_AMOUNTS]
    rest = list(_outside(found, [quantity.span for quantity in spoken]))
    return Statement(
        span,
        text[span.start : span.end],
        frozenset(_subject(rest)),
        frozenset(_names(sentence, rest)),
        frozenset(_poles(rest)),
        frozenset(match.lower() for match in _CONDITION.findall(sentence)),
        _negations(sentence, rest),
        tuple(_amount(sentence, quantity) for quantity in spoken),
    )


def _names(sentence: str, found: Sequence[Word]) -> Iterator[str]:
    for word in found:
        # The first word is a capital anyway.
        capital = word.start > 0 and sentence[word.start].isupper()
        if capital or stem(word.text)[0].isdigit():
            yield from _subject([word])


def _poles(found: Iterable[Word]) -> Iterator[tuple[str, bool]]:
    for word in found:
        root = stem(word.text)
        if root in _OPPOSITES:
            yield _OPPOSITES[root], False
        elif root in _DENIED:
            yield root, True


def _outside(found: Iterable[Word], spans: Iterable[Span]) -> Iterator[Word]:
    """Yield the words that are no part of a quantity."""
    ahead = iter(spans)
    span = next(ahead, None)
    for word in found:
        while span is not None and span.end <= word.start:
            span = next(ahead, None)
        if span is None or word.end <= span.start:
            yield word


def _subject(found: Iterable[Word]) -> Iterator[str]:
    for word in found:
        if word.text not in STOP_WORDS and word.text not in _NOT:
            root = stem(word.text)
            root = _OPPOSITES.get(root, root)
            yield _SYNONYMS.get(root, root)


def _negations(sentence: str, found: Iterable[Word]) -> int:
    interjection = _INTERJECTION.match(sentence)
    start = interjection.end() if interjection else 0
    harmless = {match.start() for match in _NO_NEGATION.finditer(sentence)}
    return sum(
        word.text in _NOT and word.start >= start and word.start not in harmless for word in found
    )


def _amount(sentence: str, quantity: Quantity) -> Amount:
    start, end = quantity.span
    hint = _BOUND.search(sentence, max(0, start - _BOUND_REACH), start)
    low, high = quantity.low, quantity.high
    bound: Bound = ""
    if low < high:
        bound = "range"
    elif hint is not None:
        bound = hint.lastgroup  # type: ignore[assignment] # the groups are named as the bounds
    if quantity.unit == "month":
        low, high = low * _MONTH_HOURS, high * _MONTH_HOURS
    match bound:
        case "most":
            low = -math.inf
        case "least":
            high = math.inf
        case "about":
            low, high = low / _ABOUT, high * _ABOUT
    return Amount(quantity, bound, low, high, _noun(sentence, end))


def _noun(sentence: str, start: int) -> str:
    following = (Word(match, 0, 0) for match in sentence[start : start + 40].lower().split())
    roots = _subject(w for f in following for w in words(f.text))
    return next(islice(roots, 1), "")
