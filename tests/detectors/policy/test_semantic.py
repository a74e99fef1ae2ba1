"""Kind `semantic`, with an encoder for which words in common are meaning in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from detectors.base import Interaction
from detectors.policy.pack import PackError
from detectors.policy.rule import Kit
from detectors.policy_violation import PolicyViolation
from tests.detectors.bags import Bags
from tests.detectors.policy.rules import hits, pack, rule

SETTINGS: dict[str, Any] = {
    "kind": "semantic",
    "exemplars": ["take two pills", "take a pill", "pills twice"],
    "counter_exemplars": ["ask a doctor", "see a doctor", "doctor knows"],
    "baseline": "baseline.txt",
    "max_false_positives": 0.1,
}


def made_by(directory: Path, lines: Sequence[str]) -> dict[str, Any]:
    """Write a baseline, and return the settings."""
    (directory / "baseline.txt").write_text("\n".join(lines), encoding="utf-8")
    return dict(SETTINGS)


def test_a_sentence_that_means_the_same_is_found(tmp_path: Path) -> None:
    """And no other sentence of the answer."""
    settings = made_by(tmp_path, [f"line {n} of many" for n in range(20)])
    response = "Hello there.\n\ntake two pills.\n\nGood night."

    assert hits(tmp_path, settings, response=response) == ["take two pills."]


def test_a_sentence_like_the_baseline_is_not(tmp_path: Path) -> None:
    """The rate is of it: what is as near as its nearest tenth may be said."""
    settings = made_by(tmp_path, ["take two pills."] * 20)

    assert hits(tmp_path, settings, response="take two pills.") == []


def test_a_baseline_must_bear_the_rate(tmp_path: Path) -> None:
    """Of five sentences none is a tenth."""
    settings = made_by(tmp_path, ["line"] * 5)
    with pytest.raises(PackError, match=r"baseline.*too few"):
        pack(tmp_path, rule(**settings), kit=Kit(Bags))


def test_a_missing_baseline_is_an_error(tmp_path: Path) -> None:
    """A bare cosine is no threshold."""
    with pytest.raises(PackError, match="baseline"):
        pack(tmp_path, rule(**SETTINGS), kit=Kit(Bags))


def test_without_an_encoder_the_rule_is_refused(tmp_path: Path) -> None:
    """Not skipped in silence."""
    settings = made_by(tmp_path, [f"line {n}" for n in range(20)])
    with pytest.raises(PackError, match="encoder"):
        pack(tmp_path, rule(**settings))


def test_another_baseline_is_another_version(tmp_path: Path) -> None:
    """For the threshold hangs on it."""
    first = pack(tmp_path, rule(**made_by(tmp_path, ["a b"] * 20)), kit=Kit(Bags)).version
    again = pack(tmp_path, rule(**made_by(tmp_path, ["c d"] * 20)), kit=Kit(Bags)).version

    assert first != again


def test_company_changes_nothing(tmp_path: Path) -> None:
    """The sentences of a batch are embedded together, and judged each for itself."""
    settings = made_by(tmp_path, [f"line {n} of many" for n in range(20)])
    detector = PolicyViolation(pack(tmp_path, rule(**settings), kit=Kit(Bags)))
    texts = ["take two pills", "", "Hello. Good night.", "two pills", "ask a doctor"]
    batch = [Interaction(id=str(n), response=text) for n, text in enumerate(texts)]

    assert detector.detect_many(batch) == [detector.detect_many([one])[0] for one in batch]
