"""What an alarm says, and the latch that says it once."""

from typing import Literal

import msgspec

Tier = Literal["warn", "page"]
Family = Literal["output", "input", "rates"]
Cause = Literal["input_mix", "behaviour", "grounding", "format", "rate"]
Direction = Literal["up", "down"]

CAUSES: tuple[Cause, ...] = ("input_mix", "behaviour", "grounding", "format", "rate")
_RANK: dict[Tier, int] = {"warn": 0, "page": 1}
# A cause is over when its charts have fallen so far below their thresholds.
_CALM_RATIO = 0.5


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A feature that moved: ``effect`` is its mean shift since the change.

    In standard deviations of the baseline; of an outcome, the rate over the baseline's.
    """

    signal: str
    direction: Direction
    effect: float


class AfterChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change of provenance that the estimated change point follows."""

    field: str
    value: str
    event_id: str
    events_before: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A series has changed: which cause, on what evidence, since when.

    ``id`` is a function of what was observed. ``ratio`` is the chart's statistic over its
    threshold, ``events_since`` how many events ago the change is estimated. ``before`` and
    ``after`` name up to ten events before the estimated change and up to the alarm.
    """

    kind: Literal["alarm"] = "alarm"
    id: str
    series: dict[str, str]
    tier: Tier
    cause: Cause
    chart: str
    ratio: float
    moved: tuple[Moved, ...]
    event_id: str
    time: float | None
    events_since: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    after_change: AfterChange | None


class Latched(msgspec.Struct, frozen=True, array_like=True):
    """What was last said of a cause; ``calm`` counts the events in a row without a trace of it."""

    tier: Tier
    calm: int


class Latch:
    """Lets each cause through once, and again when it gets worse.

    A cause that was said stays latched until it is acknowledged, or until its charts have been
    calm for `cooldown` events. After an acknowledgement nothing is said for as many.

    Args:
        cooldown: events.
        latched: where an earlier latch stood.
        silent: events of silence left after an acknowledgement.

    Examples:
        >>> latch = Latch(cooldown=100)
        >>> [latch.admit("warn", "output"), latch.admit("warn", "output")]
        [True, False]
        >>> latch.admit("page", "output")
        True
    """

    def __init__(
        self, *, cooldown: int, latched: dict[str, Latched] | None = None, silent: int = 0
    ) -> None:
        self._cooldown = cooldown
        self.latched = dict(latched or {})
        self.silent = silent

    def admit(self, tier: Tier, family: Family) -> bool:
        """Say whether an alarm is news, and latch it if so."""
        if self.silent:
            return False
        last = self.latched.get(family)
        if last and _RANK[tier] <= _RANK[last.tier]:
            return False
        self.latched[family] = Latched(tier, 0)
        return True

    def pass_event(self, highest_ratio: float) -> None:
        """Take note of one event and of the largest ratio of statistic to threshold."""
        self.silent = max(0, self.silent - 1)
        if not self.latched:
            return
        calm = highest_ratio < _CALM_RATIO
        counted = {
            cause: Latched(last.tier, last.calm + 1 if calm else 0)
            for cause, last in self.latched.items()
        }
        self.latched = {c: last for c, last in counted.items() if last.calm < self._cooldown}

    def acknowledge(self) -> None:
        """Release all causes and keep silent for the cooldown."""
        self.latched = {}
        self.silent = self._cooldown
