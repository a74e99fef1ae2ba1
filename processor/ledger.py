"""How far the outcomes in a topic have come, by source topic and partition."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from processor.kafka import Headers, Place, Record, Tail, place, place_headers


class Position(NamedTuple):
    """A place within a source partition; positions ascend as the partition is read."""

    offset: int
    part: int


_NOWHERE = Position(-1, -1)


class Ledger:
    """Knows which interactions already have their outcome in a topic.

    Every outcome carries what is known of its partition, so the last one in there tells all of
    it to the next owner, whatever the number of source topics.

    Args:
        topic: where the outcomes stand.
        sources: the topics that they come from; all have the same number of partitions.
        tail: reads the last outcomes.
    """

    def __init__(self, topic: str, sources: Collection[str], tail: Tail) -> None:
        self._topic = topic
        self._sources = frozenset(sources)
        self._tail = tail
        self._known: set[int] = set()
        self._last: dict[int, dict[str, Place]] = {}

    def forget(self) -> None:
        """Know nothing: another worker may have gone on meanwhile."""
        self._known.clear()
        self._last.clear()

    def catch_up(self, partitions: Iterable[int]) -> None:
        """Read what stands in partitions that nothing is known of.

        Raises:
            Fatal: the broker did not answer.
        """
        new = sorted(set(partitions) - self._known)
        if not new:
            return
        for last in self._tail.read(self._topic, self._sources, new):
            self._last.setdefault(last.partition, {})[last.topic] = last
        self._known.update(new)

    def position(self, record: Record) -> Position:
        """Return how far the outcomes have come in the partition of a record."""
        last = self._last.get(record.partition, {}).get(record.topic)
        return Position(last.offset, last.part) if last else _NOWHERE

    def enter(self, record: Record, part: int) -> Headers:
        """Note an outcome that is sent next; return the headers that name its place.

        Should it not arrive, the process ends, and this knowledge with it.
        """
        here = place(record, part)
        last = self._last.setdefault(here.partition, {})
        last[here.topic] = here
        return place_headers(here, (other for other in last.values() if other is not here))
