"""How much a turn speaks for a user who is not being helped: measures, weighed.

References:
    Ponnusamy et al., Feedback-Based Self-Learning in Large-Scale Conversational AI Agents,
    AAAI 2020 (rephrases as implicit defects). Sun et al., Simulating User Satisfaction for the
    Evaluation of Task-oriented Dialogue Systems, SIGIR 2021 (the turns that the weights were
    measured on).
"""

import math
from collections.abc import Collection
from typing import NamedTuple

import msgspec

from detectors.intent.vectors import cosine

# From here on a prompt says again what the last one said, or an answer what the last one did.
_SAME_PROMPT = 0.75
_SAME_ANSWER = 0.9


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each measure adds to the evidence, in log-odds; positive speaks against the bot."""

    rephrase: float = 1.5
    relevance: float = -1.0
    repetition: float = 1.0
    negative: float = 1.2
    thanks: float = -1.2
    escalation: float = 2.0
    failure: float = 1.2


class Said(NamedTuple):
    """One exchange: packed vectors, empty where nothing was said, and the cues in both texts."""

    prompt: bytes
    response: bytes
    cues: Collection[str]


class Evidence(NamedTuple):
    """The measures of one exchange after the one before it.

    Cosines in [-1, 1], 0 where there was nothing to compare: of the prompts, of prompt and
    response, of the responses. ``rephrase`` is the first of them where the user asks again for
    want of progress, else 0.
    """

    rephrase: float
    similarity: float
    relevance: float
    repetition: float
    cues: Collection[str]

    def score(self, weights: Weights) -> float:
        """Return the evidence as a share in (0, 1); 1 is a user who is not being helped."""
        log_odds = (
            weights.rephrase * self.rephrase
            + weights.relevance * self.relevance
            + weights.repetition * self.repetition
            + sum(getattr(weights, cue) for cue in self.cues if cue != "handover")
        )
        return 1 / (1 + math.exp(-log_odds))


def compare(now: Said, before: Said | None) -> Evidence:
    """Measure an exchange against the one before it in the same matter."""
    relevance = _cosine(now.prompt, now.response)
    if before is None:
        return Evidence(0.0, 0.0, relevance, 0.0, now.cues)
    repetition = _cosine(now.response, before.response)
    similarity = _cosine(now.prompt, before.prompt)
    stuck = "failure" in before.cues or repetition >= _SAME_ANSWER
    again = similarity >= _SAME_PROMPT and stuck
    return Evidence(similarity if again else 0.0, similarity, relevance, repetition, now.cues)


def _cosine(first: bytes, second: bytes) -> float:
    return cosine(first, second) if first and second else 0.0
