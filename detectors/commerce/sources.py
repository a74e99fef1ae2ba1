"""Where authority comes from: passages, the leaves of a record, a catalogue."""

from collections.abc import Iterator
from functools import lru_cache

from detectors.base import Interaction, Span
from detectors.commerce.authority import Authority
from detectors.commerce.catalogue import Catalogue, Money
from detectors.commerce.grants import Grant
from detectors.commerce.kinds import Kind
from detectors.commerce.leaves import leaves
from detectors.commerce.reading import Reader
from detectors.text.quantities import Kind as Measure
from detectors.text.quantities import Quantity, quantities


def of_interaction(interaction: Interaction) -> Authority:
    """Return what the passages and the record of an interaction authorise."""
    reader = Reader()
    for index, passage in enumerate(interaction.passages):
        reader.read(passage.text, str(index) if passage.id is None else passage.id)
    for leaf in leaves(interaction.context or {}):
        if leaf.kinds:
            reader.grants += (Grant(leaf.kinds, quantity) for quantity in quantities(leaf.text))
        else:
            reader.read(leaf.text)
    return reader.authority()


@lru_cache(maxsize=8)
def of_catalogue(catalogue: Catalogue) -> Authority:
    """Return what a catalogue authorises."""
    reader = Reader()
    for phrase in catalogue.entitlements:
        reader.read(phrase)
    reader.grants += _catalogued(catalogue)
    codes = frozenset(code.upper() for code in catalogue.discounts.codes)
    return reader.authority() | Authority(codes=codes)


def _catalogued(catalogue: Catalogue) -> Iterator[Grant]:
    for kind, limit in _limits(catalogue):
        yield Grant(frozenset({kind}), limit, capped=True)
    for percent in catalogue.discounts.percents:
        yield Grant(frozenset({"discount"}), _quantity("percent", percent, percent, "%"))
    for price in catalogue.prices:
        quantity = _quantity("money", price.amount, price.amount, price.currency)
        product = frozenset(price.product.lower().split())
        yield Grant(frozenset({"price"}), quantity, product=product)
    yield from _deadlines(catalogue)


def _limits(catalogue: Catalogue) -> Iterator[tuple[Kind, Quantity]]:
    discounts, refunds = catalogue.discounts, catalogue.refunds
    if discounts.max_percent is not None:
        yield "discount", _quantity("percent", 0.0, discounts.max_percent, "%")
    if discounts.max_amount is not None:
        yield "discount", _up_to(discounts.max_amount)
    if refunds.max_amount is not None:
        yield "refund", _up_to(refunds.max_amount)


def _up_to(money: Money) -> Quantity:
    return _quantity("money", 0.0, money.amount, money.currency)


def _deadlines(catalogue: Catalogue) -> Iterator[Grant]:
    days = catalogue.refunds.within_days
    if days is not None:
        yield _until("refund", _quantity("duration", 24.0 * days, 24.0 * days, "h"))
    for deadline in catalogue.deadlines:
        for quantity in quantities(deadline.within):
            if quantity.kind == "duration":
                yield _until(deadline.about, quantity)


def _until(about: str, quantity: Quantity) -> Grant:
    return Grant(frozenset({"deadline"}), quantity, capped=True, topics=frozenset({about}))


def _quantity(measure: Measure, low: float, high: float, unit: str) -> Quantity:
    return Quantity(measure, low, high, unit, Span(0, 0))
