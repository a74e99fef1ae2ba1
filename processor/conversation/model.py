"""How likely an intent was settled, by a logistic regression over the evidence of its turns.

`make fit-resolution` learns the weights from conversations whose outcome is known.
Without them the rules of `segment.outcome_of` decide alone.
"""

import math
from pathlib import Path
from typing import Literal

import msgspec

from processor.conversation.segment import Segment

_DIGITS = 4


class ModelError(ValueError):
    """A model that cannot be used; the message names the file, the key and the value."""


class Features(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The evidence of a segment, or a weight for each; means are over its turns.

    Cosines lie in [-1, 1], shares and the flags ``handover`` to ``waiting`` in [0, 1].
    """

    length: float
    """Natural logarithm of one and the turns."""
    similarity: float
    relevance: float
    repetition: float
    rephrases: float
    failures: float
    negatives: float
    handover: float
    escalation: float
    unhelped: float
    content: float
    waiting: float


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights, in log-odds; positive speaks for settled. ``conversations`` it learned from."""

    version: Literal[1]
    conversations: int
    bias: float
    weights: Features

    def chance(self, segment: Segment) -> float:
        """Return the probability in [0, 1] that the segment was settled."""
        return self.chance_of(features(segment))

    def chance_of(self, found: Features) -> float:
        """Return the probability in [0, 1] that what has these features was settled."""
        pairs = zip(
            msgspec.structs.astuple(self.weights), msgspec.structs.astuple(found), strict=True
        )
        log_odds = self.bias + sum(weight * value for weight, value in pairs)
        return round(0.5 + 0.5 * math.tanh(log_odds / 2), _DIGITS)


def features(segment: Segment) -> Features:
    """Return what a model weighs."""
    tally, turns = segment.tally, max(segment.turns, 1)
    return Features(
        length=math.log1p(segment.turns),
        similarity=tally.similarity / turns,
        relevance=tally.relevance / turns,
        repetition=tally.repetition / turns,
        rephrases=tally.rephrases / turns,
        failures=tally.failure / turns,
        negatives=tally.negative / turns,
        handover=float(tally.handover > 0),
        escalation=float(tally.escalation > 0),
        unhelped=float(segment.unhelped),
        content=float(segment.content),
        waiting=float(segment.waiting),
    )


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        ModelError: the file cannot be read, or holds none.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Model)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: {error}") from error
