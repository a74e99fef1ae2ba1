"""Conversations of a file: the same stage as the stream's, without Kafka."""

import math
from collections.abc import Iterator, Sequence

from detectors.base import Interaction
from processor.conversation.observe import Turns
from processor.conversation.stage import ConversationStage, ConversationVerdict, conclude
from processor.conversation.state import decode as decode_state
from processor.conversation.turn import decode
from processor.judged import Judged
from processor.kafka import Record
from processor.verdict import Verdict


class Followed:
    """Follows the conversations of interactions that come in the order of a file.

    An interaction without a time is as old as the newest before it.

    Args:
        turns: makes turns.
        stage: advances one conversation.
    """

    def __init__(self, turns: Turns, stage: ConversationStage) -> None:
        self._turns = turns
        self._stage = stage
        self._states: dict[bytes, bytes] = {}
        self._line = 0
        self._now = 0.0

    def take(self, judged: Sequence[tuple[Interaction, Verdict]]) -> None:
        """Take the next interactions of the file."""
        said = [Judged(self._record(interaction), interaction, v) for interaction, v in judged]
        for message in self._turns.messages(said):
            turn, key = decode(message.value), message.key or b""
            self._now = max(self._now, turn.time)
            advance = self._stage.advance(key, self._states.get(key), [(turn, self._now)])
            self._states[key] = advance.state or b""

    def conclude(self) -> Iterator[ConversationVerdict]:
        """Yield what every conversation came to, as if nothing was said after the file's end."""
        for key, state in self._states.items():
            ended = self._stage.pass_time(key, state, math.inf, forget=False)
            verdict = conclude(key.decode(), decode_state(ended.state))
            if verdict.segments:
                yield verdict

    def _record(self, interaction: Interaction) -> Record:
        self._line += 1
        time = self._now if interaction.time is None else interaction.time
        return Record("", 0, self._line, time, None, None)
