"""EWMA of a vector: sees a small shift that many features share."""

import numpy as np
import numpy.typing as npt

from processor.drift.mix import steady, swinging
from processor.drift.product import product
from processor.drift.threshold import quantile_threshold

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_RUNS = 300
_EVENTS = 4000


class MEWMA:
    """Distance of an exponentially weighted mean vector from the baseline's.

    ``m = (1 - weight) m + weight (x - center)`` and the statistic is
    ``|m @ whitening|² (2 - weight) / weight``. With the whitening of the baseline's covariance
    it is the MEWMA chart; with the identity it is the distance of a moving centroid.

    Args:
        center: of the baseline, shape (features,).
        whitening: shape (features, components).
        threshold: of the statistic; `simulate` finds it.
        page_threshold: another one, for who looks at it.
        weight: of one event.

    References:
        Lowry, Woodall, Champ and Rigdon, A multivariate EWMA control chart, Technometrics 1992.

    Examples:
        >>> chart = MEWMA(np.zeros(2), np.eye(2), threshold=20.0)
        >>> for _ in range(40):
        ...     chart.update(np.array([1.0, 1.0]))
        >>> chart.drift_detected, round(chart.statistic)
        (True, 61)
    """

    def __init__(
        self,
        center: npt.ArrayLike,
        whitening: npt.ArrayLike,
        *,
        threshold: float,
        page_threshold: float = float("inf"),
        weight: float = 0.02,
    ) -> None:
        self.center = np.asarray(center, np.float32)
        self.whitening = np.ascontiguousarray(whitening, np.float32)
        self.threshold = threshold
        self.page_threshold = page_threshold
        self._weight = weight
        self.mean: Floats = np.zeros(len(self.center))

    def update(self, values: Floats) -> None:
        """Take one vector, shape (features,); one with a missing value (NaN) changes nothing."""
        self.update_many(values[None])

    def update_many(self, values: Floats) -> Floats:
        """Take vectors in order, shape (events, features); return the statistic after each."""
        steps = self._weight * (values - self.center)
        decays = np.full((len(values), 1), 1.0 - self._weight)
        missing = np.isnan(steps).any(axis=1)
        if missing.any():
            steps[missing], decays[missing] = 0.0, 1.0
        history = np.empty(steps.shape)
        mean = self.mean
        for decay, step, after in zip(decays, steps, history, strict=True):
            np.multiply(mean, decay, out=after)
            np.add(after, step, out=after)
            mean = after
        self.mean = history[-1].copy()
        return _statistic(history, self.whitening, self._weight)

    @property
    def statistic(self) -> float:
        """Squared distance, scaled to what its variance is in the long run."""
        return float(_statistic(self.mean[None], self.whitening, self._weight)[0])

    @property
    def drift_detected(self) -> bool:
        """Whether the statistic lies beyond the threshold."""
        return self.statistic > self.threshold


def whitening(rows: Floats, shrinkage: float = 0.1) -> Floats:
    """Return the factor W with ``cov(rows @ W)`` about 1, shape (features, features).

    Args:
        rows: normal scores, shape (events, features).
        shrinkage: share of the identity in the covariance: directions in which the baseline
            happens hardly to move would else turn noise into alarms.

    References:
        Ledoit and Wolf, A well-conditioned estimator, J. Multivariate Analysis 2004.
    """
    covariance = np.cov(rows, rowvar=False).reshape(rows.shape[1], -1)
    shrunk = (1 - shrinkage) * covariance + shrinkage * np.eye(rows.shape[1])
    values, vectors = np.linalg.eigh(shrunk)
    factor: Floats = vectors / np.sqrt(values)
    return factor


def simulate(
    rows: Floats, *, arl: float, seed: int, labels: Integers | None = None, weight: float = 0.02
) -> float:
    """Return the threshold for a run length, from runs over resampled baseline rows.

    Each run has a mean of its own, as far off as the baseline's may be: without that, the
    realised run length is about half of the wanted one.

    Args:
        rows: centred and whitened, shape (events, components); not those that fitted the whitening.
        arl: events to a false alarm.
        seed: of the resampling.
        labels: the cluster of each row, if the threshold must bear a swinging mix of them.
        weight: of the chart.
    """
    rng = np.random.default_rng(seed)
    rows = np.asarray(rows, np.float32)
    shape = (_RUNS, rows.shape[1])
    offsets = rng.standard_normal(shape, np.float32) * (rows.std(axis=0) / np.sqrt(len(rows)))
    draw = steady(len(rows), _RUNS, rng) if labels is None else swinging(labels, _RUNS, rng)
    means = np.zeros(shape, np.float32)
    maxima = np.zeros(_RUNS)
    for event in range(_EVENTS):
        means += np.float32(weight) * (rows[draw(event)] + offsets - means)
        np.maximum(maxima, np.einsum("ij,ij->i", means, means), out=maxima)
    return quantile_threshold(maxima * (2 - weight) / weight, _EVENTS, arl)


def _statistic(means: Floats, factor: npt.NDArray[np.float32], weight: float) -> Floats:
    white = product(means, factor)
    statistic: Floats = (white * white).sum(axis=1) * ((2 - weight) / weight)
    return statistic
