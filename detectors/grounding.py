"""Grounding: how much of a response its passages support."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from detectors.abstention import unscored
from detectors.base import Interaction, Signal, Span
from detectors.embedding import Encoder, Vectors
from detectors.text.sentences import split

# Enough for any answer that a person reads; beyond it an event could hold up its partition.
_MAX_CLAIMS = 64
_MAX_EVIDENCE = 512
_MAX_SPANS = 16
# Finer digits are noise of the encoder, and the verdict is to be read.
_DIGITS = 4


class _Claims(NamedTuple):
    """The sentences of one response and what may support them."""

    spans: tuple[Span, ...]
    claims: list[str]
    evidence: list[str]


class Grounding:
    """Mean over the response's sentences of the best cosine to a sentence of the evidence.

    The score is in [0, 1], 1 is fully supported. The evidence is the passages and, line by line,
    the structured context. Without a response or without evidence it is ``unverifiable``, with
    either masked or cut ``unscored``.
    The spans are the sentences whose own support lies below the threshold.

    Args:
        encoder: texts to unit vectors.
        threshold: a lower score is labelled ``ungrounded``.

    References:
        Reimers and Gurevych, Sentence-BERT, EMNLP 2019 (the cosine).
        Laban et al., SummaC, TACL 2022 (best evidence a sentence, mean over the response).
    """

    name = "grounding"
    version = ""  # the encoder's digest is in the verdict by itself

    def __init__(self, encoder: Encoder, *, threshold: float = 0.5) -> None:
        self._encoder = encoder
        self._threshold = threshold

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one grounding signal for each interaction."""
        claims = [_claims(interaction) for interaction in batch]
        texts = [text for c in claims for text in (*c.claims, *c.evidence)]
        vectors = iter(self._encoder.encode(texts) if texts else ())
        judged = [self._judge(c, _take(vectors, c)) for c in claims]
        return [
            (unscored(self.name, interaction, "response", "passages", "context") or signal,)
            for interaction, signal in zip(batch, judged, strict=True)
        ]

    def _judge(self, claims: _Claims, vectors: tuple[Vectors, Vectors] | None) -> Signal:
        if vectors is None:
            missing = "evidence" if claims.spans else "response"
            return Signal(
                name=self.name, score=None, label="unverifiable", explanation=f"no {missing}"
            )
        response, evidence = vectors
        support = np.clip((response @ evidence.T).max(axis=1), 0.0, 1.0)
        score = round(float(support.mean()), _DIGITS)
        weak = [index for index, value in enumerate(support) if value < self._threshold]
        return Signal(
            name=self.name,
            score=score,
            label="grounded" if score >= self._threshold else "ungrounded",
            spans=tuple(claims.spans[index] for index in weak[:_MAX_SPANS]),
            explanation=(
                f"{len(weak)} of {len(support)} sentences supported less than "
                f"{self._threshold:g}, the least {support.min():.2f}"
            ),
        )


def _claims(interaction: Interaction) -> _Claims:
    response = interaction.response or ""
    spans = split(response)[:_MAX_CLAIMS]
    evidence = list(islice(_evidence(interaction), _MAX_EVIDENCE)) if spans else []
    claims = [response[span.start : span.end] for span in spans] if evidence else []
    return _Claims(spans, claims, evidence)


def _evidence(interaction: Interaction) -> Iterator[str]:
    for passage in interaction.passages:
        yield from _sentences(passage.text)
    yield from _lines(interaction.context or {})


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """Write a JSON record as sentences, each with the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _lines(item, f"{path} {key}".strip())
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _lines(item, path)
    elif value is not None:
        yield from (f"{path}: {sentence}" for sentence in _sentences(str(value)))


def _sentences(text: str) -> Iterator[str]:
    return (text[span.start : span.end] for span in split(text))


def _take(vectors: Iterator[Any], claims: _Claims) -> tuple[Vectors, Vectors] | None:
    if not claims.claims:
        return None
    response = np.stack([next(vectors) for _ in claims.claims])
    evidence = np.stack([next(vectors) for _ in claims.evidence])
    return response, evidence
