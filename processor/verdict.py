"""What is concluded about one interaction, and its form in Kafka."""

import hashlib
from typing import Literal

import msgspec

from detectors.base import Interaction, Provenance, Signal

SCHEMA = 1


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A detector that could not measure one interaction; ``reason`` is the error's type."""

    detector: str
    reason: str


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an answer may become training data, and each reason why it must not.

    A reason is the name of a bad signal or a word of `processor.training.Doubt`.
    """

    eligible: bool
    reasons: tuple[str, ...] = ()


UNDECIDED = Training(eligible=False, reasons=("unjudged",))
"""Nobody vouches for an answer until somebody does."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything concluded about one interaction; a function of the event and the versions.

    It holds no text of the user or the bot. ``unscored`` means that a detector failed. Of
    verdicts with one id the one with the highest ``revision`` holds; 0 is the first.
    """

    schema: int
    id: str
    event_id: str
    app: str
    route: str
    model: str
    status: Literal["scored", "unscored"]
    signals: tuple[Signal, ...]
    training: Training
    failures: tuple[Failure, ...] = ()
    time: float | None = None
    conversation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    provenance: Provenance = Provenance()
    versions: dict[str, str] = {}
    revision: int = 0


def conclude(
    interaction: Interaction,
    signals: tuple[Signal, ...],
    failures: tuple[Failure, ...],
    versions: dict[str, str],
    training: Training = UNDECIDED,
) -> Verdict:
    """Put together what the detectors said of one interaction."""
    return Verdict(
        schema=SCHEMA,
        id=verdict_id(interaction),
        event_id=interaction.id,
        app=interaction.app,
        route=interaction.route,
        model=interaction.model,
        status="unscored" if failures else "scored",
        signals=signals,
        training=training,
        failures=failures,
        time=interaction.time,
        conversation_id=interaction.conversation_id,
        trace_id=interaction.trace_id,
        span_id=interaction.span_id,
        provenance=interaction.provenance,
        versions=versions,
    )


def verdict_id(interaction: Interaction) -> str:
    """Name the verdict by its input alone, so that a repeat after a crash can be told."""
    name = msgspec.json.encode((interaction.app, interaction.id))
    return hashlib.sha256(name).hexdigest()[:32]


def encode(verdict: Verdict) -> bytes:
    """Return the JSON of a verdict."""
    return msgspec.json.encode(verdict)
