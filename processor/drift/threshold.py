"""Thresholds from a target run length: how many quiet events one false alarm may cost.

The average run length (ARL) is the mean number of events to a false alarm when nothing changes.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

# Siegmund's correction for the excess of a Gaussian sum over the threshold, both sides.
_EXCESS = 1.166
# Nine nodes give the mean over the baseline's sampling error to a percent.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_STEPS = 60


def run_length(threshold: float, reference: float, mean: float = 0.0) -> float:
    """Return the ARL of a one-sided CUSUM of unit Gaussians with this mean.

    References:
        Siegmund, Sequential Analysis, 1985, section X.2.

    Examples:
        >>> round(run_length(10.35, 0.5))
        200591
    """
    drift = mean - reference
    height = threshold + _EXCESS
    if abs(drift) < 1e-9:  # noqa: PLR2004 - the limit of the formula below
        return height * height
    return (math.exp(-2 * drift * height) + 2 * drift * height - 1) / (2 * drift * drift)


@cache
def cusum_threshold(arl: float, reference: float, baseline_events: float = math.inf) -> float:
    """Return the threshold of a two-sided CUSUM whose false alarms come once in `arl` events.

    The mean of the baseline is itself an estimate: its error is Gaussian with the variance
    1 / `baseline_events`, shifts every later score alike, and makes false alarms more frequent.
    The threshold is the one at which the frequency, averaged over that error, is the wanted one.

    Args:
        arl: events; both sides together.
        reference: the k of the chart, in standard deviations.
        baseline_events: the events that calibrated the scores.

    Examples:
        >>> round(cusum_threshold(1e5, 0.5), 2), round(cusum_threshold(1e5, 0.25), 2)
        (10.35, 19.09)
        >>> round(cusum_threshold(1e5, 0.25, 1000), 2)
        20.22
    """
    errors = _NODES / math.sqrt(baseline_events)
    weights = _WEIGHTS / _WEIGHTS.sum()

    def frequency(threshold: float) -> float:
        rates = [2 / run_length(threshold, reference, float(error)) for error in errors]
        return float(weights @ rates)

    return solve(frequency, 1 / arl)


def solve(falling: Callable[[float], float], target: float, upper: float = 1000.0) -> float:
    """Return where a falling function of [0, upper] reaches the target, by bisection."""
    low, high = 0.0, upper
    for _ in range(_STEPS):
        middle = (low + high) / 2
        try:
            above = falling(middle) > target
        except OverflowError:  # a run length beyond all floats is surely long enough
            above = False
        low, high = (middle, high) if above else (low, middle)
    return high


def quantile_threshold(maxima: np.typing.ArrayLike, events: int, arl: float) -> float:
    """Return the threshold that simulated runs say belongs to a run length.

    Where alarms of a run come at random, it is quiet for `events` with probability
    exp(-events / arl): the threshold is that quantile of the largest values of the runs. Beyond
    what the runs can say, the logarithm of the rate is continued along a line fitted to the tail.

    Args:
        maxima: the largest value of each simulated run.
        events: the length of each run.
        arl: the wanted run length, in events.
    """
    ordered = np.sort(np.asarray(maxima, np.float64))
    runs = len(ordered)
    rate = -np.log((np.arange(runs) + 0.5) / runs) / events  # false alarms an event at that value
    tail = ordered[runs // 2 :]
    slope, intercept = np.polyfit(tail, np.log(rate[runs // 2 :]), 1)
    wanted = math.log(1 / arl)
    if wanted > math.log(rate[-runs // 20]):
        return float(np.interp(-wanted, -np.log(rate), ordered))
    return float((wanted - intercept) / slope)
