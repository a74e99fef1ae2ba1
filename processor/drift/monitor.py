"""One score of one series, watched: a running mean, a recent mean and an adaptive window."""

import base64
from importlib.metadata import version
from typing import Literal, NamedTuple

import msgspec
from river import drift, stats

from processor.seal import StateError

Direction = Literal["up", "down"]

_RIVER = version("river")
# One event in twenty: the recent mean follows a change within a few dozen events.
_FADING = 0.05


class MonitorState(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor as plain data; ``window`` is river's own encoding of its window, as base64."""

    river: str
    n: int
    mean: float
    recent_mean: float
    window: str
    changed: bool


class Change(NamedTuple):
    """The mean of a score moved: when its window said so, from what, to what."""

    direction: Direction
    mean_before: float
    mean_after: float
    window_events: int


class Monitor:
    """Watches the mean of one score.

    Args:
        delta: ADWIN's confidence; smaller is more careful.
        min_events: no change is reported before so many events.

    References:
        Bifet and Gavaldà, Learning from time-changing data with adaptive windowing, SDM 2007.

    Examples:
        >>> monitor = Monitor(min_events=50)
        >>> for _ in range(200):
        ...     change = monitor.update(0.8)
        >>> round(monitor.mean, 3), change
        (0.8, None)
        >>> changes = [monitor.update(0.2) for _ in range(100)]
        >>> [change.direction for change in changes if change]
        ['down']
    """

    def __init__(self, *, delta: float = 0.002, min_events: int = 100) -> None:
        self._mean = stats.Mean()
        self._recent = stats.EWMean(fading_factor=_FADING)
        self._adwin = drift.ADWIN(delta=delta, grace_period=min_events)

    @property
    def n(self) -> int:
        """Events since the start of the series."""
        return int(self._mean.n)

    @property
    def mean(self) -> float:
        """Mean over all events; 0 before the first."""
        return float(self._mean.get())

    @property
    def recent_mean(self) -> float:
        """Exponentially weighted mean; 0 before the first event."""
        return float(self._recent.get())

    @property
    def window_events(self) -> int:
        """Events in the adaptive window."""
        return int(self._adwin.width)

    def update(self, score: float) -> Change | None:
        """Take one score; return the change that it completed, if any."""
        before = float(self._adwin.estimation)  # since the last change, if there was one
        self._mean.update(score)
        self._recent.update(score)
        self._adwin.update(score)
        if not self._adwin.drift_detected:
            return None
        after = self.recent_mean
        return Change("down" if after < before else "up", before, after, self.window_events)

    def state(self) -> MonitorState:
        """Return everything that a later `restore` needs."""
        window = self._adwin._helper.__getstate__()  # noqa: SLF001 - river offers no other way
        return MonitorState(
            river=_RIVER,
            n=self.n,
            mean=self.mean,
            recent_mean=self.recent_mean,
            window=base64.b64encode(window).decode(),
            changed=bool(self._adwin.drift_detected),
        )

    def restore(self, state: MonitorState) -> None:
        """Go on exactly where `state` was taken.

        The state must be intact: river's decoder panics on damaged bytes or, worse, takes some.

        Raises:
            StateError: it is from another version of river.
        """
        if state.river != _RIVER:
            raise StateError(f"window of river {state.river}, this is {_RIVER}")
        self._mean = stats.Mean._from_state(state.n, state.mean)  # noqa: SLF001 - as above
        if state.n:
            # The first value of an exponentially weighted mean is the mean itself.
            self._recent.update(state.recent_mean)
        self._adwin._helper.__setstate__(base64.b64decode(state.window))  # noqa: SLF001
        self._adwin._drift_detected = state.changed  # noqa: SLF001
