"""What a signal points to: spans of the answer, the reason, and the evidence nearest to them."""

from collections.abc import Iterable
from typing import Literal

import numpy as np

from detectors.abstention import unverifiable
from detectors.base import Evidence, Signal, Span
from detectors.claims.answer import Flags, overlapping
from detectors.claims.support import Support

Reason = Literal[
    "record_conflict", "novel_number", "novel_name", "novel_words", "weak_support", "weak_claim"
]

MAX_SPANS = 16
_DIGITS = 4
# What each share is a share of.
_OF = {
    "novel_content": "content words",
    "novel_numbers": "numbers",
    "record_conflicts": "statements about the record",
    "unsupported_claims": "sentences",
}


def share(
    name: str,
    labels: tuple[str, str],
    counts: tuple[int, int],
    proof: tuple[Evidence, ...],
) -> Signal:
    """Return the signal of a share, given how many are bad and how many there are.

    ``labels`` are for some and for none.
    """
    bad, count = counts
    if not count:
        return unverifiable(name, _OF[name])
    return Signal(
        name=name,
        score=round(bad / count, _DIGITS),
        label=labels[not bad],
        spans=tuple(item.span for item in proof),
        explanation=f"{bad} of {count} {_OF[name]}",
        evidence=proof,
    )


def blame(found: Support, blamed: Flags) -> tuple[Evidence, ...]:
    """Return the first runs of blamed words, none of which leaves its claim, and why."""
    if not blamed.any():
        return ()
    said, reasons = found.answer.words, _reasons(found)
    proof = []
    for first, last in _runs(found, blamed)[:MAX_SPANS]:
        inside = slice(first, last + 1)
        holding = (name for name, flags in reasons if flags[inside].any())
        reason: Reason = next(holding, "weak_support")
        span = Span(said[first].start, said[last].end)
        proof.append(_evidence(found, span, reason, int(found.answer.claim[first])))
    return tuple(proof)


def blame_claims(found: Support, blamed: Flags) -> tuple[Evidence, ...]:
    """Return the first blamed claims whole."""
    claims = found.answer.claims
    at = np.flatnonzero(blamed)[:MAX_SPANS].tolist()
    return tuple(_evidence(found, claims[claim], "weak_claim", claim) for claim in at)


def disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1].end:
            found[-1] = Span(found[-1].start, max(end, found[-1].end))
        elif start < end:
            found.append(Span(start, end))
    return tuple(found)


def _runs(found: Support, blamed: Flags) -> list[tuple[int, int]]:
    """Return the first and last word of each run."""
    claim = found.answer.claim
    runs: list[tuple[int, int]] = []
    for at in np.flatnonzero(blamed).tolist():
        if runs and at == runs[-1][1] + 1 and claim[at] == claim[at - 1]:
            runs[-1] = runs[-1][0], at
        else:
            runs.append((at, at))
    return runs


def _evidence(found: Support, span: Span, reason: Reason, claim: int) -> Evidence:
    piece = found.source.pieces[int(found.nearest[claim])]
    return Evidence(span=span, reason=reason, passage=piece.passage, support=piece.span)


def _reasons(found: Support) -> tuple[tuple[Reason, Flags], ...]:
    """Return which words each reason holds for, the weightiest first."""
    answer = found.answer
    wrong = [check.span for check in found.checks if check.outcome == "conflict"]
    return (
        ("record_conflict", overlapping(answer.edges, wrong) > 0),
        ("novel_number", answer.number & ~answer.asked & (answer.wrong | ~answer.known)),
        ("novel_name", answer.novel & answer.name),
        ("novel_words", answer.novel),
    )
