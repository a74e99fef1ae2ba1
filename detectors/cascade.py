"""A dear detector only where a cheap one is undecided."""

from collections.abc import Sequence

from detectors.base import Detector, Interaction, Signal


class Cascade:
    """Runs the slow detector on the interactions whose fast score lies in a band.

    The signals are those of the fast detector, and where the slow one ran, its own after them.
    Where the fast score lies outside the band, or is missing, the slow one was not needed and
    makes no signal: a measurement that nobody asked for is not a missing one, and its share is
    the difference of the two signals' counts.

    Every undecided interaction is run, whoever its neighbours are and however long the others
    took, for a verdict is a function of the event and a replay must give the same. What an
    event may cost at most is therefore the slow detector's to bound, in units of the event such
    as `Neural`'s ``tokens_per_event``; the width of the band bounds how many pay it.

    Args:
        fast: makes the signal that decides.
        slow: runs where that signal does not.
        signal: a name among the fast detector's signals.
        band: the lowest and the highest undecided score, both in [0, 1].

    References:
        Viola and Jones, Rapid object detection using a boosted cascade, CVPR 2001.
    """

    name = "cascade"

    def __init__(
        self,
        fast: Detector,
        slow: Detector,
        *,
        signal: str = "hallucination",
        band: tuple[float, float] = (0.3, 0.7),
    ) -> None:
        low, high = band
        if not 0.0 <= low <= high <= 1.0:
            raise ValueError(f"band {band} is not an ascending pair in [0, 1]")
        self._fast = fast
        self._slow = slow
        self._signal = signal
        self._low = low
        self._high = high

    @property
    def version(self) -> str:
        """Versions of the two, as far as they have one."""
        return "+".join(filter(None, (self._fast.version, self._slow.version)))

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return the fast signals of each interaction, and the slow ones of the undecided."""
        rows = list(self._fast.detect_many(batch))
        undecided = [index for index, row in enumerate(rows) if self._is_undecided(row)]
        if undecided:
            slow = self._slow.detect_many([batch[index] for index in undecided])
            for index, more in zip(undecided, slow, strict=True):
                rows[index] += more
        return rows

    def _is_undecided(self, row: Sequence[Signal]) -> bool:
        scores = [signal.score for signal in row if signal.name == self._signal]
        if not scores:
            raise ValueError(f"{self._fast.name} makes no signal {self._signal!r}")
        return any(score is not None and self._low <= score <= self._high for score in scores)
