"""Panels that stand on more than one dashboard, each under a number of that dashboard."""

from grafana_foundation_sdk.builders import stat, timeseries

from dashboards import common, rule
from dashboards.common import above, now, query
from dashboards.query import of, quantile, rate, ruled
from processor import metrics

AGE_LIMITS = above(60, 300)
"""Seconds at which verdicts are late, and from which on somebody is paged."""


def age_stat(number: int) -> stat.Panel:
    return common.stat_panel(
        number,
        "Verdict age, p95",
        "How old a record is when its verdict is out, by the record's Kafka timestamp. Above five "
        "minutes it pages: every other figure is as old.",
        now(quantile(0.95, metrics.EVENT_AGE)),
        unit="s",
        thresholds=AGE_LIMITS,
        no_value="nothing judged",
    )


def lag_timeseries(number: int) -> timeseries.Panel:
    return common.timeseries_panel(
        number,
        "Lag by topic",
        "Records not yet acknowledged. What matters is whether it grows. Of one topic alone: that "
        "stage is behind.",
        query(f"sum by (topic) ({of(metrics.LAG)})", "{{topic}}"),
        unit="short",
        thresholds=above(1_000, 10_000),
        no_value="no worker",
    )


def unjudged_timeseries(number: int) -> timeseries.Panel:
    return common.timeseries_panel(
        number,
        "Could not be judged, 1 h",
        "Answers that an objective could not be held against: no passages, no session, a failed "
        "detector. They count neither as good nor as bad: if this rises, the lines above are about "
        "fewer answers.",
        query(ruled(rule.UNJUDGED_1H), "{{slo}} {{app}} {{route}}"),
        unit="percentunit",
        thresholds=above(0.2, 0.5),
        no_value="no answers",
        maximum=1,
    )


def failures_timeseries(number: int) -> timeseries.Panel:
    return common.timeseries_panel(
        number,
        "Detector failures a second",
        "Answers that a detector raised on, by exception: they are unscored, never passed. The "
        "others of their batch are judged.",
        query(
            rate(metrics.DETECTOR_FAILURES, by=["detector", "reason"]), "{{detector}} {{reason}}"
        ),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="none failed",
    )
