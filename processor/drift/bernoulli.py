"""Bernoulli CUSUM: a rate of yes-or-no outcomes against its baseline rate."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from processor.drift.cusum import events_since

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# What is looked for: odds so many times the tolerated ones, or one so-many-th of them.
_ODDS = np.array([2.0, 4.0])
# Evidence beyond is not told apart; see `evidence.py`.
_CAP = 1e3
_Z = 1.96


class Rate:
    """How often an outcome came in the baseline, and what is tolerated.

    Args:
        hits: events of the baseline with the outcome.
        events: all events of the baseline that could have it.
        tolerance: the rate may be so many times the baseline's, or one so-many-th of it.

    References:
        Wilson, Probable inference, JASA 1927 (the interval).

    Examples:
        >>> rate = Rate(20, 1000, tolerance=1.5)
        >>> round(rate.lower, 4), round(rate.upper, 4)
        (0.013, 0.0307)
        >>> round(Rate(0, 1000, tolerance=1.5).upper, 4)
        0.0038
    """

    def __init__(self, hits: int, events: int, *, tolerance: float) -> None:
        share = hits / events
        spread = _Z * np.sqrt(share * (1 - share) / events + _Z**2 / (4 * events**2))
        middle, scale = share + _Z**2 / (2 * events), 1 + _Z**2 / events
        # No less than what the baseline itself leaves open.
        self.lower = float(min((middle - spread) / scale, share / tolerance))
        self.upper = float(max((middle + spread) / scale, min(1.0, share * tolerance)))


class Bernoulli:
    """CUSUMs of the log likelihood ratio of higher and lower odds, for several rates.

    Upwards ``S = max(0, S + log(p1(x) / p0(x)))`` with the odds of p1 2 and 4 times those of the
    tolerated rate p0, downwards a half and a quarter of them. As an e-detector, its mean
    evidence exp(S) reaches the run length no sooner, on average, than after as many events.

    Args:
        rates: one a signal.
        arl: the guaranteed mean number of events to a false alarm, all rates together.

    References:
        Reynolds and Stoumbos, A CUSUM chart for monitoring a proportion, J. Quality Tech. 1999.
        Shin, Ramdas and Rinaldo, E-detectors, NEJSDS 2024 (the run length).

    Examples:
        >>> chart = Bernoulli([Rate(20, 1000, tolerance=1.5)], arl=1e5)
        >>> for event in range(100):
        ...     chart.update(np.array([float(event % 5 == 0)]))
        >>> chart.drift_detected
        True
    """

    def __init__(self, rates: Sequence[Rate], *, arl: float) -> None:
        self.arl = arl
        bounds = [[rate.upper for rate in rates], [rate.lower for rate in rates]]
        tolerated = np.clip(bounds, 1e-9, 1 - 1e-9)[:, None, :]
        odds = np.stack((_ODDS, 1 / _ODDS))[:, :, None]
        moved = odds * tolerated / (1 - tolerated + odds * tolerated)
        self._hit = np.log(moved / tolerated)
        self._miss = np.log((1 - moved) / (1 - tolerated))
        self._cap = np.log(_CAP * arl * max(moved.size, 1))
        self.sums: Floats = np.zeros(moved.shape)
        self.events_since = np.zeros(moved.shape, np.int64)

    def update(self, outcomes: Floats) -> None:
        """Take the outcomes of one event, 0 or 1, shape (rates,); NaN leaves its rate as it was."""
        self.update_many(outcomes[None])

    def update_many(self, outcomes: Floats) -> tuple[Floats, Integers]:
        """Take events in order, shape (events, rates).

        Returns:
            The sums after each event, and the events since each was last 0; the shape of both is
            (events, 2 directions: up, down; odds; rates).
        """
        seen = outcomes[:, None, None, :]
        steps = np.where(seen > 0, self._hit, self._miss)
        steps = np.where(np.isnan(seen), 0.0, steps)
        history = np.empty(steps.shape)
        sums = self.sums
        for step, after in zip(steps, history, strict=True):
            np.add(sums, step, out=after)
            np.maximum(after, 0.0, out=after)
            np.minimum(after, self._cap, out=after)
            sums = after
        since = events_since(history, self.events_since)
        self.sums, self.events_since = history[-1].copy(), since[-1].copy()
        return history, since

    def ratio(self, sums: Floats) -> Floats:
        """Return the logarithm of the mean evidence over that of the run length; 1 is an alarm."""
        if self.sums.size == 0:
            return np.zeros(sums.shape[:-3])
        # A sum of 0 stands for evidence of at most 1, which is none.
        mean = np.expm1(sums).mean(axis=(-3, -2, -1))
        return np.asarray(np.log1p(mean) / np.log1p(self.arl), np.float64)

    def shares(self, sums: Floats, since: Integers) -> Floats:
        """Return the rate since each sum was last 0, which the sum itself tells."""
        misses = since * self._miss
        hits: Floats = (sums - misses) / (self._hit - self._miss)
        return np.clip(hits / np.maximum(since, 1), 0.0, 1.0)

    @property
    def drift_detected(self) -> bool:
        """Whether the mean evidence has reached the run length."""
        return bool(self.ratio(self.sums) >= 1.0)
