"""Is anything wrong, for whom, and since when."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common, rule
from dashboards.common import above, below, column, link_to, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import (
    alerts,
    burn,
    firing_since,
    increase,
    of,
    or_zero_if_watched,
    rate,
    ruled,
)
from dashboards.repeated import age_stat, lag_timeseries, unjudged_timeseries
from processor import metrics

_PAGE, _TICKET = 'severity="page"', 'severity="ticket"'
_TOLD = 'severity=~"page|ticket"'
_OF_AN_APP = 'app!=""'
_NOT_WATCHED = "rules do not run"
_SEVERITY = common.value_names({"page": ("page", "red"), "ticket": ("ticket", "orange")})


def dashboard() -> Dashboard:
    """Return the dashboard to open first."""
    return build(
        "semwatch-overview",
        "Is anything wrong, for whom, and since when.",
        [
            Row(
                100,
                "Is anything wrong?",
                4,
                [
                    (pages_stat(), 4),
                    (tickets_stat(), 4),
                    (since_stat(), 4),
                    (apps_stat(), 4),
                    (burn_stat(), 4),
                    (age_stat(106), 4),
                ],
            ),
            Row(
                200, "For whom, and since when?", 8, [(alerts_table(), 12), (alerts_timeline(), 12)]
            ),
            Row(
                300,
                "Evidence: objectives",
                9,
                [(objectives_table(), 24), (burn_timeseries(), 12), (budget_timeseries(), 12)],
            ),
            Row(
                400,
                "Cause: drift, changes and rules",
                8,
                [(drift_timeseries(), 8), (changes_table(), 8), (violations_timeseries(), 8)],
            ),
            Row(
                500,
                "Pipeline: can this page be trusted?",
                7,
                [
                    (answers_timeseries(), 8),
                    (unjudged_timeseries(502), 8),
                    (lag_timeseries(503), 8),
                ],
            ),
        ],
    )


def pages_stat() -> stat.Panel:
    return common.stat_panel(
        101,
        "Pages firing",
        "Alerts that page somebody. Empty when Prometheus does not evaluate semwatch's rules: "
        "the watchdog is missing then, and 0 would be a lie.",
        now(or_zero_if_watched(f"count({alerts(_PAGE)})")),
        unit="short",
        thresholds=common.any_is_bad(),
        no_value=_NOT_WATCHED,
    )


def tickets_stat() -> stat.Panel:
    return common.stat_panel(
        102,
        "Tickets firing",
        "Alerts that can wait for working hours.",
        now(or_zero_if_watched(f"count({alerts(_TICKET)})")),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value=_NOT_WATCHED,
    )


def since_stat() -> stat.Panel:
    return common.stat_panel(
        103,
        "Wrong since",
        "When the oldest of the firing pages and tickets began.",
        now(f"min({firing_since(_TOLD)}) * 1000"),
        unit="dateTimeFromNow",
        thresholds=((None, "red"),),
        no_value="nothing fires",
    )


def apps_stat() -> stat.Panel:
    return common.stat_panel(
        104,
        "Apps concerned",
        "Apps with a page or ticket.",
        now(or_zero_if_watched(f"count(count by (app) ({alerts(_TOLD, _OF_AN_APP)}))")),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value=_NOT_WATCHED,
    )


def burn_stat() -> stat.Panel:
    return common.stat_panel(
        105,
        "Worst burn, 1 h",
        "How many times faster than allowed the worst app and route spends the error budget of an "
        "objective. 1 spends it exactly; 14.4 spends 2 % of 30 days in this hour and pages; an "
        "objective that leaves much pages from 4 on.",
        now(f"max({burn(rule.BAD_1H)})"),
        unit="none",
        decimals=1,
        thresholds=common.BURN,
        no_value="no answers",
    )


def alerts_table() -> table.Panel:
    return common.table_panel(
        201,
        "Firing alerts",
        "What fires, for which app and route, and since when; an alert without an app is about "
        "the whole pipeline. The app leads to its signals, the route to its drift.",
        rows(
            _short(f"max by (severity, alertname, app, route, slo) ({firing_since(_TOLD)}) * 1000")
        ),
        no_value="",
        columns={
            "severity": "Severity",
            "alertname": "Alert",
            "app": "App",
            "route": "Route",
            "slo": "Objective",
            "Value": "Since",
        },
        sort=("Since", False),
        styles={
            "Severity": column("string", mapping=_SEVERITY, width=75),
            "Alert": column("string", width=215),
            "Objective": column("string", width=150),
            "App": column("string", links=[link_to("semwatch-signals", "Signals", "App")]),
            "Route": column(
                "string", width=75, links=[link_to("semwatch-drift", "Drift", "App", "Route")]
            ),
            "Since": column("dateTimeFromNow"),
        },
    )


def alerts_timeline() -> statetimeline.Panel:
    return common.timeline_panel(
        202,
        "Alerts over time",
        "When which page and ticket fired; what began first stands at the left.",
        query(
            _short(
                f"max by (alertname, app, route) ({alerts(_PAGE)}) * 2 "
                f"or max by (alertname, app, route) ({alerts(_TICKET)})"
            ),
            "{{alertname}} {{app}} {{route}}",
        ),
        states={"1": ("ticket", "orange"), "2": ("page", "red")},
        thresholds=((None, "green"), (1, "orange"), (2, "red")),
        no_value="nothing fired",
    )


def objectives_table() -> table.Panel:
    by = "by (app, route, slo)"
    return common.table_panel(
        301,
        "Objectives by app and route, worst first",
        "Bad answers of those that could be judged, against what the objective allows. Burn is "
        "one over the other; where it is large and few were judged, look at the next panel first.",
        rows(f"max {by} ({burn(rule.BAD_1H)})"),
        rows(f"max {by} ({burn(rule.BAD_6H)})"),
        rows(f"max {by} ({ruled(rule.BAD_1H)})"),
        rows(f"max {by} ({ruled(rule.BAD_1H)} * 0 + on (slo) group_left () {rule.BUDGET.name})"),
        rows(f"max {by} ({ruled(rule.JUDGED_1H)})"),
        rows(f"max {by} ({ruled(rule.UNJUDGED_1H)})"),
        no_value="-",
        columns={
            "app": "App",
            "route": "Route",
            "slo": "Objective",
            "Value #A": "Burn, 1 h",
            "Value #B": "Burn, 6 h",
            "Value #C": "Bad, 1 h",
            "Value #D": "Allowed",
            "Value #E": "Judged, 1 h",
            "Value #F": "Could not be judged",
        },
        sort=("Burn, 1 h", True),
        styles={
            "App": column("string", links=[link_to("semwatch-signals", "Signals", "App")]),
            "Route": column(
                "string", links=[link_to("semwatch-signals", "Signals", "App", "Route")]
            ),
            "Burn, 1 h": column("none", common.BURN, decimals=1),
            "Burn, 6 h": column("none", common.BURN, decimals=1),
            "Bad, 1 h": column("percentunit", decimals=1),
            "Allowed": column("percentunit", decimals=1),
            "Judged, 1 h": column("short", decimals=0),
            "Could not be judged": column("percentunit", above(0.2, 0.5), decimals=1),
        },
    )


def burn_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        302,
        "Burn of the error budgets, 1 h",
        "Share of bad answers over the share that the objective allows. Above 1 the budget is "
        "spent too fast; from 4 on the widest objectives page, at 14.4 all.",
        query(burn(rule.BAD_1H), "{{slo}} {{app}} {{route}}"),
        unit="none",
        thresholds=common.BURN,
        no_value="no answers",
        aside=True,
    )


def budget_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        303,
        "Budget left, over 3 days",
        "What is left of the bad answers that three days allow; below 0 the objective is missed.",
        query(f"1 - {burn(rule.BAD_3D)}", "{{slo}} {{app}} {{route}}"),
        unit="percentunit",
        thresholds=below(0, 0.5),
        no_value="no answers",
        maximum=1,
        aside=True,
    ).min(-1)


def drift_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        401,
        "Drift: statistic over threshold",
        "The chart that is nearest to its alarm, by app and route; at 1 it alarms.",
        query(f"max by (app, route) ({of(metrics.DRIFT_STATISTIC)})", "{{app}} {{route}}"),
        unit="none",
        thresholds=above(0.7, 1.0),
        no_value="no baseline yet",
    )


def changes_table() -> table.Panel:
    return common.table_panel(
        402,
        "Last changes of provenance",
        "When the model, prompt, retrieval snapshot or sampling of a route last changed: "
        "the first suspects. They are marked in blue on every chart.",
        rows(f"max by (app, route, field) ({of(metrics.PROVENANCE_CHANGED)}) * 1000"),
        no_value="",
        columns={"app": "App", "route": "Route", "field": "What", "Value": "Changed"},
        sort=("Changed", True),
        styles={
            "Changed": column("dateTimeFromNow"),
            "App": column("string", links=[link_to("semwatch-drift", "Drift", "App")]),
        },
    )


def violations_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        403,
        "Policy violations",
        "Answers that break a rule, by severity; critical pages at the first.",
        query(
            increase(metrics.POLICY_VIOLATIONS, by=["severity"], over="$__rate_interval"),
            "{{severity}}",
        ),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value="no rules in use",
        stacked=True,
        paint=common.SEVERITIES,
    )


def answers_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        501,
        "Answers judged a second",
        "By app and route. A route that falls silent is not a healthy one.",
        query(rate(metrics.EVENTS, by=["app", "route"]), "{{app}} {{route}}"),
        unit="eps",
        no_value="no answers",
        stacked=True,
    )


def _short(expression: str) -> str:
    """Leave out what all our alerts are called."""
    return f'label_replace({expression}, "alertname", "$1", "alertname", "Semwatch(.+)")'
