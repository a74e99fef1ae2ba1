"""The table of conversations: batches of turns in, changed states out, verdicts published."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from processor import keyed
from processor.conversation.stage import Advance, ConversationStage
from processor.conversation.turn import Turn, TurnError, decode
from processor.exporter import Exporter
from processor.kafka import Message, Outbox, Record
from processor.seal import StateError
from processor.timers import Timers

log = logging.getLogger("semwatch")

# So many timers a batch and partition: after a pause in the stream a batch must not take for ever.
_MAX_EXPIRED = 500


class _Arrival(NamedTuple):
    """A turn, and the time of the stream when it came."""

    turn: Turn
    now: float


class ConversationTable:
    """Follows every conversation from its first turn to the end of its memory.

    The stream's time is the latest time of a turn, a partition for itself.

    Args:
        stage: advances one conversation.
        turns: the topic that the turns come from.
        conversations: the topic that the verdicts go to.
        max_conversations: more at a time than this are refused and counted.
        outbox: produces the verdicts.
        exporter: counts the outcomes.
    """

    name = "conversation"
    tables: tuple[str, ...] = ("conversation",)

    def __init__(
        self,
        stage: ConversationStage,
        *,
        turns: str,
        conversations: str,
        max_conversations: int,
        outbox: Outbox,
        exporter: Exporter,
    ) -> None:
        self.topic = turns
        self._stage = stage
        self._conversations = conversations
        self._max_conversations = max_conversations
        self._outbox = outbox
        self._exporter = exporter
        self._timers = Timers()
        self._now: dict[int, float] = {}

    def located_by(self, key: bytes) -> bytes:
        """Return the key itself."""
        return key

    def advance(
        self,
        tables: Sequence[Mapping[bytes, bytes]],
        records: Sequence[Record],
        generation: int,
        still_owner: Callable[[], None],
    ) -> keyed.Advance:
        """Take a batch of turns, let its time pass, and publish what has ended."""
        del generation
        [entries] = tables
        batches, partitions = keyed.by_key(records, self._arrival)
        # Also a conversation that only repeats is written again: its last change may have been
        # lost between the acknowledged record and the changelog.
        advances = [
            (key, advance)
            for key, batch in batches.items()
            if (advance := self._take(entries, key, batch))
        ]
        changed = {key: advance.state for key, advance in advances}
        for key, advance in advances:
            self._timers.set(partitions[key], key, advance.due)
        for partition in sorted(set(partitions.values())):
            for key in self._timers.expired(partition, self._now[partition], limit=_MAX_EXPIRED):
                partitions[key] = partition
                state = changed[key] if key in changed else entries.get(key)
                if state is not None:
                    advance = self._pass_time(key, state, partition)
                    changed[key] = advance.state
                    advances.append((key, advance))
        self._outbox.send(
            (
                Message(self._conversations, advance.verdict, key=key)
                for key, advance in advances
                if advance.verdict
            ),
            still_owner,
        )

        def done() -> None:
            for _, advance in advances:
                self._exporter.advanced(advance.steps)

        changes = {key: keyed.Change(partitions[key], state) for key, state in changed.items()}
        return keyed.Advance([changes], done)

    def recovered(self, entries: Iterable[keyed.Entry]) -> None:
        """Take up the time and the timers where another worker has left them."""
        self._timers = Timers()
        self._now.clear()
        for partition, key, state in entries:
            try:
                touched, due = self._stage.look(state)
            except StateError:  # its next turn resets and counts it; time forgets it
                touched, due = 0.0, 0.0
            self._timers.set(partition, key, due)
            self._now[partition] = max(self._now.get(partition, 0.0), touched)

    def left(self, partition: int) -> None:
        """Forget the timers of a partition that another worker owns now."""
        self._timers.forget(partition)

    def _arrival(self, record: Record) -> _Arrival | None:
        try:
            turn = decode(record.value)
        except TurnError:  # another version's: its verdict stands all the same
            self._exporter.turn_refused("unreadable")
            return None
        now = max(turn.time, self._now.get(record.partition, 0.0))
        self._now[record.partition] = now
        return _Arrival(turn, now)

    def _take(
        self, entries: Mapping[bytes, bytes], key: bytes, batch: Sequence[_Arrival]
    ) -> Advance | None:
        state = entries.get(key)
        if state is None and len(entries) >= self._max_conversations:
            for _ in batch:
                self._exporter.turn_refused("max_conversations")
            return None
        try:
            return self._stage.advance(key, state, batch)
        except StateError as error:
            log.warning("a conversation starts afresh: %s", error)
            self._exporter.conversation_reset()
            return self._stage.advance(key, None, batch)

    def _pass_time(self, key: bytes, state: bytes, partition: int) -> Advance:
        try:
            advance = self._stage.pass_time(key, state, self._now[partition])
        except StateError as error:
            log.warning("a conversation is forgotten: %s", error)
            self._exporter.conversation_reset()
            return self._stage.advance(key, None, ())._replace(state=None)
        if advance.state is not None:
            self._timers.set(partition, key, advance.due)
        return advance
