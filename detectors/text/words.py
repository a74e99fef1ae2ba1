"""Words of a text: where they are, and what two forms of one word have in common."""
# ruff: noqa: SIM905 - lists of words read best as prose

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Beyond it a word is no word; it bounds what one costs.
_LONGEST = 40
# Numbers keep their marks ("10:30", "1,200.5"); hyphens part, apostrophes do not.
_WORD = re.compile(r"\d++(?:[.,:]\d++)*+[^\W_]*+|[^\W_]++(?:['’][^\W\d_]++)*+")  # noqa: RUF001
_SMALLEST_STEM = 3

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
}

# What may open a number that is spelled out.
NUMBER_WORDS = frozenset(_NUMBERS) | frozenset(
    "million billion dozen half noon midday midnight".split()
)

# Longest first; what is left must be long enough to be the same word.
_SUFFIXES = (
    ("fulness", 3),
    ("iveness", 3),
    ("ization", 3),
    ("ational", 3),
    ("ations", 3),
    ("ators", 3),
    ("ating", 3),
    ("izing", 3),
    ("ated", 3),
    ("ates", 3),
    ("ator", 3),
    ("ized", 3),
    ("izes", 3),
    ("ingly", 3),
    ("ation", 3),
    ("ments", 3),
    ("ions", 3),
    ("ness", 3),
    ("ment", 3),
    ("able", 4),
    ("ate", 3),
    ("ize", 3),
    ("ible", 4),
    ("edly", 3),
    ("ings", 3),
    ("ers", 4),
    ("ies", 3),
    ("ied", 3),
    ("ing", 3),
    ("ion", 3),
    ("ors", 4),
    ("ive", 4),
    ("ity", 4),
    ("al", 4),
    ("ed", 3),
    ("er", 4),
    ("or", 4),
    ("ly", 3),
    ("es", 3),
    ("s", 3),
)
_KEPT = ("ss", "us", "is")  # these do not end in a plural

STOP_WORDS = frozenset(
    """
    a about above after again all also although am an and any are as at be because been before
    being below between both but by can could did do does doing down during each either etc few
    for from further had has have having he her here hers herself him himself his how however i if
    in into is it its itself just like may me might more most much must my myself neither no nor
    not now of off often on once only or other our ours out over own per quite rather s same she
    should since so some such than that the their theirs them themselves then there therefore
    these they this those though through thus to too under until up upon us very was we well were
    what when where whether which while who whom whose why will with within without would yes yet
    you your yours yourself
    aren't can't couldn't didn't doesn't don't hadn't hasn't haven't he's i'm isn't it's let's
    shouldn't that's there's they're wasn't we're weren't what's won't wouldn't you're i've cannot
    """.split()
)
NEGATIONS = frozenset(
    """
    no not nor never none neither nobody nothing nowhere without cannot lack lacks lacking fail
    fails failed unable refuse refuses refused deny denies denied hardly
    aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't shouldn't wasn't weren't
    won't wouldn't
    """.split()
)
HEDGES = frozenset(
    """
    may might could perhaps possibly probably likely seem seems seemed appear appears appeared
    suggest suggests generally typically usually often sometimes potentially presumably apparently
    around about approximately some several various overall
    """.split()
)


class Word(NamedTuple):
    """One word of a text, in lower case, and where it stands."""

    text: str
    start: int
    end: int


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """Yield the words of a text, or of a part of it, in order.

    Examples:
        >>> [word.text for word in words("The Ping-Pong club's 1,200 members")]
        ['the', 'ping', 'pong', "club's", '1,200', 'members']
    """
    found = _WORD.finditer(text, start, len(text) if end is None else end)
    return (Word(match[0].lower().replace("’", "'"), *match.span()) for match in found)  # noqa: RUF001


def stems(text: str) -> list[str]:
    """Return the stems of all words of a text.

    Examples:
        >>> stems("Two managers' offers, located at 1,200.50")
        ['2', 'manag', 'offer', 'loc', 'at', '1200.5']
    """
    return [stem(word) for word in plain(text)]


def plain(text: str) -> list[str]:
    """Return all words of a text in lower case, without their places.

    Examples:
        >>> plain("Take-out: 2")
        ['take', 'out', '2']
    """
    found: list[str] = _WORD.findall(text.lower().replace("’", "'"))  # noqa: RUF001
    return found


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return what the forms of a lower-case word share; a number's value in digits.

    References:
        After Lovins, Development of a stemming algorithm, 1968: the longest suffix, once.
    """
    word = word[:_LONGEST]
    if word[:1].isdigit():
        return _plain_number(word)
    if word in _NUMBERS:
        return _NUMBERS[word]
    word = re.sub(r"['’]s?$", "", word)  # noqa: RUF001
    return _without_suffix(word) if len(word) > _SMALLEST_STEM else word


def _plain_number(word: str) -> str:
    plain = re.sub(r",(?=\d{3})", "", word)
    return re.sub(r"(\.\d*?)0+$", r"\1", plain).rstrip(".") if "." in plain else plain


def _without_suffix(word: str) -> str:
    for suffix, least in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= least:
            if not word.endswith(_KEPT):
                word = word[: -len(suffix)]
            break
    if len(word) > _SMALLEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiou":
        return word[:-1]
    return word[:-1] if len(word) > _SMALLEST_STEM and word[-1] in "ey" else word
