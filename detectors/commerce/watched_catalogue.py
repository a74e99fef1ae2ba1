"""A catalogue that follows its file; the only detector code that looks at one while it runs."""

from collections.abc import Callable
from pathlib import Path

from detectors.commerce.catalogue import Catalogue, CatalogueError, load

# What tells one version of a file from another: time of change, size, inode (for a rename).
_Stamp = tuple[int, int, int]


class WatchedCatalogue:
    """The catalogue of a file as it is now, or as it last was when it was good.

    Looks at the file when asked, at most once in some seconds, and reads it if it has changed.
    A file that is gone or bad is told once, and judged by again as soon as it is good.

    Args:
        path: the file.
        clock: seconds that never go back, such as ``time.monotonic``.
        told: called with what is wrong with a new version, or with ``None`` when it was taken.
        every_seconds: how long not to look again.

    Raises:
        CatalogueError: the file is bad from the start.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        told: Callable[[CatalogueError | None], None],
        every_seconds: float = 5.0,
    ) -> None:
        self._path = path
        self._clock = clock
        self._told = told
        self._every_seconds = every_seconds
        # Before the content: a change in between is seen at the next look.
        self._stamp = _stamp(path)
        self._catalogue = load(path)
        self._looked = clock()

    def __call__(self) -> Catalogue:
        """Return the catalogue to judge by."""
        now = self._clock()
        if now - self._looked >= self._every_seconds:
            self._looked = now
            self._look()
        return self._catalogue

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._catalogue = load(self._path)
        except CatalogueError as error:
            self._told(error)
        else:
            self._told(None)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
