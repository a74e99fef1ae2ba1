"""The state of one trace as plain data, versioned, and its bytes in the changelog."""

import msgspec

from processor.applied import Applied
from processor.seal import SealError, seal, unseal

VERSION = 1


class StateError(ValueError):
    """A stored state that cannot be used."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A call that waits for its documents until the stream's time is ``due``."""

    place: bytes
    due: float
    content: bytes


class State(msgspec.Struct, kw_only=True):
    """All that is kept of a trace.

    ``applied`` tells repeats. ``touched`` is the stream's time when something last came.
    ``handed_on`` says how many calls have gone on their way.
    """

    applied: dict[int, Applied] = {}
    documents: list[bytes] = []
    waiting: list[Waiting] = []
    touched: float = 0.0
    handed_on: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(State)


def encode(state: State) -> bytes:
    """Return the state as bytes: version, CRC-32, MessagePack."""
    return seal(VERSION, _encoder.encode(state))


def decode(stored: bytes | None) -> State:
    """Read a state; ``None`` is that of a trace not heard of.

    Raises:
        StateError: it is damaged or of another version.
    """
    if stored is None:
        return State()
    try:
        return _decoder.decode(unseal(VERSION, stored))
    except (SealError, msgspec.DecodeError) as error:
        raise StateError(f"state cannot be read: {error}") from error
