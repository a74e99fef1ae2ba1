"""A turn: what the conversation stage is told of one interaction. It holds no text."""

import hashlib
from typing import Literal

import msgspec

from detectors.base import Feedback, Interaction, Outcome
from detectors.intent.labels import UNSCORED
from detectors.intent.reader import Reading
from processor.kafka import Record

Word = Literal["escalated", "confirmed", "abandoned", "assumed"]
"""How an intent ended: with a human; with the user content, or a success that was told; with the
user left unhelped; or with nothing said against it."""

_NOTHING = Reading(UNSCORED, None, (), b"", b"")
_GOOD = frozenset({"positive", "up", "thumbs_up", "good", "like", "resolved", "helpful"})
_BAD = frozenset({"negative", "down", "thumbs_down", "bad", "dislike", "unresolved", "unhelpful"})
_MIDDLE = 0.5  # of a feedback's score, which is a share


class Explicit(msgspec.Struct, frozen=True, array_like=True):
    """What somebody told of the outcome; ``final`` when it ends the matter at once."""

    outcome: Word
    final: bool


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """One interaction of a conversation, and the record that it came from.

    ``logged`` is the record's time in Kafka. ``time`` is the event's own, but never later: one
    event must not make time pass for all. The vectors are packed, and empty where there was no
    text that could be read.
    """

    partition: int
    offset: int
    logged: float
    event: int
    time: float
    app: str
    route: str
    intent: str
    window_seconds: float | None
    asked: bool
    answered: bool
    cues: tuple[str, ...]
    prompt: bytes
    response: bytes
    explicit: Explicit | None = None


class TurnError(ValueError):
    """A record on the topic of turns is not what `encode` writes."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Turn)


def turn_of(record: Record, interaction: Interaction, reading: Reading | None) -> Turn:
    """Return the turn; without a reading, because a detector failed on it, nothing is read."""
    reading = reading or _NOTHING
    time = record.time if interaction.time is None else min(interaction.time, record.time)
    return Turn(
        partition=record.partition,
        offset=record.offset,
        logged=record.time,
        event=_number(interaction.id),
        time=time,
        app=interaction.app,
        route=interaction.route,
        intent=reading.intent,
        window_seconds=reading.window_seconds,
        asked=bool(interaction.prompt),
        answered=bool(interaction.response),
        cues=reading.cues,
        prompt=reading.prompt,
        response=reading.response,
        explicit=told(interaction),
    )


def told(interaction: Interaction) -> Explicit | None:
    """Return what the event itself tells of the outcome; an outcome goes before feedback."""
    return _outcome(interaction.outcome) or _feedback(interaction.feedback)


def encode(turn: Turn) -> bytes:
    """Return the MessagePack of a turn."""
    return _encoder.encode(turn)


def decode(raw: bytes | None) -> Turn:
    """Read what `encode` wrote.

    Raises:
        TurnError: it was something else, or another version.
    """
    try:
        return _decoder.decode(raw or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TurnError(str(error)) from error


def _number(event_id: str) -> int:
    """Tell events apart in eight bytes; of the few that are compared, no two are alike."""
    name = event_id.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)


def _outcome(outcome: Outcome | None) -> Explicit | None:
    if outcome is None:
        return None
    if outcome.kind != "task_result":
        return Explicit("escalated", final=True)
    if outcome.success is None:
        return None
    return Explicit("confirmed" if outcome.success else "abandoned", final=True)


def _feedback(feedback: Feedback | None) -> Explicit | None:
    """Read a thumb: by its label, else by a score in [0, 1]; other scales are nobody's guess."""
    if feedback is None:
        return None
    label = (feedback.label or "").strip().casefold()
    if label in _GOOD | _BAD:
        return Explicit("confirmed" if label in _GOOD else "abandoned", final=False)
    score = feedback.score
    if score is None or not 0 <= score <= 1 or score == _MIDDLE:
        return None
    return Explicit("confirmed" if score > _MIDDLE else "abandoned", final=False)
