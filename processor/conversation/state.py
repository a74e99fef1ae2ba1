"""The state of one conversation as plain data, versioned, and its bytes in the changelog."""

from typing import Literal

import msgspec

from processor.applied import Applied
from processor.conversation.segment import Segment
from processor.conversation.turn import Turn, Word
from processor.seal import Codec

VERSION = 1


class Ending(msgspec.Struct, kw_only=True, array_like=True):
    """How a segment ended; ``revoked`` says why that no longer holds, and is empty while it does.

    ``frustration`` is the mean over its turns, ``chance`` a fitted model's that it was settled;
    both in [0, 1].
    """

    number: int
    app: str
    route: str
    intent: str
    outcome: Word
    explicit: bool
    opened: float
    last: float
    turns: int
    rephrases: int
    failures: int
    negatives: int
    frustration: float
    chance: float | None
    opening: bytes
    revoked: str = ""

    @property
    def source(self) -> Literal["explicit", "inferred"]:
        """Whether the outcome was told or inferred."""
        return "explicit" if self.explicit else "inferred"


class State(msgspec.Struct, kw_only=True):
    """All that is kept of a conversation; its size has a bound that no traffic passes.

    ``applied`` and ``recent`` tell repeats: by place, and by event. ``pending`` waits, in order
    of time, for what may come before it. ``frontier`` is the last turn applied. ``touched`` is
    the stream's time when something last came. ``asleep`` is the segment that time ended last,
    should it go on after all.
    """

    applied: dict[int, Applied] = {}
    recent: list[int] = []
    pending: list[Turn] = []
    frontier: tuple[float, float, int] = (-1.0, 0.0, 0)
    touched: float = 0.0
    segment: Segment | None = None
    asleep: Segment | None = None
    endings: list[Ending] = []
    segments: int = 0


_codec = Codec(VERSION, State)
encode, decode = _codec.encode, _codec.decode
