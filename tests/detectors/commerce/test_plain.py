"""Plain text: what a reader sees, and where it stood."""
# ruff: noqa: RUF001 - look-alikes are what this file is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Span
from detectors.commerce.plain import plain


def shown(text: str) -> str:
    """Return the plain form of a whole text."""
    return plain(text, Span(0, len(text))).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**90%** _off_", "90% off"),
        ("<b>90%</b> off", "90% off"),
        ("9\u200b0% o\u00adff", "90% off"),
        ("９０％\u00a0off", "90% off"),
        ("9O% of l5 euros", "90% of 15 euros"),
        ("2l of O2", "2l of O2"),
        ("a dicsount of 5 percnt", "a discount of 5 percent"),
        ("I cant refnd", "I can't refund"),
        ("SAVE_45", "SAVE_45"),
    ],
)
def test_look_alikes_and_slips(text: str, expected: str) -> None:
    """What looks the same is the same; names and units stay what they are."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    ["shopping", "eight", "thirsty", "credits", "vouched", "prince", "edit", "fifth", "fort"],
)
def test_words_of_their_own_are_kept(text: str) -> None:
    """A slip away from a word of trade is not always a slip."""
    assert shown(text) == text


@given(st.text(st.characters() | st.sampled_from("*_`<b>O0% discout")))
def test_each_character_knows_its_place(text: str) -> None:
    """Any range of the plain text maps to a range of the original that is not empty."""
    made = plain(text, Span(0, len(text)))

    assert len(made.text) == len(made.origins)
    assert all(0 <= at < len(text) for at in made.origins)
    assert sorted(made.origins) == list(made.origins)
    if made.text:
        start, end = made.span(0, len(made.text))
        assert 0 <= start < end <= len(text)
