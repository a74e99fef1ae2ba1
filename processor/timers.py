"""Timers in the stream's time, by partition: which keys it has something to say to."""

import heapq
from collections.abc import Iterator


class Timers:
    """One timer a key; setting it earlier or later is O(log n), and later costs nothing at once.

    Examples:
        >>> timers = Timers()
        >>> timers.set(0, b"a", 5.0)
        >>> timers.set(0, b"b", 7.0)
        >>> timers.set(0, b"a", 9.0)
        >>> list(timers.expired(0, 8.0, limit=10)), list(timers.expired(0, 9.0, limit=10))
        ([b'b'], [b'a'])
    """

    def __init__(self) -> None:
        self._due: dict[int, dict[bytes, float]] = {}
        self._heap: dict[int, list[tuple[float, bytes]]] = {}

    def set(self, partition: int, key: bytes, due: float) -> None:
        """Set the timer of a key, whatever it was."""
        dues = self._due.setdefault(partition, {})
        before = dues.get(key)
        dues[key] = due
        if before is None or due < before:
            heapq.heappush(self._heap.setdefault(partition, []), (due, key))

    def forget(self, partition: int) -> None:
        """Remove all timers of a partition."""
        self._due.pop(partition, None)
        self._heap.pop(partition, None)

    def expired(self, partition: int, now: float, *, limit: int) -> Iterator[bytes]:
        """Yield keys whose time has come, each once, at most so many; their timers are gone."""
        heap, dues = self._heap.get(partition, []), self._due.get(partition, {})
        while heap and heap[0][0] <= now and limit > 0:
            _, key = heapq.heappop(heap)
            due = dues.get(key)
            if due is None:  # it was set earlier meanwhile, and that is past
                continue
            if due > now:
                heapq.heappush(heap, (due, key))
                continue
            del dues[key]
            limit -= 1
            yield key

    def partitions_due(self, now: float) -> list[int]:
        """Return the partitions in which a timer may have expired."""
        return [p for p, heap in self._heap.items() if heap and heap[0][0] <= now]
