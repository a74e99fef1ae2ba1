"""Rules of kind ``containment``: an answer that gives away the system prompt, or a canary in it."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple

from msgspec import Meta

from detectors.base import Span
from detectors.policy.folding import fold
from detectors.policy.part import Part
from detectors.policy.pattern import disjoint
from detectors.policy.rule import Check, Hit, Kit, Rule

_WORD = re.compile(r"[^\W_]+")
# Longer prompts and answers are looked at so far, for the work to stay bounded.
_MAX_WORDS = 20_000


class Containment(Rule, frozen=True, tag="containment"):
    """Forbids to repeat the system prompt.

    A run of ``min_words`` words that stand there likewise is a violation, and so are shorter runs
    (of ``shingle`` words and more) that make up ``min_share`` of the prompt. ``canaries`` are
    tokens planted in prompts, and a violation wherever they occur, prompt known or not.
    """

    shingle: Annotated[int, Meta(ge=2, le=20)] = 5
    min_words: Annotated[int, Meta(ge=2, le=500)] = 15
    min_share: Annotated[float, Meta(gt=0, le=1)] = 0.35
    canaries: tuple[Annotated[str, Meta(min_length=6, max_length=200)], ...] = ()

    def compile(self, kit: Kit) -> Check:
        """Need nothing."""
        del kit
        return Shingles(self)


class _Words(NamedTuple):
    """The words of a text in lower case, and where they stand."""

    words: list[str]
    spans: list[Span]


class Shingles:
    """Finds runs of words that an answer shares with the system prompt.

    References:
        Broder, On the resemblance and containment of documents, 1997.
    """

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Containment) -> None:
        self._rule = rule
        self._canaries = tuple(canary.casefold() for canary in rule.canaries)

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Look at each part."""
        return [self._find(part) for part in parts]

    def _find(self, part: Part) -> Hit | None:
        planted = list(self._planted(part)) if self._canaries else []
        runs, share = self._shared(part)
        is_leak = share >= self._rule.min_share
        told = [r for r in runs if is_leak or r.stop - r.start >= self._rule.min_words]
        if not told and not planted:
            return None
        said = _words(part.folded.text)
        spans = [
            part.folded.span(said.spans[run.start].start, said.spans[run.stop - 1].end)
            for run in told
        ]
        return Hit(tuple(disjoint([*spans, *planted])), 1.0 if planted else share)

    def _planted(self, part: Part) -> Iterator[Span]:
        text = part.folded.text
        for canary in self._canaries:
            at = text.casefold().find(canary)
            if at >= 0 and at + len(canary) <= len(text):
                yield part.folded.span(at, at + len(canary))

    def _shared(self, part: Part) -> tuple[list[range], float]:
        """Return the runs of words that stand in the system prompt, and how much of it they are."""
        size = self._rule.shingle
        known = _known(part.interaction.system_prompt or "", size)
        if not known:
            return [], 0.0
        said = _words(part.folded.text).words
        at = [n for n in range(len(said) - size + 1) if tuple(said[n : n + size]) in known]
        shared = {tuple(said[n : n + size]) for n in at}
        return list(_runs(at, size)), len(shared) / len(known)


def _runs(at: Sequence[int], size: int) -> Iterator[range]:
    """Join shingles that overlap or touch."""
    start = end = -1
    for place in at:
        if place > end:
            if start >= 0:
                yield range(start, end)
            start = place
        end = place + size
    if start >= 0:
        yield range(start, end)


@lru_cache(maxsize=64)  # an app has few prompts, and all its events have the same
def _known(system_prompt: str, size: int) -> frozenset[tuple[str, ...]]:
    words = _words(fold(system_prompt).text).words
    return frozenset(tuple(words[n : n + size]) for n in range(len(words) - size + 1))


def _words(text: str) -> _Words:
    found = [match for match, _ in zip(_WORD.finditer(text), range(_MAX_WORDS), strict=False)]
    return _Words([m[0].casefold() for m in found], [Span(*m.span()) for m in found])
