"""A vector to an intent, or to none."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detectors.intent.labels import OUT_OF_SCOPE
from detectors.intent.model import Fitted
from detectors.intent.vectors import Floats, unpack

# Finer digits are noise of the encoder.
_DIGITS = 4


class Guess(NamedTuple):
    """An intent's name or ``out_of_scope``, and how ordinary the question is for the intents.

    ``typicality`` is the share of in-scope questions that lie no nearer to the intents, in
    [0, 1]; 0 is like nothing that the exemplars say.
    """

    intent: str
    typicality: float


class Classifier:
    """Labels by logistic regression; rejects by nearness to exemplars and centroids.

    Nearness is half the cosine to the nearest exemplar, half that to the nearest centroid: with
    it unseen intents are told best, and the label best by the regression (docs/intents.md).
    Each vector is judged by itself, so company changes no digit.

    Args:
        fitted: what was learned.
    """

    def __init__(self, fitted: Fitted) -> None:
        self._names = [learned.name for learned in fitted.learned]
        self._planes = np.array([learned.plane for learned in fitted.learned], np.float32)
        self._biases = np.array([learned.bias for learned in fitted.learned], np.float32)
        self._nearness = Nearness(
            [
                unpack(learned.vectors())
                for learned in fitted.learned
                if learned.name != OUT_OF_SCOPE
            ]
        )
        self._scope = np.array(fitted.scope)
        self._rejection = fitted.rejection

    def classify(self, vector: Floats) -> Guess:
        """Return the intent of one question, given as a unit vector."""
        typicality = _rank(self._nearness(vector), self._scope)
        strange = typicality < self._rejection
        return Guess(OUT_OF_SCOPE if strange else self.label(vector), typicality)

    def label(self, vector: Floats) -> str:
        """Return the likeliest name, however strange the question."""
        return self._names[int(np.argmax(self._planes @ vector + self._biases))]

    def nearness(self, vector: Floats) -> float:
        """Return how near a question is to the intents, in [-1, 1]: the raw out-of-scope score."""
        return self._nearness(vector)


class Nearness:
    """Half the cosine to the nearest exemplar, half that to the nearest centroid.

    Args:
        exemplars: of each intent, its vectors as rows.
    """

    def __init__(self, exemplars: Sequence[Floats]) -> None:
        self._exemplars = np.concatenate(exemplars)
        centroids = np.stack([rows.mean(axis=0) for rows in exemplars])
        norms = np.linalg.norm(centroids, axis=1, keepdims=True)
        self._centroids = centroids / np.maximum(norms, np.finfo(np.float32).tiny)

    def __call__(self, vector: Floats) -> float:
        """Return the nearness of one vector."""
        nearest = (self._exemplars @ vector).max()
        centroid = (self._centroids @ vector).max()
        return round(float(0.5 * nearest + 0.5 * centroid), _DIGITS)

    def many(self, vectors: Floats) -> Floats:
        """Return the nearness of each row, but for rounding: a fit can do without its digits."""
        nearest: Floats = (vectors @ self._exemplars.T).max(axis=1)
        centroid: Floats = (vectors @ self._centroids.T).max(axis=1)
        return (nearest + centroid) / np.float32(2)


def _rank(value: float, percentiles: Floats) -> float:
    """Return the share of a sample that lies below, given its percentiles."""
    position = np.interp(value, percentiles, np.linspace(0, 1, len(percentiles)))
    return round(float(position), _DIGITS)
