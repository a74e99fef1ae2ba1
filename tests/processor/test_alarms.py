"""An alarm is published once, whoever owns its series when."""

from collections.abc import Callable, Iterable

import pytest

from processor.alarms import Alarms
from processor.drift.provenance import MigrationEvent
from processor.errors import OwnershipLost
from processor.kafka import Message


class Topic:
    """A topic of alarms: outbox and tail at once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.reads = 0

    def send(self, messages: Iterable[Message], guard: Callable[[], None]) -> None:
        """Take messages, if the guard agrees."""
        taken = list(messages)
        guard()
        self.messages += taken

    def recent(self, _topic: str, partition: int, count: int) -> list[bytes]:
        """Return what lies in a partition."""
        self.reads += 1
        values = [m.value or b"" for m in self.messages if m.partition == partition]
        return values[-count:]


def event(name: str) -> MigrationEvent:
    """Return something to publish."""
    return MigrationEvent(
        id=name,
        series={},
        field="sampling",
        before=None,
        value="v",
        event_id="e",
        policy="keep",
    )


def owner(topic: Topic) -> Alarms:
    """Return a new worker's publisher."""
    return Alarms("alarms", outbox=topic, tail=topic)  # type: ignore[arg-type] # what counts


def still_owner() -> None:
    """Agree."""


def test_what_an_earlier_owner_has_published_is_not_published_again() -> None:
    """It died before the state was stored, so the alarm comes again, with its id."""
    topic = Topic()
    owner(topic).publish([(0, event("a"))], 1, still_owner)
    owner(topic).publish([(0, event("a")), (0, event("b"))], 2, still_owner)

    assert [m.key for m in topic.messages] == [b"a", b"b"]


def test_a_partition_is_read_once_a_generation() -> None:
    """Another owner may have been there in between, but not within."""
    topic, alarms = Topic(), None
    alarms = owner(topic)
    for name in "abc":
        alarms.publish([(0, event(name))], 1, still_owner)
    assert topic.reads == 1

    owner(topic).publish([(0, event("d"))], 2, still_owner)
    alarms.publish([(0, event("d"))], 3, still_owner)

    assert [m.key for m in topic.messages] == [b"a", b"b", b"c", b"d"]


def test_an_alarm_lies_in_the_partition_of_its_series() -> None:
    """There its next owner looks."""
    topic = Topic()
    owner(topic).publish([(3, event("a"))], 1, still_owner)

    assert [m.partition for m in topic.messages] == [3]


def test_what_somebody_else_wrote_is_passed_over() -> None:
    """It is no alarm of ours."""
    topic = Topic()
    topic.messages.append(Message("alarms", b"\xff", partition=0))
    owner(topic).publish([(0, event("a"))], 1, still_owner)

    assert [m.key for m in topic.messages][1:] == [b"a"]


def test_who_has_lost_the_series_publishes_nothing() -> None:
    """Its new owner does."""

    def lost() -> None:
        raise OwnershipLost

    topic = Topic()
    with pytest.raises(OwnershipLost):
        owner(topic).publish([(0, event("a"))], 1, lost)

    assert topic.messages == []
