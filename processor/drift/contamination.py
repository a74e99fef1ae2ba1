"""Some answers go far wrong while the rest stay as they were."""

import numpy as np
import numpy.typing as npt

from processor.drift.evidence import Evidence
from processor.drift.rank import score_table

Floats = npt.NDArray[np.float64]

# (share of answers, how far in standard deviations): what is bet on.
_BETS = ((0.1, 3.0), (0.2, 2.0))
# A baseline knows its extremes from few events: so many of them, by simulation, are the slack.
_SLACK_EVENTS = 25.0


class Contamination:
    """Shiryaev-Roberts e-detector of a share of outlying scores.

    For each signal, direction and bet the e-value is the likelihood ratio of a mixture,
    ``1 - share + share exp(far z - far² / 2)``, over its mean in the baseline plus a slack. The
    mean of the scores hardly moves when one answer in ten belongs to another question; this does.

    Args:
        signals: how many scores an event has.
        arl: the guaranteed mean number of events to a false alarm.
        baseline_events: the events that calibrated the scores; few of them are extreme.

    References:
        Shin, Ramdas and Rinaldo, E-detectors, NEJSDS 2024.
        Donoho and Jin, Higher criticism for detecting sparse mixtures, Ann. Stat. 2004.

    Examples:
        >>> chart = Contamination(signals=1, arl=1e5)
        >>> for event in range(60):
        ...     chart.update(np.array([-2.8 if event % 5 == 0 else 0.1]))
        >>> chart.evidence.drift_detected
        True
    """

    def __init__(self, *, signals: int, arl: float, baseline_events: float = float("inf")) -> None:
        shares, far = (np.array(column)[:, None] for column in zip(*_BETS, strict=True))
        slack = _SLACK_EVENTS / baseline_events
        likelihood = shares * np.exp(far * score_table() - far**2 / 2)
        scale = 1 / (1 - shares + likelihood.mean(axis=1, keepdims=True) + slack)
        self._far = far
        self._constant = (1 - shares) * scale
        self._factor = shares * scale * np.exp(-(far**2) / 2)
        self.evidence = Evidence((2, len(_BETS), signals), arl=arl)

    def update(self, scores: Floats) -> None:
        """Take the scores of one event, shape (signals,); NaN leaves its signal as it was."""
        self.update_many(scores[None])

    def update_many(self, scores: Floats) -> Floats:
        """Take events in order, shape (events, signals); return the evidence after each."""
        leant = self._far * scores[:, None, :]
        likelihood = np.exp(np.stack((leant, -leant), axis=1))
        return self.evidence.update_many(self._constant + self._factor * likelihood)
