"""The file that says how far is acknowledged; it is whole at any moment, also after a crash."""

import fcntl
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from processor.errors import ConfigError
from processor.shipping.generation import Stored

log = logging.getLogger("semwatch")

_SCHEMA = 1


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    schema: int = _SCHEMA
    files: list[Stored]


class Checkpoint:
    """Keeps positions in a JSON file, for one process at a time.

    Args:
        path: of the file; its directory must exist.

    Raises:
        ConfigError: another process uses it, or it cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: bytes | None = None
        try:
            self._lock = os.open(_beside(path, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"ship.checkpoint: in use, value {str(path)!r}") from error
        except OSError as error:
            raise ConfigError(f"ship.checkpoint, value {str(path)!r}: {error}") from error

    def load(self) -> list[Stored]:
        """Return the stored positions.

        A file that cannot be read is set aside: lines are then sent again, and none is lost.
        """
        try:
            content = self._path.read_bytes()
            document = msgspec.json.decode(content, type=_Document)
        except FileNotFoundError:
            return []
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = None
        if document is None or document.schema != _SCHEMA:
            log.warning("%s cannot be read and is set aside: all is sent again", self._path)
            self._path.replace(_beside(self._path, "broken"))
            return []
        return document.files

    def save(self, files: Sequence[Stored]) -> None:
        """Write the positions to disk, if they have changed."""
        content = msgspec.json.encode(_Document(files=list(files)))
        if content == self._saved:
            return
        fresh = _beside(self._path, "new")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        _sync(self._path.parent)
        self._saved = content

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _sync(directory: Path) -> None:
    """Make a rename outlive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
