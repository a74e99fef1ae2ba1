"""The state of one trace as plain data, versioned, and its bytes in the changelog."""

import msgspec

from processor.applied import Applied
from processor.seal import Codec

VERSION = 2


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A call that is kept, and how often it has been handed on.

    ``ended`` is when the answer was complete, in seconds since the epoch. It goes on when the
    stream's time is ``due``; one that has gone on waits for nothing until documents come late.
    """

    place: bytes
    content: bytes
    ended: float
    due: float | None
    times: int = 0


class State(msgspec.Struct, kw_only=True):
    """All that is kept of a trace.

    ``applied`` tells repeats. ``touched`` is the stream's time when something last came.
    ``gone`` says how many calls have gone on for good: for want of room they are not held.
    """

    applied: dict[int, Applied] = {}
    documents: list[bytes] = []
    calls: list[Held] = []
    touched: float = 0.0
    gone: int = 0


_codec = Codec(VERSION, State)
encode, decode = _codec.encode, _codec.decode
