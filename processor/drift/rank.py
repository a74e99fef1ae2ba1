"""Ranks against a baseline, as normal scores: whatever was measured, charts see N(0, 1)."""

from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

QUANTILES = 256
"""Quantiles kept of a charted signal: a rank is known to 0.4 %."""
COARSE = 64
"""Quantiles kept of what is only watched together with others."""
# Nothing beyond is told apart: the baseline holds too few such values.
_CLIP = 3.5


class Rank:
    """Probability integral transform of several signals against their baselines.

    Of the quantiles of the baseline, the middle of those that a value equals or lies between
    gives its rank, and the inverse normal distribution its score. Ties share one rank.

    Args:
        quantiles: shape (signals, quantiles), each row ascending.

    References:
        Rosenblatt, Remarks on a multivariate transformation, Ann. Math. Stat. 1952.

    Examples:
        >>> rank = Rank.fit(np.arange(1000.0)[:, None])
        >>> rank.scores(np.array([499.5])).round(2), rank.scores(np.array([975.0])).round(1)
        (array([0.]), array([2.]))
    """

    def __init__(self, quantiles: npt.ArrayLike) -> None:
        self.quantiles = np.asarray(quantiles, np.float16)
        # Faster to compare with; the state keeps the small ones.
        self._quantiles = np.ascontiguousarray(self.quantiles, np.float32)
        self._table = score_table(self.quantiles.shape[-1])

    @classmethod
    def fit(cls, values: npt.ArrayLike, quantiles: int = QUANTILES) -> "Rank":
        """Take the quantiles of each column, missing values (NaN) left out.

        Args:
            values: shape (events, signals).
            quantiles: how many to keep.
        """
        places = (np.arange(quantiles) + 0.5) / quantiles
        columns = np.asarray(values, np.float64).T
        return cls([np.quantile(column[~np.isnan(column)], places) for column in columns])

    def scores(self, values: Floats) -> Floats:
        """Return the normal scores of one value a signal, shape (..., signals); NaN stays NaN."""
        column = values.astype(np.float32)[..., None]
        # Two ranks, below and up to the value; their sum indexes the table of scores.
        below = np.count_nonzero(self._quantiles < column, axis=-1)
        scores = self._table[below + np.count_nonzero(self._quantiles <= column, axis=-1)]
        missing = np.isnan(values)
        return np.where(missing, np.nan, scores) if missing.any() else scores


@cache
def score_table(quantiles: int = QUANTILES) -> Floats:
    """Return the normal score of every sum of two ranks, shape (2 * quantiles + 1,)."""
    normal = NormalDist()
    ranks = range(1, 2 * quantiles + 2)
    scores = [normal.inv_cdf(rank / (2 * quantiles + 2)) for rank in ranks]
    return np.clip(scores, -_CLIP, _CLIP)
