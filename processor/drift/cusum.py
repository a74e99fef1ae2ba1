"""CUSUM: adds up what lies beyond a tolerated shift, and forgets what does not last."""

import numpy as np
import numpy.typing as npt

from processor.drift.threshold import cusum_threshold

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# An excess beyond this many thresholds is not remembered, or the end of a long incident
# would take as long to see as the incident lasted.
_CAP = 2.0


class Cusum:
    """Two-sided CUSUMs of standard normal scores against a fixed reference.

    ``S = max(0, S + z - k)`` upwards and ``S = max(0, S - z - k)`` downwards, for each signal and
    each k; an alarm is S beyond the threshold of its k. The sum since it was last 0 is the
    evidence, and the event after that the maximum likelihood estimate of the change.

    Args:
        signals: how many scores an event has.
        arl: events to a false alarm of one signal with one k, both sides together.
        references: the tolerated shifts k, in standard deviations.
        baseline_events: see `cusum_threshold`.

    References:
        Page, Continuous inspection schemes, Biometrika 1954.

    Examples:
        >>> chart = Cusum(signals=1, arl=1e4)
        >>> for _ in range(20):
        ...     chart.update(np.array([1.0]))
        >>> chart.drift_detected, int(chart.events_since.max())
        (True, 20)
        >>> float(chart.ratios.max().round(2))
        1.24
    """

    def __init__(
        self,
        *,
        signals: int,
        arl: float,
        references: tuple[float, ...] = (0.25, 0.5),
        baseline_events: float = float("inf"),
    ) -> None:
        self.references = np.array(references)
        thresholds = [cusum_threshold(arl, k, baseline_events) for k in references]
        self.thresholds = np.array(thresholds)[:, None]
        self.sums: Floats = np.zeros((2, len(references), signals))
        self.events_since: Integers = np.zeros(self.sums.shape, np.int64)

    def update(self, scores: Floats) -> None:
        """Take the scores of one event, shape (signals,); NaN leaves its signal as it was."""
        self.update_many(scores[None])

    def update_many(self, scores: Floats) -> tuple[Floats, Integers]:
        """Take the scores of events in order, shape (events, signals).

        Returns:
            The sums after each event, and the events since each was last 0; the shape of both is
            (events, 2 directions: up, down; references; signals).
        """
        steps = np.stack((scores, -scores), axis=1)[:, :, None, :] - self.references[:, None]
        missing = np.isnan(scores)
        if missing.any():
            steps[np.isnan(steps)] = 0.0
        history = np.empty(steps.shape)
        sums, caps = self.sums, np.broadcast_to(_CAP * self.thresholds, self.sums.shape)
        for step, after in zip(steps, history, strict=True):
            np.add(sums, step, out=after)
            np.maximum(after, 0.0, out=after)
            np.minimum(after, caps, out=after)
            sums = after
        since = events_since(history, self.events_since)
        self.sums, self.events_since = history[-1].copy(), since[-1].copy()
        return history, since

    @property
    def ratios(self) -> Floats:
        """Sums over their thresholds, shape (2 directions: up, down; references; signals)."""
        return np.asarray(self.sums / self.thresholds, np.float64)

    @property
    def drift_detected(self) -> bool:
        """Whether any sum lies beyond its threshold."""
        return bool((self.sums > self.thresholds).any())


def events_since(history: Floats, before: Integers) -> Integers:
    """Return how many events ago each sum was last 0, after each event.

    Args:
        history: sums after each event, events first.
        before: how long ago it was before the first.
    """
    events = np.arange(len(history)).reshape(-1, *[1] * before.ndim)
    last = np.maximum.accumulate(np.where(history == 0.0, events, -1 - before), axis=0)
    return np.asarray(events - last, np.int64)
