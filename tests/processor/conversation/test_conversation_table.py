"""The table: timers by partition, verdicts before states, refusals counted."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from processor import keyed
from processor.conversation.machine import Machine
from processor.conversation.stage import ConversationStage
from processor.conversation.table import ConversationTable
from processor.conversation.turn import Turn, encode
from processor.errors import OwnershipLost
from processor.exporter import Exporter
from processor.kafka import Message, Record
from tests.processor.conversation.talk import DAY, turn
from tests.processor.test_exporter import value


class Sent:
    """An outbox that keeps what it is given."""

    def __init__(self) -> None:
        self.keys: list[bytes | None] = []

    def send(self, messages: Iterable[Message], guard: Callable[[], None]) -> None:
        """Take the messages when the guard agrees."""
        batch = list(messages)
        guard()
        self.keys += [message.key for message in batch]


class Worker:
    """A table with its entries, as the agent keeps them."""

    def __init__(self, entries: dict[bytes, bytes] | None = None, **options: Any) -> None:
        self.sent, self.exporter = Sent(), Exporter()
        self.entries = dict(entries or {})
        self.table = ConversationTable(
            ConversationStage(Machine()),
            turns="turns",
            conversations="conversations",
            outbox=self.sent,  # type: ignore[arg-type] # it has the one method that counts
            exporter=self.exporter,
            **{"max_conversations": 100, **options},
        )
        self.table.recovered(keyed.Entry(0, key, state) for key, state in self.entries.items())

    def take(self, *records: Record, guard: Callable[[], None] = lambda: None) -> None:
        """Advance by a batch."""
        advance = self.table.advance([self.entries], records, 1, guard)
        [changes] = advance.changes
        for key, change in changes.items():
            if change.state is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = change.state
        advance.done()

    def ended(self, outcome: str) -> float | None:
        """Return how many segments ended so."""
        names = {"app": "shop", "route": "chat", "intent": "refund", "source": "inferred"}
        name = "semwatch_conversation_segments_total"
        return value(self.exporter, name, **names, outcome=outcome)


def record(key: bytes, said: Turn | bytes, partition: int = 0) -> Record:
    """Return a record of the topic of turns."""
    raw = said if isinstance(said, bytes) else encode(said)
    return Record("turns", partition, 0, 0.0, key, raw)


def test_the_turns_of_others_let_time_pass() -> None:
    """The first conversation ends a day later, and is forgotten when its memory is over."""
    worker = Worker()
    worker.take(record(b"a", turn(0)))
    worker.take(record(b"b", turn(DAY)))

    assert worker.sent.keys == [b"a"]
    assert worker.ended("assumed") == 1
    assert worker.entries.keys() == {b"a", b"b"}

    worker.take(record(b"c", turn(7 * DAY)))
    assert worker.entries.keys() == {b"b", b"c"}


def test_each_partition_has_its_own_time() -> None:
    """One that is read behind the others must not be cut short."""
    worker = Worker()
    worker.take(record(b"a", turn(0)), record(b"b", turn(9 * DAY), partition=1))

    assert worker.sent.keys == []


def test_what_is_read_behind_the_time_has_its_window_all_the_same() -> None:
    """A shipper may send in arrears."""
    worker = Worker()
    worker.take(record(b"a", turn(5 * DAY)), record(b"b", turn(0)))
    worker.take(record(b"a", turn(5 * DAY + 60)))
    assert worker.sent.keys == []

    worker.take(record(b"c", turn(6 * DAY)))
    assert worker.sent.keys == [b"b"]


def test_time_is_taken_up_where_another_worker_has_left_it() -> None:
    """The next turn ends what had its time meanwhile, and nothing else."""
    before = Worker()
    before.take(record(b"a", turn(0)), record(b"b", turn(DAY / 2)))
    after = Worker(before.entries)
    after.take(record(b"c", turn(DAY)))

    assert after.sent.keys == [b"a"]


def test_the_time_that_is_taken_up_is_that_of_the_states() -> None:
    """A turn in arrears, the first after a restart, has its window from now on."""
    before = Worker()
    before.take(record(b"a", turn(DAY)))
    after = Worker(before.entries)
    after.take(record(b"b", turn(0)))
    after.take(record(b"c", turn(DAY + 60)))

    assert after.sent.keys == []


def test_a_partition_that_left_is_forgotten() -> None:
    """Its timers are another worker's now."""
    worker = Worker()
    worker.take(record(b"a", turn(0)))
    worker.table.left(0)
    worker.take(record(b"b", turn(DAY)))

    assert worker.sent.keys == []


def test_without_ownership_nothing_is_published_or_stored() -> None:
    """Another worker does it."""

    def lost() -> None:
        raise OwnershipLost

    worker = Worker()
    worker.take(record(b"a", turn(0)))
    before = dict(worker.entries)
    with pytest.raises(OwnershipLost):
        worker.take(record(b"b", turn(DAY)), guard=lost)

    assert worker.sent.keys == []
    assert worker.entries == before
    assert worker.ended("assumed") is None


def test_more_conversations_than_the_maximum_are_refused() -> None:
    """Those that are followed go on."""
    worker = Worker(max_conversations=1)
    worker.take(record(b"a", turn(0)))
    worker.take(record(b"b", turn(1)), record(b"a", turn(2)))

    assert worker.entries.keys() == {b"a"}
    refused = value(worker.exporter, "semwatch_turns_ignored_total", reason="max_conversations")
    assert refused == 1


def test_what_is_no_turn_is_counted() -> None:
    """It may be another version's."""
    worker = Worker()
    worker.take(record(b"a", b"{}"))

    assert worker.entries == {}
    assert value(worker.exporter, "semwatch_turns_ignored_total", reason="unreadable") == 1


def test_a_damaged_state_starts_afresh_at_its_next_turn() -> None:
    """And is forgotten if there is none."""
    worker = Worker({b"a": b"x", b"b": b"x"})
    worker.take(record(b"a", turn(0)))

    assert worker.entries.keys() == {b"a"}
    assert value(worker.exporter, "semwatch_conversation_state_resets_total") == 2
