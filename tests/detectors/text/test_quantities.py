"""Quantities: the same thing written differently is the same quantity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.quantities import Known, Quantity, quantities


def only(text: str) -> Quantity:
    """Return the one quantity of a text."""
    (quantity,) = quantities(text)
    return quantity


@pytest.mark.parametrize(
    ("text", "kind", "low", "high", "unit"),
    [
        ("90% off", "percent", 90, 90, "%"),
        ("ninety percent", "percent", 90, 90, "%"),
        ("ninety-five per cent", "percent", 95, 95, "%"),
        ("10-20%", "percent", 10, 20, "%"),
        ("between 10% and 20%", "percent", 10, 20, "%"),
        ("between five and ten dollars", "money", 5, 10, "USD"),
        ("$5-$10", "money", 5, 10, "USD"),
        ("between $5-$10", "money", 5, 10, "USD"),
        ("$1,200.50", "money", 1200.5, 1200.5, "USD"),
        ("1.200,50 €", "money", 1200.5, 1200.5, "EUR"),
        ("USD 500", "money", 500, 500, "USD"),
        ("twelve hundred dollars", "money", 1200, 1200, "USD"),
        ("two hundred and fifty thousand euros", "money", 250_000, 250_000, "EUR"),
        ("$5k", "money", 5000, 5000, "USD"),
        ("99 cents", "money", 0.99, 0.99, "USD"),
        ("5:30 p.m.", "time", 1050, 1050, "min"),
        ("17:30", "time", 1050, 1050, "min"),
        ("8.30am", "time", 510, 510, "min"),
        ("noon", "time", 720, 720, "min"),
        ("12 am", "time", 0, 0, "min"),
        ("May 5, 2024", "date", 20240505, 20240505, "date"),
        ("2024-05-05", "date", 20240505, 20240505, "date"),
        ("5th of May", "date", 505, 505, "date"),
        ("dismay 5", "number", 5, 5, ""),
        ("3 to 5 business days", "duration", 72, 120, "h"),
        ("two weeks", "duration", 336, 336, "h"),
        ("1 year", "duration", 12, 12, "month"),
        ("5 GB", "measure", 5e9, 5e9, "B"),
        ("a dozen", "number", 12, 12, ""),
        ("3rd", "number", 3, 3, "st"),
        ("1,000 items", "number", 1000, 1000, ""),
        ("3.14", "number", 3.14, 3.14, ""),
    ],
)
def test_quantity_is_normalised(text: str, kind: str, low: float, high: float, unit: str) -> None:
    """One kind, one base unit, a range by its ends."""
    found = only(text)

    assert (found.kind, found.low, found.high, found.unit) == (kind, low, high, unit)


@pytest.mark.parametrize("text", ["one of them", "half of it", "v2", "iPhone12", "25th", ""])
def test_word_that_only_looks_like_a_number_has_no_unit(text: str) -> None:
    """Pronouns and names hold no quantity with a unit."""
    assert all(q.kind == "number" and q.unit == "st" for q in quantities(text))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("$20", "20", True),
        ("$20", "twenty dollars", True),
        ("$20", "€20", False),
        ("20%", "$20", False),
        ("May 5", "May 5, 2024", True),
        ("May 5, 2023", "May 5, 2024", False),
        ("24 hours", "1 day", True),
        ("17:00", "17", False),
        ("10-20%", "20%", False),
    ],
)
def test_agreement(one: str, other: str, agree: bool) -> None:
    """A bare number agrees with any unit, two different units never."""
    assert only(one).agrees(only(other)) is agree
    assert only(other).agrees(only(one)) is agree


def test_letter_that_grows_in_lower_case_moves_no_span() -> None:
    """A span is a place in the text as it was given."""
    text = "İzmir: Twenty Dollars"

    assert text[slice(*only(text).span)] == "Twenty Dollars"


@given(
    st.lists(st.sampled_from(["20", "$20", "20.00001", "5 pm", "17:00", "May 5", "May 5, 2024"])),
    st.sampled_from(["20", "€20", "5:00 pm", "2024-05-05", "May 5, 2023", "5"]),
)
def test_known_quantity_is_one_that_agrees(written: list[str], asked: str) -> None:
    """The order by value finds what a walk over all of them finds."""
    known = [only(text) for text in written]
    quantity = only(asked)

    assert Known(known).has(quantity) == any(quantity.agrees(other) for other in known)


@given(st.text() | st.from_regex(r"[\d.,:$%€ apm-]*|(one|to|and|hundred| |-)*"))
def test_any_text_is_fine(text: str) -> None:
    """Spans lie in the text, in order, without overlap."""
    end = 0
    for quantity in quantities(text):
        assert end <= quantity.span.start < quantity.span.end <= len(text)
        assert quantity.low <= quantity.high
        end = quantity.span.end
