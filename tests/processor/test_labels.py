"""A label never has more values than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.labels import OTHER, Label


@given(values=st.lists(st.text("abc", max_size=2)), max_values=st.integers(1, 4))
def test_the_first_values_are_admitted(values: list[str], max_values: int) -> None:
    """In the order in which they come; all others become one."""
    label = Label("app", max_values=max_values)
    first = list(dict.fromkeys(values))[:max_values]

    assert [label.admit(value) for value in values] == [
        value if value in first else OTHER for value in values
    ]


@given(values=st.lists(st.text()), allowed=st.sets(st.text(max_size=64), min_size=1))
def test_a_list_admits_what_is_on_it(values: list[str], allowed: set[str]) -> None:
    """However many values there are, and whichever comes first."""
    label = Label("app", allowed=allowed, max_values=50)

    assert [label.admit(value) for value in (*values, *allowed)] == [
        value if value in allowed else OTHER for value in (*values, *allowed)
    ]


def test_a_long_value_is_cut() -> None:
    """What is longer than a name is a text."""
    label = Label("app", max_values=1)

    assert label.admit("a" * 65) == label.admit("a" * 1000) == "a" * 64


def test_a_long_value_on_the_list_is_admitted() -> None:
    """Cut as the values themselves."""
    assert Label("app", allowed=["a" * 65]).admit("a" * 65) == "a" * 64


@pytest.mark.parametrize(
    ("allowed", "folded"),
    [
        pytest.param((), ["app", "app"], id="open"),
        pytest.param(("b",), ["app", "app", "app"], id="list"),
    ],
)
def test_each_folded_value_is_told(allowed: tuple[str, ...], folded: list[str]) -> None:
    """Who has too many values learns of it."""
    told: list[str] = []
    label = Label("app", allowed=allowed, max_values=1, overflow=told.append)
    for value in ("a", "b", "a", "c"):
        label.admit(value)

    assert told == folded
