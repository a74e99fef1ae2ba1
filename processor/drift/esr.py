"""Mixture e-SR: an alarm on a shifted mean whose run length is guaranteed, not approximated."""

import numpy as np
import numpy.typing as npt

from processor.drift.evidence import Evidence

Floats = npt.NDArray[np.float64]

# Bets from timid to bold, for small shifts and large ones.
_BETS = (0.1, 0.3, 0.7, 1.4)


class ESR:
    """Shiryaev-Roberts e-detector of a shift beyond a tolerated one.

    For each signal, direction and bet the e-value is ``exp(bet (z - slack) - bet² / 2)``: at
    most 1 on average while the mean of z stays within the slack.

    Args:
        signals: how many scores an event has.
        arl: the guaranteed mean number of events to a false alarm.
        slack: the tolerated mean, in standard deviations: what the mix of a day may do.

    References:
        Shin, Ramdas and Rinaldo, E-detectors, New England Journal of Statistics in Data
        Science 2024.

    Examples:
        >>> chart = ESR(signals=2, arl=1e5)
        >>> for _ in range(30):
        ...     chart.update(np.array([0.0, 1.5]))
        >>> chart.evidence.drift_detected
        True
    """

    def __init__(self, *, signals: int, arl: float, slack: float = 0.5) -> None:
        self._bets = np.array(_BETS)[:, None]
        self._offset = self._bets * slack + self._bets**2 / 2
        self.evidence = Evidence((2, len(_BETS), signals), arl=arl)

    def update(self, scores: Floats) -> None:
        """Take the scores of one event, shape (signals,); NaN leaves its signal as it was."""
        self.update_many(scores[None])

    def update_many(self, scores: Floats) -> Floats:
        """Take events in order, shape (events, signals); return the evidence after each."""
        leant = self._bets * scores[:, None, :]
        e_values = np.exp(np.stack((leant, -leant), axis=1) - self._offset)
        return self.evidence.update_many(e_values)
