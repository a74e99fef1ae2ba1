"""Hallucination by a neural classifier: which tokens or claims no passage supports."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from detectors.abstention import unscored, unverifiable
from detectors.base import Evidence, Interaction, Signal, Span
from detectors.text.sentences import split
from detectors.transformer.checkpoint import load
from detectors.transformer.classifier import Classifier, Ints, tokens_within
from detectors.transformer.prompts import PROMPTS
from detectors.transformer.windows import Context, divide, encode, pieces, rank, windows

__all__ = ["Neural", "load", "tokens_within"]

_SIGNAL = "hallucination_neural"
_FIELDS = ("response", "passages", "context")
# Characters and sentences: more than the default tokens of an event reach for.
_MAX_RESPONSE = 20_000
_MAX_CLAIMS = 128
_MAX_SPANS = 16
# Finer digits are noise of the model, and the verdict is to be read.
_DIGITS = 4
# Tokens between two flagged ones that are flagged with them: a comma, an article.
_GAP = 1
# Tokens on each side of a flagged one by which its nearest passage is found.
_NEAR = 16


class _Part(NamedTuple):
    """Tokens that are read together, and what they are blamed by: each, or all as one claim."""

    ids: Ints
    ranges: Ints

    def near(self, index: int) -> Ints:
        """Return the tokens around one range, or of the whole claim."""
        if len(self.ids) != len(self.ranges):
            return self.ids
        return self.ids[max(0, index - _NEAR) : index + _NEAR]


class _Blame(NamedTuple):
    """One range of the response: how unsupported it is in the window that supports it best."""

    span: Span
    share: float
    near: Ints
    window: Span


class _Reading(NamedTuple):
    """What came of the parts of a response.

    How many of all its parts were read; and how many of all windows, for these parts.
    """

    blames: list[_Blame]
    windows: tuple[int, int]
    parts: tuple[int, int]


class Neural:
    """How sure a classifier is that some token or claim of the response has no support.

    The score is in [0, 1], 1 is hallucinated. A context longer than the window is read in
    overlapping windows; a token or claim is as unsupported as in the window that supports it best,
    and the response as its worst token or claim. Tokens are read in parts of whole sentences, at
    most half a window long; a pair classifier judges sentence by sentence. The spans are the runs
    of tokens, or the claims, at the threshold or above.

    Where an event needs more than ``tokens_per_event``, each part is read in the windows that
    share most of its rare tokens, at least one each, and parts at the end are left out.
    The budget is tokens, not time, so that a verdict is a function of the event.

    Args:
        classifier: from `load`.
        threshold: from this score on a token, a claim and the response are ``hallucinated``.
        tokens_per_event: how many tokens to put through the model; at least one window is.
        prompt: how the model was shown its input, a key of `PROMPTS`; empty for ``lettucedetect``
            with tokens and ``plain`` with pairs.

    References:
        Kovács and Recski, LettuceDetect, 2025, arXiv 2502.17125 (tokens).
        Tang et al., MiniCheck, EMNLP 2024; Laban et al., SummaC, TACL 2022 (pairs, best window).
    """

    name = "neural"

    def __init__(
        self,
        classifier: Classifier,
        *,
        threshold: float = 0.5,
        tokens_per_event: int = 4096,
        prompt: str = "",
    ) -> None:
        pairs = classifier.task == "pair"
        self._classifier = classifier
        self._threshold = threshold
        self._tokens = tokens_per_event
        prompt = prompt or ("plain" if pairs else "lettucedetect")
        if prompt not in PROMPTS:
            raise ValueError(f"prompt {prompt!r} is none of {sorted(PROMPTS)}")
        self._prompt = PROMPTS[prompt]
        overhead = classifier.frame.size + self._prompt.overhead(classifier.tokenize)
        self._limit = (classifier.window - overhead) // 2  # of the response in a row
        if self._limit < classifier.window // 4:
            raise ValueError(f"window of {classifier.window} tokens: the prompt takes half of it")

    @property
    def version(self) -> str:
        """SHA-256 of the weights."""
        return self._classifier.sha256

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction."""
        return [(self._judge(interaction),) for interaction in batch]

    def _judge(self, interaction: Interaction) -> Signal:
        if hidden := unscored(_SIGNAL, interaction, *_FIELDS):
            return hidden
        parts = self._parts((interaction.response or "")[:_MAX_RESPONSE])
        if not parts:
            return unverifiable(_SIGNAL, "response")
        context = encode(
            pieces(interaction), self._classifier.tokenize, prefix=self._prompt.passage
        )
        if not len(context.ids):
            return unverifiable(_SIGNAL, "evidence")
        around = self._prompt.around(
            interaction.prompt or "",
            len(context.pieces),
            self._classifier.tokenize,
            self._limit // 2,
        )
        return self._conclude(self._read(parts, context, around), context)

    def _parts(self, response: str) -> list[_Part]:
        sentences = split(response)
        if self._classifier.task == "pair":
            claims = (self._claim(response, sentence) for sentence in sentences[:_MAX_CLAIMS])
            return [claim for claim in claims if len(claim.ids)]
        ids, offsets = self._classifier.tokenize(response)
        starts = np.searchsorted(offsets[:, 0], [sentence.start for sentence in sentences])
        ranges = _trim(response, offsets)
        spans = divide(starts.tolist(), len(ids), self._limit) if sentences else ()
        found = (_Part(ids[start:end], ranges[start:end]) for start, end in spans)
        return [part for part in found if (part.ranges[:, 0] < part.ranges[:, 1]).any()]

    def _claim(self, response: str, sentence: Span) -> _Part:
        ids = self._classifier.tokenize(response[sentence.start : sentence.end]).ids
        return _Part(ids[: self._limit], np.array([sentence], np.int64))

    def _read(
        self, parts: Sequence[_Part], context: Context, around: tuple[Ints, Ints]
    ) -> _Reading:
        """Put the parts through the model, as far as the tokens of the event reach."""
        fixed = self._classifier.frame.size + sum(map(len, around))
        rooms = [self._classifier.window - fixed - len(part.ids) for part in parts]
        longest = max(
            fixed + len(part.ids) + min(room, len(context.ids))
            for part, room in zip(parts, rooms, strict=True)
        )
        rows = max(1, self._tokens // longest)
        read = parts[:rows]
        spans = [windows(len(context.ids), room) for room in rooms[:rows]]
        chosen = [
            _best(part, context, found, rows // len(read))
            for part, found in zip(read, spans, strict=True)
        ]
        blames = [
            blame
            for part, found in zip(read, chosen, strict=True)
            for blame in self._blame(part, context, around, found)
        ]
        counts = (sum(map(len, chosen)), sum(map(len, spans)))
        return _Reading(blames, windows=counts, parts=(len(read), len(parts)))

    def _blame(
        self, part: _Part, context: Context, around: tuple[Ints, Ints], spans: Sequence[Span]
    ) -> Iterator[_Blame]:
        before, after = around
        rows = (np.concatenate([before, context.ids[start:end], after]) for start, end in spans)
        shares = np.stack([self._classifier.unsupported(row, part.ids) for row in rows])
        best = shares.argmin(axis=0)
        for index, (start, end) in enumerate(part.ranges.tolist()):
            if start < end:
                share = round(float(shares[best[index], index]), _DIGITS)
                yield _Blame(Span(start, end), share, part.near(index), spans[best[index]])

    def _conclude(self, reading: _Reading, context: Context) -> Signal:
        score = max(blame.share for blame in reading.blames)
        flagged = [b for b in reading.blames if b.share >= self._threshold]
        evidence = [_evidence(run, context) for run in self._runs(reading.blames)[:_MAX_SPANS]]
        what = "claims" if self._classifier.task == "pair" else "tokens"
        (rows, all_rows), (parts, all_parts) = reading.windows, reading.parts
        return Signal(
            name=_SIGNAL,
            score=score,
            label="hallucinated" if score >= self._threshold else "supported",
            spans=tuple(item.span for item in evidence),
            explanation=(
                f"{len(flagged)} of {len(reading.blames)} {what} unsupported by at least "
                f"{self._threshold:g}, the worst {score:.2f}; read {parts} of {all_parts} parts in "
                f"{rows} of {all_rows} windows"
            ),
            evidence=tuple(evidence),
        )

    def _runs(self, blames: Sequence[_Blame]) -> list[list[_Blame]]:
        """Group what is flagged: claims stand alone, tokens join over small gaps."""
        gap = 0 if self._classifier.task == "pair" else _GAP + 1
        runs: list[list[_Blame]] = []
        last = -1 - gap
        for index, blame in enumerate(blames):
            if blame.share < self._threshold:
                continue
            # Several tokens can be of one character: bytes of an emoji.
            if runs and (index - last <= gap or blame.span.start <= runs[-1][-1].span.end):
                runs[-1].append(blame)
            else:
                runs.append([blame])
            last = index
        return runs


def _trim(text: str, ranges: Ints) -> Ints:
    """Return the ranges without the space that some tokens begin with."""
    trimmed = np.empty_like(ranges)
    for index, (start, end) in enumerate(ranges.tolist()):
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        trimmed[index] = first, max(first, start + len(piece.rstrip()))
    return trimmed


def _best(part: _Part, context: Context, spans: Sequence[Span], most: int) -> list[Span]:
    """Return the windows that a part is read in, in order."""
    if len(spans) <= most:
        return list(spans)
    order = rank(part.ids, [context.ids[start:end] for start, end in spans])
    return [spans[index] for index in sorted(order[:most])]


def _evidence(run: Sequence[_Blame], context: Context) -> Evidence:
    """Name the passage that comes closest to the worst of a run, in its best window."""
    worst = max(run, key=lambda blame: blame.share)
    held = context.held(worst.window)
    tokens = [context.tokens(piece, worst.window) for piece in held]
    nearest = rank(worst.near, [found.ids for found in tokens])[0]
    offsets = tokens[nearest].offsets
    start, end = int(offsets[:, 0].min()), int(offsets[:, 1].max())
    return Evidence(
        span=Span(run[0].span.start, max(blame.span.end for blame in run)),
        reason="unsupported",
        passage=context.pieces[held[nearest]].name,
        support=Span(start, end) if start < end else None,
    )
