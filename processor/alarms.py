"""What the drift stage publishes, each once: a worker may die between an alarm and its state."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from processor.drift.alarm import Alarm
from processor.drift.provenance import MigrationEvent
from processor.drift.reading import encode_event
from processor.kafka import Message, Outbox, Tail

# Far more than one batch can have raised.
_RECENT = 1000


class _Named(msgspec.Struct):
    """The part of an alarm or a migration that names it."""

    id: str


class Alarms:
    """Publishes alarms and migrations, but not what an earlier owner has published.

    They lie in the partition of their series' features, so that its next owner knows where to
    look: an alarm's id is a function of what was observed, and comes again with it.

    Args:
        topic: of the alarms.
        outbox: produces with acknowledgement.
        tail: what lies there already.
    """

    def __init__(self, topic: str, *, outbox: Outbox, tail: Tail) -> None:
        self._topic = topic
        self._outbox = outbox
        self._tail = tail
        self._generation = -1
        self._known: dict[int, set[str]] = {}

    def publish(
        self,
        events: Sequence[tuple[int, Alarm | MigrationEvent]],
        generation: int,
        still_owner: Callable[[], None],
    ) -> None:
        """Publish events, each with the partition of its series; the broker acknowledges them.

        Raises:
            Fatal: nothing of the batch may be acknowledged to the group.
        """
        self._catch_up({partition for partition, _ in events}, generation)
        fresh = [(p, event) for p, event in events if event.id not in self._known[p]]
        self._outbox.send(
            (
                Message(self._topic, encode_event(event), key=event.id.encode(), partition=p)
                for p, event in fresh
            ),
            still_owner,
        )

    def _catch_up(self, partitions: Iterable[int], generation: int) -> None:
        if generation != self._generation:
            self._known.clear()
            self._generation = generation
        new = sorted(set(partitions) - self._known.keys())
        for partition in new:
            self._known[partition] = {
                name
                for value in self._tail.recent(self._topic, partition, _RECENT)
                if (name := _name(value))
            }


def _name(value: bytes) -> str:
    try:
        return msgspec.json.decode(value, type=_Named).id
    except msgspec.DecodeError:
        return ""  # somebody else's
