"""Kind `required`: what is missing is a violation."""

from pathlib import Path
from typing import Any

import pytest

from tests.detectors.policy.rules import broken, judge, pack, rule

SETTINGS: dict[str, Any] = {
    "kind": "required",
    "any_of": ["(?i)not financial advice"],
    "when": {"patterns": ["(?i)\\binvest"], "parts": ["prompt"]},
}


@pytest.mark.parametrize(
    ("prompt", "response", "rules"),
    [
        pytest.param("Should I invest?", "Yes.", ["r"], id="missing"),
        pytest.param("Should I invest?", "Yes. Not financial advice.", [], id="said"),
        pytest.param("Should I eat?", "Yes.", [], id="another topic"),
    ],
)
def test_what_is_missing_is_a_violation(
    tmp_path: Path, prompt: str, response: str, rules: list[str]
) -> None:
    """Where the topic comes up; it has no span."""
    signal = judge(pack(tmp_path, rule(**SETTINGS)), prompt=prompt, response=response)

    assert broken(signal) == rules
    assert signal.spans == ()


def test_without_a_topic_it_must_always_be_said(tmp_path: Path) -> None:
    """As a disclaimer of every answer."""
    always = {"kind": "required", "any_of": ["Ada"]}

    assert broken(judge(pack(tmp_path, rule(**always)), response="Hello.")) == ["r"]
    assert broken(judge(pack(tmp_path, rule(**always)), response="I am Ada.")) == []
