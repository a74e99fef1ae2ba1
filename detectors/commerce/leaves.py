"""The leaves of a record as sentences: ``{"refund": {"amount": 5}}`` is "refund amount: 5"."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from detectors.commerce.kinds import Kind

_I = re.VERBOSE | re.IGNORECASE

# A record is a few screens of JSON; beyond it an event could hold up its partition.
_MAX_LEAVES = 1_000
_MAX_DEPTH = 8
_MAX_KEY = 120
_MAX_VALUE = 20_000
# Beyond it (or not finite) a number is no amount of anything.
_MAX_NUMBER = 1e15

_DISCOUNT = re.compile(r"discount|rebate|voucher|coupon|\boff\b", _I)
_REFUND = re.compile(r"refund|reimburs|compensat|credit|voucher|coupon|cash-?back|goodwill", _I)
_EITHER = re.compile(r"\b(?:amount|value|sum|balance)\b", _I)
_MONEY = re.compile(
    r"""
    \b(?:price|cost|fee|fare|total|paid|amount|value|sum|balance|refund\w*|credit\w*|compensation
      |voucher|cash-?back|discount\w*|rebate|rate|charge|budget|reimburs\w+|deposit|usd|eur|gbp)\b
    """,
    _I,
)
_TIME = re.compile(r"\b(?P<unit>(?:minute|min|hour|day|week|month|year)s?)\b", _I)
_PERCENT = re.compile(r"\b(?:percent\w*|pct)\b", _I)
_CURRENCY = re.compile(r"\b(?P<code>usd|eur|gbp|jpy|inr|chf|cad|aud)\b", _I)
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.\s]+")


class Leaf(NamedTuple):
    """One leaf; ``kinds`` says what a number is of, and is empty for all that reads as text."""

    text: str
    kinds: frozenset[Kind] = frozenset()


def leaves(record: Mapping[str, Any]) -> Iterator[Leaf]:
    """Return the leaves of a record, in order, with the units that their keys give them."""
    left = _MAX_LEAVES
    todo: list[tuple[str, Any, str, int]] = [("", record, "", 0)]
    while todo and left:
        path, value, currency, depth = todo.pop()
        if not isinstance(value, Mapping | list | tuple):
            left -= 1
            yield from _leaf(path, value, currency)
        elif depth < _MAX_DEPTH:
            items, currency = _items(path, value, currency)
            todo += [(key, item, currency, depth + 1) for key, item in items[:left][::-1]]


def _items(path: str, value: Any, currency: str) -> tuple[list[tuple[str, Any]], str]:
    if not isinstance(value, Mapping):
        return [(path, item) for item in value], currency
    said = value.get("currency")
    items = [(f"{path} {_words(key)}".strip(), item) for key, item in value.items()]
    return items, said if isinstance(said, str) else currency


def _words(key: Any) -> str:
    return _JOINT.sub(" ", str(key)[:_MAX_KEY]).strip()


def _leaf(path: str, value: Any, currency: str) -> Iterator[Leaf]:
    if isinstance(value, bool):
        if value:
            yield Leaf(f"{path}: yes")
    elif isinstance(value, int | float):
        if abs(value) < _MAX_NUMBER:
            yield from _number(path, float(value), currency)
    elif value is not None:
        yield Leaf(f"{path}: {str(value)[:_MAX_VALUE]}")


def _number(path: str, value: float, currency: str) -> Iterator[Leaf]:
    shown = f"{value:.12g}"
    time = _TIME.search(path)
    if time:
        yield Leaf(f"{path}: {shown} {time['unit']}")
    elif _PERCENT.search(path):
        yield Leaf(f"{path} discount: {shown} %")
    elif _MONEY.search(path):
        code = _CURRENCY.search(path)
        unit = code["code"].upper() if code else currency.upper()
        yield Leaf(f"{path}: {shown} {unit}".rstrip(), _kinds(path))
        if value == 0:
            yield Leaf(f"{path}: free")
        if 0 < value < 1 and _DISCOUNT.search(path):
            yield Leaf(f"{path}: {100 * value:.12g} %")


def _kinds(path: str) -> frozenset[Kind]:
    """Return what a key says its number is of; a bare "amount" may be of anything."""
    found: set[Kind] = set()
    found |= {"discount"} if _DISCOUNT.search(path) else set()
    found |= {"refund"} if _REFUND.search(path) else set()
    if not found:
        found = {"price", "refund", "discount"} if _EITHER.search(path) else {"price"}
    return frozenset(found)
