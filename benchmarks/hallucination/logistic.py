"""Logistic regression with common coefficients and deviations for each kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.claims.layers import ANY, FARTHEST, Layer, sigmoid

Array = npt.NDArray[Any]

# How far the deviations of a kind may go, against the common part.
_DEVIATION = 0.7
_STEPS = 8


def logistic(
    features: Mapping[str, Array],
    kinds: Array,
    label: Array,
    weight: Array,
    penalty: float,
) -> Layer:
    """Fit common coefficients and each kind's deviation from them, all penalised alike.

    References:
        Daume, Frustratingly easy domain adaptation, ACL 2007.
    """
    used = weight > 0
    values = np.column_stack([v[used] for v in features.values()])
    mean = np.average(values, axis=0, weights=weight[used])
    scale = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight[used]))
    scale[scale < 1e-6] = 1.0
    scaled = np.column_stack(
        [np.clip((values - mean) / scale, -FARTHEST, FARTHEST), np.ones(len(values))]
    )
    names = [str(kind) for kind in np.unique(kinds[used])]
    parts = [
        (scaled[here], label[used][here] * 1.0, weight[used][here])
        for here in (kinds[used] == name for name in names)
    ]
    weights = _newton(parts, scaled.shape[1], penalty)
    common = weights[0]
    per_kind = {
        name: common + _DEVIATION * own for name, own in zip(names, weights[1:], strict=True)
    }
    return Layer(
        features=tuple(features), mean=mean, scale=scale, weights={ANY: common, **per_kind}
    )


def _newton(parts: Sequence[tuple[Array, Array, Array]], width: int, penalty: float) -> Array:
    """Minimise the penalised loss; row 0 is the common part, the others the deviations."""
    penalties = np.full((len(parts) + 1, width), penalty)
    penalties[:, -1] = 0.3  # intercepts may move
    penalties[0, -1] = 1e-3
    weights = np.zeros_like(penalties)
    for _ in range(_STEPS):
        gradient = penalties * weights
        curvature = np.diag(penalties.ravel())
        for at, (values, label, weight) in enumerate(parts, start=1):
            probability = sigmoid(values @ (weights[0] + _DEVIATION * weights[at]))
            slope = values.T @ (weight * (probability - label))
            spread = weight * probability * (1 - probability) + 1e-9
            bend = (values * spread[:, None]).T @ values
            own, common = slice(at * width, (at + 1) * width), slice(0, width)
            gradient[0] += slope
            gradient[at] += _DEVIATION * slope
            curvature[common, common] += bend
            curvature[common, own] += _DEVIATION * bend
            curvature[own, common] += _DEVIATION * bend
            curvature[own, own] += _DEVIATION**2 * bend
        weights = weights - np.linalg.solve(curvature, gradient.ravel()).reshape(weights.shape)
    return weights
