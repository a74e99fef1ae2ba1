"""How far a file is read, told by what was read and not by the file's name or number.

A name changes with each rotation, and the number of an inode is given out again. What stands
before an offset stays: a file is the one we know if it holds the same bytes there, be it renamed,
copied or compressed.
"""

import hashlib
from typing import Protocol, Self

import msgspec

# Whole lines as a rule, with the ids and times that tell them from others.
GUARD_BYTES = 4096


class Content(Protocol):
    """What a file holds, plain or compressed."""

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes at ``offset``; fewer mean that there are no more."""
        ...


class Position(msgspec.Struct, frozen=True):
    """An offset, and the SHA-256 of up to 4096 bytes before it: no text of a user."""

    offset: int = 0
    guarded: int = 0
    digest: str = ""

    @classmethod
    def after(cls, read: bytes, offset: int) -> Self:
        """Return the position at ``offset``, behind the bytes ``read``."""
        guard = read[-GUARD_BYTES:]
        return cls(offset, len(guard), _digest(guard))

    @property
    def start(self) -> int:
        """Where the guarded bytes begin."""
        return self.offset - self.guarded

    def is_behind(self, guard: bytes) -> bool:
        """Return whether these are the bytes that stood before the offset."""
        return len(guard) == self.guarded and (not guard or _digest(guard) == self.digest)

    def lies_in(self, content: Content) -> bool:
        """Return whether a file holds what was read up to here."""
        return self.is_behind(content.read(self.start, self.guarded) if self.guarded else b"")


def _digest(guard: bytes) -> str:
    return hashlib.sha256(guard).hexdigest()
