"""Commercial claims: promises of a response that nothing the bot was given authorises."""

from collections.abc import Callable, Sequence

from detectors.base import Evidence, Interaction, Signal
from detectors.commerce.authority import Authority
from detectors.commerce.catalogue import Catalogue, digest
from detectors.commerce.promises import Promise, promises
from detectors.commerce.sources import of_catalogue, of_interaction

# More than a person reads; the score and the count cover all.
_MAX_SPANS = 16
# These a shop must have decided to give; a price or a time may be said in passing.
_OUTRIGHT = frozenset({"discount", "refund", "promo_code", "entitlement"})


class CommercialClaims:
    """Whether a response promises what no passage, record or catalogue authorises.

    The score is 1.0, the worst, if any promise is unauthorised, and 0.0 if all are covered
    (``authorised``) or none is made (``none``). A promise is of a price, a discount, a refund (or
    credit, or voucher), a deadline, a promotion code, or an entitlement ("free upgrade",
    "lifetime access", "legally binding offer"); what the bot denies, reports, quotes, supposes, or
    only repeats of the user's words is none. An amount is covered by one of agreeing kind and
    amount, by a range around it, or by a maximum above it.

    A promise with nothing to hold it against is ``unverifiable``, and so is one whose passages or
    record were masked or cut. With a catalogue it is not: discounts, refunds, codes and
    entitlements that the catalogue lacks are unauthorised, and so are prices and deadlines if it
    lists any. If the response itself was masked or cut, an unauthorised promise still counts,
    and without one the answer is ``unscored``.

    The reasons in the evidence are ``price``, ``discount``, ``refund``, ``deadline``,
    ``promo_code`` and ``entitlement``; the passage is the one whose amount comes closest.

    Args:
        catalogue: what may always be promised, or a function that returns it as it is now.
    """

    name = "commercial_claims"

    def __init__(self, catalogue: Catalogue | Callable[[], Catalogue] | None = None) -> None:
        self._catalogue = catalogue

    @property
    def version(self) -> str:
        """Digest of the catalogue, empty without one."""
        catalogue = self._current()
        return "" if catalogue is None else digest(catalogue)

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction; a batch is judged by one catalogue."""
        catalogue = self._current()
        return [(self._judge(interaction, catalogue),) for interaction in batch]

    def _current(self) -> Catalogue | None:
        return self._catalogue() if callable(self._catalogue) else self._catalogue

    def _judge(self, interaction: Interaction, catalogue: Catalogue | None) -> Signal:
        response = interaction.response or ""
        if not response.strip():
            return self._signal(None, "unverifiable", "no response")
        found = promises(response, interaction.prompt or "")
        made = [promise for promise in found if promise.stance == "promised"]
        authority = _authority(interaction, catalogue) if made else Authority()
        open_ = [promise for promise in made if not authority.authorises(promise)]
        blamed = [promise for promise in open_ if _is_judged(promise, interaction, catalogue)]
        if blamed:
            why = f"{len(blamed)} of {len(made)} promises not authorised"
            return self._blame(1.0, "unauthorised", why, blamed, authority)
        if "response" in interaction.redacted | interaction.truncated:
            return self._signal(None, "unscored", "response redacted or cut")
        if open_:
            why = (
                "passages or context redacted or cut"
                if _has_evidence(interaction)
                else "no evidence"
            )
            return self._blame(None, "unverifiable", why, open_, authority)
        if made:
            return self._signal(0.0, "authorised", f"{len(made)} promises, all authorised")
        return self._signal(0.0, "none", "no promise")

    def _blame(
        self, score: float | None, label: str, why: str, blamed: list[Promise], authority: Authority
    ) -> Signal:
        evidence = tuple(_evidence(promise, authority) for promise in blamed[:_MAX_SPANS])
        return self._signal(score, label, why, evidence)

    def _signal(
        self, score: float | None, label: str, why: str, evidence: tuple[Evidence, ...] = ()
    ) -> Signal:
        return Signal(
            name=self.name,
            score=score,
            label=label,
            spans=tuple(item.span for item in evidence),
            explanation=why,
            evidence=evidence,
        )


def _authority(interaction: Interaction, catalogue: Catalogue | None) -> Authority:
    given = of_interaction(interaction)
    return given if catalogue is None else given | of_catalogue(catalogue)


def _is_judged(promise: Promise, interaction: Interaction, catalogue: Catalogue | None) -> bool:
    """Whether what was given would hold the promise, had it been authorised."""
    if catalogue is not None and (promise.kind in _OUTRIGHT or _lists(catalogue, promise)):
        return True
    cut = interaction.redacted | interaction.truncated
    return _has_evidence(interaction) and not cut & {"passages", "context"}


def _lists(catalogue: Catalogue, promise: Promise) -> bool:
    if promise.kind == "price":
        return bool(catalogue.prices)
    return bool(catalogue.deadlines or catalogue.refunds.within_days)


def _has_evidence(interaction: Interaction) -> bool:
    return bool(interaction.context) or any(passage.text for passage in interaction.passages)


def _evidence(promise: Promise, authority: Authority) -> Evidence:
    place = authority.closest(promise)
    if place is None:
        return Evidence(span=promise.span, reason=promise.kind)
    return Evidence(
        span=promise.span, reason=promise.kind, passage=place.passage, support=place.span
    )
