"""The score of an answer: its claims first, then its words, then the whole."""

import re
from typing import Literal, NamedTuple

from detectors.base import Interaction
from detectors.claims.answer import Array
from detectors.claims.answer_features import answer_features
from detectors.claims.claim_features import claim_features
from detectors.claims.layers import Model, sigmoid
from detectors.claims.support import Support
from detectors.claims.word_features import scored_features, table_keys, table_values, word_features

Kind = Literal["qa", "summary", "data_to_text", "dialogue", "unknown"]

_SUMMARY = re.compile(
    r"\b(?:summari[sz](?:e|es|ing)|summary|tl;?dr|key points|main points|recap|in brief)\b",
    re.IGNORECASE,
)
_PROMPT = 4_000  # characters: instructions stand at the start or the end of a prompt


class Scores(NamedTuple):
    """Probabilities of being unsupported, for each claim and word, and of the answer's being so."""

    claims: Array
    words: Array
    answer: float


def kind_of(interaction: Interaction) -> Kind:
    """Return what the bot was asked for, which is what the coefficients hang on.

    Examples:
        >>> kind_of(Interaction(id="1", prompt="Summarise this.", response="It rains."))
        'summary'
    """
    if interaction.context and not interaction.passages:
        return "data_to_text"
    if interaction.history:
        return "dialogue"
    prompt = interaction.prompt or ""
    if _SUMMARY.search(prompt[:_PROMPT]) or _SUMMARY.search(prompt[-_PROMPT:]):
        return "summary"
    return "qa" if prompt.strip() else "unknown"


def score(support: Support, kind: str, model: Model) -> Scores:
    """Return the probabilities of one answer; that of the whole is calibrated."""
    claims = claim_features(support)
    odds = model.claim.log_odds(claims, kind)
    words = word_features(support)
    table = table_values(table_keys(support, kind), model.table)
    words |= scored_features(support, words, odds, table)
    said = sigmoid(model.word.log_odds(words, kind))
    answer = model.answer.log_odds(answer_features(support, claims, sigmoid(odds), said), kind)
    calibrated = sigmoid(model.slope * answer + model.intercept)
    return Scores(sigmoid(odds), said, float(calibrated[0]))
