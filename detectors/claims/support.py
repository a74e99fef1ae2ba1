"""What the evidence supports: where it is nearest to each claim of an answer."""

from collections.abc import Container
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from detectors.base import Interaction
from detectors.claims.answer import Answer, Array, Flags, Indices, answer, claims
from detectors.claims.source import ROOT, Source, source
from detectors.record.check import Check
from detectors.record.consistency import checks

_LEAST_WEIGHT = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """An answer, its evidence, and how the one bears on the other.

    The arrays have one entry, or row, a word. ``held`` tells which windows of the evidence, a
    piece with the one after it, hold the word; ``weight`` is 1 for a content word that is nowhere
    and less for common ones; ``spread`` is the share of pieces with the word; ``copied`` says
    that it follows the same word as somewhere in the evidence, within its claim, ``rooted`` that
    its first letters open a word of the evidence. ``best`` is the window for each claim that
    holds the most weight, and ``nearest`` the piece of it that does.
    """

    answer: Answer
    source: Source
    checks: tuple[Check, ...]
    held: Flags
    weight: Array
    spread: Array
    copied: Flags
    rooted: Flags
    best: Indices
    nearest: Indices

    @property
    def in_best(self) -> Flags:
        """Words that the window nearest to their claim holds."""
        claim = self.answer.claim
        return self.held[np.arange(len(claim)), self.best[claim]]

    def among(self, listed: Container[str]) -> Flags:
        """Words of a list."""
        return np.array([word.text in listed for word in self.answer.words], np.bool_)


def support(interaction: Interaction) -> Support | None:
    """Hold an answer against its evidence; ``None`` if one of them is missing."""
    spans = claims(interaction.response)
    evidence = source(interaction) if spans else None
    if evidence is None or not evidence.pieces:
        return None
    said = answer(interaction, spans, evidence)
    alone = _alone(said, evidence)
    pieces = alone.sum(axis=1, dtype=np.float64)
    weight = _weight(pieces, len(evidence.pieces)) * ~said.stop
    held = alone.copy()
    held[:, :-1] |= alone[:, 1:]
    best = said.per_claim(held * weight[:, None]).argmax(axis=1)
    by_piece = said.per_claim(alone * weight[:, None])
    record = interaction.context
    return Support(
        answer=said,
        source=evidence,
        checks=checks(interaction.response or "", record) if record else (),
        held=held,
        weight=weight,
        spread=pieces / len(evidence.pieces),
        copied=_copied(said, evidence),
        rooted=_rooted(said, evidence),
        best=best,
        nearest=_better(by_piece, best),
    )


def _alone(said: Answer, evidence: Source) -> Flags:
    """Return the pieces that hold each word."""
    rows = {root: row for row, root in enumerate(dict.fromkeys(said.stems))}
    held = np.zeros((len(rows), len(evidence.pieces)), np.bool_)
    for root, row in rows.items():
        held[row, evidence.where.get(root, [])] = True
    return held[np.array([rows[root] for root in said.stems], np.intp)]


def _better(by_piece: Array, best: Indices) -> Indices:
    """Return the piece of the best window, that or the next, that holds more of the claim."""
    rows = np.arange(len(best))
    after = np.minimum(best + 1, by_piece.shape[1] - 1)
    found: Indices = np.where(by_piece[rows, after] > by_piece[rows, best], after, best)
    return found


def _weight(pieces: Array, count: int) -> Array:
    """Inverse document frequency, as a share of that of a word that is nowhere."""
    weight: Array = np.log((count + 1) / (pieces + 0.5)) / np.log((count + 1) / 0.5)
    return np.maximum(weight, _LEAST_WEIGHT)


def _copied(said: Answer, evidence: Source) -> Flags:
    found = np.zeros(len(said.words), np.bool_)
    found[1:] = [pair in evidence.pairs for pair in pairwise(said.stems)]
    found[1:] &= said.claim[1:] == said.claim[:-1]
    return found


def _rooted(said: Answer, evidence: Source) -> Flags:
    roots = evidence.roots
    return np.array([len(stem) >= ROOT and stem[:ROOT] in roots for stem in said.stems], np.bool_)
