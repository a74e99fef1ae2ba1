"""Kind `entities`: what Presidio finds, with a stand-in for it that knows capital letters."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from detectors.policy.pack import PackError
from tests.detectors.policy.rules import hits, pack, rule

SETTINGS: dict[str, Any] = {"kind": "entities", "types": ["PERSON"], "spacy_model": "tiny"}


class _Found(NamedTuple):
    start: int
    end: int
    score: float


class _Engine:
    """Takes every word with a capital letter for a person, and is half sure of it."""

    def __init__(self, **_options: object) -> None:
        pass

    def get_supported_entities(self, language: str) -> list[str]:
        """Return the only type."""
        return ["PERSON"] if language == "en" else []

    def analyze(
        self, text: str, language: str, entities: list[str], score_threshold: float
    ) -> list[_Found]:
        """Return the words that begin with a capital letter."""
        del language, entities
        found = [_Found(*match.span(), 0.6) for match in re.finditer(r"[A-Z]\w+", text)]
        return [entity for entity in found if entity.score >= score_threshold]


class _Provider:
    """Knows one model."""

    def __init__(self, nlp_configuration: dict[str, Any]) -> None:
        self._name = nlp_configuration["models"][0]["model_name"]

    def create_engine(self) -> object:
        """Exit for want of a model, as Presidio does."""
        if self._name != "tiny":
            raise SystemExit(1)
        return object()


@pytest.fixture
def presidio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in where Presidio would be."""
    analyzer, engine = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
    analyzer.AnalyzerEngine = _Engine  # type: ignore[attr-defined] # a stand-in
    engine.NlpEngineProvider = _Provider  # type: ignore[attr-defined] # the same
    monkeypatch.setitem(sys.modules, "presidio_analyzer", analyzer)
    monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", engine)


@pytest.mark.usefixtures("presidio")
def test_entities_are_found_where_they_stand(tmp_path: Path) -> None:
    """In the text as it came."""
    assert hits(tmp_path, SETTINGS, response="so Ann met Bob") == ["Ann", "Bob"]


@pytest.mark.usefixtures("presidio")
def test_what_is_too_unsure_is_not_found(tmp_path: Path) -> None:
    """By Presidio's own score."""
    assert hits(tmp_path, SETTINGS | {"min_score": 0.7}, response="so Ann met Bob") == []


@pytest.mark.usefixtures("presidio")
def test_an_unknown_type_is_an_error(tmp_path: Path) -> None:
    """It would find nothing, silently."""
    with pytest.raises(PackError, match=r"types\[0\].*'PESRON'"):
        pack(tmp_path, rule(**SETTINGS | {"types": ["PESRON"]}))


@pytest.mark.usefixtures("presidio")
def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    """And does not end the process."""
    with pytest.raises(PackError, match=r"spacy_model.*'other'"):
        pack(tmp_path, rule(**SETTINGS | {"spacy_model": "other"}))


def test_without_presidio_the_rule_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(PackError, match="pip install presidio-analyzer"):
        pack(tmp_path, rule(**SETTINGS))
