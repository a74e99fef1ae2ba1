"""Words: where they are, and which forms are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.words import stem, stems, words


def test_words_know_where_they_stand() -> None:
    """A word is found again by its span."""
    text = "Don't pay 1,200.50 for the re-run."

    assert [text[word.start : word.end] for word in words(text)] == [
        *("Don't", "pay", "1,200.50", "for", "the", "re", "run")
    ]


def test_words_of_a_part_keep_their_places() -> None:
    """A part of a text is read without being cut out."""
    (word,) = words("one two three", 4, 7)

    assert word == ("two", 4, 7)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("offer", "offering"),
        ("reservation", "reservations"),
        ("located", "location"),
        ("city", "cities"),
        ("manager's", "managers"),
        ("stop", "stopped"),
        ("two", "2"),
        ("1,200", "1200.0"),
        ("first", "1st"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    """Inflection and notation are no difference in meaning."""
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("red", "read"), ("1.5", "15"), ("bus", "but"), ("is", "in")]
)
def test_different_words_differ(one: str, other: str) -> None:
    """A stem is not so short that words meet by chance."""
    assert stem(one) != stem(other)


@given(st.text(st.characters()))
def test_any_text_has_stems(text: str) -> None:
    """There is one stem a word, and none is empty."""
    found = stems(text)

    assert len(found) == len(list(words(text.lower())))
    assert all(found)
