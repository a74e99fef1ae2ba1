"""Whether a quantity that a text states is the one that a record holds."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from detectors.base import Span
from detectors.record.fields import Field
from detectors.record.terms import stems
from detectors.text.quantities import Quantity, quantities

_UNITS = {
    **{
        next(iter(stems(word))): word
        for word in [
            "seconds",
            "minutes",
            "hours",
            "days",
            "nights",
            "weeks",
            "months",
            "years",
            "kg",
            "grams",
            "oz",
            "lb",
            "km",
            "miles",
            "cm",
            "mm",
            "inches",
            "gb",
            "mb",
            "tb",
            "percent",
            "usd",
            "eur",
            "gbp",
            "liters",
        ]
    },
    "pct": "percent",
    "min": "minutes",
    "hr": "hours",
}
UNITS = frozenset(_UNITS)
_SHARES = stems("discount rate tax percent interest tip commission share")
_MONEY = stems("price cost total amount balance fee tax refund charge payment deposit discount")
# What is counted or rated has no price.
_COUNTED = stems(
    "star score review seat quantity count number item id year age size weight height width "
    "bag guest room night passenger"
)
_DATES = stems("date on at deadline day expiry")
_NEARLY = stems("about around approximately roughly nearly almost circa")
_MORE = stems("over more above least exceed exceeds exceeding from starting")
_LESS = stems("under less below most up within")
_TOLERANCE = 0.1
# A string that is a number, perhaps with its scale or unit; not an address or a code.
_PLAIN = re.compile(
    r"\s*[-+]?\d[\d.,]*\s*(?:(?:/|out of)\s*\d+)?\s*(?:[a-z]{1,10})?\s*", re.IGNORECASE
)
_DECIMALS = re.compile(r"\.(\d+)")


class Said(NamedTuple):
    """A quantity of a text, as it stands there, and the words before it."""

    quantity: Quantity
    surface: str
    hedges: frozenset[str]


def compare(said: Said, field: Field) -> bool | None:
    """Return whether a field has this value; ``None`` where the two are of different kinds."""
    if field.value is None:
        return False if _is_asked(said.quantity, field.terms) else None
    if isinstance(field.value, list | tuple):
        return _count(said.quantity, len(field.value))
    outcomes = [
        _within(said, true)
        for true in _true(field)
        if _comparable(said.quantity, true, field.terms)
    ]
    return any(outcomes) if outcomes else None


def _is_asked(said: Quantity, terms: Sequence[str]) -> bool:
    """Whether an empty field could have held such a quantity."""
    kinds = {"money": _MONEY, "date": _DATES, "percent": _SHARES}.get(said.kind, frozenset())
    return not kinds.isdisjoint(terms)


def _count(said: Quantity, length: int) -> bool | None:
    """Compare a number with the length of a list; of three one may tell of two."""
    if said.kind != "number" or said.unit or said.low < length:
        return None
    return said.low == length


def _true(field: Field) -> tuple[Quantity, ...]:
    # A key ends in its unit, unless the unit is what the price is for: "price_per_night".
    unit = "" if "per" in field.terms else _UNITS.get(field.terms[-1], "")
    value = field.value
    if isinstance(value, str):
        found = quantities(f"{value} {unit}" if unit and value[-1:].isdigit() else value)
        return found if _PLAIN.fullmatch(value) else tuple(q for q in found if q.kind != "number")
    found = quantities(f"{float(value):.10g} {unit}") if unit else ()
    return found or (Quantity("number", float(value), float(value), "", Span(0, 0)),)


def _comparable(said: Quantity, true: Quantity, terms: Sequence[str]) -> bool:
    if "st" in {said.unit, true.unit}:
        return False
    if said.kind == true.kind:
        return said.unit == true.unit or said.kind != "measure"
    if true.kind == "number" and said.kind in {"money", "percent"}:
        is_share = abs(true.low) <= 1 and not _SHARES.isdisjoint(terms)
        return _COUNTED.isdisjoint(terms) and not (said.kind == "money" and is_share)
    return said.kind == "number" and true.kind in {"money", "percent"}


def _within(said: Said, true: Quantity) -> bool:
    quantity, value = said.quantity, true.low
    if quantity.agrees(true) or quantity.kind in {"time", "date"}:
        return quantity.agrees(true)
    if quantity.unit != true.unit and "" not in {quantity.unit, true.unit}:
        return False
    if quantity.kind == "percent" and true.kind == "number" and abs(value) <= 1:
        value *= 100
    if quantity.low < quantity.high:
        return quantity.low <= value <= quantity.high
    if said.hedges & _MORE or said.surface.endswith("+"):
        return value >= quantity.low
    if said.hedges & _LESS:
        return value <= quantity.low
    slack = _TOLERANCE * abs(value) if said.hedges & _NEARLY else _rounding(said, value)
    return abs(value - quantity.low) <= slack


def _rounding(said: Said, value: float) -> float:
    """Return by how much a value may be off that is written with so many digits."""
    exact = 1e-6 * max(1.0, abs(value))
    if value == int(value) or said.quantity.kind not in {"number", "percent", "money"}:
        return exact
    decimals = _DECIMALS.search(said.surface)
    return 0.5 * 10.0 ** -len(decimals[1] if decimals else "") - exact
