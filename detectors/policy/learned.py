"""Rules of kind ``model``: a learned model of texts that comes with semwatch."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

import numpy as np

from detectors.base import Span
from detectors.embedding import Encoder
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError
from detectors.policy.text_features import Array
from detectors.policy.text_model import Scorer, TextModel, load, sigmoid
from detectors.text.sentences import split

# What bounds the work of a long passage.
_MAX_UNITS = 128
_SHORTEST_UNIT = 8
# About 5 MB.
_CACHED_LINES = 20_000
# The models that there are with the embedding too; direct injections reach their bars without.
_EMBEDDED = ("jailbreak", "indirect_injection")


class Learned(Rule, frozen=True, tag="model"):
    """Forbids what a model takes for its kind of text.

    ``unit`` is what the model reads: the whole ``text``, or each ``line`` of each sentence.
    ``max_false_positives`` is the share of ordinary texts that hit; docs/models/policy.md says
    what those are.
    """

    model: Literal["jailbreak", "direct_injection", "indirect_injection"]
    unit: Literal["text", "line"] = "text"
    max_false_positives: float = 0.01

    def compile(self, kit: Kit) -> Check:
        """Load the model.

        Raises:
            RuleError: it has no threshold for the rate, or the encoder is not the model's.
        """
        embeds = kit.embeds and self.model in _EMBEDDED
        model = load(f"policy_{self.model}{'_embedding' if embeds else ''}")
        if self.max_false_positives not in model.thresholds:
            rates = ", ".join(f"{rate:g}" for rate in sorted(model.thresholds))
            raise RuleError(f"no such rate, there are {rates}", "max_false_positives")
        try:
            return Scored(model, self, kit.encoder() if embeds else None)
        except ValueError as error:
            told = f"{error}; with policy.embeddings = false it reads the text alone"
            raise RuleError(told, "model") from error


class Scored:
    """A model with its threshold."""

    keywords: tuple[str, ...] = ()

    def __init__(self, model: TextModel, rule: Learned, encoder: Encoder | None) -> None:
        self._threshold = model.thresholds[rule.max_false_positives]
        is_line = rule.unit == "line"
        self._units = units if is_line else _whole
        # Passages come again and again; prompts do not.
        self._scorer = Scorer(model, encoder, cached=_CACHED_LINES if is_line else 0)
        self.version = model.version

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Score the units of all parts together, for the encoder takes many at once."""
        spans = [self._units(part.folded.text) for part in parts]
        odds = self._scorer.of_passages(
            [
                [part.folded.text[slice(*span)] for span in found]
                for part, found in zip(parts, spans, strict=True)
            ]
        )
        return [
            self._hit(part, found, own) for part, found, own in zip(parts, spans, odds, strict=True)
        ]

    def _hit(self, part: Part, spans: Sequence[Span], odds: Array) -> Hit | None:
        over = np.flatnonzero(odds > self._threshold).tolist()
        if not over:
            return None
        return Hit(tuple(part.folded.span(*spans[n]) for n in over), sigmoid(float(odds.max())))


def _whole(text: str) -> list[Span]:
    """Return the text without the space around it."""
    bare = text.strip()
    start = text.find(bare)
    return [Span(start, start + len(bare))] if bare else []


def units(text: str) -> list[Span]:
    """Return the lines of each sentence, for an injected one may have no stop before it."""
    return list(islice(_lines(text), _MAX_UNITS))


def _lines(text: str) -> Iterator[Span]:
    for start, end in split(text):
        at = start
        for line in text[start:end].splitlines(keepends=True):
            bare = line.strip()
            if len(bare) >= _SHORTEST_UNIT:
                begin = at + line.find(bare)
                yield Span(begin, begin + len(bare))
            at += len(line)
