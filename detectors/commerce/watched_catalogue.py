"""A catalogue that follows its file."""

from collections.abc import Callable
from pathlib import Path

from detectors.commerce.catalogue import Catalogue, load
from detectors.watched import Watched


class WatchedCatalogue(Watched[Catalogue]):
    """The catalogue of a file as it is now, or as it last was when it was good.

    See `Watched`.

    Raises:
        CatalogueError: the file is bad from the start.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        told: Callable[[ValueError | None], None],
        every_seconds: float = 5.0,
    ) -> None:
        super().__init__(
            [path], lambda: load(path), clock=clock, told=told, every_seconds=every_seconds
        )
