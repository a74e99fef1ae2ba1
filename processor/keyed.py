"""A stage that keeps a table: records of its topic in, changed entries out. It knows no Faust."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from processor.kafka import Record


class Change(NamedTuple):
    """An entry as it is to be from now on; without a state it leaves the table."""

    partition: int
    state: bytes | None


class Advance(NamedTuple):
    """What a batch comes to; ``done`` is called when the changelog holds the changes."""

    changes: Mapping[bytes, Change]
    done: Callable[[], None]


class Entry(NamedTuple):
    """An entry of the table as it was found after a rebalance."""

    partition: int
    key: bytes
    state: bytes


class KeyedStage(Protocol):
    """Advances the entries of one table; records of one key lie in one partition.

    Its methods are called from one thread at a time. An entry in a partition that came or left
    is another worker's work from then on.
    """

    name: str
    topic: str

    def advance(
        self,
        entries: Mapping[bytes, bytes],
        records: Sequence[Record],
        still_owner: Callable[[], None],
    ) -> Advance:
        """Apply a batch; on return the broker has acknowledged what was published of it.

        Raises:
            Fatal: nothing of the batch may be acknowledged to the group.
        """
        ...

    def recovered(self, entries: Iterable[Entry]) -> None:
        """Take note of all entries there are, after a rebalance."""
        ...

    def left(self, partition: int) -> None:
        """Forget a partition that another worker may own from now on."""
        ...
