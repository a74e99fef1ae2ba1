"""Commercial claims: what a bot may not promise, sentence by sentence."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from detectors.base import Interaction, Passage, Signal
from detectors.catalogue import convert
from detectors.commercial_claims import Commercial

_TABLE = tomllib.loads(
    Path(__file__).with_name("commercial_claims.toml").read_text(encoding="utf-8")
)
_CATALOGUE = convert(_TABLE["catalogue"])


def judge(case: dict[str, Any]) -> Signal:
    """Return the signal of one case of the table."""
    interaction = Interaction(
        id="i",
        prompt=case.get("prompt"),
        response=case["response"],
        passages=tuple(Passage(text=text) for text in case.get("passages", ())),
        context=case.get("context"),
    )
    [[signal]] = Commercial(_CATALOGUE if case.get("catalogue") else None).detect_many(
        [interaction]
    )
    return signal


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["response"][:60]) for case in _TABLE["case"]]
)
def test_what_nothing_authorises_is_flagged_and_nothing_else(case: dict[str, Any]) -> None:
    """The very words of each promise, in order."""
    signal = judge(case)

    assert [case["response"][start:end] for start, end in signal.spans] == case["expected"]


def test_the_table_covers_ten_styles() -> None:
    """At least 150 sentences, no style by a handful."""
    styles = Counter(case["style"] for case in _TABLE["case"])

    assert len(_TABLE["case"]) >= 150
    assert len(styles) == 10
    assert min(styles.values()) >= 14
