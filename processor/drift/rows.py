"""Observations as rows of numbers."""

import numpy as np
import numpy.typing as npt

from processor.drift.baseline import Columns, Schema
from processor.drift.behaviour import STYLE
from processor.drift.features import Observation

Floats = npt.NDArray[np.float64]

# Signals that come from embeddings: not to be compared across encoders.
EMBEDDED = frozenset({"prompt_cosine", "grounding", "self_consistency"})


def row(observation: Observation, schema: Schema, *, comparable: bool) -> Floats:
    """Return one row, NaN for what is missing.

    Args:
        observation: of one interaction.
        schema: what the row holds.
        comparable: whether its embeddings are of the schema's encoder, or as good as.
    """
    columns = Columns.of(schema)
    values = np.full(schema.width, np.nan)
    scores = observation.scores
    values[columns.features] = [
        scores.get(name, np.nan) if comparable or name not in EMBEDDED else np.nan
        for name in schema.features
    ]
    values[columns.rates] = [observation.outcomes.get(name, np.nan) for name in schema.rates]
    if len(observation.style) == len(STYLE):
        values[columns.style] = observation.style
    if observation.prompt_length is not None:
        values[columns.prompt.start] = observation.prompt_length
    if comparable:
        _put(values, columns.vector, observation.prompt)
        _put(values, columns.response, observation.response)
    return values


def _put(values: Floats, where: slice, raw: bytes) -> None:
    if raw and len(raw) == 2 * (where.stop - where.start):
        values[where] = np.frombuffer(raw, "<f2")
