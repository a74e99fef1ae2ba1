"""All charts of a series, updated together."""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from processor.drift.adjustment import Adjustment
from processor.drift.alarm import Family, Tier
from processor.drift.baseline import (
    CENTROID_COSINE,
    PROMPT_WEIGHT,
    Baseline,
    Columns,
    Joint,
    targets,
)
from processor.drift.behaviour import STYLE
from processor.drift.bernoulli import Bernoulli, Rate
from processor.drift.contamination import Contamination
from processor.drift.cusum import Cusum
from processor.drift.esr import ESR
from processor.drift.mewma import MEWMA
from processor.drift.mix import Mix
from processor.drift.rank import Rank

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Name = Literal["e_sr", "contamination", "mewma", "cusum", "bernoulli", "centroid", "novelty"]

_REFERENCES = (0.25, 0.5)
# Each chart gets an equal part of the false alarms that a series may have; a CUSUM is one chart
# a feature and reference, the others are one each.
_JOINT_CHARTS = 6
_TOP = 3


class Chart(NamedTuple):
    """A column of a track: a chart at one of its thresholds."""

    name: Name
    family: Family
    tier: Tier


CHARTS = (
    Chart("e_sr", "output", "page"),
    Chart("contamination", "output", "page"),
    Chart("mewma", "output", "page"),
    Chart("cusum", "output", "warn"),
    Chart("mewma", "output", "warn"),
    Chart("bernoulli", "rates", "page"),
    Chart("centroid", "input", "warn"),
    Chart("novelty", "input", "warn"),
)
"""All charts. Those that page bear a daily swing of the mix of prompts; the others are faster."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chooses.

    ``arl`` is the wanted number of events to a false alarm of the whole series, ``slack`` the
    mean that a page tolerates, in standard deviations, ``tolerance`` the factor of a rate.
    """

    arl: float = 100_000.0
    slack: float = 0.5
    tolerance: float = 1.5


def arl_of_each(features: int, arl: float) -> float:
    """Return the run length of one chart, so that all together have the wanted one."""
    return arl * (len(_REFERENCES) * features + _JOINT_CHARTS)


class Shift(NamedTuple):
    """How a feature stands: mean since it last was where it belongs, in standard deviations."""

    signal: str
    effect: float
    ratio: float
    events_since: int


class Finding(NamedTuple):
    """A chart beyond its threshold: on what, and since how many events."""

    chart: Chart
    ratio: float
    shifts: tuple[Shift, ...]
    events_since: int


class Track:
    """What a batch of events did to the charts, event by event.

    Args:
        names: of the features, charted ones first.
        rates: names of the outcomes.
        ratios: statistic over threshold, shape (events, charts); from 1 on it is an alarm.
        sums: of the CUSUMs over their thresholds, shape (events, directions, references, names).
        since: events since each sum was last 0, of the same shape.
        means: mean score since each sum was last 0, of the same shape.
        outcomes: of the rates: sums, events since each was last 0, rate since over the baseline's.
        novelty: events since the sums of the prompts' novelty were last 0.
    """

    def __init__(
        self,
        *,
        names: tuple[str, ...],
        rates: tuple[str, ...],
        ratios: Floats,
        sums: Floats,
        means: Floats,
        since: Integers,
        outcomes: tuple[Floats, Integers, Floats] | None,
        novelty: Integers | None,
    ) -> None:
        self.ratios = ratios
        self._names = names
        self._rates = rates
        self._sums = sums
        self._means = means
        self._since = since
        self._outcomes = outcomes
        self._novelty = novelty

    def finding(self, event: int, column: int) -> Finding:
        """Say what a chart that is beyond its threshold is about."""
        chart, ratio = CHARTS[column], float(self.ratios[event, column])
        match chart.family:
            case "rates":
                shift = self._rate(event)
                return Finding(chart, ratio, (shift,), shift.events_since)
            case "input":
                since = int(self._novelty[event].max()) if self._novelty is not None else 0
                return Finding(chart, ratio, (), since)
        shifts = self.shifts(event)
        return Finding(chart, ratio, shifts, shifts[0].events_since if shifts else 0)

    def shifts(self, event: int) -> tuple[Shift, ...]:
        """Return how every feature stood after an event, the most moved first.

        Of its four sums, a feature is told by the one that is nearest to its threshold.
        """
        sums = self._sums[event].reshape(-1, len(self._names))
        means = self._means[event].reshape(sums.shape)
        since = self._since[event].reshape(sums.shape)
        upwards = len(sums) // 2
        shifts = []
        for index, (name, best) in enumerate(zip(self._names, sums.argmax(axis=0), strict=True)):
            sign = 1.0 if best < upwards else -1.0
            effect = sign * float(means[best, index])
            shifts.append(Shift(name, effect, float(sums[best, index]), int(since[best, index])))
        return tuple(sorted(shifts, key=lambda shift: -shift.ratio))

    def _rate(self, event: int) -> Shift:
        assert self._outcomes is not None  # noqa: S101 - a rate's alarm comes from one
        sums, since, factors = (array[event] for array in self._outcomes)
        place = np.unravel_index(sums.argmax(), sums.shape)
        effect = float(factors[place])
        return Shift(self._rates[place[-1]], effect, float(sums[place]), int(since[place]))


class Charts:
    """The charts of one series against its baseline.

    Args:
        baseline: what to compare with.
        limits: run length and tolerances.
    """

    def __init__(self, baseline: Baseline, limits: Limits) -> None:
        schema = baseline.schema
        self.baseline = baseline
        self._names = (*baseline.charted, *baseline.styled)
        self._charted = len(baseline.charted)
        self._columns = Columns.of(schema)
        known = (*schema.features, CENTROID_COSINE)
        self._chosen = [known.index(name) for name in baseline.charted]
        self._styled = [STYLE.index(name) for name in baseline.styled]
        self._adjustment = Adjustment(baseline.prompt_mean, baseline.feature_mean, baseline.weights)
        self._rank = Rank(baseline.quantiles)
        self._style_rank = Rank(baseline.style_quantiles)
        arl = arl_of_each(self._charted, limits.arl)
        # Also of the style, which raises no alarm by itself: to say what moved, and since when.
        self._cusum, self._novelty = (
            Cusum(
                signals=signals,
                arl=arl,
                references=_REFERENCES,
                baseline_events=baseline.calibrated,
            )
            for signals in (len(self._names), 1)
        )
        self._esr = ESR(signals=self._charted, arl=arl, slack=limits.slack)
        self._contamination = Contamination(
            signals=self._charted, arl=arl, baseline_events=baseline.calibrated
        )
        self._bernoulli = Bernoulli(
            [
                Rate(hits, max(count, 1), tolerance=limits.tolerance)
                for hits, count in zip(baseline.hits, baseline.counts, strict=True)
            ],
            arl=arl,
        )
        shares = np.array(baseline.hits) / np.maximum(baseline.counts, 1)
        self._expected = np.maximum(shares, 1 / baseline.events)
        self._joint = _mewma(baseline.joint)
        self._centroid = _mewma(baseline.prompts, weight=PROMPT_WEIGHT)
        self._mix = Mix(baseline.clusters)
        self._novelty_rank = Rank(baseline.novelty) if baseline.novelty.size else None

    def update_many(self, rows: Floats) -> Track:
        """Take events in order, shape (events, schema.width); NaN is missing."""
        scores = self._scores(rows)
        charted = scores[:, : self._charted]
        sums, since = self._cusum.update_many(scores)
        ratios = dict.fromkeys(CHARTS, np.zeros(len(rows)))
        over = sums / self._cusum.thresholds
        ratios[CHARTS[0]] = self._esr.evidence.ratio(self._esr.update_many(charted))
        ratios[CHARTS[1]] = self._contamination.evidence.ratio(
            self._contamination.update_many(charted)
        )
        ratios[CHARTS[3]] = over[..., : self._charted].max(axis=(1, 2, 3), initial=0.0)
        if self._joint:
            statistic = self._joint.update_many(scores)
            ratios[CHARTS[2]] = statistic / self._joint.page_threshold
            ratios[CHARTS[4]] = statistic / self._joint.threshold
        outcomes = None
        if self.baseline.hits:
            heights, ago = self._bernoulli.update_many(rows[:, self._columns.rates])
            ratios[CHARTS[5]] = self._bernoulli.ratio(heights)
            outcomes = (heights, ago, self._bernoulli.shares(heights, ago) / self._expected)
        novelty = None
        if self._centroid and self._novelty_rank:
            vectors = rows[:, self._columns.vector]
            ratios[CHARTS[6]] = self._centroid.update_many(vectors) / self._centroid.threshold
            far = self._mix.distances(vectors)[:, None]
            far_sums, novelty = self._novelty.update_many(self._novelty_rank.scores(far))
            ratios[CHARTS[7]] = (far_sums / self._novelty.thresholds).max(axis=(1, 2, 3))
        return Track(
            names=self._names,
            rates=self.baseline.schema.rates,
            ratios=np.column_stack(list(ratios.values())),
            sums=over,
            means=sums / np.maximum(since, 1) + self._cusum.references[:, None],
            since=since,
            outcomes=outcomes,
            novelty=novelty,
        )

    def _scores(self, rows: Floats) -> Floats:
        """Return the normal scores of features and style, what they owe to the prompt taken out."""
        values = targets(rows, self._columns, self.baseline.centroid, self._chosen, self._styled)
        left = self._adjustment.residuals(rows[:, self._columns.prompt], values)
        labels = self._mix.labels(rows[:, self._columns.vector])
        left -= self.baseline.cluster_means[labels]
        named = self._rank.scores(left[:, : self._charted])
        return np.concatenate((named, self._style_rank.scores(left[:, self._charted :])), axis=1)

    def clear(self) -> None:
        """Start afresh."""
        for array in self._arrays():
            array[...] = 0

    def state(self) -> bytes:
        """Return all that changes with an event, as 8-byte little-endian floats."""
        return np.concatenate([array.ravel() for array in self._arrays()]).astype("<f8").tobytes()

    def restore(self, state: bytes) -> None:
        """Go on exactly where `state` was taken with the same baseline and limits.

        Raises:
            ValueError: it is of other charts.
        """
        values = np.frombuffer(state, "<f8")
        arrays = self._arrays()
        if len(values) != sum(array.size for array in arrays):
            raise ValueError("the state is of other charts")
        start = 0
        for array in arrays:
            array[...] = values[start : start + array.size].reshape(array.shape)
            start += array.size

    def _arrays(self) -> list[npt.NDArray[np.generic]]:
        arrays = [
            *(self._cusum.sums, self._cusum.events_since),
            *(self._novelty.sums, self._novelty.events_since),
            *(self._bernoulli.sums, self._bernoulli.events_since),
            *(self._esr.evidence.values, self._contamination.evidence.values),
        ]
        return [*arrays, *(chart.mean for chart in (self._joint, self._centroid) if chart)]


def _mewma(joint: Joint | None, weight: float = 0.02) -> MEWMA | None:
    if joint is None:
        return None
    return MEWMA(
        joint.center,
        joint.whitening if joint.whitening.size else np.eye(len(joint.center)),
        threshold=joint.threshold,
        page_threshold=joint.page_threshold,
        weight=weight,
    )
