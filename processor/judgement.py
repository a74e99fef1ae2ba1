"""Whether a signal speaks for an answer or against it."""

from typing import Literal

from detectors.base import Signal
from detectors.intent.labels import OUT_OF_SCOPE

Judgement = Literal["good", "bad", "unknown", "measured"]

_GOOD = frozenset(
    {
        *("grounded", "supported", "authorised", "none", "cited", "consistent", "corrected"),
        *("confident", "passed", "thanks"),
    }
)


def judgement(signal: Signal) -> Judgement:
    """Return what a signal says of its answer.

    ``unknown`` where the detector could not judge, ``measured`` where no score is a fault by
    itself.

    Examples:
        >>> judgement(Signal(name="grounding", score=None, label="unverifiable"))
        'unknown'
    """
    if signal.score is None:
        return "unknown"
    if signal.name == "intent":  # its labels are a team's own
        return "bad" if signal.label == OUT_OF_SCOPE else "good"
    if signal.label == "measured":
        return "measured"
    return "good" if signal.label in _GOOD else "bad"
