"""A baseline can be made of whatever came: what does not vary, or is not there, is not charted."""

import numpy as np
import pytest

from processor.drift.baseline import Columns, Schema, decode, encode, fit
from processor.drift.charts import Charts, Limits

EVENTS = 100
DIMENSIONS = 3
SCHEMA = Schema(
    features=("grounding", "log_length"), rates=("bad",), dimensions=DIMENSIONS, embedding="x"
)


def rows() -> np.ndarray:
    """Return rows in which everything varies."""
    return np.random.default_rng(1).normal(size=(EVENTS, SCHEMA.width))


def charted(collected: np.ndarray) -> tuple[str, ...]:
    """Make a baseline, watch some events by it, and return what is charted."""
    baseline = decode(encode(fit(collected, SCHEMA, arl=1e4)))
    track = Charts(baseline, Limits()).update_many(rows()[:20])

    assert np.isfinite(track.ratios).all()
    return baseline.charted


def test_a_bot_that_always_says_the_same_is_not_charted() -> None:
    """Its worker goes on all the same."""
    assert charted(np.full((EVENTS, SCHEMA.width), 0.5)) == ()


def test_a_bot_of_which_nothing_is_measured_is_not_charted() -> None:
    """Missing is not zero."""
    assert charted(np.full((EVENTS, SCHEMA.width), np.nan)) == ()


@pytest.mark.parametrize("half", [slice(0, EVENTS // 2), slice(EVENTS // 2, EVENTS)])
@pytest.mark.parametrize("value", [np.nan, 0.25])
def test_a_feature_must_vary_in_both_halves(half: slice, value: float) -> None:
    """One half fits and the other calibrates; neither can do without."""
    collected = rows()
    collected[half, 0] = value

    assert "grounding" not in charted(collected)
    assert "log_length" in charted(collected)


@pytest.mark.parametrize("value", [np.nan, 0.0])
@pytest.mark.parametrize("part", ["prompt", "response", "style", "rates"])
def test_any_part_may_be_missing_or_constant(part: str, value: float) -> None:
    """The others are charted."""
    collected = rows()
    collected[:, getattr(Columns.of(SCHEMA), part)] = value

    assert "grounding" in charted(collected)
