"""What a sentence states: its quantities as they are meant, and what it denies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.statements import Statement, content, statements


def only(text: str) -> Statement:
    """Return the one statement of a text."""
    (statement,) = statements(text, 2)
    return statement


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("5 days", "10 days", True),
        ("5 days", "120 hours", False),
        ("up to 5 days", "3 days", False),
        ("up to 5 days", "7 days", True),
        ("up to 5 days", "up to 7 days", True),
        ("at least $20", "$25", False),
        ("at least $20", "$15", True),
        ("under $20", "over $30", True),
        ("about 20 km", "23 km", False),
        ("about 20 km", "40 km", True),
        ("3 to 5 days", "4 days", False),
        ("3 to 5 days", "4 to 6 days", True),
        ("1 month", "30 days", False),
        ("1 year", "24 months", True),
        ("$20", "€18", False),
        ("$100", "$102", True),
        ("5 kg", "5 m", False),
        ("5 seats", "6 rooms", False),
        ("5 seats", "6 seats", True),
        ("at 5:30", "at 17:30", False),
        ("at 5 pm", "at 6 pm", True),
        ("on May 5", "on May 5, 2024", False),
        ("on May 5", "on May 6", True),
        ("5 days", "5 percent", False),
    ],
)
def test_amounts_that_cannot_both_be_true(one: str, other: str, apart: bool) -> None:
    """A bound is not a value, and different kinds say nothing of each other."""
    (first,), (second,) = only(f"It is {one}.").amounts, only(f"It is {other}.").amounts

    assert first.rules_out(second) is apart
    assert second.rules_out(first) is apart


@pytest.mark.parametrize(
    ("one", "other", "denied"),
    [
        ("It is open.", "It is closed.", True),
        ("It is not open.", "It is closed.", False),
        ("It is not open.", "It is open.", True),
        ("No, it is open.", "It is open.", False),
        ("It is higher.", "It is lower.", True),
        ("It is up and higher.", "It is down and lower.", True),
        ("It is not only open.", "It is open.", False),
        ("It isn’t open.", "It is open.", True),  # noqa: RUF001
        ("It is never not open.", "It is open.", False),  # beyond a count
        ("Open or closed.", "It is closed.", False),
    ],
)
def test_a_denial_is_a_negation_or_an_opposite_but_not_both(
    one: str, other: str, denied: bool
) -> None:
    """Two of them make an affirmation."""
    assert only(one).denies(only(other)) is denied
    assert only(other).denies(only(one)) is denied


def test_subject_is_content_without_quantities() -> None:
    """Two sentences that differ in a number alone have one subject."""
    assert only("The late fee is $5.").words == only("A fee, late: twenty dollars!").words


def test_opposites_and_synonyms_are_one_subject() -> None:
    """They are told apart by what they deny, not by what they are about."""
    assert content("Pets are forbidden") == content("pets permitted") == content("allowed pets")


@given(
    st.text()
    | st.lists(st.sampled_from(["not", "up to", "5", "days", "closed", "."])).map(" ".join)
)
def test_any_text_is_fine(text: str) -> None:
    """A statement never denies or rules out itself."""
    for statement in statements(text, 8):
        assert not statement.denies(statement)
        assert not any(amount.rules_out(amount) for amount in statement.amounts)
