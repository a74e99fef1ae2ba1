"""The features of all judged answers, in one array for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.hallucination.data import Example
from detectors.claims.claim_features import claim_features
from detectors.claims.score import kind_of
from detectors.claims.support import Support, support
from detectors.claims.word_features import table_keys, word_features

Array = npt.NDArray[Any]

# SummEdits is for measuring alone: its true summaries are those that were reworded most, so
# novelty means the opposite there. The largest set must not outvote the others.
WEIGHTS = {"ragtruth": 1.0, "summedits": 0.0, "factcg_cg2c": 0.25}
_OTHER_WEIGHT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The features of all examples; claims and words point to their example."""

    examples: Sequence[Example]
    supports: Sequence[Support]
    kinds: Array
    label: Array
    weight: Array
    source: Array
    claim_row: Array
    claims: Mapping[str, Array]
    claim_label: Array
    claim_judged: Array
    word_row: Array
    words: Mapping[str, Array]
    word_label: Array
    word_judged: Array
    keys: Array
    key_names: Sequence[tuple[str, str]]


def rows(wanted: Sequence[Example]) -> Rows:
    """Measure all examples; those without evidence or response are left out."""
    kept = [(e, s) for e in wanted if (s := support(e.interaction)) is not None]
    kinds = [kind_of(e.interaction) for e, _ in kept]
    claims = [claim_features(s) for _, s in kept]
    words = [word_features(s) for _, s in kept]
    keys = [key for (_, s), k in zip(kept, kinds, strict=True) for key in table_keys(s, k)]
    names = sorted({key for key in keys if key})
    index = {key: at for at, key in enumerate(names)}
    labels = [_labels(e, s.answer.claims) for e, s in kept]
    word_spans = [_labels(e, [(w.start, w.end) for w in s.answer.words]) for e, s in kept]
    sources = [e.source for e, _ in kept]
    told = np.array([e.spans is not None or not e.hallucinated for e, _ in kept])
    single = np.array([len(s.answer.claims) == 1 for _, s in kept])
    claim_row = np.repeat(np.arange(len(kept)), [len(s.answer.claims) for _, s in kept])
    word_row = np.repeat(np.arange(len(kept)), [len(s.answer.words) for _, s in kept])
    return Rows(
        examples=[e for e, _ in kept],
        supports=[s for _, s in kept],
        kinds=np.array(kinds),
        label=np.array([e.hallucinated for e, _ in kept]),
        weight=np.array([WEIGHTS.get(e.name, _OTHER_WEIGHT) for e, _ in kept]),
        source=np.unique(sources, return_inverse=True)[1],
        claim_row=claim_row,
        claims=stack(claims),
        claim_label=np.concatenate(labels),
        claim_judged=(told | single)[claim_row],
        word_row=word_row,
        words=stack(words),
        word_label=np.concatenate(word_spans),
        word_judged=told[word_row],
        keys=np.array([index[key] if key else -1 for key in keys], np.intp),
        key_names=names,
    )


def _labels(example: Example, spans: Sequence[tuple[int, int]]) -> Array:
    if example.spans is None:
        return np.full(len(spans), example.hallucinated)
    return np.array(
        [any(a < end and start < b for a, b in example.spans) for start, end in spans], np.bool_
    )


def stack(features: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Join the features of many into one array each."""
    return {name: np.concatenate([f[name] for f in features]) for name in features[0]}


def folds(source: Array, count: int, seed: int) -> Array:
    """Deal the sources into folds."""
    order = np.random.default_rng(seed).permutation(int(source.max()) + 1)
    fold: Array = (order % count)[source]
    return fold


def ranges(row: Array, count: int) -> Sequence[tuple[int, int]]:
    """Return where the claims or words of each example begin and end."""
    return list(pairwise(np.searchsorted(row, np.arange(count + 1)).tolist()))
