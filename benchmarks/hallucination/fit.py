"""Fit the model of hallucinations: three logistic layers, each on scores of rows not fitted on.

A layer reads scores of the one before. So that it learns from scores as they will be, those of
the rows that it is fitted on come from models of the other inner folds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.hallucination.logistic import logistic
from benchmarks.hallucination.rows import Rows, ranges, stack
from detectors.claims.answer_features import answer_features
from detectors.claims.layers import Layer, logit, sigmoid
from detectors.claims.word_features import scored_features

Array = npt.NDArray[Any]
Keep = Callable[[str], bool]

# Strength of the penalties, in rows.
PENALTIES = {"claim": 5.0, "word": 20.0, "answer": 30.0}
# A word is in the table if so many documents had it; fewer would be their subjects.
_SOURCES = 8
_SHRINK = 20.0
_TELLING = 0.1


@dataclass(slots=True, kw_only=True)
class Scored:
    """Log-odds of everything, each from a model that was not fitted on it."""

    claims: Array
    words: Array
    answers: Array
    layers: dict[str, Layer] = field(default_factory=dict)
    table: dict[str, dict[str, float]] = field(default_factory=dict)


def fit(data: Rows, train: Array, fold: Array, keep: Keep = lambda _: True) -> Scored:
    """Fit on the rows to train on; ``fold`` parts them, and ``keep`` chooses features by name.

    The scores of the rows to train on are from the other inner folds, those of all others from
    the models that are returned.
    """
    return _Fit(data, train, fold, keep).run()


class _Fit:
    def __init__(self, data: Rows, train: Array, fold: Array, keep: Keep) -> None:
        self._data = data
        self._train = train
        self._fold = fold
        self._keep = keep

    def run(self) -> Scored:
        data = self._data
        claims, claim = self._layer("claim", lambda _: data.claims)
        odds = [claims[a:b] for a, b in ranges(data.claim_row, len(data.label))]
        words, word = self._layer("word", lambda rows: self._words(odds, rows))
        answers, answer = self._layer("answer", lambda _: self._answers(odds, words))
        layers = {"claim": claim, "word": word, "answer": answer}
        used = self._train & (data.weight > 0)
        return Scored(
            claims=claims,
            words=words,
            answers=answers,
            layers=layers,
            table=_table(data, used) if "table" in word.features else {},
        )

    def _layer(
        self, name: str, features: Callable[[Array], Mapping[str, Array]]
    ) -> tuple[Array, Layer]:
        data = self._data
        row, label, judged = {
            "claim": (data.claim_row, data.claim_label, data.claim_judged),
            "word": (data.word_row, data.word_label, data.word_judged),
            "answer": (np.arange(len(data.label)), data.label, np.ones(len(data.label), np.bool_)),
        }[name]
        odds = np.zeros(len(row))
        for train, test in self._parts():
            values = {k: v for k, v in features(train).items() if self._keep(k)}
            weight = (data.weight * train)[row] * judged
            layer = logistic(values, data.kinds[row], label, weight, PENALTIES[name])
            for kind in np.unique(data.kinds):
                here = test[row] & (data.kinds[row] == kind)
                if here.any():
                    part = {k: values[k][here] for k in layer.features}
                    odds[here] = layer.log_odds(part, str(kind))
        return odds, layer

    def _parts(self) -> Iterator[tuple[Array, Array]]:
        """Yield what to fit on and what to score with that; last, all."""
        for number in np.unique(self._fold[self._train]):
            inner = self._train & (self._fold == number)
            yield self._train & ~inner, inner
        yield self._train, ~self._train

    def _words(self, odds: Sequence[Array], train: Array) -> Mapping[str, Array]:
        data = self._data
        table = _table_values(data, train & (data.weight > 0))
        scored = [
            scored_features(
                s, {k: data.words[k][a:b] for k in ("novel", "novel_within_3")}, o, table[a:b]
            )
            for s, o, (a, b) in zip(
                data.supports, odds, ranges(data.word_row, len(data.label)), strict=True
            )
        ]
        return {**data.words, **stack(scored)}

    def _answers(self, odds: Sequence[Array], words: Array) -> Mapping[str, Array]:
        data = self._data
        claims = ranges(data.claim_row, len(data.label))
        said = ranges(data.word_row, len(data.label))
        return stack(
            [
                answer_features(
                    s,
                    {k: v[a:b] for k, v in data.claims.items()},
                    sigmoid(o),
                    sigmoid(words[c:d]),
                )
                for s, o, (a, b), (c, d) in zip(data.supports, odds, claims, said, strict=True)
            ]
        )


def _counts(data: Rows, train: Array) -> tuple[Array, Array, Array]:
    """Return which words count, what share of their kind's words is blamed, and their sources."""
    used = train[data.word_row] & data.word_judged & (data.keys >= 0)
    expected = np.zeros(len(used))
    kinds = data.kinds[data.word_row]
    for kind in np.unique(kinds[used]):
        here = kinds == kind
        expected[here] = data.word_label[here & used].mean()
    pairs = np.unique(np.column_stack([data.keys, data.source[data.word_row]])[used], axis=0)
    return used, expected, np.bincount(pairs[:, 0], minlength=len(data.key_names))


def _table_odds(blamed: Array, expected: Array, count: Array) -> Array:
    """Log-odds of a word against what its kinds would let expect, shrunk to 0."""
    usual = np.clip(expected / np.maximum(count, 1e-9), 0.005, 0.9)
    odds: Array = logit((blamed + _SHRINK * usual) / (count + _SHRINK)) - logit(usual)
    return np.where(np.abs(odds) < _TELLING, 0.0, odds)


def _table(data: Rows, train: Array) -> dict[str, dict[str, float]]:
    used, expected, sources = _counts(data, train)
    keys, size = data.keys[used], len(data.key_names)
    odds = _table_odds(
        np.bincount(keys, data.word_label[used], size),
        np.bincount(keys, expected[used], size),
        np.bincount(keys, minlength=size).astype(np.float64),
    )
    found: dict[str, dict[str, float]] = {}
    for (column, word), value, enough in zip(
        data.key_names, odds.tolist(), sources >= _SOURCES, strict=True
    ):
        column_rows = found.setdefault(column, {})
        if enough and value:
            column_rows[word] = round(value, 2)
    return found


def _table_values(data: Rows, train: Array) -> Array:
    """Look up each word in a table of the other documents."""
    used, expected, sources = _counts(data, train)
    pair = data.keys * (int(data.source.max()) + 1) + data.source[data.word_row]
    pair_of = np.unique(pair, return_inverse=True)[1]

    def others(values: Array) -> Array:
        values = values * used
        own = np.bincount(pair_of, values)[pair_of]
        everywhere = np.bincount(np.maximum(data.keys, 0), values, len(data.key_names))
        left: Array = everywhere[np.maximum(data.keys, 0)] - own
        return np.maximum(left, 0.0)

    odds = _table_odds(others(data.word_label * 1.0), others(expected), others(np.ones(len(used))))
    enough = sources[np.maximum(data.keys, 0)] >= _SOURCES
    return odds * enough * (data.keys >= 0)
