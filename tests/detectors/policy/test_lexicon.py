"""Kind `lexicon`: whole words in any spelling that looks the same."""

from pathlib import Path

import pytest

from tests.detectors.policy.rules import hits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Try acme corp.", ["acme corp"], id="any case"),
        pytest.param("Acme\u200bCo, Acme", ["Acme\u200bCo", "Acme"], id="the longest"),
        pytest.param("acmes", [], id="a part of a word"),
        pytest.param("éacme", [], id="a part of a word with accents"),
        pytest.param("(acme)", ["acme"], id="marks around"),
    ],
)
def test_terms_are_whole_words(tmp_path: Path, text: str, found: list[str]) -> None:
    """In any case and spelling that looks the same."""
    settings = {"kind": "lexicon", "terms": ["Acme", "Acme Corp", "AcmeCo"]}

    assert hits(tmp_path, settings, response=text) == found


def test_parts_of_words_can_be_asked_for(tmp_path: Path) -> None:
    """For languages that write compounds."""
    settings = {"kind": "lexicon", "terms": ["acme"], "whole_words": False}

    assert hits(tmp_path, settings, response="superacmes") == ["acme"]


def test_a_term_is_no_pattern(tmp_path: Path) -> None:
    """Its marks mean themselves."""
    settings = {"kind": "lexicon", "terms": ["c++"]}

    assert hits(tmp_path, settings, response="ccc c++ c") == ["c++"]
