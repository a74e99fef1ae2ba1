"""Turns for the tests of conversations: what is said, when, and what comes of it."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from detectors.intent.vectors import pack
from processor.conversation.machine import Machine, Steps
from processor.conversation.state import Ending, State
from processor.conversation.turn import Explicit, Turn

HOUR = 3600.0
DAY = 24 * HOUR
_DIMENSION = 16
_offsets = count()


def vector(*parts: int) -> bytes:
    """Return a packed unit vector; those that share parts are alike, all others orthogonal."""
    raw = np.zeros(_DIMENSION)
    raw[list(parts)] = 1.0
    return pack(raw / np.linalg.norm(raw))


def turn(time: float, intent: str = "refund", **fields: Any) -> Turn:
    """Return a turn that asks something new of the intent and is answered."""
    offset = next(_offsets)
    about = {"refund": 0, "parcel": 1, "fee": 2}.get(intent, 3)
    default: dict[str, Any] = {
        "partition": 0,
        "offset": offset,
        "logged": float(offset),
        "event": offset,
        "time": float(time),
        "app": "shop",
        "route": "chat",
        "intent": intent,
        "window_seconds": None,
        "asked": True,
        "answered": True,
        "cues": (),
        "prompt": vector(about),
        "response": vector(8, about),
        "explicit": None,
    }
    return Turn(**default | fields)


def thanks(time: float, **fields: Any) -> Turn:
    """Return a turn in which the user thanks."""
    return turn(time, "out_of_scope", cues=("thanks",), prompt=vector(7), **fields)


def told(time: float, outcome: Any, *, final: bool = True, **fields: Any) -> Turn:
    """Return an event of another system, or of a thumb."""
    silent = {"asked": False, "answered": False, "prompt": b"", "response": b""}
    return turn(time, "unverifiable", explicit=Explicit(outcome, final=final), **silent, **fields)


class Result(NamedTuple):
    """What became of a conversation; ``standing`` are the endings that hold, oldest first."""

    steps: Steps
    state: State
    standing: list[Ending]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Intent and outcome of what holds."""
        return [(ending.intent, ending.outcome) for ending in self.standing]


def logged(turns: Iterable[Turn]) -> list[Turn]:
    """Give the turns places in the order in which they come."""
    return [replace(said, offset=place, logged=float(place)) for place, said in enumerate(turns)]


def run(turns: Sequence[Turn], machine: Machine | None = None, *, until: float = 0.0) -> Result:
    """Take turns as they are placed; then let time pass, a month if nothing else is said."""
    machine = machine or Machine()
    state, steps, now = State(), Steps(), 0.0
    for said in turns:
        now = max(now, said.time)
        machine.take(state, said, now, steps)
    machine.pass_time(state, until or now + 30 * DAY, steps)
    return Result(steps, state, net(steps))


def net(steps: Steps) -> list[Ending]:
    """Return the endings that are left when each revocation has taken one away."""
    left = list(steps.endings)
    for revoked in steps.revocations:
        left.remove(next(ending for ending in left if same(ending, revoked.ending)))
    return sorted(left, key=lambda ending: ending.number)


def same(first: Ending, second: Ending) -> bool:
    """Whether two are of the same segment and say the same."""

    def key(ending: Ending) -> tuple[object, ...]:
        return ending.number, ending.outcome, ending.explicit

    return key(first) == key(second)


def outcomes(turns: Sequence[Turn], machine: Machine | None = None) -> list[tuple[str, str]]:
    """Return intent and outcome of every segment of a conversation."""
    return run(logged(turns), machine).outcomes
