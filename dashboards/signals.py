"""What is wrong with the answers: each objective against its line, and the scores behind it."""

from grafana_foundation_sdk.builders import heatmap, stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common, rule
from dashboards.common import above, column, link_to, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import buckets, burn, of, quantile, rate, ruled
from dashboards.repeated import failures_timeseries, unjudged_timeseries
from processor import metrics

# What users ask for is no fault of an answer; it has a dashboard of its own.
_ANSWERS = 'signal!="intent"'
_BAD = (_ANSWERS, 'verdict="bad"')
_JUDGED = (_ANSWERS, 'verdict=~"good|bad"')


def dashboard() -> Dashboard:
    """Return the dashboard of single answers."""
    return build(
        "semwatch-signals",
        "What is wrong with the answers, and with which.",
        [
            Row(
                100,
                "Which objective is missed?",
                4,
                [
                    (burn_stat(101, "hallucination"), 6),
                    (burn_stat(102, "grounding"), 6),
                    (burn_stat(103, "commercial_claims"), 6),
                    (burn_stat(104, "policy"), 6),
                ],
            ),
            Row(
                200,
                "Evidence: bad answers against the objective",
                9,
                [
                    (bad_timeseries(201, "hallucination", "Hallucinated answers"), 8),
                    (bad_timeseries(202, "grounding", "Ungrounded answers"), 8),
                    (bad_timeseries(203, "commercial_claims", "Unauthorised promises"), 8),
                ],
            ),
            Row(
                300,
                "Cause: the scores",
                9,
                [
                    (
                        score_heatmap(301, "hallucination", "1 surely says what nothing supports."),
                        8,
                    ),
                    (score_heatmap(302, "grounding", "1 is fully supported by the passages."), 8),
                    (grounding_timeseries(), 8),
                ],
            ),
            Row(
                400,
                "Cause: every signal",
                10,
                [(signals_table(), 10), (signals_timeseries(), 14)],
            ),
            Row(
                500,
                "Pipeline: what could not be judged",
                8,
                [
                    (unjudged_timeseries(501), 8),
                    (verdicts_timeseries(), 8),
                    (failures_timeseries(503), 8),
                ],
            ),
            Row(
                600,
                "Afterwards: what must not become training data",
                8,
                [(eligible_timeseries(), 10), (exclusions_timeseries(), 14)],
            ),
        ],
    )


def burn_stat(number: int, slo: str) -> stat.Panel:
    objective = f'slo="{slo}"'
    return common.stat_panel(
        number,
        f"{slo.replace('_', ' ').capitalize()}: burn, 1 h",
        "How many times faster than allowed the worst app and route spends this error budget: 1 "
        "spends it exactly; from 4 on the widest objectives page, at 14.4 all.",
        now(f"max({burn(rule.BAD_1H, objective)})"),
        unit="none",
        decimals=1,
        thresholds=common.BURN,
        no_value="no answers",
    )


def bad_timeseries(number: int, slo: str, title: str) -> timeseries.Panel:
    objective = f'slo="{slo}"'
    return common.timeseries_panel(
        number,
        title,
        "Share of the answers that could be judged: of the last five minutes, and what of the last "
        "hour is surely bad (97.5 % lower bound). The dashed line is what the objective allows.",
        query(ruled(rule.BAD_5M, objective), "{{app}} {{route}}, 5 min"),
        query(ruled(rule.SURELY_BAD_1H, objective), "{{app}} {{route}}, 1 h at least"),
        query(f"max({ruled(rule.BUDGET, objective)})", common.SLO_LINE),
        unit="percentunit",
        no_value="no answers",
    )


def score_heatmap(number: int, signal: str, direction: str) -> heatmap.Panel:
    asked = buckets(metrics.SCORES, f'signal="{signal}"')
    return common.heatmap_panel(
        number,
        f"{signal.capitalize()} scores",
        f"{direction} A dot is one answer's trace: follow it to the conversation.",
        query(asked, "{{le}}", exemplar=True, heat=True),
        unit="none",
    )


def grounding_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        303,
        "Grounding, worst tenth",
        "The score that a tenth of the answers falls below, over an hour, and its own median of "
        "the last six days. It alerts at 0.8 of its past, the dashed line.",
        query(
            quantile(0.10, metrics.SCORES, 'signal="grounding"', by=["app", "route"]),
            "{{app}} {{route}}, now",
            exemplar=True,
        ),
        query(ruled(rule.GROUNDING_P10), "{{app}} {{route}}, 1 h"),
        query(f"0.8 * min({ruled(rule.GROUNDING_P10_PAST)})", common.SLO_LINE),
        unit="none",
        no_value="no answers",
        maximum=1,
    )


def signals_table() -> table.Panel:
    by = "by (app, route, signal)"
    judged = f"sum {by} (increase({of(metrics.JUDGEMENTS, *_JUDGED)}[$__range]))"
    bad = f"sum {by} (increase({of(metrics.JUDGEMENTS, *_BAD)}[$__range]))"
    return common.table_panel(
        401,
        "Signals, worst first",
        "Over the time shown above: the share of bad ones, and of how many.",
        rows(f"{bad} / ({judged} > 0)"),
        rows(judged),
        no_value="-",
        columns={
            "app": "App",
            "route": "Route",
            "signal": "Signal",
            "Value #A": "Bad",
            "Value #B": "Judged",
        },
        sort=("Bad", True),
        styles={
            "Signal": column("string", width=190),
            "Bad": column("percentunit", above(0.02, 0.1), decimals=1),
            "Judged": column("short", decimals=0),
            "Route": column("string", links=[link_to("semwatch-drift", "Drift", "App", "Route")]),
        },
    )


def signals_timeseries() -> timeseries.Panel:
    by = ["signal"]
    bad = rate(metrics.JUDGEMENTS, *_BAD, by=by)
    judged = rate(metrics.JUDGEMENTS, *_JUDGED, by=by)
    return common.timeseries_panel(
        402,
        "Bad by signal",
        "Share of the judged. Several that rise together are one cause; the first to rise is the "
        "nearest to it.",
        query(f"{bad} / ({judged} > 0)", "{{signal}}"),
        unit="percentunit",
        no_value="no answers",
        maximum=1,
        aside=True,
    )


def verdicts_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        502,
        "Judgements a second by verdict",
        "Of all signals; measured is neither good nor bad.",
        query(rate(metrics.JUDGEMENTS, by=["verdict"]), "{{verdict}}"),
        unit="eps",
        no_value="no answers",
        stacked=True,
        paint={"good": "green", "bad": "red", "unknown": "orange", "measured": "blue"},
    )


def eligible_timeseries() -> timeseries.Panel:
    by = ["app", "route"]
    eligible = rate(metrics.TRAINING, 'eligible="true"', by=by)
    return common.timeseries_panel(
        601,
        "Eligible for training",
        "Share of the interactions whose answer was judged and found good; only these may become "
        "training data.",
        query(f"{eligible} / ({rate(metrics.TRAINING, by=by)} > 0)", "{{app}} {{route}}"),
        unit="percentunit",
        no_value="no answers",
        maximum=1,
    )


def exclusions_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        602,
        "Reasons against, a second",
        "Bad signals by name, and what nobody vouches for: unjudged for want of evidence, failed, "
        "altered, unresolved. An answer may have several.",
        query(rate(metrics.TRAINING_EXCLUSIONS, by=["reason"]), "{{reason}}"),
        unit="eps",
        no_value="none",
        stacked=True,
        aside=True,
    )
