"""Grants: amounts that may be promised, and which promises each covers."""

import math
from typing import NamedTuple

from detectors.base import Span
from detectors.commerce.deadlines import WINDOWS
from detectors.commerce.kinds import Kind
from detectors.commerce.promises import Promise
from detectors.text.quantities import Quantity

# A third is 33 % as well as 33.3 %.
_NEAR = 0.5


class Place(NamedTuple):
    """Where an authorisation stands: a span of a passage, by its id or position."""

    passage: str
    span: Span


class Grant(NamedTuple):
    """One amount that may be promised; ``capped`` lets less pass too.

    ``topics`` are of a deadline, and ``product`` has the words of a price's.
    """

    kinds: frozenset[Kind]
    quantity: Quantity
    capped: bool = False
    topics: frozenset[str] = frozenset()
    product: frozenset[str] = frozenset()
    place: Place | None = None

    def covers(self, promise: Promise, wanted: Quantity) -> bool:
        """Whether a promise of a quantity is covered: equal, within a range, or below a cap."""
        if promise.kind not in self.kinds or not _comparable(wanted, self.quantity):
            return False
        if _agree(wanted, self.quantity):
            return promise.kind != "deadline" or self._is_about(promise)
        if not self.capped:
            return False
        if promise.kind != "deadline":
            return wanted.high <= self.quantity.high
        return self._is_about(promise) and self._is_in_time(promise, wanted)

    def _is_about(self, promise: Promise) -> bool:
        return not self.topics or not promise.topics or bool(self.topics & promise.topics)

    def _is_in_time(self, promise: Promise, wanted: Quantity) -> bool:
        """Whether a deadline keeps another: of "within 7 days" a shorter one promises more."""
        if wanted.kind != "duration":
            return False
        if promise.topics and promise.topics <= WINDOWS:
            return wanted.high <= self.quantity.high
        return self.quantity.low == self.quantity.high == wanted.high


def _comparable(one: Quantity, other: Quantity) -> bool:
    if {one.kind, other.kind} & {"date", "time"} and one.kind != other.kind:
        return False
    return one.unit == other.unit or "" in {one.unit, other.unit}


def _agree(wanted: Quantity, given: Quantity) -> bool:
    if wanted.agrees(given) or _is_third(wanted, given):
        return True
    return given.low < given.high and given.low <= wanted.low and wanted.high <= given.high


def _is_third(wanted: Quantity, given: Quantity) -> bool:
    return (
        wanted.kind == given.kind == "percent"
        and wanted.low == wanted.high
        and not float(wanted.low).is_integer()
        and math.isclose(wanted.low, given.low, abs_tol=_NEAR)
    )
