"""Fixed texts that tell whether two encoders mean the same by their numbers."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.embedding import Encoder
from processor.drift.projection import Projection

Floats = npt.NDArray[np.float64]

# Of many kinds, so that another model, or another tokenizer, moves at least one of them.
TEXTS = (
    "How do I return an order?",
    "The refund is paid within 5 working days.",
    "def mean(values): return sum(values) / len(values)",
    "Wo finde ich meine Rechnung?",
    "I am sorry, but I cannot help with that request.",
    "1. Unplug the device. 2. Wait ten seconds. 3. Plug it in again.",
    "The quick brown fox jumps over the lazy dog.",
    "価格はいくらですか。",
)
# Backends of one model differ by 1e-5; another model is not even near.
SAME_COSINE = 0.999


class Canary(NamedTuple):
    """What an encoder makes of the texts; ``vectors`` are projected, shape (texts, dimensions)."""

    name: str
    vectors: npt.NDArray[np.float16]


def sing(encoder: Encoder, projection: Projection, *, name: str) -> Canary:
    """Embed the texts."""
    return Canary(name, projection(encoder.encode(TEXTS)))


def cosine(before: npt.NDArray[np.float16], now: npt.NDArray[np.float16]) -> float:
    """Return the least cosine between the vectors of a text; -1 where they cannot be compared.

    Examples:
        >>> ones = np.ones((8, 4), np.float16)
        >>> cosine(ones, ones), cosine(ones, np.ones((8, 5), np.float16))
        (1.0, -1.0)
    """
    if before.shape != now.shape or before.size == 0:
        return -1.0
    first, second = before.astype(np.float64), now.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return round(float(((first * second).sum(axis=1) / lengths).min()), 6)
