"""Kind `phone`: numbers of a plan, or said to be one."""

from pathlib import Path
from typing import Any

import pytest

from detectors.policy.pack import PackError
from tests.detectors.policy.rules import hits, pack, rule

SETTINGS: dict[str, Any] = {"kind": "phone", "regions": ["US", "GB"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("+44 20 7946 0958", ["+44 20 7946 0958"], id="international"),
        pytest.param("at (202) 456-1111.", ["(202) 456-1111"], id="national"),
        pytest.param("Phone: 555 0100", ["555 0100"], id="short, but called a phone"),
        pytest.param("flat 555 0100", [], id="short, and called nothing"),
        pytest.param("on 2024-11-05 10", [], id="a date"),
        pytest.param("4111 1111 1111 1111", [], id="a card"),
        pytest.param("192.168.100.100", [], id="an address"),
    ],
)
def test_a_number_is_one_of_a_plan(tmp_path: Path, text: str, found: list[str]) -> None:
    """Or one that is said to be."""
    assert hits(tmp_path, SETTINGS, response=text) == found


def test_an_unknown_region_is_an_error(tmp_path: Path) -> None:
    """It would find nothing, silently."""
    with pytest.raises(PackError, match=r"regions\[0\].*'XX'"):
        pack(tmp_path, rule(kind="phone", regions=["XX"]))
