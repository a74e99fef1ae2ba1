"""All log files that the patterns name, each with its rotations."""

import fnmatch
import glob
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from processor.shipping.family import Family, live_name
from processor.shipping.generation import Chunk, Generation, Stored


class Tail:
    """Follows files and reads their new lines in turn.

    Args:
        patterns: of files; what they are rotated to is found by itself.
        stored: what the checkpoint knows.
        max_line_bytes: see `Generation`.
        quiet_seconds: see `Family`.
        skip: take what is there now for read, where the checkpoint knows nothing.
        scan_seconds: how often to look for new and rotated files.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        stored: Iterable[Stored] = (),
        *,
        max_line_bytes: int,
        quiet_seconds: float = 5.0,
        skip: bool = False,
        scan_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patterns = patterns
        self._max_line_bytes = max_line_bytes
        self._quiet_seconds = quiet_seconds
        self._scan_seconds = scan_seconds
        self._clock = clock
        self._families: dict[Path, Family] = {}
        self._scanned: float | None = None
        self._turns: deque[Iterator[Chunk]] = deque()
        remembered: dict[Path, list[Stored]] = {}
        for entry in stored:
            remembered.setdefault(Path(entry.family), []).append(entry)
        for live, entries in remembered.items():
            self._families[live] = self._family(live, entries)
        self._skip = skip and not remembered

    def _family(self, live: Path, stored: Iterable[Stored] = (), *, skip: bool = False) -> Family:
        return Family(
            live,
            stored,
            max_line_bytes=self._max_line_bytes,
            quiet_seconds=self._quiet_seconds,
            skip=skip,
            clock=self._clock,
        )

    def scan(self) -> None:
        """Look for new, rotated and deleted files."""
        self._scanned = self._clock()
        for live in self._find():
            if live not in self._families:
                self._families[live] = self._family(live, skip=self._skip)
        self._skip = False
        for family in self._families.values():
            family.scan()

    def _find(self) -> Iterator[Path]:
        """Return the live names of what the patterns match, be it there or rotated away."""
        for pattern in self._patterns:
            # Path.glob takes no absolute pattern.
            for name in glob.iglob(f"{pattern}*", recursive=True):  # noqa: PTH207
                live = live_name(Path(name).absolute())
                if fnmatch.fnmatch(live.name, Path(pattern).name):
                    yield live

    def read(self) -> Chunk | None:
        """Return the next lines of the file whose turn it is; None: all are read for now."""
        if self._scanned is None or self._clock() - self._scanned >= self._scan_seconds:
            self.scan()
        if not self._turns:
            self._turns.extend(family.read() for family in self._families.values())
        while self._turns:
            turn = self._turns.popleft()
            if chunk := next(turn, None):
                self._turns.append(turn)
                return chunk
        return None

    @property
    def is_used(self) -> bool:
        """Whether there are files to follow."""
        return bool(self._patterns)

    @property
    def gaps(self) -> int:
        """Files that were cut or went away when more of them may have been unread."""
        return sum(family.gaps for family in self._families.values())

    @property
    def generations(self) -> list[Generation]:
        """All generations of all files."""
        return [g for family in self._families.values() for g in family.generations]

    @property
    def stored(self) -> list[Stored]:
        """What the checkpoint is to keep: the positions that are acknowledged."""
        return [generation.stored() for generation in self.generations]

    def close(self) -> None:
        """Let go of all files."""
        self._turns.clear()
        for generation in self.generations:
            generation.release()
