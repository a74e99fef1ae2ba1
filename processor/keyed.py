"""A stage that keeps tables: records of its topic in, changed entries out. It knows no Faust."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from processor.kafka import Record

T = TypeVar("T")


class Change(NamedTuple):
    """An entry as it is to be from now on; without a state it leaves the table."""

    partition: int
    state: bytes | None


class Advance(NamedTuple):
    """What a batch comes to.

    ``changes`` are of each table of the stage, in its order; those of a table are in its
    changelog before those of the next are written. ``done`` is called when all are.
    """

    changes: Sequence[Mapping[bytes, Change]]
    done: Callable[[], None]


class Entry(NamedTuple):
    """An entry of the table as it was found after a rebalance."""

    partition: int
    key: bytes
    state: bytes


class KeyedStage(Protocol):
    """Advances the entries of its tables; records of one key lie in one partition.

    Its methods are called from one thread at a time. An entry in a partition that came or left
    is another worker's work from then on. ``tables`` are named in the order in which they are
    written: what another entry relies on comes first.
    """

    name: str
    topic: str
    tables: tuple[str, ...]

    def located_by(self, key: bytes) -> bytes:
        """Return the key of the records in whose partition an entry lies."""
        ...

    def advance(
        self,
        tables: Sequence[Mapping[bytes, bytes]],
        records: Sequence[Record],
        generation: int,
        still_owner: Callable[[], None],
    ) -> Advance:
        """Apply a batch; on return the broker has acknowledged what was published of it.

        Raises:
            Fatal: nothing of the batch may be acknowledged to the group.
        """
        ...

    def recovered(self, entries: Iterable[Entry]) -> None:
        """Take note of all entries of the last table, after a rebalance."""
        ...

    def left(self, partition: int) -> None:
        """Forget a partition that another worker may own from now on."""
        ...


class Ticking(Protocol):
    """A stage that time alone moves on; `tick` is called about every second, in its thread."""

    name: str

    def tick(self) -> None:
        """Send what makes time pass where something is due; whether it arrives is no matter."""
        ...


def by_key(
    records: Iterable[Record], read: Callable[[Record], T | None]
) -> tuple[dict[bytes, list[T]], dict[bytes, int]]:
    """Sort what records hold by their keys, in order; return it and the partition of each key.

    Args:
        records: a batch.
        read: what a record holds; ``None`` where it is nothing.
    """
    batches: dict[bytes, list[T]] = {}
    partitions: dict[bytes, int] = {}
    for record in records:
        if (content := read(record)) is not None:
            key = record.key or b""
            batches.setdefault(key, []).append(content)
            partitions[key] = record.partition
    return batches, partitions
