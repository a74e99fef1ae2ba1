"""Numbers that describe each word of an answer: whether it and its neighbours are new."""

from collections.abc import Mapping, Sequence

import numpy as np

from detectors.claims.answer import Array, first_of_claim, overlapping
from detectors.claims.claim_features import Features
from detectors.claims.support import Support
from detectors.text.words import HEDGES, NEGATIONS

_REACHES = (1, 3, 6)
_FAR = 5


def word_features(support: Support) -> Features:
    """Describe each word of an answer, before its claim is scored."""
    return {**_kind(support), **_place(support), **_neighbours(support)}


def scored_features(support: Support, words: Features, claims: Array, table: Array) -> Features:
    """Describe each word by the log-odds of its claim, and by its own in a table of words."""
    claim = claims[support.answer.claim]
    around = np.pad(table, 1)
    return {
        "claim": claim,
        "claim_below_most": claim - claims.max(),
        "claim_if_novel": claim * words["novel"],
        "claim_by_neighbours": claim * words["novel_within_3"],
        "table": table,
        "table_beside": (around[:-2] + around[2:]) / 2,
    }


def table_keys(support: Support, kind: str) -> list[tuple[str, str] | None]:
    """Return for each word its column and row in the table of words; names have none.

    The columns tell apart what is written about records and about text, and words that are new,
    known and of no content.
    """
    answer = support.answer
    group = "record" if kind == "data_to_text" else "text"
    rows = zip(
        answer.stems,
        (answer.name | answer.number).tolist(),
        answer.stop.tolist(),
        answer.novel.tolist(),
        strict=True,
    )
    return [
        None if named else (f"{group}_{'stop' if stop else 'novel' if novel else 'known'}", root)
        for root, named, stop, novel in rows
    ]


def table_values(
    keys: Sequence[tuple[str, str] | None], table: Mapping[str, Mapping[str, float]]
) -> Array:
    """Return the log-odds of each word in the table, 0 for those that it has not."""
    return np.array([table[key[0]].get(key[1], 0.0) if key else 0.0 for key in keys], np.float64)


def _kind(support: Support) -> Features:
    answer = support.answer
    novel = answer.novel
    flags = {
        "novel": novel,
        "stop": answer.stop,
        "asked": answer.asked,
        "rooted": support.rooted | answer.known,
        "name": answer.name,
        "number": answer.number,
        "wrong": answer.wrong,
        "novel_name": novel & answer.name,
        "novel_number": novel & answer.number,
        "in_window": support.in_best,
        "hedge": support.among(HEDGES),
        "denial": support.among(NEGATIONS),
    }
    return {
        "record_conflict": _checked(support, "conflict"),
        "record_agreed": _checked(support, "agree"),
        **{name: flag * 1.0 for name, flag in flags.items()},
        "weight_novel": support.weight * ~answer.known,
        "weight_known": support.weight * answer.known,
    }


def _checked(support: Support, outcome: str) -> Array:
    """Words in statements about the record that ended so."""
    spans = [check.span for check in support.checks if check.outcome == outcome]
    return np.minimum(overlapping(support.answer.edges, spans), 1.0)


def _place(support: Support) -> Features:
    claim = support.answer.claim
    count = len(claim)
    at = np.arange(count)
    order = at - np.searchsorted(claim, claim)
    length = support.answer.member.sum(axis=1)[claim]
    return {
        "opens": first_of_claim(claim) * 1.0,
        "place_in_claim": order / np.maximum(length - 1, 1),
        "place": at / max(count, 1),
    }


def _neighbours(support: Support) -> Features:
    novel, content = support.answer.novel * 1.0, ~support.answer.stop * 1.0
    fresh = ~support.copied * 1.0
    near = {
        **{
            f"novel_within_{n}": _sum(novel, n, n) / np.maximum(_sum(content, n, n), 1.0)
            for n in _REACHES
        },
        **{
            f"fresh_within_{n}": _sum(fresh, n, n) / _sum(np.ones_like(fresh), n, n)
            for n in _REACHES
        },
    }
    return {
        **near,
        "fresh": fresh,
        "fresh_next": np.append(fresh, 1.0)[1:],
        "novel_before": _sum(novel, _FAR, 0),
        "novel_after": _sum(novel, 0, _FAR),
    }


def _sum(values: Array, before: int, after: int) -> Array:
    """Sum over the words so far before and after each word, itself among them."""
    sums = np.append(0.0, np.cumsum(values))
    at = np.arange(len(values))
    end = np.minimum(at + after + 1, len(values))
    found: Array = sums[end] - sums[np.maximum(at - before, 0)]
    return found
