"""Every line of a log is read, in order, whatever the log is rotated to and whoever dies."""

import gzip
import itertools
import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.shipping.content import Inode
from processor.shipping.family import live_name
from processor.shipping.generation import CHUNK_BYTES, Stored
from processor.shipping.position import Position
from processor.shipping.tail import Tail
from tests.processor.shipping.logs import Log, Reader


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log in a directory of its own."""
    return Log(tmp_path / "bot.log")


@pytest.fixture
def reader(log: Log) -> Reader:
    """A reader of that log."""
    return Reader(log.path)


def lines(log: Log) -> list[bytes]:
    """Return all lines that were written."""
    return list(itertools.chain(*log.written))


def test_lines_come_as_they_are_written(log: Log, reader: Reader) -> None:
    """Each once."""
    for _ in range(3):
        log.write(2)
        reader.look()

    assert reader.delivered == lines(log)


def test_a_line_without_an_end_waits_for_it(log: Log, reader: Reader) -> None:
    """A writer may be amid a line."""
    log.write_raw(b'{"half": ')
    reader.look()
    before = list(reader.delivered)
    log.write_raw(b"1}\n")
    reader.look()

    assert before == []
    assert reader.delivered == [b'{"half": 1}']


def test_a_rotated_file_may_end_without_a_line_break(log: Log, reader: Reader) -> None:
    """Its last line is taken once the file has been quiet."""
    log.write_raw(b"the end")
    reader.look()
    log.rename()
    reader.finish()

    assert reader.delivered == [b"the end"]


def test_a_file_just_rotated_may_still_end_its_line(log: Log, reader: Reader) -> None:
    """Its writer has not opened the new one yet."""
    log.write_raw(b'{"half": ')
    reader.look()
    log.rename()
    reader.look()
    with log.rotated(1).open("ab") as writer:
        writer.write(b"1}\n")
    reader.finish()

    assert reader.delivered == [b'{"half": 1}']


@pytest.mark.parametrize("late", [0, 2])
def test_a_renamed_file_is_read_to_its_end(log: Log, reader: Reader, late: int) -> None:
    """Also what the writer adds before it opens the new file."""
    log.write(3)
    reader.look()
    log.write(2)
    log.rename(late=late)
    reader.look()
    log.write(2)
    reader.finish()

    assert reader.delivered == lines(log)
    assert reader.gaps == 0


@pytest.mark.parametrize("read_between", [False, True])
@pytest.mark.parametrize("unread", [0, 2])
@pytest.mark.parametrize("again", [0, 1, 40])
def test_a_copy_is_read_from_where_the_original_was_cut(
    log: Log, reader: Reader, again: int, unread: int, *, read_between: bool
) -> None:
    """Copytruncate: the rest stands in the copy; the original may have grown again already."""
    log.write(10)
    reader.look()
    log.write(unread)
    log.copy()
    if read_between:
        reader.look()
    log.truncate()
    log.write(again)
    reader.finish()

    assert reader.delivered == lines(log)
    assert reader.gaps == 0


@pytest.mark.parametrize("way", ["rename", "copy"])
@pytest.mark.parametrize("acknowledged", [0, 3, 10])
def test_rotations_and_compression_while_away_lose_nothing(
    log: Log, reader: Reader, way: str, acknowledged: int
) -> None:
    """Whoever comes back finds its place by content, in a gzip file too."""
    log.write(acknowledged)
    reader.look()
    reader.die(delivered=False)
    log.write(10 - acknowledged)
    for number in range(3):
        if way == "rename":
            log.rename()
        else:
            log.copy()
            log.truncate()
        log.write(number + 1)
    for number in (2, 3):
        if plain := log.compress(number):
            plain.unlink()
    reader.finish()

    assert Counter(reader.delivered) == Counter(lines(log))
    assert reader.gaps == 0


def test_a_compressed_file_is_not_read_twice(log: Log, reader: Reader) -> None:
    """Neither beside the plain one, nor alone, nor after a restart."""
    log.write(5)
    log.rename()
    log.write(5)
    reader.finish()
    plain = log.compress(1)
    assert plain
    reader = Reader(log.path)
    reader.finish()
    before = list(reader.delivered)
    reader.look()
    plain.unlink()
    reader.look()
    reader.die(delivered=True)
    reader.finish()

    assert sorted(before) == sorted(reader.delivered)


def test_a_gzip_file_amid_its_compression_waits(log: Log, reader: Reader) -> None:
    """Half of one is no file yet."""
    whole = gzip.compress(b"a\nb\n")
    log.rotated(1).with_suffix(".1.gz").write_bytes(whole[:-6])
    log.write(1)
    reader.look()
    before = list(reader.delivered)
    log.rotated(1).with_suffix(".1.gz").write_bytes(whole)
    reader.finish()

    assert before == lines(log)
    assert sorted(reader.delivered) == sorted([*lines(log), b"a", b"b"])


def test_an_inode_given_out_again_is_another_file(log: Log) -> None:
    """The number is the same, the content is not."""
    log.write(3)
    inode = Inode.of(log.path.stat())
    stale = Stored(
        family=str(log.path),
        inode=(inode.device, inode.number),
        position=Position.after(b"quite another content", 21),
        finished=False,
    )
    tail = Tail((str(log.path),), [stale], max_line_bytes=1000)
    chunk = tail.read()
    tail.close()

    assert chunk
    assert chunk.lines == lines(log)
    assert tail.gaps == 1


def test_a_file_that_is_cut_without_a_copy_is_a_gap(log: Log, reader: Reader) -> None:
    """What stood there is gone, and that is counted."""
    log.write(3)
    reader.look()
    log.truncate()
    log.write(1)
    reader.finish()

    assert reader.delivered == lines(log)
    assert reader.gaps == 1


def test_a_deleted_file_is_read_to_its_end(log: Log, reader: Reader) -> None:
    """It stays open."""
    log.write(3)
    reader.look()
    with log.path.open("ab") as writer:
        log.path.unlink()
        writer.write(b"last\n")
    reader.finish()

    assert reader.delivered == [*lines(log), b"last"]
    assert reader.gaps == 0


def test_files_that_come_later_are_found(tmp_path: Path) -> None:
    """In directories that come later, too."""
    reader = Reader(tmp_path / "*" / "*.log")
    reader.look()
    (tmp_path / "pod").mkdir()
    logs = [Log(tmp_path / "pod" / name) for name in ("a.log", "b.log")]
    for each in logs:
        each.write(2)
    reader.finish()

    assert Counter(reader.delivered) == Counter(lines(logs[0]) + lines(logs[1]))


def test_what_is_there_at_the_first_start_may_be_left_out(log: Log) -> None:
    """Then only what is written from now on counts."""
    log.write(3)
    tail = Tail((str(log.path),), max_line_bytes=1000, skip=True)
    first = tail.read()
    log.write(1)
    second = tail.read()
    tail.close()

    assert first is None
    assert second
    assert second.lines == lines(log)[3:]


@pytest.mark.parametrize("size", [1_500, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_line_that_is_too_long_is_passed_over(log: Log, size: int) -> None:
    """And counted; its neighbours are read."""
    reader = Reader(log.path, max_line_bytes=1_000)
    log.write(1)
    log.write_raw(b"x" * size)
    reader.look()
    log.write_raw(b"x\n")
    log.write(1)
    reader.finish()

    assert reader.delivered == lines(log)
    assert reader.too_long == 1


def test_a_line_longer_than_a_chunk_is_whole(log: Log, reader: Reader) -> None:
    """Up to the limit any length is fine."""
    line = b"x" * (2 * CHUNK_BYTES)
    log.write(1)
    log.write_raw(line + b"\n")
    log.write(1)
    reader.finish()

    assert reader.delivered == [lines(log)[0], line, lines(log)[1]]


def test_the_position_waits_for_the_oldest_line(log: Log) -> None:
    """A later acknowledgement does not pass over an earlier line."""
    tail = Tail((str(log.path),), max_line_bytes=1000)
    log.write(1)
    first = tail.read()
    log.write(1)
    while (second := tail.read()) is None:
        pass
    assert first
    second.settle()
    [before] = tail.stored
    first.settle()
    [after] = tail.stored
    tail.close()

    assert before.position.offset == 0
    assert after.position.offset == log.path.stat().st_size


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("bot.log", "bot.log"),
        ("bot.log.1", "bot.log"),
        ("bot.log.12.gz", "bot.log"),
        ("bot.log-20261127", "bot.log"),
        ("bot.log.2026-11-27_10", "bot.log"),
        ("0.log.20261127-101112.gz", "0.log"),
        ("bot.log.old", "bot.log"),
        ("bot-7.jsonl", "bot-7.jsonl"),
        ("bot.2.jsonl", "bot.2.jsonl"),
        ("bot.log.txt", "bot.log.txt"),
    ],
)
def test_a_rotated_name_is_told_from_a_live_one(name: str, live: str) -> None:
    """By what rotation appends."""
    assert live_name(Path(name)) == Path(live)


def test_a_checkpoint_holds_no_text(log: Log) -> None:
    """Only digests of it."""
    log.write_raw(b"secret words\n")
    tail = Tail((str(log.path),), max_line_bytes=1000)
    tail.read()
    stored = msgspec.json.encode(tail.stored)
    tail.close()

    assert b"secret" not in stored


_step = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 30)),
    st.tuples(st.just("rename"), st.integers(0, 3)),
    st.tuples(st.just("copytruncate"), st.sampled_from(["", "read", "look", "die"])),
    st.tuples(st.just("compress"), st.integers(1, 3)),
    st.tuples(st.just("read"), st.integers(1, 3)),
    st.tuples(st.just("acknowledge"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 6])),
    st.tuples(st.just("die"), st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(_step, max_size=25))
def test_no_line_is_lost_and_files_keep_their_order(steps: list[tuple[str, int | str]]) -> None:
    """Any writes, rotations and deaths: each line at least once, in the order of its file."""
    with TemporaryDirectory() as directory:
        log = Log(Path(directory) / "bot.log")
        reader = Reader(log.path)
        for step, how in steps:
            _do(log, reader, step, how)
        reader.finish()

    assert set(lines(log)) == set(reader.delivered)
    assert reader.gaps == 0
    place = {line: index for index, line in reversed(list(enumerate(reader.delivered)))}
    for generation in log.written:
        places = [place[line] for line in generation]
        assert places == sorted(places)


def _do(log: Log, reader: Reader, step: str, how: int | str) -> None:
    match step:
        case "write":
            log.write(int(how))
        case "rename":
            log.rename(late=int(how))
        case "copytruncate":
            log.copy()
            _between(reader, str(how))
            log.truncate()
        case "compress":
            if plain := log.compress(int(how)):
                reader.read(1)
                plain.unlink()
        case "read":
            reader.read(int(how))
        case "acknowledge":
            reader.acknowledge()
        case "wait":
            reader.clock.now += int(how)
        case "die":
            reader.die(delivered=bool(how))


def _between(reader: Reader, what: str) -> None:
    """Have the reader do something while a log is copied and not yet cut."""
    if what == "read":
        reader.read(1)
    elif what == "look":
        reader.look()
    elif what == "die":
        reader.die(delivered=False)


def test_a_finished_file_is_opened_again_only_if_it_changes(log: Log, reader: Reader) -> None:
    """A restart does not decompress a month of logs."""
    log.write(3)
    log.rename()
    reader.finish()
    rotated = log.rotated(1)
    status = rotated.stat()
    rotated.write_bytes(b"x" * (status.st_size - 1) + b"\n")
    os.utime(rotated, ns=(status.st_atime_ns, status.st_mtime_ns))
    reader.die(delivered=True)
    reader.look()
    unchanged = list(reader.delivered)
    rotated.touch()
    reader.finish()

    assert unchanged == lines(log)
    assert len(reader.delivered) == len(unchanged) + 1


def test_only_open_files_are_held(log: Log, reader: Reader) -> None:
    """Rotated files are closed when they have ended."""
    for _ in range(5):
        log.write(1)
        log.rename()
    log.write(1)
    for _ in range(9):
        reader.look()

    assert reader.open_files == 1
