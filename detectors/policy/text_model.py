"""Logistic regressions over text features, and the files that hold them."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from detectors.policy.text_features import CUES, Array, characters, cues, words

# Hexadecimal digits: enough to tell the versions of a model apart.
_DIGEST = 12
# A window of a text, and how many are looked at: a jailbreak may follow pages of something else.
WINDOW = 4_000
_MAX_WINDOWS = 16


@dataclass(frozen=True)
class TextModel:
    """One logistic regression; see ``docs/models/policy.md``.

    ``thresholds`` are log-odds by the share of ordinary texts that lie above them.
    """

    bias: float
    cues: Array
    characters: Array
    words: Array
    thresholds: dict[float, float]
    version: str

    def log_odds(self, text: str) -> float:
        """Return the log-odds of a text, of the window of it that has the highest."""
        starts = range(0, min(max(1, len(text)), WINDOW * _MAX_WINDOWS), WINDOW)
        return max(self._of(text[start : start + WINDOW]) for start in starts)

    def _of(self, text: str) -> float:
        return (
            self.bias
            + float((cues(text) * self.cues).sum())
            + characters(text, len(self.characters)).dot(self.characters)
            + words(text, len(self.words)).dot(self.words)
        )


def sigmoid(log_odds: float) -> float:
    """Return the probability of log-odds.

    Examples:
        >>> sigmoid(0.0)
        0.5
    """
    return float(1 / (1 + np.exp(-np.clip(log_odds, -30.0, 30.0))))


def parse(text: str) -> TextModel:
    """Read a model file.

    Raises:
        ValueError: it is no model of this format.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        return TextModel(
            bias=data["bias"],
            cues=np.array([data["cues"][name] for name in CUES]),
            characters=np.array(data["characters"]) * data["step"],
            words=np.array(data["words"]) * data["step"],
            thresholds={float(rate): odds for rate, odds in data["thresholds"].items()},
            version=hashlib.sha256(text.encode()).hexdigest()[:_DIGEST],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no model of texts: {error!r}") from error


def load(name: str) -> TextModel:
    """Read a model that comes with the package.

    Raises:
        ValueError: there is none of that name.
    """
    file = resources.files("detectors") / "models" / f"{name}.json"
    try:
        return parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"no such model, got {name!r}") from error
