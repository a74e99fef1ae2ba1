"""Words in one form, so that ``OutdoorSeating``, "outdoor seating" and "a patio" meet."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# A key longer than this is no name but data.
_MAX_KEY = 64

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,;:?()–—\n]|-(?=[\s-])")  # noqa: RUF001
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")

# Of each line the first is the term; the others are other words for it.
# Two words stand for what is written together, apart, or with a hyphen.
_SYNONYMS = """
wifi: wi-fi, wireless, internet
takeout: take-out, take-away, takeaway, carry-out, carryout, pick-up, pickup
delivery: deliver
reservation: reserve, book
patio: outdoor-seating, outside-seating, outdoor-dining, alfresco, terrace
garage: parkade
wheelchair: handicap
ambience: ambiance, atmosphere, vibe, decor, setting, environment
kid: child, children, family
drivethru: drive-thru, drive-through, drive-throughs
smoke: smoker
dog: pet
review: reviewer
price: cost, fare
cancel: cancellation
renew: renewal
arrive: arrival
depart: departure
required: needed, necessary, mandatory
cabin: class
ship: shipment, dispatch
autorenew: auto-renew, auto-renewal, automatic-renewal, automatically-renew, renew-automatically
waterproof: water-proof, water-resistant
nonstop: non-stop
tv: television
payment: pay
total: sum
address: locate, location
phone: telephone, tel
outfor: out-for
outfordelivery: outfor-delivery
intransit: in-transit
ontime: on-time
onhold: on-hold
pastdue: past-due, overdue
fullbar: full-bar
beerand: beer-and
beerandwine: beerand-wine
premiumeconomy: premium-economy
annual: yearly, annually
month: monthly
attire: dress-code
trial: trialing, trialling
"""


class Token(NamedTuple):
    """One word or mark of a text: its characters and its term."""

    start: int
    end: int
    term: str


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Return the words and marks of a part of a text, two words of one meaning as one."""
    found: list[Token] = []
    first = ""  # of a pair, where the last word may be that
    for match in _WORD.finditer(text, start, end):
        word, term, opens = _read(match[0])
        pair = _PAIRS.get((first, word)) if first else None
        if pair:
            found[-1] = Token(found[-1].start, match.end(), pair)
            first = pair if pair in _FIRSTS else ""
        else:
            found.append(Token(*match.span(), term))
            first = word if opens else ""
    return found


@lru_cache(maxsize=16384)
def _read(surface: str) -> tuple[str, str, bool]:
    """Return the stem of a word, its term, and whether it may open a pair."""
    word = stem(surface.lower())
    return word, _WORDS.get(word, word), word in _FIRSTS


def stems(words: str) -> frozenset[str]:
    """Return the stems of words that stand in a table, parted by spaces."""
    return frozenset(stem(word) for word in words.split())


@lru_cache(maxsize=4096)
def terms(key: str) -> tuple[str, ...]:
    """Return the words of a key, ``camelCase`` and ``snake_case`` taken apart.

    Examples:
        >>> terms("RestaurantsTakeOut"), terms("outdoor_seating")
        (('restaurant', 'takeout'), ('patio',))
    """
    return words_of(key[:_MAX_KEY])


def words_of(value: str) -> tuple[str, ...]:
    """Return the words of a value that is written like a key: ``OutForDelivery``."""
    words = _HUMP.sub(" ", value)
    return tuple(token.term for token in tokens(words, 0, len(words)) if token.term.isalnum())


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """Cut what inflects an English word; the rest need be no word, only the same each time."""
    word = word.replace("’", "'").removesuffix("'s")  # noqa: RUF001
    for ending, rest, least in _ENDINGS:
        if word.endswith(ending) and len(word) >= least:
            word = word.removesuffix(ending) + rest
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdglmnprt":  # noqa: PLR2004
        word = word[:-1]
    # "noted" and "note" must not become "not".
    return word.removesuffix("e") if len(word) > 4 else word  # noqa: PLR2004


_ENDINGS = (
    ("sses", "ss", 6),
    ("ies", "y", 5),
    ("ss", "ss", 0),
    ("us", "us", 0),
    ("is", "is", 0),
    ("ings", "", 7),
    ("s", "", 4),
    ("ing", "", 7),
    ("ing", "e", 6),
    ("ied", "y", 5),
    ("eed", "eed", 0),
    ("ed", "", 6),
    ("ed", "e", 5),
)


def _synonyms() -> Iterator[tuple[tuple[str, ...], str]]:
    for line in _SYNONYMS.split("\n"):
        term, _, others = line.partition(": ")
        for other in filter(None, others.split(", ")):
            yield tuple(map(stem, other.split("-"))), stem(term)


_WORDS = {words[0]: term for words, term in _synonyms() if len(words) == 1}
_PAIRS = {(words[0], words[1]): term for words, term in _synonyms() if len(words) > 1}
_FIRSTS = frozenset(first for first, _ in _PAIRS)
