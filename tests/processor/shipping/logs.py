"""A bot's log file and its rotations, and a reader that may die: what the tail is tested with."""

import gzip
import shutil
from pathlib import Path

import msgspec

from processor.shipping.generation import Chunk, Stored
from processor.shipping.tail import Tail

QUIET_SECONDS = 5.0


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


class Log:
    """Writes lines that are told apart, and rotates as logrotate does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[list[bytes]] = [[]]
        """The lines of each generation, the oldest first."""
        self._number = 0

    def write(self, lines: int = 1, *, to: Path | None = None) -> None:
        """Append so many whole lines."""
        with (to or self.path).open("ab") as file:
            for _ in range(lines):
                line = b'{"log": "%s", "n": %d}' % (self.path.name.encode(), self._number)
                self._number += 1
                self.written[-1].append(line)
                file.write(line + b"\n")

    def write_raw(self, content: bytes) -> None:
        """Append bytes as they are."""
        with self.path.open("ab") as file:
            file.write(content)

    def rotated(self, number: int) -> Path:
        """Return the name of a rotated file."""
        return self.path.with_name(f"{self.path.name}.{number}")

    def _make_room(self) -> None:
        """Move every rotated file one number up."""
        numbers = range(30, 0, -1)
        for number in numbers:
            for suffix in ("", ".gz"):
                old = Path(f"{self.rotated(number)}{suffix}")
                if old.exists():
                    old.rename(f"{self.rotated(number + 1)}{suffix}")

    def rename(self, *, late: int = 0) -> None:
        """Rotate by rename; the writer goes on in the old file for some lines."""
        if not self.path.exists():
            return
        self._make_room()
        self.path.rename(self.rotated(1))
        if late:
            self.write(late, to=self.rotated(1))
        self.written.append([])

    def copy(self) -> None:
        """Begin copytruncate."""
        if self.path.exists():
            self._make_room()
            shutil.copyfile(self.path, self.rotated(1))

    def truncate(self) -> None:
        """End copytruncate."""
        if self.path.exists():
            self.path.open("wb").close()
            self.written.append([])

    def compress(self, number: int) -> Path | None:
        """Gzip a rotated file; it is still there until `remove`."""
        plain = self.rotated(number)
        if not plain.exists():
            return None
        with gzip.open(f"{plain}.gz", "wb") as file:
            file.write(plain.read_bytes())
        return plain


class Reader:
    """Follows logs; what is acknowledged survives it, as the checkpoint does."""

    def __init__(self, pattern: Path, *, max_line_bytes: int = 1 << 20) -> None:
        self.clock = Clock()
        self.delivered: list[bytes] = []
        """What stands in Kafka, in its order there, repeats included."""
        self.gaps = 0
        self.too_long = 0
        self._pattern = str(pattern)
        self._max_line_bytes = max_line_bytes
        self._checkpoint = b"[]"
        self._waiting: list[Chunk] = []
        self._tail = self._start()

    @property
    def open_files(self) -> int:
        """How many files are held open."""
        return sum(generation.content is not None for generation in self._tail.generations)

    def _start(self) -> Tail:
        return Tail(
            (self._pattern,),
            msgspec.json.decode(self._checkpoint, type=list[Stored]),
            max_line_bytes=self._max_line_bytes,
            quiet_seconds=QUIET_SECONDS,
            clock=self.clock,
        )

    def read(self, chunks: int = 1_000_000) -> None:
        """Read up to so many chunks; they are on their way."""
        for _ in range(chunks):
            chunk = self._tail.read()
            if chunk is None:
                return
            self.too_long += chunk.too_long
            self._waiting.append(chunk)

    def acknowledge(self) -> None:
        """Have the broker acknowledge what is on its way, and write the checkpoint."""
        for chunk in self._waiting:
            self.delivered += chunk.lines
            for _ in chunk.lines:
                chunk.settle()
        self._waiting.clear()
        self._checkpoint = msgspec.json.encode(self._tail.stored)

    def look(self) -> None:
        """Let a second pass, so that files are looked for, and take in all there is."""
        self.clock.now += 1.0
        self.read()
        self.acknowledge()

    def die(self, *, delivered: bool) -> None:
        """Be killed, with the lines on their way delivered or lost; start again."""
        if delivered:
            self.delivered += [line for chunk in self._waiting for line in chunk.lines]
        self._waiting.clear()
        self.gaps += self._tail.gaps
        self._tail.close()
        self._tail = self._start()

    def finish(self) -> None:
        """Read until all rotated files have ended."""
        for _ in range(int(QUIET_SECONDS) + 3):
            self.look()
        self.gaps += self._tail.gaps
        self._tail.close()
