"""Self-consistency: a response against other answers sampled for the same prompt."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from detectors.abstention import unscored, unverifiable
from detectors.base import Evidence, Interaction, Signal
from detectors.embedding import Encoder, Vectors
from detectors.text.statements import Amount, Statement, statements

# Enough for any answer that a person reads; beyond it an event could hold up its partition.
_MAX_SAMPLES = 10
_MAX_SENTENCES = 48
_MAX_CHARACTERS = 12_000
_MAX_SPANS = 16
_DIGITS = 4
_FIELDS = ("response", "samples")


class _Answer(NamedTuple):
    """One answer: its statements, their vectors, and all words in it."""

    statements: tuple[Statement, ...]
    vectors: Vectors
    words: frozenset[str]


class _Version(NamedTuple):
    """What one answer says in place of a sentence of another."""

    answer: _Answer
    at: int


class SelfConsistency:
    """How far alternative samples of the answer say what the response says.

    The score is in [0, 1], 1 is all samples say the same; it is the mean over the response's
    sentences. For each, every sample gives its version: the sentence nearest by cosine. A
    sentence's consistency is the lesser of its agreement, the share of samples that mean the
    same, and of its certainty, 1 less the semantic entropy over the versions' clusters of
    meaning as a share of the highest possible. Cosine does not see numbers, names and denials, so
    versions that differ in these differ in meaning.
    Labels are ``consistent`` and ``inconsistent``. Without a response or without another sample
    it is ``unverifiable``. The spans are the sentences that fewer than half of the samples
    support; the evidence's reason is ``unsupported``.

    Args:
        encoder: texts to unit vectors.
        similarity: cosine, in [0, 1]; less similar sentences differ in meaning.
        threshold: a lower score is labelled ``inconsistent``.

    References:
        Farquhar et al., Detecting hallucinations in large language models using semantic entropy,
        Nature 630:625, 2024 (entropy over clusters of meaning, per claim; there by entailment).
        Manakul et al., SelfCheckGPT, EMNLP 2023 (agreement of each sentence with the samples).
    """

    name = "self_consistency"
    version = ""  # the encoder's digest is in the verdict by itself

    def __init__(
        self, encoder: Encoder, *, similarity: float = 0.7, threshold: float = 0.5
    ) -> None:
        self._encoder = encoder
        self._similarity = similarity
        self._threshold = threshold

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction."""
        texts = [list(_answers(interaction)) for interaction in batch]
        flat = [s.text for answers in texts for answer in answers for s in answer]
        vectors = iter(self._encoder.encode(flat) if flat else ())
        answers = [[_answer(said, vectors) for said in each] for each in texts]
        return [(self._judge(*pair),) for pair in zip(batch, answers, strict=True)]

    def _judge(self, interaction: Interaction, answers: Sequence[_Answer]) -> Signal:
        if hidden := unscored(self.name, interaction, *_FIELDS):
            return hidden
        if not answers:
            missing = "samples" if (interaction.response or "").strip() else "response"
            return unverifiable(self.name, missing)
        response, samples = answers[0], answers[1:]
        clusters = [
            self._clusters(response, index, samples) for index in range(len(response.statements))
        ]
        agreement = [(sizes[0] - 1) / len(samples) for sizes in clusters]
        certainty = [_certainty(sizes) for sizes in clusters]
        consistency = [min(pair) for pair in zip(agreement, certainty, strict=True)]
        mean = sum(consistency) / len(consistency)
        return self._signal(response, agreement, mean, len(samples))

    def _signal(
        self, response: _Answer, agreement: Sequence[float], mean: float, count: int
    ) -> Signal:
        score = round(mean, _DIGITS)
        pairs = list(zip(response.statements, agreement, strict=True))
        spans = tuple(said.span for said, share in pairs if share < 0.5)  # noqa: PLR2004 - half
        return Signal(
            name=self.name,
            score=score,
            label="consistent" if score >= self._threshold else "inconsistent",
            spans=spans[:_MAX_SPANS],
            explanation=(
                f"{len(spans)} of {len(pairs)} sentences said by fewer than half of {count} samples"
            ),
            evidence=tuple(Evidence(span=s, reason="unsupported") for s in spans[:_MAX_SPANS]),
        )

    def _clusters(self, response: _Answer, index: int, samples: Sequence[_Answer]) -> list[int]:
        """Return how many versions of a sentence mean the same, first those that mean it."""
        said = _Version(response, index)
        heads, sizes = [said], [1]
        for sample in samples:
            version = _Version(sample, int((sample.vectors @ response.vectors[index]).argmax()))
            same = (n for n, head in enumerate(heads) if self._same(head, version))
            cluster = next(same, len(heads))
            if cluster == len(heads):
                heads.append(version)
                sizes.append(0)
            sizes[cluster] += 1
        return sizes

    def _same(self, one: _Version, other: _Version) -> bool:
        cosine = float(one.answer.vectors[one.at] @ other.answer.vectors[other.at])
        return cosine >= self._similarity and not _differ(one, other)


def _answers(interaction: Interaction) -> Iterator[tuple[Statement, ...]]:
    """Yield the response and its samples; nothing where one of them is missing or masked."""
    if unscored("", interaction, *_FIELDS):
        return
    samples = [_read(text) for text in interaction.samples[:_MAX_SAMPLES]]
    response = _read(interaction.response or "")
    if response and any(samples):
        yield response
        yield from filter(None, samples)


def _read(text: str) -> tuple[Statement, ...]:
    return statements(text[:_MAX_CHARACTERS], _MAX_SENTENCES)


def _answer(said: tuple[Statement, ...], vectors: Iterator[Any]) -> _Answer:
    every = frozenset[str]().union(*(statement.words for statement in said))
    return _Answer(said, np.stack([next(vectors) for _ in said]), every)


def _differ(one: _Version, other: _Version) -> bool:
    """Whether one says a number or a name, or denies, where the other does otherwise."""
    this, that = one.answer.statements[one.at], other.answer.statements[other.at]
    return this.denies(that) or _renames(one, other) or _recounts(this, that, other)


def _renames(one: _Version, other: _Version) -> bool:
    """Whether each names something that is nowhere in the other answer: not Rome but Oslo."""
    this, that = one.answer.statements[one.at], other.answer.statements[other.at]
    return bool(this.names - other.answer.words) and bool(that.names - one.answer.words)


def _recounts(this: Statement, that: Statement, other: _Version) -> bool:
    """Whether a quantity is nowhere in the other answer, or another one stands in its place."""
    everywhere = [amount for said in other.answer.statements for amount in said.amounts]
    if not all(_among(amount, everywhere) for amount in this.amounts):
        return True
    kinds = {amount.quantity.kind for amount in that.amounts}
    rivals = [amount for amount in this.amounts if amount.quantity.kind in kinds]
    return bool(rivals) and not any(_among(amount, that.amounts) for amount in rivals)


def _among(amount: Amount, others: Iterable[Amount]) -> bool:
    return any(amount.quantity.agrees(other.quantity) for other in others)


def _certainty(sizes: Sequence[int]) -> float:
    """Return 1 less the entropy of the clusters as a share of that of all being apart."""
    total = sum(sizes)
    entropy = -math.fsum(size / total * math.log(size / total) for size in sizes)
    return min(1.0, max(0.0, 1.0 - entropy / math.log(total)))
