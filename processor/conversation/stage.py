"""The conversation stage: stored state and turns in; new state, verdict and counters out."""

import hashlib
from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from processor.conversation.machine import Machine, Steps
from processor.conversation.state import Ending, State, decode, encode
from processor.conversation.turn import Turn, Word

SCHEMA = 1
Source = Literal["explicit", "inferred"]

_encoder = msgspec.json.Encoder()


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How often the turns of a segment showed signs that the user was not being helped."""

    rephrases: int
    failures: int
    negatives: int


class SegmentVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """How one intent of a conversation ended.

    ``frustration`` is the mean over the turns, ``chance`` a fitted model's that the intent was
    settled; both in [0, 1]. ``revoked`` says why the outcome no longer holds.
    """

    number: int
    intent: str
    outcome: Word
    resolution_source: Source
    opened: float
    last: float
    seconds: float
    turns: int
    frustration: float
    chance: float | None
    evidence: Evidence
    revoked: str | None


class ConversationVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is concluded about a conversation so far; it holds no text.

    The segments are the last eight that ended, oldest first.
    """

    schema: int
    id: str
    conversation_id: str
    app: str
    route: str
    segments: tuple[SegmentVerdict, ...]


class Advance(NamedTuple):
    """What an update of a conversation gives.

    Without a state it is forgotten. ``due`` is the stream's time of its next timer; ``verdict``
    is there when an outcome has changed.
    """

    state: bytes | None
    due: float
    verdict: bytes | None
    steps: Steps


class ConversationStage:
    """Advances the state of conversations; keeps nothing itself.

    Args:
        machine: the rules.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def advance(
        self, key: bytes, stored: bytes | None, turns: Iterable[tuple[Turn, float]]
    ) -> Advance:
        """Take turns of one conversation, each with the stream's time when it came.

        Raises:
            StateError: the state is damaged or of another version.
        """
        state, steps = decode(stored), Steps()
        for turn, now in turns:
            if not self._machine.pass_time(state, now, steps):
                state = State()
            self._machine.take(state, turn, now, steps)
        return self._advance(key, state, steps)

    def pass_time(self, key: bytes, stored: bytes, now: float, *, forget: bool = True) -> Advance:
        """Let the stream's time pass; when its memory is over, forget the conversation.

        Raises:
            StateError: as for `advance`.
        """
        state, steps = decode(stored), Steps()
        remembered = self._machine.pass_time(state, now, steps)
        advance = self._advance(key, state, steps)
        return advance._replace(state=None) if forget and not remembered else advance

    def look(self, stored: bytes) -> tuple[float, float]:
        """Return the stream's time as far as a state knows it, and that of its next timer.

        Raises:
            StateError: as for `advance`.
        """
        state = decode(stored)
        return state.touched, self._machine.due(state)

    def _advance(self, key: bytes, state: State, steps: Steps) -> Advance:
        changed = steps.endings or steps.revocations
        return Advance(
            state=encode(state),
            due=self._machine.due(state),
            verdict=_encoder.encode(conclude(key.decode("utf-8", "replace"), state))
            if changed
            else None,
            steps=steps,
        )


def conclude(conversation_id: str, state: State) -> ConversationVerdict:
    """Put together what is known of a conversation; app and route are of its last segment."""
    last = state.endings[-1] if state.endings else state.segment
    return ConversationVerdict(
        schema=SCHEMA,
        id=hashlib.sha256(conversation_id.encode()).hexdigest()[:32],
        conversation_id=conversation_id,
        app=last.app if last else "unknown",
        route=last.route if last else "unknown",
        segments=tuple(_segment(ending) for ending in state.endings),
    )


def _segment(ending: Ending) -> SegmentVerdict:
    return SegmentVerdict(
        number=ending.number,
        intent=ending.intent,
        outcome=ending.outcome,
        resolution_source=ending.source,
        opened=ending.opened,
        last=ending.last,
        seconds=max(0.0, ending.last - ending.opened),
        turns=ending.turns,
        frustration=ending.frustration,
        chance=ending.chance,
        evidence=Evidence(
            rephrases=ending.rephrases, failures=ending.failures, negatives=ending.negatives
        ),
        revoked=ending.revoked or None,
    )
