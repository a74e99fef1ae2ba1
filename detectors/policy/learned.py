"""Rules of kind ``model``: a learned model of texts that comes with semwatch."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from detectors.base import Span
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, each
from detectors.policy.text_model import TextModel, load, sigmoid
from detectors.text.sentences import split

# What bounds the work of a long passage.
_MAX_UNITS = 128
_SHORTEST_UNIT = 8
# About 5 MB.
_CACHED_LINES = 20_000


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
            RuleError: it has no threshold for the rate.
        """
        del kit
        model = load(f"policy_{self.model}")
        if self.max_false_positives not in model.thresholds:
            rates = ", ".join(f"{rate:g}" for rate in sorted(model.thresholds))
            raise RuleError(f"no such rate, there are {rates}", "max_false_positives")
        return Scored(model, self)


class Scored:
    """A model with its threshold."""

    keywords: tuple[str, ...] = ()

    def __init__(self, model: TextModel, rule: Learned) -> None:
        self._threshold = model.thresholds[rule.max_false_positives]
        is_line = rule.unit == "line"
        self._units = units if is_line else _whole
        # Passages come again and again; prompts do not.
        self._odds = lru_cache(maxsize=_CACHED_LINES if is_line else 0)(model.log_odds)
        self.version = model.version

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Score each part."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        text = part.folded.text
        scored = [(span, self._odds(text[slice(*span)])) for span in self._units(text)]
        over = [span for span, odds in scored if odds > self._threshold]
        if not over:
            return None
        spans = tuple(part.folded.span(*span) for span in over)
        return Hit(spans, sigmoid(max(odds for _, odds in scored)))


def _whole(text: str) -> list[Span]:
    """Return the text without the space around it."""
    bare = text.strip()
    start = text.find(bare)
    return [Span(start, start + len(bare))] if bare else []


def units(text: str) -> list[Span]:
    """Return the lines of each sentence, for an injected one may have no stop before it."""
    return [unit for unit, _ in zip(_lines(text), range(_MAX_UNITS), strict=False)]


def _lines(text: str) -> Iterator[Span]:
    for start, end in split(text):
        at = start
        for line in text[start:end].splitlines(keepends=True):
            bare = line.strip()
            if len(bare) >= _SHORTEST_UNIT:
                begin = at + line.find(bare)
                yield Span(begin, begin + len(bare))
            at += len(line)
