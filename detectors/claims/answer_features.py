"""Numbers that describe a whole answer, from its claims, their scores and those of its words."""

from collections.abc import Mapping

import numpy as np

from detectors.claims.answer import Array
from detectors.claims.claim_features import OUTCOMES, Features
from detectors.claims.layers import logit
from detectors.claims.support import Support

_LIKELY = 0.3
_SUMS = (
    *("novel_words", "novel_names", "novel_numbers", "wrong_numbers", "denial_alone", "hedges"),
    *(f"record_{outcome}" for outcome in OUTCOMES),
)
_MOSTS = ("novel_run", "fresh_run", "novel", "novel_weight", "copied_run")
_MEANS = (
    *("novel", "novel_roots", "novel_pairs", "novel_steps", "copied", "cover_weight"),
    *("names_apart", "apart"),
)


def answer_features(support: Support, claims: Features, scores: Array, words: Array) -> Features:
    """Describe an answer; ``scores`` are the probabilities of its claims, ``words`` of its words.

    Each array has the one entry that a layer of the model expects of one answer.
    """
    values = {
        **_of_claims(scores),
        **_of_words(-np.sort(-words)),
        **_wide(support, claims),
        "length": np.log1p(len(words)),
    }
    return {name: np.array([value], np.float64) for name, value in values.items()}


def _of_claims(scores: Array) -> Mapping[str, float]:
    most = np.sort(scores)[::-1][:2]
    surprise = -np.log1p(-np.minimum(scores, 0.999)).sum()
    return {
        "claim_most": float(logit(most[:1])[0]),
        "claim_any": float(np.log1p(surprise)),
        "claim_mean": float(scores.mean()),
    }


def _of_words(words: Array) -> Mapping[str, float]:
    """Describe by scores in falling order."""
    top = np.array([words[:count].mean() if len(words) else 0.0 for count in (1, 5, 15)])
    return {
        **dict(zip(("word_most", "word_five", "word_fifteen"), logit(top).tolist(), strict=True)),
        "word_sum": float(np.log(words.sum() + 0.1)),
        "word_likely": float(np.log1p((words > _LIKELY).sum())),
    }


def _wide(support: Support, claims: Features) -> Mapping[str, float]:
    content = np.maximum(support.answer.per_claim(~support.answer.stop), 0.1)
    share = content / content.sum()
    return {
        **{f"sum_{name}": float(np.log1p(claims[name].sum())) for name in _SUMS},
        **{f"most_{name}": float(claims[name].max()) for name in _MOSTS},
        **{f"mean_{name}": float(share @ claims[name]) for name in _MEANS},
    }
