"""What has changed, since when, and what was deployed before it."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common
from dashboards.common import above, column, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import of, quantile, rate
from processor import metrics

# At 1 a chart alarms; a cause is over when its charts have fallen to half of that.
_RATIO = ((None, "green"), (0.5, "orange"), (1.0, "red"))
_SERIES = "{{app}} {{route}} {{model}}"
_TIER = common.value_names({"page": ("page", "red"), "warn": ("warn", "orange")})
_READY = common.value_names({"0": ("no baseline yet", "orange"), "1": ("watched", "green")})


def dashboard() -> Dashboard:
    """Return the dashboard of the series."""
    return build(
        "semwatch-drift",
        "What has changed, since when, and what was deployed before it.",
        [
            Row(
                100,
                "Has something changed?",
                4,
                [
                    (latched_stat(101, "page", "red"), 4),
                    (latched_stat(102, "warn", "orange"), 4),
                    (statistic_stat(), 4),
                    (unwatched_stat(), 4),
                    (age_stat(), 4),
                    (change_stat(), 4),
                ],
            ),
            Row(
                200,
                "For whom, and since when?",
                8,
                [(series_table(), 12), (alarm_timeline(), 12)],
            ),
            Row(
                300,
                "Evidence: each chart against its threshold",
                9,
                [
                    (chart_timeseries(301, "e_sr|contamination|mewma", "Answers", "They page."), 8),
                    (
                        chart_timeseries(
                            302, "cusum|bernoulli", "Answers, one by one; rates", _WARN
                        ),
                        8,
                    ),
                    (chart_timeseries(303, "centroid|novelty", "Prompts", _PROMPTS), 8),
                ],
            ),
            Row(
                400,
                "Cause: what was deployed, and which score moved",
                9,
                [(changes_table(), 8), (running_table(), 8), (alarms_table(), 8)],
            ),
            Row(
                500,
                "Cause: the scores themselves",
                9,
                [(recent_timeseries(), 12), (window_timeseries(), 12)],
            ),
            Row(
                600,
                "Pipeline: is every series watched?",
                8,
                [(baseline_timeseries(), 8), (seconds_timeseries(), 8), (refused_timeseries(), 8)],
            ),
        ],
    )


_WARN = "CUSUM warns early, one feature at a time; rates of outcomes page."
_PROMPTS = "Users ask something else: they warn, and are no fault of the bot."


def latched_stat(number: int, tier: str, colour: str) -> stat.Panel:
    latched = of(metrics.DRIFT_ALARM, f'tier="{tier}"')
    return common.stat_panel(
        number,
        {"page": "Series that page", "warn": "Series that warn"}[tier],
        "Series with an alarm that has not come to an end. The alarm on `semwatch.alarms` names "
        "the cause, what moved, the change point, and events from before and after it.",
        now(f"sum(max by (app, route, model) ({latched}))"),
        unit="short",
        thresholds=common.any_is_bad(colour),
        no_value="no series",
    )


def statistic_stat() -> stat.Panel:
    return common.stat_panel(
        103,
        "Nearest to alarm",
        "The largest statistic over its threshold, of all charts of all series; at 1 it alarms.",
        now(f"max({of(metrics.DRIFT_STATISTIC)})"),
        unit="none",
        decimals=2,
        thresholds=_RATIO,
        no_value="no baseline yet",
    )


def unwatched_stat() -> stat.Panel:
    return common.stat_panel(
        104,
        "Series without baseline",
        "Nothing is compared there yet: drift cannot be seen.",
        now(f"count({of(metrics.DRIFT_READY)}) - sum({of(metrics.DRIFT_READY)})"),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value="no series",
    )


def age_stat() -> stat.Panel:
    return common.stat_panel(
        105,
        "Oldest baseline",
        "How long ago the last answer of the oldest baseline was given. An old one is no fault; a "
        "young one may have learned the incident as normal.",
        now(f"time() - min({of(metrics.DRIFT_BASELINE_TIME)})"),
        unit="s",
        thresholds=((None, "text"), (90 * 86_400, "orange")),
        no_value="no baseline yet",
    )


def change_stat() -> stat.Panel:
    return common.stat_panel(
        106,
        "Last change of provenance",
        "When a model, prompt, retrieval snapshot or sampling last changed: the first suspect.",
        now(f"max({of(metrics.PROVENANCE_CHANGED)}) * 1000"),
        unit="dateTimeFromNow",
        thresholds=((None, "blue"),),
        no_value="none seen",
    )


def series_table() -> table.Panel:
    by = "by (app, route, model)"
    return common.table_panel(
        201,
        "Series, nearest to alarm first",
        "Where each series stands against its baseline. What is not compared cannot drift.",
        rows(f"max {by} ({of(metrics.DRIFT_STATISTIC)})"),
        rows(f"max {by} ({of(metrics.DRIFT_READY)})"),
        rows(f"max {by} ({of(metrics.DRIFT_BASELINE_TIME)}) * 1000"),
        rows(f"max {by} ({of(metrics.DRIFT_BASELINE_EVENTS)})"),
        rows(f"max {by} ({of(metrics.DRIFT_COMPARED)})"),
        no_value="-",
        columns={
            "app": "App",
            "route": "Route",
            "model": "Model",
            "Value #A": "Nearest chart",
            "Value #B": "State",
            "Value #C": "Baseline",
            "Value #D": "of events",
            "Value #E": "Compared",
        },
        sort=("Nearest chart", True),
        styles={
            "Nearest chart": column("none", _RATIO, decimals=2),
            "State": column("none", mapping=_READY, width=90),
            "Baseline": column("dateTimeFromNow", width=110),
            "of events": column("short", decimals=0, width=80),
            "Compared": column("short", decimals=0, width=85),
            "Route": column("string", width=80),
        },
    )


def alarm_timeline() -> statetimeline.Panel:
    state = "max by (app, route, model, family)"
    page, warn = (of(metrics.DRIFT_ALARM, f'tier="{tier}"') for tier in ("page", "warn"))
    return common.timeline_panel(
        202,
        "Alarm state",
        "From when to when an alarm about answers (output), prompts (input) or rates was up. The "
        "change itself lies before it: where the charts below begin to climb.",
        query(f"{state} (2 * {page} or {warn})", "{{family}}: " + _SERIES),
        states={"0": ("calm", "green"), "1": ("warn", "orange"), "2": ("page", "red")},
        thresholds=((None, "green"), (1, "orange"), (2, "red")),
        no_value="no series",
    )


def chart_timeseries(number: int, charts: str, what: str, hint: str) -> timeseries.Panel:
    chosen = of(metrics.DRIFT_STATISTIC, f'chart=~"{charts}"')
    return common.timeseries_panel(
        number,
        f"{what}: statistic over threshold",
        f"At 1 the chart alarms; the alarm is over below a half. {hint} The change is where the "
        "line left the ground.",
        query(f"max by (app, route, model, chart) ({chosen})", "{{chart}}: " + _SERIES),
        unit="none",
        thresholds=_RATIO,
        no_value="no baseline yet",
    )


def changes_table() -> table.Panel:
    return common.table_panel(
        401,
        "Last changes of provenance",
        "What of a route changed, and when; blue on every chart.",
        rows(f"max by (app, route, field) ({of(metrics.PROVENANCE_CHANGED)}) * 1000"),
        no_value="",
        columns={"app": "App", "route": "Route", "field": "What", "Value": "Changed"},
        sort=("Changed", True),
        styles={"Changed": column("dateTimeFromNow")},
    )


def running_table() -> table.Panel:
    by = "by (app, route, model, prompt_version, retrieval_snapshot)"
    return common.table_panel(
        402,
        "What answers now",
        "The newest provenance seen of each route.",
        rows(f"max {by} ({of(metrics.PROVENANCE_INFO)})"),
        no_value="not logged",
        columns={
            "app": "App",
            "route": "Route",
            "model": "Model",
            "prompt_version": "Prompt",
            "retrieval_snapshot": "Retrieval",
        },
    )


def alarms_table() -> table.Panel:
    alarms = of(metrics.DRIFT_ALARMS)
    # A first alarm is a series that begins at 1, which is no increase.
    told = f"({alarms} unless {alarms} offset $__range) or increase({alarms}[$__range])"
    return common.table_panel(
        403,
        "Alarms by cause",
        "Published in the time shown above: input_mix is about prompts, the others about answers. "
        "Each lies on `semwatch.alarms` with its change point and events from both sides of it.",
        rows(f"sum by (tier, cause, app, route) ({told}) > 0"),
        no_value="",
        columns={"tier": "Tier", "cause": "Cause", "app": "App", "route": "Route", "Value": "Told"},
        sort=("Told", True),
        styles={
            "Tier": column("string", mapping=_TIER, width=70),
            "Told": column("short", decimals=0, width=70),
        },
    )


def recent_timeseries() -> timeseries.Panel:
    by = "by (app, route, model, signal)"
    scores = of(metrics.DRIFT_RECENT_MEAN, 'signal!="log_length"')
    return common.timeseries_panel(
        501,
        "Recent mean of each score",
        "Of about the last 20 answers; a step here is what the charts above have seen. The length "
        "of answers, on a scale of its own, is not shown.",
        query(f"avg {by} ({scores})", "{{signal}}: {{app}} {{route}}"),
        unit="none",
        no_value="no series",
        aside=True,
    )


def window_timeseries() -> timeseries.Panel:
    by = "by (app, route, model, signal)"
    return common.timeseries_panel(
        502,
        "Adaptive window, in answers",
        "How many of the last answers are alike (ADWIN). It collapses at a change, to the number "
        "of answers since.",
        query(f"max {by} ({of(metrics.DRIFT_EVENTS)})", "{{signal}}: {{app}} {{route}}"),
        unit="short",
        no_value="no series",
        aside=True,
    )


def baseline_timeseries() -> timeseries.Panel:
    by = "by (app, route, model)"
    return common.timeseries_panel(
        601,
        "Answers gathered for the next baseline",
        "Rises to `drift.baseline_events` and falls to 0 when the baseline is made.",
        query(f"max {by} ({of(metrics.DRIFT_COLLECTED)})", _SERIES),
        unit="short",
        no_value="no series",
    )


def seconds_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        602,
        "Time for a batch of scores, p95",
        "From taking it to acknowledging it.",
        query(quantile(0.95, metrics.BATCH_SECONDS, 'stage="drift"'), "p95"),
        unit="s",
        thresholds=above(2.5, 10),
        no_value="no batches",
    )


def refused_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        603,
        "Scores that no series took",
        "max_series: the worker holds as many as it may; resets: series that began afresh because "
        "their state could not be read.",
        query(rate(metrics.DRIFT_REFUSED, by=["reason"]), "{{reason}}"),
        query(rate(metrics.DRIFT_RESETS), "resets"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="none",
    )
