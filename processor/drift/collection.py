"""The events that become a baseline, kept in chunks so that an event rewrites only the last."""

import binascii
from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from processor.drift.baseline import Schema

Floats = npt.NDArray[np.float64]

CHUNK_ROWS = 100


class CollectionState(msgspec.Struct, frozen=True, kw_only=True):
    """A collection but for its rows; ``digests`` are the CRC-32 of the chunks.

    ``begun`` is the number of events before it: it tells its chunks from those of another.
    Of ``seen`` events every ``stride``-th is kept: a baseline that must span a day thins itself.
    """

    schema: Schema
    begun: int
    seen: int = 0
    stride: int = 1
    rows: int = 0
    since: float | None = None
    until: float | None = None
    digests: tuple[int, ...] = ()

    def name(self, chunk: int) -> str:
        """Return the name under which a chunk is stored; what is rewritten gets another one."""
        return f"rows/{self.begun}-{self.stride}/{chunk}"

    @property
    def names(self) -> tuple[str, ...]:
        """All chunks' names."""
        return tuple(self.name(chunk) for chunk in range(len(self.digests)))


class CollectionError(ValueError):
    """The stored rows are not those of the state."""


class Collection:
    """Gathers rows until there are enough, over a time that is long enough.

    Args:
        state: where it stands.
        load: reads a chunk by its name.
        events: rows that are enough.
        seconds: from the first event to the last, at least.

    Raises:
        CollectionError: the last chunk is missing or damaged; `rows` says it of the others.
    """

    def __init__(
        self,
        state: CollectionState,
        load: Callable[[str], bytes | None],
        *,
        events: int,
        seconds: float,
    ) -> None:
        self._state = state
        self._load = load
        self._events = events
        self._seconds = seconds
        self._digests = list(state.digests)
        self._changed: dict[str, bytes] = {}
        self._garbage: tuple[str, ...] = ()
        self._tail = self._chunk(state.rows // CHUNK_ROWS) if state.rows % CHUNK_ROWS else b""

    def add(self, row: Floats, time: float | None) -> None:
        """Take one event."""
        state = self._state
        kept = state.seen % state.stride == 0
        if kept:
            self._append(_small(row).tobytes())
        since = state.since if state.since is not None else time
        until = state.until if time is None else max(time, state.until or time)
        self._state = msgspec.structs.replace(
            state, seen=state.seen + 1, rows=state.rows + kept, since=since, until=until
        )
        if self._state.rows >= self._events and not self.is_complete:
            self._thin()

    def _append(self, raw: bytes) -> None:
        self._tail += raw
        number = self._state.rows // CHUNK_ROWS
        self._put(number, self._tail)
        if len(self._tail) == CHUNK_ROWS * len(raw):
            self._tail = b""

    def _put(self, number: int, chunk: bytes) -> None:
        self._changed[self._state.name(number)] = chunk
        self._digests[number:] = [binascii.crc32(chunk)]

    def _thin(self) -> None:
        """Keep every second row, and from now on every second event of those kept before."""
        kept = self.rows[::2].astype("<f2")
        self._garbage += self.state()[0].names
        self._changed, self._digests = {}, []
        self._state = msgspec.structs.replace(
            self._state, rows=len(kept), stride=2 * self._state.stride
        )
        for number, start in enumerate(range(0, len(kept), CHUNK_ROWS)):
            self._put(number, kept[start : start + CHUNK_ROWS].tobytes())
        self._tail = self._chunk(len(kept) // CHUNK_ROWS) if len(kept) % CHUNK_ROWS else b""

    @property
    def is_complete(self) -> bool:
        """Whether there are enough events over enough time."""
        state = self._state
        span = (state.until or 0.0) - (state.since or 0.0)
        return state.rows >= self._events and span >= self._seconds

    @property
    def schema(self) -> Schema:
        """What a row holds."""
        return self._state.schema

    @property
    def rows(self) -> Floats:
        """All rows.

        Raises:
            CollectionError: a chunk is missing or damaged.
        """
        chunks = [self._chunk(number) for number in range(len(self._digests))]
        stored = np.frombuffer(b"".join(chunks), "<f2")
        return stored.reshape(-1, self.schema.width).astype(np.float64)

    @property
    def garbage(self) -> tuple[str, ...]:
        """Names of chunks that are of no use once the new state is stored."""
        return self._garbage

    def state(self) -> tuple[CollectionState, dict[str, bytes]]:
        """Return where it stands, and the chunks that changed, by name."""
        state = msgspec.structs.replace(self._state, digests=tuple(self._digests))
        return state, self._changed

    def _chunk(self, number: int) -> bytes:
        name = self._state.name(number)
        chunk = self._changed.get(name) or self._load(name) or b""
        # After a crash a chunk may hold more than its state knows of: those events come again.
        rows = min(CHUNK_ROWS, self._state.rows - number * CHUNK_ROWS)
        chunk = chunk[: rows * 2 * self.schema.width]
        if binascii.crc32(chunk) != self._digests[number]:
            raise CollectionError("the collected rows are damaged or missing")
        return chunk


def _small(row: Floats) -> npt.NDArray[np.float16]:
    """Return the row in 2-byte floats; what is beyond their range is missing, not infinite."""
    with np.errstate(over="ignore"):
        small = row.astype("<f2")
    small[np.isinf(small)] = np.nan
    return small
