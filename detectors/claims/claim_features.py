"""Numbers that describe each claim of an answer: what is new in it, and what covers it."""

from itertools import pairwise

import numpy as np

from detectors.claims.answer import Array, Flags, edges, first_of_claim, overlapping
from detectors.claims.source import denies
from detectors.claims.support import Support
from detectors.text.words import HEDGES, NEGATIONS

Features = dict[str, Array]

# By how a statement about the record ended; other reasons are "wrong".
_OUTCOMES = {
    "affirmed_false": "affirmed_false",
    "affirmed_null": "affirmed_open",
    "affirmed_missing": "affirmed_open",
    "denied_true": "denied",
    "denied_null": "denied",
    None: "agreed",
}
OUTCOMES = ("affirmed_false", "affirmed_open", "denied", "wrong", "agreed")
_FIRST_PERSON = frozenset({"i", "me", "my", "i'm", "i've"})
# So many of a kind are as telling as any more.
_MOST = {
    "novel_words": 10.0,
    "novel_names": 4.0,
    "novel_numbers": 3.0,
    "wrong_numbers": 3.0,
    "names": 8.0,
    "hedges": 3.0,
}
_COPY = 2  # pairs: shorter runs of the evidence's words are chance


def claim_features(support: Support) -> Features:
    """Describe each claim of an answer."""
    return {
        **_position(support),
        **_novelty(support),
        **_copies(support),
        **_cover(support),
        **_manner(support),
        **_statements(support),
    }


def _position(support: Support) -> Features:
    count = len(support.answer.claims)
    at = np.arange(count)
    return {
        "length": np.log1p(support.answer.member.sum(axis=1)),
        "place": at / max(count - 1, 1),
        "first": (at == 0) * 1.0,
        "last": (at == count - 1) * 1.0,
    }


def _novelty(support: Support) -> Features:
    answer = support.answer
    novel, content = answer.novel, ~answer.stop
    count = answer.per_claim(
        np.column_stack([content, novel, answer.asked & content, novel & ~support.rooted])
    )
    shares = count[:, 1:] / np.maximum(count[:, :1], 1.0)
    counted = {
        "novel_words": novel,
        "novel_names": novel & answer.name,
        "novel_numbers": novel & answer.number,
        "wrong_numbers": answer.wrong & answer.number,
        "names": answer.name & content,
        "hedges": support.among(HEDGES),
    }
    counts = answer.per_claim(np.column_stack(list(counted.values())))
    weight = answer.per_claim(np.column_stack([support.weight, novel * support.weight]))
    return {
        **dict(zip(("novel", "asked", "novel_roots"), shares.T, strict=True)),
        **{
            name: np.minimum(column, _MOST[name])
            for name, column in zip(counted, counts.T, strict=True)
        },
        "novel_weight": weight[:, 1] / np.maximum(weight[:, 0], 1e-9),
        "novel_steps": _steps(support),
        "novel_run": np.minimum(_longest(support, _runs(support, novel, answer.stop)), 8.0),
    }


def _steps(support: Support) -> Array:
    """Share of each claim's pairs of neighbouring content words that no evidence has so near."""
    answer, source = support.answer, support.source
    steps = np.zeros((2, len(answer.claims)))
    claim = answer.claim.tolist()
    for first, second in pairwise(np.flatnonzero(~answer.stop).tolist()):
        if claim[first] == claim[second]:
            pair = answer.stems[first], answer.stems[second]
            steps[0, claim[first]] += 1.0
            steps[1, claim[first]] += pair not in source.pairs and pair not in source.steps
    share: Array = steps[1] / np.maximum(steps[0], 1.0)
    return share


def _copies(support: Support) -> Features:
    answer = support.answer
    fresh = ~support.copied & ~first_of_claim(answer.claim)
    runs = _runs(support, support.copied)
    # A run of n pairs is n + 1 words.
    inside = np.where(runs == _COPY, _COPY + 1.0, runs > _COPY)
    length = np.maximum(answer.member.sum(axis=1), 1.0)
    count = answer.per_claim(np.column_stack([fresh, inside]))
    return {
        "novel_pairs": count[:, 0] / np.maximum(length - 1.0, 1.0),
        "copied": count[:, 1] / length,
        "copied_run": np.log1p(_longest(support, runs)),
        "fresh_run": np.minimum(_longest(support, _runs(support, fresh)), 20.0),
    }


def _runs(support: Support, flags: Flags, skip: Flags | None = None) -> Array:
    """Length of the run of flagged words that each word ends, passing over those to skip."""
    runs = np.zeros(len(flags))
    run, last = 0, -1
    skips = [False] * len(flags) if skip is None else skip.tolist()
    rows = zip(support.answer.claim.tolist(), flags.tolist(), skips, strict=True)
    for at, (claim, flag, skipped) in enumerate(rows):
        if not (skipped and claim == last):
            run = (run + 1 if claim == last else 1) if flag else 0
            last, runs[at] = claim, run
    return runs


def _longest(support: Support, runs: Array) -> Array:
    longest = np.zeros(len(support.answer.claims))
    np.maximum.at(longest, support.answer.claim, runs)
    return longest


def _cover(support: Support) -> Features:
    answer, held, in_best = support.answer, support.held, support.in_best
    content = ~answer.stop
    named = (answer.name | answer.number) & content
    weights = np.column_stack([content, named, support.weight, support.weight * in_best])
    count, names, total, best = answer.per_claim(weights).T
    rest = support.weight * ~in_best
    most, together, second = (
        answer.per_claim(held * value[:, None]).max(axis=1) for value in (content, named, rest)
    )
    return {
        "cover": most / np.maximum(count, 1.0),
        "cover_weight": best / np.maximum(total, 1e-9),
        "cover_two": (best + second) / np.maximum(total, 1e-9),
        "names_apart": np.where(names > 0, 1.0 - together / np.maximum(names, 1.0), 0.0),
        "apart": _apart(support),
        "common": answer.per_claim(support.spread * content) / np.maximum(count, 1.0),
    }


def _apart(support: Support) -> Array:
    """Share of neighbouring known content words that no window holds together."""
    answer, held = support.answer, support.held
    known = np.flatnonzero(held.any(axis=1) & ~answer.stop)
    first, second = known[:-1], known[1:]
    same = answer.claim[first] == answer.claim[second]
    first, second = first[same], second[same]
    apart = ~(held[first] & held[second]).any(axis=1)
    pairs = np.bincount(answer.claim[first], minlength=len(answer.claims))
    found = np.bincount(answer.claim[first], apart * 1.0, len(answer.claims))
    share: Array = found / np.maximum(pairs, 1)
    return share


def _manner(support: Support) -> Features:
    answer, pieces = support.answer, support.source.pieces
    denial = answer.per_claim(support.among(NEGATIONS)) > 0
    alone = [
        denied and not any(denies(piece.text) for piece in pieces[at : at + 2])
        for denied, at in zip(denial.tolist(), support.best.tolist(), strict=True)
    ]
    return {
        "denial": denial * 1.0,
        "denial_alone": np.array(alone, np.float64),
        "first_person": (answer.per_claim(support.among(_FIRST_PERSON)) > 0) * 1.0,
    }


def _statements(support: Support) -> Features:
    """Count for each claim what it says of the record's fields, by how it ended."""
    counts = {}
    places = edges(support.answer.claims)
    for outcome in OUTCOMES:
        spans = [
            check.span
            for check in support.checks
            if check.outcome != "unknown" and _OUTCOMES.get(check.reason, "wrong") == outcome
        ]
        counts[f"record_{outcome}"] = np.minimum(overlapping(places, spans), 3.0)
    return counts
