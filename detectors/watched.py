"""A value that follows its files; the only detector code that looks at files while it runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

# What tells one version of a file from another: time of change, size, inode (for a rename).
_Stamp = tuple[int, int, int]


class Watched(Generic[T]):
    """What files hold now, or what they last held when they were good.

    Looks at the files when asked, at most once in some seconds, and loads if one has changed.
    A file that is gone or bad is told once, and used again as soon as it is good.

    Args:
        paths: the files.
        load: reads them all; raises ``ValueError`` for what cannot be used.
        clock: seconds that never go back, such as ``time.monotonic``.
        told: called with what is wrong with a new version, or with ``None`` when it was taken.
        every_seconds: how long not to look again.

    Raises:
        ValueError: the files are bad from the start.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        load: Callable[[], T],
        *,
        clock: Callable[[], float],
        told: Callable[[ValueError | None], None],
        every_seconds: float = 5.0,
    ) -> None:
        self._paths = tuple(paths)
        self._load = load
        self._clock = clock
        self._told = told
        self._every_seconds = every_seconds
        # Before the content: a change in between is seen at the next look.
        self._stamps = self._now()
        self._value = load()
        self._looked = clock()

    def __call__(self) -> T:
        """Return the value to use."""
        now = self._clock()
        if now - self._looked >= self._every_seconds:
            self._looked = now
            self._look()
        return self._value

    def _look(self) -> None:
        stamps = self._now()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self._value = self._load()
        except ValueError as error:
            self._told(error)
        else:
            self._told(None)

    def _now(self) -> list[_Stamp | None]:
        return [_stamp(path) for path in self._paths]


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
