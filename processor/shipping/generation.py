"""One file between two rotations, and how far its lines are read and acknowledged."""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from processor.shipping.content import Gzip, Inode, Plain, Stamp
from processor.shipping.position import GUARD_BYTES, Position

CHUNK_BYTES = 256 << 10


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A generation as the checkpoint keeps it."""

    family: str
    inode: tuple[int, int] | None
    position: Position
    finished: bool
    """Rotated, and read to its end."""
    stamp: tuple[int, int] | None = None
    """How the file stood then: size and time of its last change."""


class Chunk:
    """Lines that were read together; their position counts when all of them are dealt with.

    Args:
        lines: without their line breaks, none empty.
        too_long: lines that were passed over because of their length.
        end: the position behind them.
        settled: called when the last of them is.
    """

    def __init__(
        self,
        lines: Sequence[bytes],
        end: Position,
        settled: Callable[[], None] = lambda: None,
        *,
        too_long: int = 0,
    ) -> None:
        self.lines = lines
        self.too_long = too_long
        self.end = end
        self.pending = len(lines)
        self._settled = settled

    def settle(self, lines: int = 1) -> None:
        """Say that so many lines are acknowledged, or refused and counted."""
        self.pending -= lines
        if self.pending == 0:
            self._settled()


class Replaced(Exception):  # noqa: N818 - it names what happened; the family looks for the rest
    """The file holds other bytes than those that were read from it."""


class Generation:
    """Reads the lines of one content, wherever that lies.

    Args:
        family: the path that it was written under.
        position: where reading begins.
        inode: the file that held it last.
        max_line_bytes: a longer line is passed over and counted.
    """

    def __init__(
        self,
        family: Path,
        position: Position = Position(),  # noqa: B008 - frozen
        *,
        inode: Inode | None = None,
        max_line_bytes: int,
    ) -> None:
        self.family = family
        self.position = position
        self.acknowledged = position
        self.inode = inode
        self.path: Path | None = None
        self.finished = False
        self.stamp: Stamp | None = None
        self.grown = 0.0  # when it was last seen to grow, by the clock of its family
        self._max_line_bytes = max_line_bytes
        self._content: Plain | Gzip | None = None
        self._unbroken = 0  # bytes behind the position that are known to hold no line break
        self._open: deque[Chunk] = deque()

    @property
    def content(self) -> Plain | Gzip | None:
        """The file, while it is open."""
        return self._content

    @property
    def unread(self) -> int:
        """Bytes behind the position, those of a line without an end included."""
        return max(0, self._content.size - self.position.offset) if self._content else 0

    @property
    def unacknowledged(self) -> int:
        """Bytes that were read and are not acknowledged."""
        return self.position.offset - self.acknowledged.offset

    def attach(self, path: Path, content: Plain | Gzip) -> None:
        """Go on in this file, which holds what was read so far."""
        self.release()
        self.path, self._content, self.inode = path, content, content.inode
        self.finished = False

    def release(self) -> None:
        """Close the file."""
        if self._content:
            self._content.close()
        self._content = None
        self._unbroken = 0

    def finish(self) -> None:
        """Close the file, which is read to its end; it is opened again if it changes."""
        self.stamp = self._content.stamp if self._content else None
        self.finished = True
        self.release()

    def detach(self) -> None:
        """Forget the file: another content lies there now."""
        self.release()
        self.path = self.inode = None

    @property
    def is_intact(self) -> bool:
        """Whether the open file still holds what was read from it."""
        return self._content is not None and self.position.lies_in(self._content)

    def read(self, *, rest: bool = False) -> Chunk | None:
        """Return the next lines, or None where no line is complete.

        Args:
            rest: take what stands behind the last line break for a line: none will follow.

        Raises:
            Replaced: the file was cut, and perhaps written anew.
        """
        guard, fresh = self._look(CHUNK_BYTES)
        if b"\n" not in fresh and len(fresh) == CHUNK_BYTES:
            return self._long_line(rest=rest)
        end = len(fresh) if rest else fresh.rfind(b"\n") + 1
        return self._take(guard + fresh[:end], fresh[:end].split(b"\n")) if end else None

    def _look(self, size: int) -> tuple[bytes, bytes]:
        """Read what stands behind the position, and in the same call what must stand before."""
        if self._content is None:
            return b"", b""
        position = self.position
        data = self._content.read(position.start, position.guarded + size)
        guard, fresh = data[: position.guarded], data[position.guarded :]
        if not position.is_behind(guard):
            raise Replaced
        return guard, fresh

    def _long_line(self, *, rest: bool) -> Chunk | None:
        """Return a line that is longer than a chunk, or pass over one that is too long."""
        guard, line = self._look(self._max_line_bytes + 1)
        end = line.find(b"\n") + 1
        if end:
            return self._take(guard + line[:end], [line[: end - 1]])
        if len(line) <= self._max_line_bytes:
            return self._take(guard + line, [line]) if rest else None
        return self._skip_line(rest=rest)

    def _skip_line(self, *, rest: bool) -> Chunk | None:
        """Look for the end of a line that is too long; the position moves when it is found."""
        assert self._content is not None  # noqa: S101 - the line was just read from it
        start = self.position.offset
        while piece := self._content.read(start + self._unbroken, CHUNK_BYTES):
            end = piece.find(b"\n") + 1
            self._unbroken += end or len(piece)
            if end:
                return self._skipped()
        return self._skipped() if rest else None

    def _skipped(self) -> Chunk:
        assert self._content is not None  # noqa: S101 - see `_skip_line`
        offset = self.position.offset + self._unbroken
        before = min(offset, GUARD_BYTES)
        return self._advance(self._content.read(offset - before, before), offset, [], too_long=1)

    def _take(self, read: bytes, lines: Sequence[bytes]) -> Chunk:
        """Return what was read, from the guard on, as a chunk."""
        short = [line for line in lines if len(line) <= self._max_line_bytes]
        return self._advance(
            read,
            self.position.start + len(read),
            [bare for line in short if (bare := line.strip())],
            too_long=len(lines) - len(short),
        )

    def _advance(self, read: bytes, offset: int, lines: list[bytes], *, too_long: int) -> Chunk:
        self._unbroken = 0
        self.position = Position.after(read, offset)
        chunk = Chunk(lines, self.position, self._settle, too_long=too_long)
        self._open.append(chunk)
        self._settle()
        return chunk

    def _settle(self) -> None:
        """Move on over what is dealt with, in the order of the file."""
        while self._open and self._open[0].pending == 0:
            self.acknowledged = self._open.popleft().end

    def stored(self) -> Stored:
        """Return what the checkpoint is to keep."""
        return Stored(
            family=str(self.family),
            inode=self.inode,
            position=self.acknowledged,
            finished=self.finished and not self._open,
            stamp=self.stamp,
        )
