"""A baseline can be made of any events that are enough."""

import numpy as np
import pytest

from processor.drift import baseline
from processor.drift.baseline import Schema


@pytest.mark.parametrize("value", [0.5, np.nan], ids=["all alike", "nothing known"])
def test_a_series_in_which_nothing_varies_has_a_baseline(value: float) -> None:
    """A worker must not die of a bot that always says the same."""
    schema = Schema(features=("grounding",), rates=("abstention",), embedding="", dimensions=0)
    made = baseline.fit(np.full((400, schema.width), value), schema, arl=1000.0)

    assert made.charted == made.styled == ()
    assert made.joint is None
