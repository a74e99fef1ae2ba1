"""A classifier of rows: a context and a text in, how much of the text lacks support out.

A row goes through the model alone and unpadded, so that its result depends on nothing but
the row: batch equals one by one to the last bit. At 256 tokens and more, rows padded together
are hardly faster on a CPU, and their padding costs more than that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Forward = Callable[[Ints, Ints], Floats]
"""Token ids and segment ids of one row to its logits: (labels,), or (length, labels)."""

Task = Literal["token", "pair"]
# Enough that one that was disturbed does not count.
_RUNS = 3
# A clock may not move between two looks.
_SHORTEST_SECONDS = 1e-9


class Encoded(NamedTuple):
    """The tokens of a text and where they are in it: ids (n,), character ranges (n, 2)."""

    ids: Ints
    offsets: Ints

    def cut(self, start: int, end: int) -> "Encoded":
        """Return the tokens from ``start`` to before ``end``."""
        return Encoded(self.ids[start:end], self.offsets[start:end])


class Frame(NamedTuple):
    """What a model wants before, between and after two texts; and the segments of the two."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    segments: tuple[int, int, int, int, int] = (0, 0, 0, 1, 1)

    @property
    def size(self) -> int:
        """Return how many tokens a row takes beside its texts."""
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """A loaded model: rows of a context and a text to probabilities.

    ``label`` is the index of the unsupported token, or of the supported pair. ``window`` is the
    longest row, in tokens. ``sha256`` is the digest of the weights.
    """

    task: Task
    tokenize: Callable[[str], Encoded]
    frame: Frame
    forward: Forward
    label: int
    window: int
    sha256: str

    def unsupported(self, context: Ints, text: Ints) -> Floats:
        """Return the probability in [0, 1] that the text lacks support in the context.

        One value a token of the text, or a single one for the pair.
        """
        frame = self.frame
        pieces = (frame.before, context, frame.between, text, frame.after)
        ids = np.concatenate(pieces).astype(np.int64)
        segments = np.repeat(frame.segments, [len(piece) for piece in pieces]).astype(np.int64)
        share = _softmax(self.forward(ids, segments))[..., self.label]
        if self.task == "pair":
            return np.atleast_1d(1 - share)
        end = len(ids) - len(frame.after)
        return share[end - len(text) : end]


def tokens_within(classifier: Classifier, seconds: float, *, clock: Callable[[], float]) -> int:
    """Return how many tokens the model reads here in so many seconds, one window at least.

    For choosing ``tokens_per_event`` once, at the set-up: the median of three full windows.
    """
    filler = np.zeros(classifier.window - classifier.frame.size - 1, np.int64)
    spent = []
    for _ in range(_RUNS):
        start = clock()
        classifier.unsupported(filler, filler[:1])
        spent.append(clock() - start)
    affordable = int(seconds / max(median(spent), _SHORTEST_SECONDS))
    return max(1, affordable) * classifier.window


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    share: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return share
