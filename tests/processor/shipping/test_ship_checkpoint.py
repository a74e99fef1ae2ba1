"""The checkpoint is whole at any moment, and belongs to one process."""

from pathlib import Path

import pytest

from processor.errors import ConfigError
from processor.shipping.checkpoint import Checkpoint
from processor.shipping.generation import Stored
from processor.shipping.position import Position

FILES = [
    Stored(family="/a.log", inode=(1, 2), position=Position.after(b"line\n", 5), finished=False),
    Stored(family="/a.log", inode=None, position=Position(), finished=True),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the checkpoint is to be."""
    return tmp_path / "ship.json"


def test_what_is_saved_is_loaded(path: Path) -> None:
    """By the next process."""
    first = Checkpoint(path)
    first.save(FILES)
    first.close()

    assert Checkpoint(path).load() == FILES


def test_without_a_file_nothing_is_known(path: Path) -> None:
    """At the first start."""
    assert Checkpoint(path).load() == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"schema":9,"files":[]}', b'{"files":1}']
)
def test_a_broken_file_is_set_aside(path: Path, content: bytes) -> None:
    """Lines are sent again then; that is better than none."""
    path.write_bytes(content)

    assert Checkpoint(path).load() == []
    assert path.with_name("ship.json.broken").read_bytes() == content


def test_a_crash_amid_the_writing_leaves_the_last_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one takes its place only when it is whole and on disk."""
    checkpoint = Checkpoint(path)
    checkpoint.save(FILES)

    def crash(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(FILES[:1])

    assert checkpoint.load() == FILES


def test_two_processes_do_not_share_one(path: Path) -> None:
    """They would overwrite each other's positions."""
    first = Checkpoint(path)
    with pytest.raises(ConfigError, match=r"ship\.checkpoint: in use, value '.*ship\.json'"):
        Checkpoint(path)
    first.close()

    Checkpoint(path).close()


def test_a_place_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    """With key and value."""
    with pytest.raises(ConfigError, match=r"ship\.checkpoint, value '.*none/ship\.json'"):
        Checkpoint(tmp_path / "none" / "ship.json")
