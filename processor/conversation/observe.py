"""Interactions to turns: what the observing stage sends on to the conversation stage."""

from collections.abc import Sequence

from detectors.intent.reader import Reader
from detectors.intent_resolution import IntentResolution
from processor.conversation.turn import encode, turn_of
from processor.judged import Judged
from processor.kafka import Message
from processor.verdict import Verdict


class Turns:
    """Makes turns of the interactions that belong to a conversation.

    What the detector has read without failing is read again here, out of the encoder's cache;
    what it failed on becomes a turn of which nothing was read. So nothing here can fail on a text.

    Args:
        reader: the detector's own.
        topic: where the turns go, keyed by conversation.
    """

    def __init__(self, reader: Reader, topic: str) -> None:
        self._reader = reader
        self._topic = topic

    def messages(self, judged: Sequence[Judged]) -> list[Message]:
        """Return the turns of a batch, in order."""
        spoken = [item for item in judged if item.interaction.conversation_id]
        readable = [item for item in spoken if not _failed(item.verdict)]
        readings = iter(self._reader.read_many([item.interaction for item in readable]))
        return [
            Message(
                self._topic,
                encode(
                    turn_of(
                        item.record,
                        item.interaction,
                        None if _failed(item.verdict) else next(readings),
                    )
                ),
                key=_key(item.interaction.conversation_id or ""),
            )
            for item in spoken
        ]


def _key(conversation_id: str) -> bytes:
    return conversation_id.encode("utf-8", "replace")


def _failed(verdict: Verdict) -> bool:
    return any(failure.detector == IntentResolution.name for failure in verdict.failures)
