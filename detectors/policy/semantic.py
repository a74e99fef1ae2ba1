"""Rules of kind ``semantic``: sentences that mean what the exemplars mean."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from detectors.base import Span
from detectors.embedding import Encoder, Vectors
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, Text
from detectors.text.sentences import split

_Exemplars = Annotated[tuple[Text, ...], Meta(min_length=3, max_length=500)]
# What a person reads; beyond it an event could hold up its partition.
_MAX_SENTENCES = 64
_DIGEST = 12


class Semantic(Rule, frozen=True, tag="semantic"):
    """Forbids sentences that are nearer to the exemplars than to the counter-exemplars.

    A sentence's margin is the greatest cosine to an exemplar less the greatest to a
    counter-exemplar. How much is too much is said as a share of ``baseline``: a file, beside the
    rules, of ordinary sentences, one a line, of which at most ``max_false_positives`` may hit.
    """

    exemplars: _Exemplars
    counter_exemplars: _Exemplars
    baseline: Text
    max_false_positives: Annotated[float, Meta(gt=0, le=0.1)] = 0.01

    def compile(self, kit: Kit) -> Check:
        """Embed exemplars and baseline, and set the threshold.

        Raises:
            RuleError: the baseline cannot be read or is too short for the rate.
        """
        try:
            text = (kit.directory / self.baseline).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(f"{type(error).__name__}, got {self.baseline!r}", "baseline") from error
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) * self.max_false_positives < 1:
            raise RuleError(
                f"{len(lines)} sentences are too few for a rate of {self.max_false_positives:g}",
                "baseline",
            )
        try:
            return Exemplars(self, lines, kit.encoder())
        except ValueError as error:
            raise RuleError(str(error), "kind") from error


class Exemplars:
    """Exemplars, counter-exemplars, and the margin from which on a sentence hits."""

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Semantic, baseline: Sequence[str], encoder: Encoder) -> None:
        self._encoder = encoder
        self._near = encoder.encode(rule.exemplars)
        self._far = encoder.encode(rule.counter_exemplars)
        margins = np.sort(self._margins(encoder.encode(baseline)))[::-1]
        # As many of the baseline may hit as the rate says; what is alike hits not.
        self._threshold = float(margins[int(len(margins) * rule.max_false_positives)])
        self.version = hashlib.sha256("\n".join(baseline).encode()).hexdigest()[:_DIGEST]

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Embed the sentences of all parts, and judge each."""
        spans = [split(part.text)[:_MAX_SENTENCES] for part in parts]
        texts = [
            part.text[start:end]
            for part, found in zip(parts, spans, strict=True)
            for start, end in found
        ]
        margins = self._margins(self._encoder.encode(texts)) if texts else np.empty(0)
        ends = np.cumsum([len(found) for found in spans])[:-1]
        return [
            self._hit(found, own) for found, own in zip(spans, np.split(margins, ends), strict=True)
        ]

    def _hit(self, spans: Sequence[Span], margins: npt.NDArray[np.float64]) -> Hit | None:
        over = np.flatnonzero(margins > self._threshold).tolist()
        if not over:
            return None
        # A margin lies between -2 and 2.
        return Hit(tuple(spans[n] for n in over), float(np.clip((margins.max() + 2) / 4, 0, 1)))

    def _margins(self, vectors: Vectors) -> npt.NDArray[np.float64]:
        # Row by row: the digits of a matrix product hang on how many rows there are.
        return np.array(
            [(self._near @ v).max() - (self._far @ v).max() for v in vectors], np.float64
        )
