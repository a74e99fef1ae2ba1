"""Matrix products to the last bit the same, however many rows there are."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def product(rows: Floats, matrix: npt.NDArray[np.float32]) -> Floats:
    """Return ``rows @ matrix``, shape (rows, columns), each row as if it were the only one.

    A library for matrices chooses its order of summation by the shape; here it is always the same.
    """
    result: Floats = (rows[:, :, None] * matrix).sum(axis=1)
    return result
