"""Kind `promise`: what the bot gives its word for, and how much of it."""

from pathlib import Path
from typing import Any

import pytest

from detectors.policy.pack import PackError
from tests.detectors.policy.rules import hits, pack, rule

DISCOUNT: dict[str, Any] = {"kind": "promise", "of": "discount", "max": 20, "unit": "percent"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("I can give you 21% off.", ["21%"], id="above"),
        pytest.param("I can give you 20% off.", [], id="at the bound"),
        pytest.param("I can give you thirty percent off.", ["thirty percent"], id="in words"),
        pytest.param("We cannot give you 50% off.", [], id="denied"),
        pytest.param("You asked for 90% off.", [], id="the user's own request"),
        pytest.param("Sales fell by 40%.", [], id="no offer"),
    ],
)
def test_an_offer_is_held_to_the_bound(tmp_path: Path, text: str, found: list[str]) -> None:
    """And nothing else is."""
    assert hits(tmp_path, DISCOUNT, response=text) == found


def test_a_bound_is_of_one_currency(tmp_path: Path) -> None:
    """There are no rates here."""
    refund = {"kind": "promise", "of": "refund", "max": 100, "unit": "USD"}

    assert hits(tmp_path, refund, response="We will refund you $101.") == ["$101"]
    assert hits(tmp_path, refund, response="We will refund you 101 EUR.") == []


def test_without_a_bound_any_is_too_much(tmp_path: Path) -> None:
    """Some bots must promise nothing."""
    none = {"kind": "promise", "of": "discount"}

    assert hits(tmp_path, none, response="I can give you 1% off.") == ["1%"]


@pytest.mark.parametrize(
    "settings",
    [{"of": "discount", "max": 3}, {"of": "entitlement", "max": 3, "unit": "percent"}],
)
def test_a_bound_that_means_nothing_is_an_error(tmp_path: Path, settings: dict[str, Any]) -> None:
    """A number wants a unit, and a thing that has amounts."""
    with pytest.raises(PackError, match="max"):
        pack(tmp_path, rule(kind="promise", **settings))
