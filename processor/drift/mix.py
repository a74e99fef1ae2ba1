"""The mix of prompts: clusters of a baseline, and how their shares may swing over a day."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_CLUSTERS = 8
_ROUNDS = 20
_PRIOR_EVENTS = 20
# The swing that a page must bear: shares times exp(+-1), up to sevenfold against each other,
# over a day of so many events.
_AMPLITUDE = 1.0
_PERIOD_EVENTS = 2000


class Mix:
    """Prompts in a few clusters, by their nearest centre.

    Args:
        centers: shape (clusters, dimensions).

    References:
        Lloyd, Least squares quantization in PCM, IEEE Trans. Inf. Theory 1982 (k-means).

    Examples:
        >>> mix = Mix.fit(np.repeat([[0.0], [9.0]], 20, axis=0), seed=1)
        >>> mix.distances(np.array([[0.5]])).round(1)
        array([0.5])
    """

    def __init__(self, centers: npt.ArrayLike) -> None:
        self.centers = np.asarray(centers, np.float16)
        self._centers = self.centers.astype(np.float32)

    @classmethod
    def fit(cls, vectors: Floats, *, seed: int) -> "Mix":
        """Find the clusters of these prompts; rows with NaN are left out.

        Args:
            vectors: shape (events, dimensions).
            seed: of the first centres.
        """
        known = vectors[~np.isnan(vectors).any(axis=1)]
        if known.size == 0:
            return cls(np.zeros((0, vectors.shape[1])))
        rng = np.random.default_rng(seed)
        centers = known[rng.choice(len(known), min(_CLUSTERS, len(known)), replace=False)]
        for _ in range(_ROUNDS):
            nearest = _squares(known, centers).argmin(axis=1)
            centers = np.array(
                [
                    known[nearest == cluster].mean(axis=0) if (nearest == cluster).any() else center
                    for cluster, center in enumerate(centers)
                ]
            )
        return cls(centers)

    def labels(self, vectors: Floats) -> Integers:
        """Return the cluster of each prompt, shape (events,); an unknown prompt is of the first."""
        if len(self.centers) == 0:
            return np.zeros(len(vectors), np.int64)
        nearest: Integers = np.nan_to_num(_squares(vectors, self._centers)).argmin(axis=1)
        return nearest

    def means(self, labels: Integers, values: Floats) -> npt.NDArray[np.float16]:
        """Return what each cluster has beside the prompt's part, shape (clusters, features).

        Drawn to 0 as if so many more events without it had been seen: few events say little.
        """
        means = np.zeros((max(1, len(self.centers)), values.shape[1]), np.float16)
        for cluster in range(len(means)):
            own = values[labels == cluster]
            known = (~np.isnan(own)).sum(axis=0)
            means[cluster] = np.nansum(own, axis=0) / (known + _PRIOR_EVENTS)
        return means

    def distances(self, vectors: Floats) -> Floats:
        """Return how far each prompt is from its nearest centre: how novel it is."""
        nearest: Floats = np.sqrt(_squares(vectors, self._centers).min(axis=-1))
        return nearest


def _squares(vectors: Floats, centers: npt.NDArray[np.floating]) -> Floats:
    gaps = vectors[..., None, :] - centers
    squares: Floats = (gaps * gaps).sum(axis=-1)
    return squares


def steady(rows: int, runs: int, rng: np.random.Generator) -> Callable[[int], Integers]:
    """Return a source of rows for simulated runs: at any event, any row for each run."""
    return lambda _event: rng.integers(0, rows, runs)


def swinging(labels: Integers, runs: int, rng: np.random.Generator) -> Callable[[int], Integers]:
    """Return a source of rows for runs in which the shares of the clusters go up and down.

    Args:
        labels: the cluster of each row.
        runs: each with its own phase, and own directions of its clusters.
        rng: what is drawn from.
    """
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    starts = np.cumsum(counts) - counts
    signs = rng.choice([-1.0, 1.0], (runs, len(counts)))
    phases = rng.integers(0, _PERIOD_EVENTS, (runs, 1))

    def draw(event: int) -> Integers:
        swing = np.sin(2 * np.pi * (event + phases) / _PERIOD_EVENTS)
        weights = np.cumsum(counts * np.exp(_AMPLITUDE * swing * signs), axis=1)
        chosen = (weights < rng.random((runs, 1)) * weights[:, -1:]).sum(axis=1)
        drawn: Integers = order[starts[chosen] + (rng.random(runs) * counts[chosen]).astype(int)]
        return drawn

    return draw
