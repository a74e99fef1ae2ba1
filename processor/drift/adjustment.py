"""What an answer's features owe to its prompt, taken out."""

import numpy as np
import numpy.typing as npt

from processor.drift.product import product

Floats = npt.NDArray[np.float64]


class Adjustment:
    """Ridge regression of features on the prompt; what is left is the behaviour.

    Without it, another mix of questions looks like another bot.

    Args:
        prompt_mean: shape (inputs,).
        feature_mean: shape (features,).
        weights: shape (inputs, features).

    References:
        Hoerl and Kennard, Ridge regression, Technometrics 1970.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> prompts = rng.normal(size=(500, 2))
        >>> answers = prompts @ [[1.0], [2.0]] + 5.0
        >>> adjustment = Adjustment.fit(prompts, answers, penalty=0.0)
        >>> bool(abs(adjustment.residuals(prompts[:1], answers[:1])[0, 0]) < 1e-2)
        True
    """

    def __init__(
        self, prompt_mean: npt.ArrayLike, feature_mean: npt.ArrayLike, weights: npt.ArrayLike
    ) -> None:
        # As they are stored, so that a restart computes with the same numbers.
        self.prompt_mean = np.asarray(prompt_mean, np.float16)
        self.feature_mean = np.asarray(feature_mean, np.float16)
        self.weights = np.asarray(weights, np.float16)
        self._weights = np.ascontiguousarray(self.weights, np.float32)

    @classmethod
    def fit(cls, prompts: Floats, features: Floats, *, penalty: float) -> "Adjustment":
        """Fit each feature on the events that have it and a prompt.

        Args:
            prompts: shape (events, inputs); a row with NaN is an event without a prompt.
            features: shape (events, features); NaN where one is missing.
            penalty: of the squared weights, relative to the variance of each input.
        """
        known = ~np.isnan(prompts).any(axis=1)
        prompt_mean = prompts[known].mean(axis=0) if known.any() else np.zeros(prompts.shape[1])
        means, weights = [], []
        for column in features.T:
            present = ~np.isnan(column)
            both = known & present
            means.append(column[both if both.any() else present].mean())
            weights.append(_ridge(prompts[both] - prompt_mean, column[both], penalty))
        shape = (len(means), prompts.shape[1])  # also where no feature varies at all
        return cls(prompt_mean, means, np.array(weights).reshape(shape).T)

    def residuals(self, prompt: Floats, features: Floats) -> Floats:
        """Return the features without the prompt's part; of an unknown prompt, without the mean.

        Args:
            prompt: shape (events, inputs); NaN where unknown.
            features: shape (events, features).
        """
        inputs = prompt - self.prompt_mean
        if np.isnan(inputs).any():
            inputs = np.where(np.isnan(inputs), 0.0, inputs)
        left: Floats = features - self.feature_mean - product(inputs, self._weights)
        return left


def _ridge(inputs: Floats, output: Floats, penalty: float) -> Floats:
    if len(output) == 0:
        return np.zeros(inputs.shape[1])
    centred = inputs - inputs.mean(axis=0)
    scale = np.maximum(centred.var(axis=0), np.finfo(np.float64).tiny)
    gram = centred.T @ centred + penalty * len(output) * np.diag(scale)
    solution = np.linalg.lstsq(gram, centred.T @ (output - output.mean()), rcond=None)[0]
    return np.asarray(solution, np.float64)
