"""Logistic layers with coefficients for each kind of interaction, and the file that holds them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]

# A feature so far from its mean tells no more; it bounds what one can do.
FARTHEST = 4.0
_LEAST = 1e-4
ANY = "any"


def logit(probability: Array) -> Array:
    """Return the log-odds of probabilities, kept finite.

    Examples:
        >>> logit(np.array([0.0, 0.5])).round(1).tolist()
        [-9.2, 0.0]
    """
    bounded = np.clip(probability, _LEAST, 1 - _LEAST)
    odds: Array = np.log(bounded / (1 - bounded))
    return odds


def sigmoid(log_odds: Array) -> Array:
    """Return the probability of log-odds.

    Examples:
        >>> sigmoid(np.array([0.0])).tolist()
        [0.5]
    """
    probability: Array = 1 / (1 + np.exp(-np.clip(log_odds, -30.0, 30.0)))
    return probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One logistic regression: features by name, coefficients by kind, ``any`` for other kinds.

    ``weights`` has one entry a feature and the intercept last.
    """

    features: tuple[str, ...]
    mean: Array
    scale: Array
    weights: Mapping[str, Array]

    def log_odds(self, features: Mapping[str, Array], kind: str) -> Array:
        """Return the log-odds of each row of features."""
        values = np.column_stack([features[name] for name in self.features])
        values = np.clip((values - self.mean) / self.scale, -FARTHEST, FARTHEST)
        weights = self.weights.get(kind, self.weights[ANY])
        # Row by row, for the digits of a product hang on how many rows there are.
        odds: Array = (values * weights[:-1]).sum(axis=1) + weights[-1]
        return odds


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the score is computed with; see ``docs/models/hallucination.md``.

    ``table`` has log-odds of words by group and state. ``slope`` and ``intercept`` calibrate
    the log-odds of the answer. A claim or word is blamed from its own threshold on.
    """

    claim: Layer
    word: Layer
    answer: Layer
    table: Mapping[str, Mapping[str, float]]
    slope: float
    intercept: float
    threshold: float
    claim_threshold: float
    word_threshold: float
    version: str


def parse(text: str) -> Model:
    """Read a model file.

    Raises:
        ValueError: it is no model of this format.
    """
    data = json.loads(text)
    try:
        layers = data["layers"]
        return Model(
            claim=_layer(layers["claim"]),
            word=_layer(layers["word"]),
            answer=_layer(layers["answer"]),
            table=data["table"],
            **data["calibration"],
            **data["thresholds"],
            version=hashlib.sha256(text.encode()).hexdigest()[:12],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no model of hallucinations: {error!r}") from error


def load(path: Path | None = None) -> Model:
    """Read a model file, or the one that comes with the package.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no model of this format.
    """
    file = path or resources.files("detectors") / "models" / "hallucination.json"
    return parse(file.read_text(encoding="utf-8"))


def _layer(data: Mapping[str, Any]) -> Layer:
    rows = data["features"]
    kinds = data["intercept"]
    return Layer(
        features=tuple(rows),
        mean=np.array([row["mean"] for row in rows.values()]),
        scale=np.array([row["scale"] for row in rows.values()]),
        weights={
            kind: np.array([*(row[kind] for row in rows.values()), kinds[kind]]) for kind in kinds
        },
    )
