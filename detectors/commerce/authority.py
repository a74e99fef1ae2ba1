"""What a bot was authorised to promise, and whether a promise is covered by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from detectors.commerce.benefits import Benefit, is_free, is_thing
from detectors.commerce.codes import Code
from detectors.commerce.grants import Grant, Place
from detectors.commerce.promises import Promise
from detectors.commerce.trade import Amount
from detectors.text.quantities import Quantity

# "A full refund" is one of all percent.
_ALL = 100.0
_NO = re.compile(r"\b(?:not|no)\b|n't", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Authority:
    """All that may be promised; ``texts`` are the sentences that it was read from."""

    grants: tuple[Grant, ...] = ()
    benefits: frozenset[tuple[str, str]] = frozenset()
    codes: frozenset[str] = frozenset()
    texts: tuple[str, ...] = field(default=(), repr=False)

    def __or__(self, other: "Authority") -> "Authority":
        return Authority(
            self.grants + other.grants,
            self.benefits | other.benefits,
            self.codes | other.codes,
            self.texts + other.texts,
        )

    def authorises(self, promise: Promise) -> bool:
        """Whether a promise is covered."""
        what = promise.what
        if isinstance(what, Code):
            return what.code in self.codes or self._names(what.code)
        if isinstance(what, Benefit):
            return self._gives(what) or self._calls_free(what)
        if any(grant.covers(promise, what.quantity) for grant in self._about(promise)):
            return True
        return promise.kind == "refund" and self._pays_in_full(what.quantity)

    def closest(self, promise: Promise) -> Place | None:
        """Return where the amount of the same kind stands that comes closest."""
        if not isinstance(promise.what, Amount):
            return None
        wanted = promise.what.quantity
        near = [
            (abs(grant.quantity.high - wanted.high), index, grant.place)
            for index, grant in enumerate(self.grants)
            if grant.place is not None
            and promise.kind in grant.kinds
            and grant.quantity.kind == wanted.kind
        ]
        return min(near)[2] if near else None

    def _about(self, promise: Promise) -> Iterator[Grant]:
        """Leave out the prices of other products, if the sentence names one of the catalogue."""
        words = frozenset(promise.sentence.lower().split())
        named = any(grant.product and grant.product <= words for grant in self.grants)
        for grant in self.grants:
            if not named or grant.product <= words:
                yield grant

    def _pays_in_full(self, quantity: Quantity) -> bool:
        """Whether refunds are in full, and a record has the amount as what was paid."""
        full = any(
            grant.quantity.kind == "percent" and grant.quantity.high >= _ALL
            for grant in self.grants
            if "refund" in grant.kinds
        )
        return full and any(
            grant.place is None and "price" in grant.kinds and quantity.agrees(grant.quantity)
            for grant in self.grants
        )

    def _names(self, code: str) -> bool:
        word = re.compile(rf"(?<![\w-]){re.escape(code)}(?![\w-])", re.IGNORECASE)
        return any(word.search(text) for text in self.texts)

    def _gives(self, benefit: Benefit) -> bool:
        quality, thing, _ = benefit
        if quality in {"free", "waived"} and not thing:
            return any(given == quality for given, _ in self.benefits)
        waived = quality == "waived" and ("free", thing) in self.benefits
        return waived or (quality, thing) in self.benefits

    def _calls_free(self, benefit: Benefit) -> bool:
        """Whether a sentence calls free what has no name of its own here: "a free tent"."""
        quality, thing, _ = benefit
        if quality not in {"free", "waived"} or not thing or is_thing(thing):
            return False
        word = re.compile(rf"\b{re.escape(thing)}", re.IGNORECASE)
        return any(
            is_free(text) and word.search(text) and not _NO.search(text) for text in self.texts
        )
