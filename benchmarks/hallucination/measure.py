"""How good scores are: ranks, F1 at one threshold, calibration, spans; with their intervals."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata  # type: ignore[import-untyped] # ships no types

from benchmarks.hallucination.rows import Rows
from detectors.base import Span

Array = npt.NDArray[Any]

_SAMPLES = 500
_BINS = 10
_SEED = 7


class Measure(NamedTuple):
    """One figure with the interval that holds 95 % of the resamples of sources."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write with three digits."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def auroc(label: Array, score: Array) -> float:
    """Return the chance that a hallucinated answer scores higher; ties count half."""
    positive = int(label.sum())
    negative = len(label) - positive
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(score)[label.astype(bool)].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * negative))


def counts(label: Array, flagged: Array) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    both = int((label & flagged).sum())
    precision = both / max(int(flagged.sum()), 1)
    recall = both / max(int(label.sum()), 1)
    return precision, recall, 2 * both / max(int(flagged.sum() + label.sum()), 1)


def f1(label: Array, flagged: Array) -> float:
    """Return F1 alone."""
    return counts(label, flagged)[2]


def best_threshold(label: Array, score: Array) -> float:
    """Return the score from which on flagging has the highest F1."""
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(label[order])
    value = 2 * found / (np.arange(1, len(label) + 1) + label.sum())
    return float(score[order][int(value.argmax())])


def calibration_error(label: Array, score: Array) -> float:
    """Return the expected calibration error over ten bins of equal width.

    References:
        Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015.
    """
    bins = np.minimum((score * _BINS).astype(int), _BINS - 1)
    gaps = np.abs(np.bincount(bins, score - label, _BINS))
    return float(gaps.sum() / len(label))


def interval(
    source: Array, first: Array, second: Array, measure: Callable[[Array, Array], float]
) -> Measure:
    """Measure with a bootstrap over sources, for answers about one document hang together."""
    rows = [np.flatnonzero(source == value) for value in np.unique(source)]
    generator = np.random.default_rng(_SEED)
    values = []
    for _ in range(_SAMPLES):
        drawn = generator.integers(len(rows), size=len(rows))
        chosen = np.concatenate([rows[at] for at in drawn])
        values.append(measure(first[chosen], second[chosen]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Measure(measure(first, second), float(low), float(high))


def span_characters(
    data: Rows, flagged: Array, words: Array, threshold: float, chosen: Array
) -> Array:
    """Return for each chosen answer how many characters are blamed rightly, blamed, and false."""
    found = np.zeros((len(data.label), 3))
    starts = np.searchsorted(data.word_row, np.arange(len(data.label) + 1))
    for row in np.flatnonzero(chosen):
        blamed = (words[starts[row] : starts[row + 1]] >= threshold) & flagged[row]
        found[row] = _characters(data, int(row), blamed)
    return found[chosen]


def _characters(data: Rows, row: int, blamed: Array) -> tuple[int, int, int]:
    response = data.examples[row].interaction.response or ""
    gold = _mask(len(response), data.examples[row].spans or ())
    answer = data.supports[row].answer
    spans: list[Span] = []
    for at in np.flatnonzero(blamed).tolist():
        joined = at and blamed[at - 1] and answer.claim[at] == answer.claim[at - 1]
        start = answer.words[at - 1].end if joined else answer.words[at].start
        spans.append(Span(start, answer.words[at].end))
    said = _mask(len(response), spans)
    return int((gold & said).sum()), int(said.sum()), int(gold.sum())


def _mask(length: int, spans: Sequence[Span]) -> Array:
    mask = np.zeros(length, np.bool_)
    for start, end in spans:
        mask[start:end] = True
    return mask


def span_f1(characters: Array, _: Array) -> float:
    """Return the F1 of characters, all answers pooled."""
    both, said, gold = characters.sum(axis=0)
    return float(2 * both / max(said + gold, 1.0))
