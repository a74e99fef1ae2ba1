"""What is promised without an amount: free things, waived fees, guarantees, binding offers."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from detectors.base import Span

_I = re.VERBOSE | re.IGNORECASE

# What a shop, an airline or a subscription gives away; first its name, then its forms.
_NAMES = {
    form.replace("_", " "): line.split()[0]
    for line in (
        *("shipping delivery deliveries postage dispatch shipment", "return returns returned"),
        *("upgrade upgrades upgraded upgrading", "gift gifts present presents goodie goodies"),
        *("month months", "year years", "week weeks", "trial trials", "access", "parking"),
        *("replacement replacements replaced replace", "repair repairs repaired", "plan"),
        *("subscription subscriptions", "membership memberships", "warranty warranties"),
        *("support", "ticket tickets flight flights", "sample samples", "night nights stay"),
        *("exchange exchanges exchanged", "installation setup assembly", "drink drinks coffee"),
        *("cancellation cancellations cancel cancelled canceled rebooking", "wifi wi-fi wi_fi"),
        *("change changes changed", "collection collect collected pickup"),
        *("meal meals breakfast lunch dinner", "item items product products accessories"),
    )
    for form in line.split()
}
_THING = "(?:" + "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True)) + ")"
_FREE = r"(?:free|complimentary|gratis)"
_FEE = r"(?:fees?|charges?|costs?|surcharges?)"
_NO_CHARGE = r"""(?:free\ of\ (?:any\ )?(?:charge|cost)|(?:at|for)\ no\ (?:\w+\ )?(?:cost|charge)
  |without\ (?:any\ )?(?:charge|extra\ cost)|for\ free\b
  |on\ the\ house\b(?!\ (?!for|if|when|today|this|and|with)\w)|(?-i:on\ us)\b(?!\ (?:to|for)))"""
# After "free", these are no gift: "free from", "free agent", "free time".
_NO_GIFT = r"""(?:of|from|to|and|or|for|in|on|as|at|hand|reign|rein|time|space|will|market|trade
  |press|speech|agents?|kick|throw|radicals?|range|choice|use|account|but|with|until|if|when|standing|fall
  |ride|pass|is|are|it|service|online|play)\b"""

_BENEFIT = re.compile(
    rf"""
    \b(?:
      (?P<bogo>buy\ (?:one|1|two|2),?\ (?:and\ )?get\ (?:one|1|another)(?:\ (?:for\ )?free)?|bogo
        |(?:two|2|three|3)[ -]for[ -](?:one|1|two|2)\b
        |(?:two|2|three|3)\ for\ the\ price\ of\ (?:one|1|two|2))
    | (?P<binding>(?:legally\ )?binding\ (?:offer|agreement|commitment|contract|promise)
        |legally\ binding|contractual\ (?:commitment|obligation)
        |hereby\ (?:agree|guarantee|promise|commit)\b)
    | (?P<guarantee>(?:price[ -]match(?:ing)?|(?:best|lowest|low)[ -]price|money[ -]back
        |satisfaction)\ guarantee)
    | (?P<lifetime>(?P<how_long>lifetime|life-long|lifelong|unlimited)
        \ (?:(?:free|full|premium|unlimited|of)\ )?
        (?P<kept>{_THING}|guarantee|updates?|discounts?)\b)
    | (?P<waived>waiv(?:e|ed|es|ing)\ (?:[\w-]++\ ){{0,4}}?{_FEE}\b
        |{_FEE}\ (?:is|are|was|will\ be|has\ been|have\ been|can\ be)\ (?:\w+\ )?waived\b)
    | (?P<no_charge>{_NO_CHARGE})
    | (?P<is_free>{_THING}\ (?:(?!not\b|and\b|or\b)[\w'-]++\ ){{0,3}}?(?:is|are|will\ be|comes?|'s)
        \ (?:\w+ly\ |now\ |also\ |always\ )?{_FREE}(?!-|\ (?:of|from)\b))
    | (?P<time_free>[\w-]++\ (?:months?|weeks?|years?|nights?)\ (?:for\ )?free\b(?!\ of\b))
    | (?:is|be|are)\ (?P<none>no\ (?:\w+\ )?{_FEE})\ (?:for|to)\b
    | (?P<given>{_FREE}\ (?:(?!{_NO_GIFT})[\w'-]++\ ){{0,2}}?{_THING}\b)
    | (?:gets?|receive|have|(?:give|send|offer)\ you|add|throw\ in|with|take|your)
        \ (?:(?:an?|one|two|some|your|our|the)\ )?
        (?P<gift>{_FREE}\ (?!{_NO_GIFT})(?P<what>[\w'-]++))
    )
    """,
    _I,
)
# "Perfume-free" frees nobody of a payment.
_HYPHENED = re.compile(r"\w-$")
_FREE_WORD = re.compile(rf"(?<![\w-])(?:{_FREE}|waived?|{_NO_CHARGE})(?!-)\b", _I)
_FORM = re.compile(rf"\b{_THING}\b", _I)
_FEE_OF = re.compile(rf"(?P<of>[\w-]+)\ {_FEE}\b", _I)
_ANY = frozenset(
    ("all", "the", "any", "your", "those", "these", "this", "that", "our", "no", "every", "extra")
)
# As far before "waived" as its fee is looked for, in characters.
_REACH = 40


class Benefit(NamedTuple):
    """A benefit: its quality, what it is of (empty if that is not said), where it is written.

    The quality is ``free``, ``waived``, ``lifetime``, ``unlimited``, ``bogo``, ``binding`` or
    ``guarantee``.
    """

    quality: str
    thing: str
    span: Span


def benefits(text: str) -> Iterator[Benefit]:
    """Return the benefits of a sentence, in order."""
    for match in _BENEFIT.finditer(text):
        if not _HYPHENED.search(text, max(0, match.start() - 2), match.start()):
            yield _benefit(text, match)


def is_free(text: str) -> bool:
    """Whether a sentence says of anything that it costs nothing."""
    return _FREE_WORD.search(text) is not None


def things(text: str) -> list[str]:
    """Return what a sentence names that may be given, in order."""
    return [_name(match[0]) for match in _FORM.finditer(text)]


def is_thing(name: str) -> bool:
    """Whether a benefit's thing is one of those known by name."""
    return name in _NAMES


def _benefit(text: str, match: "re.Match[str]") -> Benefit:
    for name in ("none", "gift"):
        if match[name]:
            thing = _name(match["what"]) if name == "gift" else _first(text[match.end() :])
            return Benefit("free", thing, Span(*match.span(name)))
    quality, thing = _told(text, match)
    return Benefit(quality, thing, Span(*match.span()))


def _told(text: str, match: "re.Match[str]") -> tuple[str, str]:
    match match.lastgroup:
        case "bogo" | "binding" as quality:
            return quality, ""
        case "guarantee" as quality:
            return quality, re.split("[ -]", match[0].lower())[0]
        case "lifetime":
            return match["how_long"].lower(), _name(match["kept"])
        case "waived" as quality:
            return quality, _fee(text, match)
        case "no_charge":
            return "free", next(iter(things(text[: match.start()])[::-1]), "")
        case _:
            return "free", _first(match[0])


def _name(form: str) -> str:
    return _NAMES.get(form.lower(), form.lower())


def _first(text: str) -> str:
    match = _FORM.search(text)
    return _name(match[0]) if match else ""


def _fee(text: str, match: "re.Match[str]") -> str:
    """Return whose fee is waived: "waive the cancellation fee"."""
    named = _FEE_OF.search(text, max(0, match.start() - _REACH), match.end())
    return "" if named is None or named["of"].lower() in _ANY else _name(named["of"])
