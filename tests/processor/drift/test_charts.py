"""Every online statistic equals its batch formula, a restart loses nothing, alarms come in time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats  # type: ignore[import-untyped] # ships no types

from processor.drift.bernoulli import Bernoulli, Rate
from processor.drift.contamination import Contamination
from processor.drift.cusum import Cusum, events_since
from processor.drift.esr import ESR
from processor.drift.evidence import Evidence
from processor.drift.mewma import MEWMA, simulate, whitening
from processor.drift.product import product
from processor.drift.rank import Rank
from processor.drift.threshold import cusum_threshold, quantile_threshold, run_length

Floats = npt.NDArray[np.float64]
RNG = np.random.default_rng(7)
SCORES = RNG.normal(size=(200, 3))
SHIFTED = np.concatenate((RNG.normal(size=(100, 1)), RNG.normal(1.5, size=(100, 1))))
SHIFTED_PART = np.maximum(RNG.normal(size=(400, 1)) - 3.0 * (RNG.random((400, 1)) < 0.1), -3.5)


def first(alarms: npt.NDArray[np.bool_]) -> int | None:
    """Return the position of the first alarm."""
    return int(alarms.argmax()) if alarms.any() else None


def test_a_cusum_is_the_largest_sum_up_to_now() -> None:
    """Page's recursion is the maximum over all starts of the sum of z - k."""
    sums, _ = Cusum(signals=3, arl=1e5).update_many(SCORES)
    for side, sign in enumerate((1.0, -1.0)):
        for place, reference in enumerate((0.25, 0.5)):
            walk = np.cumsum(sign * SCORES - reference, axis=0)
            lowest = np.minimum.accumulate(np.vstack((np.zeros(3), walk)), axis=0)[1:]

            assert sums[:, side, place] == pytest.approx(walk - lowest, abs=1e-9)


def test_a_cusum_remembers_when_it_left_zero() -> None:
    """The estimate of the change is the event after the last zero."""
    chart = Cusum(signals=1, arl=1e5)
    _, since = chart.update_many(np.array([[-5.0]] * 3 + [[2.0]] * 4))

    assert since[:, 0, 0, 0].tolist() == [0, 0, 0, 1, 2, 3, 4]
    assert chart.events_since[1, 0, 0] == 7  # downwards it has not been at zero since the start


def test_events_since_go_on_from_before() -> None:
    """A sum that was not zero in the batch counts from the last batch."""
    history = np.array([1.0, 0.0, 2.0])[:, None]

    assert events_since(history, np.array([4]))[:, 0].tolist() == [5, 0, 1]


def test_an_e_detector_adds_up_over_all_starts() -> None:
    """Its evidence is the sum over starts of the products of e-values since."""
    e_values = np.exp(RNG.normal(size=(30, 1, 1, 1)) * 0.3)
    history = Evidence((1, 1, 1), arl=1e9).update_many(e_values)[:, 0, 0, 0]
    expected = [
        sum(np.prod(e_values[start : end + 1, 0, 0, 0]) for start in range(end + 1))
        for end in range(30)
    ]

    assert history == pytest.approx(expected)


def test_the_bets_of_e_sr_are_fair_up_to_the_slack() -> None:
    """The mean of an e-value is at most 1 while the mean of the scores stays within the slack."""
    scores = RNG.normal(0.5, size=(200_000, 1))
    chart = ESR(signals=1, arl=1e5, slack=0.5)
    leant = chart._bets * scores[:, None, :]  # noqa: SLF001 - the bets themselves
    e_values = np.exp(leant - chart._offset)  # noqa: SLF001

    assert e_values.mean(axis=0).max() < 1.05


def test_mewma_is_the_distance_of_a_weighted_mean() -> None:
    """Against numpy's weights, event by event."""
    factor = whitening(SCORES)
    chart = MEWMA(np.zeros(3), factor, threshold=1.0, weight=0.1)
    statistic = chart.update_many(SCORES)
    for event in (0, 10, 199):
        weights = 0.1 * 0.9 ** np.arange(event, -1, -1)
        white = (weights @ SCORES[: event + 1]) @ factor

        assert statistic[event] == pytest.approx(white @ white * 19.0, rel=1e-5)


def test_whitening_makes_the_covariance_one() -> None:
    """Without shrinkage, to the last digits."""
    white = SCORES @ whitening(SCORES, shrinkage=0.0)

    assert np.cov(white, rowvar=False) == pytest.approx(np.eye(3), abs=1e-9)


def test_a_bernoulli_cusum_is_the_largest_log_likelihood_ratio() -> None:
    """Of the odds bet on against the tolerated rate, over all starts."""
    outcomes = (RNG.random((150, 1)) < 0.2).astype(float)
    rate = Rate(30, 300, tolerance=1.5)
    sums, _ = Bernoulli([rate], arl=1e6).update_many(outcomes)
    odds = 2.0 * rate.upper / (1 - rate.upper)
    moved = odds / (1 + odds)
    steps = stats.bernoulli.logpmf(outcomes, moved) - stats.bernoulli.logpmf(outcomes, rate.upper)
    walk = np.cumsum(steps[:, 0])
    lowest = np.minimum.accumulate(np.append(0.0, walk))[1:]

    assert sums[:, 0, 0, 0] == pytest.approx(walk - lowest, abs=1e-9)


def test_a_bernoulli_cusum_tells_the_rate_since() -> None:
    """The sum holds the hits that made it."""
    chart = Bernoulli([Rate(20, 1000, tolerance=1.5)], arl=1e5)
    outcomes = np.array([[1.0], [0.0]] * 10)
    sums, since = chart.update_many(outcomes)

    assert chart.shares(sums, since)[-1, 0, 0, 0] == pytest.approx(0.5)


def test_ranks_are_those_of_scipy() -> None:
    """Up to the quantiles kept, and the clip."""
    values = RNG.gamma(2.0, size=2000)
    points = np.quantile(values, [0.05, 0.3, 0.5, 0.9])
    scores = Rank.fit(values[:, None]).scores(points[:, None])[:, 0]
    expected = stats.norm.ppf([stats.percentileofscore(values, p) / 100 for p in points])

    assert scores == pytest.approx(expected, abs=0.03)


def test_ties_share_a_middle_rank() -> None:
    """A value that half of the baseline has is the middle of that half."""
    rank = Rank.fit(np.repeat([0.0, 1.0], 500)[:, None])

    assert rank.scores(np.array([0.0, 1.0])[:, None])[:, 0] == pytest.approx(
        stats.norm.ppf([0.25, 0.75]), abs=0.02
    )


@pytest.mark.parametrize(
    ("reference", "arl", "threshold"),
    [
        pytest.param(0.25, 1e4, 14.49, id="k .25, 1e4"),
        pytest.param(0.25, 1e6, 23.69, id="k .25, 1e6"),
        pytest.param(0.5, 1e4, 8.05, id="k .5, 1e4"),
        pytest.param(0.125, 1e5, 33.80, id="k .125, 1e5"),
    ],
)
def test_thresholds_are_siegmunds(reference: float, arl: float, threshold: float) -> None:
    """The published table; a run is two-sided."""
    assert cusum_threshold(arl, reference) == pytest.approx(threshold, abs=0.01)


def test_a_run_length_is_what_it_says() -> None:
    """Simulated: 2,000 one-sided runs to their first alarm."""
    threshold, runs = 3.0, 2000
    sums, lengths = np.zeros(runs), np.zeros(runs)
    alive = np.ones(runs, bool)
    for _ in range(4000):
        sums = np.maximum(0.0, sums + RNG.normal(size=runs) - 0.5)
        lengths += alive
        alive &= sums <= threshold

    assert not alive.any()
    assert lengths.mean() == pytest.approx(run_length(threshold, 0.5), rel=0.1)


def test_a_small_baseline_asks_for_more() -> None:
    """The less sure its mean is, the higher the threshold."""
    thresholds = [cusum_threshold(1e5, 0.25, n) for n in (200, 1000, 1e9)]

    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[-1] == pytest.approx(cusum_threshold(1e5, 0.25), abs=1e-3)


def test_a_simulated_threshold_keeps_its_run_length() -> None:
    """On Gaussian rows it lies by the chi-square tables of the chart: 30.2 for 6 features."""
    rows = np.random.default_rng(1).normal(size=(20_000, 6))

    assert simulate(rows, arl=1e5, seed=1) == pytest.approx(30.2, rel=0.1)


def test_maxima_give_their_quantile() -> None:
    """Where the runs reach far enough, no line is needed."""
    maxima = RNG.exponential(size=20_000)

    assert quantile_threshold(maxima, 100, 100.0) == pytest.approx(
        np.quantile(maxima, np.exp(-1)), rel=0.05
    )


@pytest.mark.parametrize(
    ("run", "scores", "position"),
    [
        pytest.param(
            lambda z: Cusum(signals=1, arl=1e5).update_many(z)[0][:, :, 1].max(axis=(1, 2)) > 10.35,
            SHIFTED,
            104,
            id="cusum",
        ),
        pytest.param(
            lambda z: (c := ESR(signals=1, arl=1e5)).evidence.ratio(c.update_many(z)) >= 1,
            SHIFTED,
            108,
            id="e-SR",
        ),
        pytest.param(
            lambda z: (
                (c := Contamination(signals=1, arl=1e5, baseline_events=1000)).evidence.ratio(
                    c.update_many(z)
                )
                >= 1
            ),
            SHIFTED_PART,
            19,
            id="contamination",
        ),
        pytest.param(
            lambda z: MEWMA(np.zeros(1), np.eye(1), threshold=20.0).update_many(z) > 20.0,
            SHIFTED,
            111,
            id="mewma",
        ),
    ],
)
def test_an_alarm_comes_at_its_place(
    run: Callable[[Floats], npt.NDArray[np.bool_]], scores: Floats, position: int
) -> None:
    """Of a seeded stream: the mean moves at 100, or one score in ten is far off from the start."""
    assert first(run(scores)) == position


@pytest.mark.parametrize(
    "chart",
    [
        pytest.param(lambda: Cusum(signals=3, arl=1e5), id="cusum"),
        pytest.param(lambda: ESR(signals=3, arl=1e5), id="e-SR"),
        pytest.param(lambda: Contamination(signals=3, arl=1e5), id="contamination"),
        pytest.param(lambda: MEWMA(np.zeros(3), np.eye(3), threshold=9.0), id="mewma"),
        pytest.param(lambda: Bernoulli([Rate(5, 100, tolerance=1.5)] * 3, arl=1e5), id="bernoulli"),
    ],
)
def test_a_batch_equals_one_by_one(
    chart: Callable[[], Cusum | ESR | Contamination | MEWMA | Bernoulli],
) -> None:
    """To the last bit, missing values included."""
    values = np.where(RNG.random(SCORES.shape) < 0.1, np.nan, (SCORES > 0.5).astype(float))
    together, single = chart(), chart()
    batch = together.update_many(values)
    ones = [single.update_many(row[None]) for row in values]
    final, last = (x[-1][0] if isinstance(x[-1], tuple) else x[-1] for x in ([batch], ones))

    assert np.array_equal(final[-1], last[-1])


def test_a_missing_score_leaves_its_signal_as_it_was() -> None:
    """Missing is not zero: a zero would let the sums fall."""
    chart = Cusum(signals=2, arl=1e5)
    chart.update(np.array([2.0, 2.0]))
    before = chart.sums.copy()
    chart.update(np.array([np.nan, 0.0]))

    assert np.array_equal(chart.sums[:, :, 0], before[:, :, 0])
    assert (chart.sums[0, :, 1] < before[0, :, 1]).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_does_not_change_is_silent(seed: int) -> None:
    """Thirty thousand events about the baseline are no news to any chart."""
    scores = np.random.default_rng(seed).normal(size=(30_000, 1))
    esr, part = ESR(signals=1, arl=1e5), Contamination(signals=1, arl=1e6, baseline_events=1000)
    cusum = Cusum(signals=1, arl=1e6)

    assert esr.evidence.ratio(esr.update_many(scores)).max() < 1
    assert part.evidence.ratio(part.update_many(scores)).max() < 1
    assert (cusum.update_many(scores)[0] / cusum.thresholds).max() < 1


def test_a_product_does_not_depend_on_its_neighbours() -> None:
    """To the last bit, for any number of rows."""
    rows, matrix = RNG.normal(size=(65, 33)), RNG.normal(size=(33, 24)).astype(np.float32)
    whole = product(rows, matrix)

    assert whole == pytest.approx(rows @ matrix, rel=1e-5, abs=1e-5)
    assert all(np.array_equal(product(rows[i : i + 1], matrix)[0], whole[i]) for i in range(65))
