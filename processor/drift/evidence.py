"""What e-detectors share: evidence that grows by at most one an event while nothing changes."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Beyond this evidence nothing is told apart, and the end of an incident must come into sight.
_CAP = 1e3


class Evidence:
    """Shiryaev-Roberts sums of e-values: ``M = (M + 1) e`` for each bet.

    An e-value is not negative and has a mean of at most 1 while nothing has changed. The mean
    of all M then reaches the run length no sooner, on average, than after as many events,
    whatever the dependence between the signals.

    Args:
        shape: of the bets; the first axis is the direction (up, down), the last the signal.
        arl: the guaranteed mean number of events to a false alarm.

    References:
        Shin, Ramdas and Rinaldo, E-detectors, New England Journal of Statistics in Data
        Science 2024.

    Examples:
        >>> evidence = Evidence((1, 1, 1), arl=100.0)
        >>> history = evidence.update_many(np.full((6, 1, 1, 1), 2.0))
        >>> history.ravel().tolist()
        [2.0, 6.0, 14.0, 30.0, 62.0, 126.0]
        >>> evidence.drift_detected
        True
    """

    def __init__(self, shape: tuple[int, ...], *, arl: float) -> None:
        self.arl = arl
        self.values: Floats = np.zeros(shape)
        self._cap = _CAP * arl * max(self.values.size, 1)

    def update_many(self, e_values: Floats) -> Floats:
        """Take the e-values of events in order, events first; NaN leaves its bet as it was.

        Returns:
            The evidence after each event.
        """
        start = np.ones(e_values.shape)
        missing = np.isnan(e_values)
        if missing.any():
            start[missing] = 0.0
            e_values = np.where(missing, 1.0, e_values)
        history = np.empty(e_values.shape)
        values = self.values
        for one, e_value, after in zip(start, e_values, history, strict=True):
            np.add(values, one, out=after)
            np.multiply(after, e_value, out=after)
            np.minimum(after, self._cap, out=after)
            values = after
        self.values = history[-1].copy()
        return history

    def ratio(self, values: Floats) -> Floats:
        """Return the logarithm of the mean evidence over that of the run length; 1 is an alarm."""
        mean = values.mean(axis=(-3, -2, -1)) if self.values.size else np.zeros(len(values))
        return np.asarray(np.log1p(mean) / np.log1p(self.arl), np.float64)

    @property
    def drift_detected(self) -> bool:
        """Whether the mean evidence has reached the run length."""
        return bool(self.ratio(self.values) >= 1.0)
