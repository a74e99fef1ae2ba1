"""Lines from a pipe; what it has handed out cannot be read again."""

import os
import select

from processor.shipping.generation import CHUNK_BYTES, Chunk
from processor.shipping.position import Position


class Pipe:
    """Reads the lines of a stream that has no positions.

    Args:
        descriptor: to read from.
        max_line_bytes: a longer line is passed over and counted.
    """

    def __init__(self, descriptor: int, *, max_line_bytes: int) -> None:
        self._descriptor = descriptor
        self._max_line_bytes = max_line_bytes
        self._rest = b""
        self._skipping = False
        self.has_ended = False

    def read(self) -> Chunk | None:
        """Return the next lines, or None where no line is complete."""
        if self.has_ended or not select.select([self._descriptor], [], [], 0)[0]:
            return None
        piece = os.read(self._descriptor, CHUNK_BYTES)
        self.has_ended = not piece
        *lines, rest = (self._rest + piece).split(b"\n")
        if self.has_ended and rest:
            lines, rest = [*lines, rest], b""
        if self._skipping and lines:
            lines, self._skipping = lines[1:], False
        too_long = sum(len(line) > self._max_line_bytes for line in lines)
        kept = [
            bare for line in lines if len(line) <= self._max_line_bytes and (bare := line.strip())
        ]
        if len(rest) > self._max_line_bytes:
            too_long += not self._skipping
            self._skipping, rest = True, b""
        self._rest = rest
        return Chunk(kept, Position(), too_long=too_long) if kept or too_long else None
