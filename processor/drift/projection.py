"""Embeddings made small enough to travel: the same few directions for every series.

The owner of a series could only choose directions once it has a baseline. Those of the packaged
model are the principal ones of public sentences (`benchmarks/directions.py`); another model's
are random, which keep less of what matters but need no data.
"""

from importlib import resources

import numpy as np
import numpy.typing as npt

from detectors.embedding import PACKAGED_SHA256

DIMENSIONS = 32
_SEED = 32
_FILE = "directions.npy"


class Projection:
    """Orthonormal directions that unit vectors are projected onto.

    Args:
        directions: shape (inputs, outputs).

    References:
        Johnson and Lindenstrauss, Extensions of Lipschitz mappings, 1984 (random directions).

    Examples:
        >>> small = Projection.of(sha256="", inputs=384)(np.eye(2, 384, dtype=np.float32))
        >>> small.shape, small.dtype
        ((2, 32), dtype('float16'))
    """

    def __init__(self, directions: npt.ArrayLike) -> None:
        self._directions = np.asarray(directions, np.float32)

    @classmethod
    def of(cls, *, sha256: str, inputs: int) -> "Projection":
        """Return the directions for a model, by the digest of its weights and its dimension."""
        if sha256 == PACKAGED_SHA256:
            with resources.files(__package__).joinpath(_FILE).open("rb") as file:
                return cls(np.load(file, allow_pickle=False))
        gaussian = np.random.default_rng(_SEED).standard_normal((inputs, min(inputs, DIMENSIONS)))
        return cls(np.linalg.qr(gaussian)[0])

    def __call__(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
        """Return shape (texts, outputs) of shape (texts, inputs)."""
        # Row by row, so that a vector does not depend on what else is in the batch.
        rows = [vector @ self._directions for vector in vectors]
        return np.array(rows, np.float16).reshape(len(rows), self._directions.shape[1])
