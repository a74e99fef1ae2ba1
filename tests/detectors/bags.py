"""An encoder without a model: similar are texts that share words."""

import zlib
from collections.abc import Sequence

import numpy as np

from detectors.embedding import Vectors

_DIMENSION = 32


class Bags:
    """Embeds a text as its hashed words."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the hashed words of each text, counted, as unit vectors."""
        bags = np.zeros((len(texts), _DIMENSION), np.float32)
        for bag, text in zip(bags, texts, strict=True):
            for word in text.split():
                bag[zlib.crc32(word.encode("utf-8", "surrogatepass")) % _DIMENSION] += 1
        unit: Vectors = bags / np.maximum(np.linalg.norm(bags, axis=1, keepdims=True), 1e-9)
        return unit
