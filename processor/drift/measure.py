"""The observing side of drift: interactions and their verdicts in, features by series out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from detectors.base import Interaction
from detectors.embedding import Encoder
from processor.drift.behaviour import shape, style
from processor.drift.features import Features, Observation, Series, encode, series_key
from processor.drift.projection import Projection
from processor.drift.provenance import record as provenance
from processor.judged import Judged

PROMPT_COSINE = "prompt_cosine"
"""Cosine of the answer's embedding to its prompt's."""


class Vision:
    """Embeds prompts and answers, and makes the vectors small.

    Args:
        encoder: texts to unit vectors, shared with the detectors and their cache.
        projection: onto few directions.
        name: of the encoder; vectors of different names are never compared.
    """

    def __init__(self, encoder: Encoder, projection: Projection, *, name: str) -> None:
        self._encoder = encoder
        self._projection = projection
        self.name = name

    def see(self, interactions: Sequence[Interaction]) -> list[dict[str, object]]:
        """Return the fields of an observation that need embeddings, for each interaction."""
        texts = sorted({text for i in interactions for text in (_prompt(i), _response(i)) if text})
        if not texts:
            return [{} for _ in interactions]
        vectors = self._encoder.encode(texts)
        rows = dict(zip(texts, zip(vectors, self._projection(vectors), strict=True), strict=True))
        return [self._fields(rows, _prompt(i), _response(i)) for i in interactions]

    def _fields(
        self, rows: Mapping[str, tuple[np.ndarray, np.ndarray]], prompt: str, response: str
    ) -> dict[str, object]:
        fields: dict[str, object] = {"embedding": self.name}
        for field, text in (("prompt", prompt), ("response", response)):
            if text:
                fields[field] = rows[text][1].astype("<f2").tobytes()
        if prompt and response:
            fields[PROMPT_COSINE] = float(np.dot(rows[prompt][0], rows[response][0]))
        return fields


class Measure:
    """Makes the features of judged interactions.

    Args:
        signals: the signals whose scores are watched.
        rates: name to (signal, label): the outcome is that the signal has that label.
        vision: for what needs embeddings; without it those charts are off.
    """

    def __init__(
        self,
        *,
        signals: Iterable[str],
        rates: Mapping[str, tuple[str, str]] | None = None,
        vision: Vision | None = None,
    ) -> None:
        self._signals = frozenset(signals)
        self._rates = dict(rates or {})
        self._vision = vision

    def __call__(self, judged: Sequence[Judged]) -> dict[bytes, bytes]:
        """Group what is measured by series: Kafka key to features."""
        seen: list[dict[str, object]] = [{} for _ in judged]
        if self._vision:
            seen = self._vision.see([interaction for _, interaction, _ in judged])
        grouped: dict[Series, list[Observation]] = {}
        for one, fields in zip(judged, seen, strict=True):
            verdict = one[2]
            series = Series(verdict.app, verdict.route, verdict.model)
            grouped.setdefault(series, []).append(self._observation(one, fields))
        return {
            series_key(series): encode(Features(series=series, observations=tuple(observations)))
            for series, observations in grouped.items()
        }

    def _observation(self, one: Judged, seen: dict[str, object]) -> Observation:
        record, interaction, verdict = one
        scores = {
            signal.name: signal.score
            for signal in verdict.signals
            if signal.score is not None and signal.name in self._signals
        }
        labels = {s.name: s.label for s in verdict.signals if s.score is not None}
        cosine = seen.pop(PROMPT_COSINE, None)
        if isinstance(cosine, float):
            scores[PROMPT_COSINE] = cosine
        prompt = _prompt(interaction)
        return Observation(
            partition=record.partition,
            offset=record.offset,
            logged=record.time,
            event_id=verdict.event_id,
            time=verdict.time,
            scores=scores | shape(interaction),
            outcomes={
                name: labels[signal] == label
                for name, (signal, label) in self._rates.items()
                if signal in labels
            },
            style=tuple(round(value, 5) for value in style(interaction)),
            prompt_length=math.log1p(len(prompt)) if prompt else None,
            provenance=provenance(
                asdict(interaction.provenance) | {"embedding_model": seen.get("embedding")}
            ),
            **seen,  # type: ignore[arg-type] # prompt, response, embedding
        )


def _prompt(interaction: Interaction) -> str:
    """Return the prompt, if it is what was asked."""
    masked = "prompt" in interaction.redacted | interaction.truncated
    return "" if masked else interaction.prompt or ""


def _response(interaction: Interaction) -> str:
    masked = "response" in interaction.redacted | interaction.truncated
    return "" if masked else interaction.response or ""
