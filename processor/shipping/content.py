"""What a file holds, plain or gzipped, read by offset."""

import gzip
import os
import zlib
from pathlib import Path
from typing import NamedTuple, Self

_BLOCK_BYTES = 1 << 20


class Inode(NamedTuple):
    """Which file it is, as long as it exists."""

    device: int
    number: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the inode of what was asked for its status."""
        return cls(status.st_dev, status.st_ino)


class Stamp(NamedTuple):
    """Tells whether a file has changed."""

    size: int
    changed: int
    """Time of the last change, in nanoseconds."""

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp of what was asked for its status."""
        return cls(status.st_size, status.st_mtime_ns)


class Plain:
    """A file as it stands, also after it was renamed or deleted."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes at ``offset``."""
        return os.pread(self._descriptor, size, offset)

    @property
    def inode(self) -> Inode:
        """Which file it is."""
        return Inode.of(os.fstat(self._descriptor))

    @property
    def stamp(self) -> Stamp:
        """How it stands now."""
        return Stamp.of(os.fstat(self._descriptor))

    @property
    def size(self) -> int:
        """How much it holds now."""
        return self.stamp.size

    @property
    def is_final(self) -> bool:
        """Whether nothing can be added to it."""
        return False

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Incomplete(Exception):  # noqa: N818 - it names the state; the next look may find it done
    """A gzip file that is still being written, or is damaged."""


class Gzip:
    """A gzipped file; reading on from what was read last costs nothing more, going back does.

    Raises:
        Incomplete: it does not end as it should.
    """

    def __init__(self, path: Path) -> None:
        self._plain = Plain(path)
        self._held, self._held_at = b"", 0
        try:
            self._file = gzip.open(path)  # noqa: SIM115 - closed with this object
            self.size = self._measure()
        except BaseException:
            self._plain.close()
            raise

    def _measure(self) -> int:
        """Read it whole once: only then is it known to be complete."""
        try:
            while self._file.read(_BLOCK_BYTES):
                pass
        except (EOFError, OSError, zlib.error) as error:
            self._file.close()
            raise Incomplete from error
        return self._file.tell()

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes at ``offset`` of what was compressed."""
        skip = offset - self._held_at
        held = self._held[skip : skip + size] if skip >= 0 else b""
        self._file.seek(offset + len(held))
        self._held, self._held_at = held + self._file.read(size - len(held)), offset
        return self._held

    @property
    def inode(self) -> Inode:
        """Which file it is."""
        return self._plain.inode

    @property
    def stamp(self) -> Stamp:
        """How it stands now, compressed."""
        return self._plain.stamp

    @property
    def is_final(self) -> bool:
        """Whether nothing can be added to it."""
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._plain.close()


def open_content(path: Path) -> Plain | Gzip:
    """Open a file by what its name says.

    Raises:
        OSError: it went away, or may not be read.
        Incomplete: see `Gzip`.
    """
    return Gzip(path) if path.suffix == ".gz" else Plain(path)
