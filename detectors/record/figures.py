"""Quantities of a sentence as they are meant: "1 hour 35 minutes" is one, "4 and a half" too."""

import re
from collections.abc import Iterable, Iterator

from detectors.base import Span
from detectors.record.terms import stems
from detectors.text.quantities import Quantity, quantities

_NUMBERS = stems(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million dozen half noon midday midnight"
)
_HALF = re.compile(r"[ -]and[ -]a[ -]half\b", re.IGNORECASE)
_JOINT = len(" and ")


def figures(text: str) -> Iterator[Quantity]:
    """Yield the quantities of a short text, in order."""
    yield from _merged(_halved(text, found) for found in quantities(text))


def has_figure(terms: frozenset[str]) -> bool:
    """Whether a sentence of these terms can hold a quantity; it is much cheaper than to look."""
    return not terms.isdisjoint(_NUMBERS) or any(term[0].isdigit() for term in terms)


def _merged(found: Iterable[Quantity]) -> Iterator[Quantity]:
    """Add up "1 hour 35 minutes"."""
    last: Quantity | None = None
    for item in found:
        if last and _continues(last, item):
            low, high = last.low + item.low, last.high + item.high
            last = last._replace(low=low, high=high, span=Span(last.span.start, item.span.end))
            continue
        if last:
            yield last
        last = item
    if last:
        yield last


def _continues(last: Quantity, item: Quantity) -> bool:
    near = item.span.start - last.span.end <= _JOINT
    return near and last.kind == item.kind == "duration" and item.high < last.low


def _halved(part: str, quantity: Quantity) -> Quantity:
    """Read on in "three and a half stars"."""
    half = _HALF.match(part, quantity.span.end)
    if half is None or quantity.kind != "number":
        return quantity
    span = Span(quantity.span.start, half.end())
    return quantity._replace(low=quantity.low + 0.5, high=quantity.high + 0.5, span=span)
