"""Token probability: how sure the model was of the tokens it chose."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors.abstention import unscored, unverifiable
from detectors.base import Interaction, Signal

# About 2e-9. Servers log -9999 or -inf for "too small to say", and one such token must not
# make all the others count for nothing.
_FLOOR = -20.0
_DIGITS = 4

_Logs = npt.NDArray[np.float64]


class TokenProbability:
    """Geometric mean of the probabilities that the model gave to its own tokens.

    The score is in [0, 1], 1 is certain of every token; it is the inverse of the perplexity. A
    low score says that the model could as well have said something else, not that it is wrong.
    Without log-probabilities it is ``unverifiable``. The tokens' texts are not logged, so there
    are no spans; the explanation says which window of tokens was the least probable.

    Args:
        threshold: a lower score is labelled ``unsure``, else ``confident``. The default is a
            perplexity of 2: on average the model was torn between two tokens.
        window: tokens, at least 1.

    Examples:
        >>> from detectors.base import Interaction
        >>> interaction = Interaction(id="1", response="Yes.", logprobs=(-0.1, -0.3))
        >>> [[signal]] = TokenProbability().detect_many([interaction])
        >>> signal.score, signal.label
        (0.8187, 'confident')

    References:
        Manakul et al., SelfCheckGPT, EMNLP 2023, section 3.1 (average log-probability).
    """

    name = "token_probability"
    version = ""

    def __init__(self, *, threshold: float = 0.5, window: int = 8) -> None:
        if window < 1:
            raise ValueError(f"window is {window}, not at least 1")
        self._threshold = threshold
        self._window = window

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction."""
        return [(self._judge(interaction),) for interaction in batch]

    def _judge(self, interaction: Interaction) -> Signal:
        if hidden := unscored(self.name, interaction, "response", "logprobs"):
            return hidden
        logs = np.array(interaction.logprobs, np.float64)
        logs = np.clip(logs[~np.isnan(logs)], _FLOOR, 0.0)
        if not logs.size:
            return unverifiable(self.name, "log-probabilities")
        score = round(float(np.exp(logs.mean())), _DIGITS)
        return Signal(
            name=self.name,
            score=score,
            label="confident" if score >= self._threshold else "unsure",
            explanation=self._least(logs),
        )

    def _least(self, logs: _Logs) -> str:
        width = min(self._window, logs.size)
        sums = np.concatenate([[0.0], np.cumsum(logs)])
        means = (sums[width:] - sums[:-width]) / width
        start = int(means.argmin())
        probability = np.exp(min(means[start], 0.0))
        return (
            f"{logs.size} tokens; the least probable window is tokens {start} to "
            f"{start + width - 1} with {probability:.2f}"
        )
