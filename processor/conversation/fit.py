"""Fits the outcome model from conversations whose outcome somebody told."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from processor.conversation.model import Features, Model, features
from processor.conversation.segment import Segment

# The usual strength of the penalty on standardised features; nothing is tuned on the examples.
_C = 1.0
_DIGITS = 4


class Example(NamedTuple):
    """The evidence of a segment, and whether it was told to be settled."""

    features: Features
    settled: bool


class Examples:
    """Takes the place of a model, and keeps every segment whose outcome was told."""

    def __init__(self) -> None:
        self.kept: list[Example] = []

    def chance(self, segment: Segment) -> None:
        """Keep the segment, if its outcome was told; it says nothing."""
        if segment.explicit:
            settled = segment.explicit.outcome == "confirmed"
            self.kept.append(Example(features(segment), settled))


def fit(examples: Sequence[Example]) -> Model:
    """Learn the weights; the same examples give the same model.

    Raises:
        ValueError: there are not both settled and unsettled ones.
    """
    # Only who fits pays for the import; it ships no types.
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # noqa: PLC0415

    settled = np.array([example.settled for example in examples])
    if len(set(settled.tolist())) < 2:  # noqa: PLR2004 - one of each
        raise ValueError(f"{len(examples)} told outcomes, and not both settled and unsettled ones")
    values = np.array([msgspec.structs.astuple(example.features) for example in examples])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0  # what never varies tells nothing
    learned = LogisticRegression(C=_C).fit((values - mean) / scale, settled)
    weights = learned.coef_[0] / scale
    bias = learned.intercept_[0] - weights @ mean
    return Model(
        version=1,
        conversations=len(examples),
        bias=round(float(bias), _DIGITS),
        weights=Features(
            **{
                name: round(float(weight), _DIGITS)
                for name, weight in zip(Features.__struct_fields__, weights, strict=True)
            }
        ),
    )
