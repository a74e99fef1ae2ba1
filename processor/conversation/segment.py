"""A segment: the part of a conversation that is about one intent, and the evidence in it."""

import msgspec

from detectors.intent.evidence import Said, Weights, compare
from detectors.intent.labels import OUT_OF_SCOPE, UNSCORED, UNVERIFIABLE
from detectors.intent.vectors import cosine
from processor.conversation.turn import Explicit, Turn, Word

# Below this a prompt is about something else than the one that opened the segment.
_SAME_MATTER = 0.5
_NAMELESS = frozenset({OUT_OF_SCOPE, UNVERIFIABLE, UNSCORED})


class Tally(msgspec.Struct, kw_only=True):
    """What the turns of a segment add up to; sums of cosines, and counts of the rest."""

    rephrases: int = 0
    similarity: float = 0.0
    relevance: float = 0.0
    repetition: float = 0.0
    failure: int = 0
    handover: int = 0
    negative: int = 0
    thanks: int = 0
    escalation: int = 0
    frustration: float = 0.0


class Segment(msgspec.Struct, kw_only=True):
    """One intent of a conversation so far; plain data of bounded size.

    ``opened`` and ``last`` are the times of its first and last turn, ``opening`` is the packed
    prompt that it is about; ``before`` is the last exchange. ``content`` says that the last turn
    thanked for an answer that had not failed, ``unhelped`` that it speaks against the bot,
    ``waiting`` that nobody answered it. ``explicit`` is what somebody told of the outcome.
    """

    number: int
    app: str
    route: str
    intent: str
    window_seconds: float | None
    opened: float
    last: float
    opening: bytes
    turns: int = 0
    tally: Tally
    before: Said | None = None
    content: bool = False
    unhelped: bool = False
    waiting: bool = False
    explicit: Explicit | None = None


def begin(number: int, turn: Turn) -> Segment:
    """Open a segment with its first turn, which `add` is still to count."""
    return Segment(
        number=number,
        app=turn.app,
        route=turn.route,
        intent=turn.intent,
        window_seconds=turn.window_seconds,
        opened=turn.time,
        last=turn.time,
        opening=turn.prompt,
        tally=Tally(),
    )


def is_about(segment: Segment, turn: Turn) -> bool:
    """Whether a turn goes on with the segment's intent.

    What has no name of its own, such as "yes, please", goes on with anything; so does a new name
    for much the same words.
    """
    if turn.intent in _NAMELESS or turn.intent == segment.intent or segment.intent in _NAMELESS:
        return True
    return not turn.asked or cosine(turn.prompt, segment.opening) >= _SAME_MATTER


def add(segment: Segment, turn: Turn, weights: Weights) -> bool:
    """Count the next turn of the segment in place; return whether it was a rephrase."""
    if segment.intent in _NAMELESS and turn.intent not in _NAMELESS:
        # It began with a greeting; now it is known what it is about.
        segment.intent, segment.window_seconds = turn.intent, turn.window_seconds
        segment.opening = turn.prompt
    now = Said(turn.prompt, turn.response, turn.cues)
    evidence = compare(now, segment.before)
    count(segment, turn)
    tally = segment.tally
    tally.rephrases += evidence.rephrase > 0
    tally.similarity += evidence.similarity
    tally.relevance += evidence.relevance
    tally.repetition += evidence.repetition
    tally.frustration += evidence.score(weights)
    answered = segment.before is not None and bool(segment.before.response)
    failed = segment.before is not None and "failure" in segment.before.cues
    segment.content = "thanks" in turn.cues and answered and not failed
    segment.waiting = turn.asked and not turn.answered and "thanks" not in turn.cues
    segment.unhelped = not {"negative", "failure"}.isdisjoint(turn.cues) or evidence.rephrase > 0
    segment.last = turn.time
    segment.before = now
    return evidence.rephrase > 0


def count(segment: Segment, turn: Turn) -> None:
    """Count a turn's cues in place, whenever it was said."""
    segment.turns += 1
    tally = segment.tally
    tally.failure += "failure" in turn.cues
    tally.handover += "handover" in turn.cues
    tally.negative += "negative" in turn.cues
    tally.thanks += "thanks" in turn.cues
    tally.escalation += "escalation" in turn.cues


def outcome_of(segment: Segment, chance: float | None) -> tuple[Word, bool]:
    """Return how the segment ended, and whether that was told rather than inferred.

    Args:
        segment: with all its turns.
        chance: that it was settled, by a fitted model, in [0, 1]; ``None`` without one.
    """
    if segment.explicit:
        return segment.explicit.outcome, True
    if segment.tally.escalation or segment.tally.handover:
        return "escalated", False
    if segment.content:
        return "confirmed", False
    left = segment.unhelped if chance is None else chance < 0.5  # noqa: PLR2004 - more likely not
    return ("abandoned" if left or segment.waiting else "assumed"), False
