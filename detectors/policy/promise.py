"""Rules of kind ``promise``: how much a bot may offer on its own word."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from detectors.commerce.benefits import Benefit
from detectors.commerce.promises import Promise, promises
from detectors.commerce.trade import Amount
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, each, hit

_Of = Literal["discount", "refund", "price", "deadline", "promo_code", "entitlement"]
_UNITLESS = frozenset({"promo_code", "entitlement"})
_MEMO = "promises"


class PromiseBound(Rule, frozen=True, tag="promise"):
    """Forbids promises of a kind, or those above ``max`` in ``unit``.

    A promise is what the bot gives its word for: an offer, not what it denies, reports, quotes,
    supposes, or repeats of the user's own request. ``unit`` is ``percent``, an ISO 4217 code, or
    ``days``. ``qualities`` are the entitlements that are meant: ``free``, ``lifetime``,
    ``binding``, ``guaranteed``; all if empty.
    """

    of: _Of
    max: Annotated[float, Meta(ge=0)] | None = None
    unit: Annotated[str, Meta(pattern="^([A-Z]{3}|percent|days)$")] | None = None
    qualities: tuple[str, ...] = ()

    def compile(self, kit: Kit) -> Check:
        """Check that the bound can be held against such promises."""
        del kit
        if (self.max is None) != (self.unit is None):
            raise RuleError("max and unit go together", "max" if self.unit is None else "unit")
        if self.max is not None and self.of in _UNITLESS:
            raise RuleError(f"{self.of} has no amount", "max")
        return Bound(self)


class Bound:
    """Reads the promises of a text."""

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: PromiseBound) -> None:
        self._rule = rule

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Read each part."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        made = _read(part)
        return hit(sorted({p.span for p in made if p.stance == "promised" and self._is_over(p)}))

    def _is_over(self, promise: Promise) -> bool:
        rule = self._rule
        if promise.kind != rule.of:
            return False
        if isinstance(promise.what, Benefit):
            return not rule.qualities or promise.what.quality in rule.qualities
        if rule.max is None or not isinstance(promise.what, Amount):
            return True
        quantity = promise.what.quantity
        if rule.unit == "days":
            days = {"h": 1 / 24, "month": 30.0}.get(quantity.unit)
            return days is not None and quantity.high * days > rule.max
        unit = "%" if rule.unit == "percent" else rule.unit
        return quantity.unit == unit and quantity.high > rule.max


def _read(part: Part) -> tuple[Promise, ...]:
    """Return the promises of a part, read once for all rules."""
    if _MEMO not in part.memo:
        asked = part.interaction.prompt if part.kind == "response" else None
        part.memo[_MEMO] = promises(part.text, asked or "")
    made: tuple[Promise, ...] = part.memo[_MEMO]
    return made
