"""What happened in the demo so far: what was sent, what came back."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

RECENT = 60
LOW, HIGH = 0.5, 0.7


@dataclass(slots=True)
class Route:
    """What the viewer has seen of one route."""

    events: int = 0
    unverifiable: int = 0
    invented: int = 0
    scores: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def grounding(self) -> float:
        """Mean over the last answers; 0 before the first."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


@dataclass(slots=True)
class Story:
    """The demo as it unfolds: what was sent, what came back."""

    positions: dict[str, int] = field(default_factory=dict)
    incident_start: int | None = None
    verdict_ids: set[str] = field(default_factory=set)
    repeats: int = 0
    dead_letters: int = 0
    routes: dict[str, Route] = field(default_factory=dict)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    migrations: list[dict[str, Any]] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    example: dict[str, Any] | None = None
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=10 * RECENT))
    started: float = field(default_factory=time.monotonic)

    def sent(self, event: dict[str, Any], *, incident: bool) -> None:
        """Remember the place of an event in the traffic."""
        if incident and self.incident_start is None:
            self.incident_start = len(self.positions)
        self.positions[event["id"]] = len(self.positions)
        self.latencies.append(event["latency_seconds"])

    def judged(self, verdict: dict[str, Any]) -> None:
        """Take in one verdict."""
        self.repeats += verdict["id"] in self.verdict_ids
        self.verdict_ids.add(verdict["id"])
        route = self.routes.setdefault(verdict["route"], Route())
        route.events += 1
        signals = {signal["name"]: signal for signal in verdict["signals"]}
        score = signals["grounding"]["score"]
        if score is None:
            route.unverifiable += 1
        else:
            route.scores.append(score)
        if signals["commercial_claims"]["label"] == "unauthorised":
            route.invented += 1
            self.invented.append(verdict["event_id"])
            self.example = verdict

    def told(self, event: dict[str, Any]) -> None:
        """Take in what the drift stage publishes: an alarm or a change of provenance."""
        (self.alarms if event["kind"] == "alarm" else self.migrations).append(event)

    def latency_p95(self) -> float:
        """Return the bot's own 95th percentile in seconds: what a classic dashboard shows."""
        ordered = sorted(self.latencies)
        return ordered[int(0.95 * (len(ordered) - 1))] if ordered else 0.0

    def delay(self, alarm: dict[str, Any]) -> int:
        """Return how many events after the incident began an alarm was raised; < 0 is false.

        Partitions are read at paces of their own: of the last events that the alarm has seen, the
        one that was sent last counts.
        """
        return max(map(self._place, (alarm["event_id"], *alarm["after"])))

    def _place(self, event_id: str) -> int:
        """Return how many events after the incident began one was sent."""
        if self.incident_start is None:
            return -1
        return self.positions[event_id] - self.incident_start

    def done(self) -> bool:
        """Return whether every event sent has its verdict."""
        return len(self.verdict_ids) == len(self.positions)

    def told_after(self) -> int | None:
        """Return after how many answers of the incident an alarm named its route, if any did."""
        delays = [self.delay(a) for a in self.alarms if a["series"]["route"] == "chat"]
        return min((delay for delay in delays if delay >= 0), default=None)

    def false_claims(self) -> int:
        """Return how many promises were called invented before the incident."""
        return sum(self._place(event_id) < 0 for event_id in self.invented)

    def first_claim(self) -> int | None:
        """Return after how many answers of the incident the first invented promise was named."""
        places = map(self._place, self.invented)
        return min((place for place in places if place >= 0), default=None)

    def false_alarms(self) -> int:
        """Return how many alarms came before the incident."""
        return sum(self.delay(alarm) < 0 for alarm in self.alarms)
