"""Kind `secret`: tokens that are as random as one."""

from pathlib import Path
from typing import Any

import pytest

from tests.detectors.policy.rules import judge, pack, rule

SETTINGS: dict[str, Any] = {"kind": "secret", "keywords": ["tk_"], "min_entropy": 3.0}


def made_by(directory: Path, response: str) -> list[str]:
    """Search with one format."""
    entry = SETTINGS | {"patterns": ["tk_\\w+"]}
    made = rule(kind="pattern") | entry
    signal = judge(pack(directory, made), response=response)
    return [response[a:b] for a, b in signal.spans]


def test_a_random_token_is_found(tmp_path: Path) -> None:
    """By its form and its entropy."""
    assert made_by(tmp_path, "use tk_8fK2mQ9xLz1 now") == ["tk_8fK2mQ9xLz1"]


@pytest.mark.parametrize("text", ["tk_aaaaaaaaaaa", "tk_your8fK2mQ9xLz1", "tk_EXAMPLE2mQ9xLz1"])
def test_a_placeholder_is_none(tmp_path: Path, text: str) -> None:
    """Documentation is full of them."""
    assert made_by(tmp_path, text) == []
