"""Kind `pattern`: regular expressions, their keywords, and what is let pass."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Span
from detectors.policy.pack import PackError
from detectors.policy.pattern import disjoint
from tests.detectors.policy.rules import hits, pack, rule


def test_the_first_group_is_what_is_found(tmp_path: Path) -> None:
    """What stands around it only has to be there."""
    assert hits(tmp_path, {"patterns": ["n=(\\d+);"]}, response="n=12;") == ["12"]


def test_without_a_keyword_nothing_is_searched(tmp_path: Path) -> None:
    """In any case, and in look-alikes."""
    settings = {"patterns": ["\\d+"], "keywords": ["No"]}

    assert hits(tmp_path, settings, response="no 12") == ["12"]
    assert hits(tmp_path, settings, response="n\u200bo 12") == ["12"]
    assert hits(tmp_path, settings, response="12") == []


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    """By a pattern that holds of the hit."""
    settings = {"patterns": ["\\d+"], "allow": ["^12$"]}

    assert hits(tmp_path, settings, response="12 123") == ["123"]


def test_a_keyword_of_nothing_is_an_error(tmp_path: Path) -> None:
    """A zero-width space would always or never be there."""
    with pytest.raises(PackError, match="keywords"):
        pack(tmp_path, rule(keywords=["\u200b"]))


@given(ranges=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))))
def test_disjoint_spans_do_not_meet(ranges: list[tuple[int, int]]) -> None:
    """And are some of those that were given."""
    given_ = [Span(*pair) for pair in ranges]
    kept = disjoint(given_)

    assert set(kept) <= set(given_)
    assert all(one.end <= other.start for one, other in pairwise(kept))
