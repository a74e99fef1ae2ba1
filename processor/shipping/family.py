"""One log file with all that it is rotated to: who is who after a rotation.

A renamed file is told by its inode. A copy (copytruncate), a compressed one and one under a
number that was given out again are told by their content: they hold what was read so far.
"""

import logging
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from processor.shipping.content import Gzip, Incomplete, Inode, Plain, Stamp, open_content
from processor.shipping.generation import Chunk, Generation, Replaced, Stored
from processor.shipping.position import GUARD_BYTES, Position

log = logging.getLogger("semwatch")

# bot.log.1, bot.log-20261127.gz, bot.log.2026-11-27_10, bot.log.old: what logrotate, Python's
# handlers and kubelet make of bot.log.
_ROTATED = re.compile(r"(?P<live>.+?)(?:[.-]\d[\dT:_.-]*|\.old|\.bak)?(?:\.gz)?")
# Positions of files that are gone: one may come back compressed.
_KEPT_GONE = 64


def live_name(path: Path) -> Path:
    """Return the name under which a file was written before it was rotated.

    Examples:
        >>> live_name(Path("logs/bot.log.2.gz")).name, live_name(Path("bot-7.jsonl")).name
        ('bot.log', 'bot-7.jsonl')
    """
    match = _ROTATED.fullmatch(path.name)
    return path.with_name(match["live"]) if match else path


class _Listed(NamedTuple):
    """A file as the directory shows it."""

    path: Path
    inode: Inode
    stamp: Stamp


class Family:
    """Follows the generations of one log file, the oldest first.

    Args:
        live: the file that is written to; it need not be there yet.
        stored: what the checkpoint knows of it.
        max_line_bytes: see `Generation`.
        quiet_seconds: a rotated file that did not grow for so long has ended; so has its last
            line, even without a line break.
        skip: take what is there at the first look for read.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        live: Path,
        stored: Iterable[Stored] = (),
        *,
        max_line_bytes: int,
        quiet_seconds: float,
        skip: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live = live
        self._max_line_bytes = max_line_bytes
        self._quiet_seconds = quiet_seconds
        self._skip = skip
        self._clock = clock
        self._generations = [self._recall(entry) for entry in stored]
        # Files that need no second look while they stay as they were.
        self._doubles: dict[Inode, Stamp] = {}
        self._unreadable: dict[Inode, Stamp] = {}
        self.gaps = 0
        """Files that were cut or went away when more of them may have been unread."""

    def _recall(self, entry: Stored) -> Generation:
        inode = Inode(*entry.inode) if entry.inode else None
        generation = Generation(
            self._live, entry.position, inode=inode, max_line_bytes=self._max_line_bytes
        )
        generation.finished = entry.finished
        generation.stamp = Stamp(*entry.stamp) if entry.stamp else None
        return generation

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All that are followed or remembered, the oldest first."""
        return tuple(self._generations)

    def scan(self) -> None:
        """Look which files are there, and which of them is which."""
        listed = self._list()
        by_inode = {file.inode: file for file in listed}
        for generation in self._generations:
            self._verify(generation, by_inode)
        for file in reversed(listed):  # originals first: the others may be their copies
            if file.stamp.size and not self._is_known(file):
                self._meet(file, by_inode)
        inodes = [file.inode for file in listed]
        self._generations.sort(
            key=lambda generation: (
                inodes.index(generation.inode) if generation.inode in inodes else -1
            )
        )
        self._mourn(by_inode)
        self._forget(by_inode)
        self._skip = False

    def read(self) -> Iterator[Chunk]:
        """Return what there is to read now, generation by generation."""
        for generation in self.generations:
            try:
                yield from self._read(generation)
            except Replaced:
                generation.detach()
                self.scan()

    def _read(self, generation: Generation) -> Iterator[Chunk]:
        while chunk := generation.read():
            generation.grown = self._clock()
            yield chunk
        if self._has_ended(generation):
            while rest := generation.read(rest=True):
                yield rest
            generation.finish()

    def _has_ended(self, generation: Generation) -> bool:
        if generation.content is None or generation.path == self._live:
            return False
        quiet = self._clock() - generation.grown
        return generation.content.is_final or quiet >= self._quiet_seconds

    def _list(self) -> list[_Listed]:
        """Return the files of the family: gzipped ones by age, rotated ones, the live one."""
        try:
            entries = [Path(entry) for entry in os.scandir(self._live.parent)]
        except OSError:  # the directory may come later
            return []
        ours = (_look(path) for path in entries if live_name(path) == self._live)
        return sorted(
            (file for file in ours if file),
            key=lambda file: (
                file.path == self._live,
                file.path.suffix != ".gz",
                file.stamp.changed,
                file.path,
            ),
        )

    def _verify(self, generation: Generation, by_inode: Mapping[Inode, _Listed]) -> None:
        """Find a generation's file by its number, and see that it is still the same."""
        file = by_inode.get(generation.inode) if generation.inode else None
        if generation.content is None:
            if file and not (generation.finished and generation.stamp == file.stamp):
                self._reopen(generation, file)
        elif not generation.is_intact:
            generation.detach()
        elif generation.path != (path := file.path if file else None):
            # Its writer may still be about to end a line.
            generation.path, generation.grown = path, self._clock()

    def _reopen(self, generation: Generation, file: _Listed) -> None:
        """Go on in a file that was closed and has changed, or that the checkpoint names."""
        try:
            content = open_content(file.path)
        except (OSError, Incomplete):
            return  # the next scan tries again
        if not generation.position.lies_in(content):
            content.close()
            generation.detach()
        elif generation.finished and content.size <= generation.position.offset:
            generation.stamp = content.stamp
            content.close()
        else:
            self._attach(generation, file, content)

    def _attach(self, generation: Generation, file: _Listed, content: Plain | Gzip) -> None:
        generation.attach(file.path, content)
        generation.grown = self._clock()

    def _is_known(self, file: _Listed) -> bool:
        return any(generation.inode == file.inode for generation in self._generations)

    def _meet(self, file: _Listed, by_inode: Mapping[Inode, _Listed]) -> None:
        """Find out what a file holds that no generation lies in."""
        seen = (self._doubles.get(file.inode), self._unreadable.get(file.inode))
        if file.stamp in seen:
            return
        try:
            content = open_content(file.path)
        except (OSError, Incomplete) as error:  # it may be amid its compression
            if file.inode not in self._unreadable:
                log.warning("%s cannot be read yet: %s", file.path, type(error).__name__)
            self._unreadable[file.inode] = file.stamp
            return
        self._unreadable.pop(file.inode, None)
        if file.path != self._live and self._is_copy(content):
            content.close()
            return
        generation = self._owner(content)
        if generation.finished and generation.inode in by_inode:
            # Beside what was compressed stands, for a while, what it was compressed from.
            self._doubles[file.inode] = file.stamp
            content.close()
        else:
            self._attach(generation, file, content)

    def _is_copy(self, content: Plain | Gzip) -> bool:
        """Return whether a rotated file is a copy, perhaps not yet whole, of one that we read."""
        for generation in self._generations:
            original = generation.content
            if original is None or not (generation.path == self._live or content.is_final):
                continue
            if _same_until_the_end(content, original):
                return True
            if not generation.is_intact:  # cut just now: the copy takes its place
                generation.detach()
        return False

    def _owner(self, content: Plain | Gzip) -> Generation:
        """Return the generation whose file went away and whose lines stand here, or a new one."""
        # By offset, for a gzip file is read forwards.
        for generation in sorted(self._generations, key=lambda g: g.position.offset):
            position = generation.position
            is_candidate = not generation.content and 0 < position.offset <= content.size
            if is_candidate and position.lies_in(content):
                return generation
        start = _last_line_break(content) if self._skip else Position()
        generation = Generation(self._live, start, max_line_bytes=self._max_line_bytes)
        self._generations.append(generation)
        return generation

    def _mourn(self, by_inode: Mapping[Inode, _Listed]) -> None:
        """Count the files that are gone unfinished, once none is left that may continue them."""
        for generation in self._gone(by_inode):
            if generation.finished or self._unreadable:
                continue
            generation.finished = True
            if generation.position.offset:  # else nothing tells it from an empty one
                self.gaps += 1
                log.warning(
                    "%s was cut or went away; it was read up to byte %d",
                    self._live,
                    generation.position.offset,
                )

    def _forget(self, by_inode: Mapping[Inode, _Listed]) -> None:
        """Let go of the oldest of those that are finished and gone."""
        finished = [generation for generation in self._gone(by_inode) if generation.finished]
        for generation in finished[:-_KEPT_GONE]:
            self._generations.remove(generation)
        for seen in (self._doubles, self._unreadable):
            for inode in seen.keys() - by_inode.keys():
                del seen[inode]

    def _gone(self, by_inode: Mapping[Inode, _Listed]) -> list[Generation]:
        return [
            generation
            for generation in self._generations
            if not generation.content and generation.inode not in by_inode
        ]


def _look(path: Path) -> _Listed | None:
    try:
        status = path.stat()
    except OSError:  # it went away meanwhile
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return _Listed(path, Inode.of(status), Stamp.of(status))


def _same_until_the_end(one: Plain | Gzip, other: Plain | Gzip) -> bool:
    """Return whether the shorter of two is, as far as its end tells, the beginning of the other."""
    end = min(one.size, other.size)
    start = max(0, end - GUARD_BYTES)
    return end > 0 and one.read(start, end - start) == other.read(start, end - start)


def _last_line_break(content: Plain | Gzip) -> Position:
    """Return the position behind the last whole line, or the end where none is near."""
    start = max(0, content.size - GUARD_BYTES)
    tail = content.read(start, GUARD_BYTES)
    end = tail.rfind(b"\n") + 1 or len(tail)
    return Position.after(tail[:end], start + end)
