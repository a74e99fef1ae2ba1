"""Whether conversations settle what users want."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import heatmap, stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common, rule
from dashboards.common import below, column, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import buckets, increase, of, quantile, rate, ruled
from processor import metrics

_SETTLED = 'outcome=~"confirmed|assumed"'
_CONFIRMED = 'outcome="confirmed"'
_RESOLUTION = 'slo="intent_resolution"'


def dashboard() -> Dashboard:
    """Return the dashboard of conversations."""
    return build(
        "semwatch-intents",
        "Whether conversations settle what users want.",
        [
            Row(
                100,
                "Do users get what they want?",
                4,
                [
                    (bound_stat(101, _lower("1d"), "at least", "confirmed"), 5),
                    (bound_stat(102, _upper("1d"), "at most", _AT_MOST), 5),
                    (share_stat(103, "escalated", "asked for a human, or were handed over"), 5),
                    (share_stat(104, "abandoned", "left after an answer that did not help"), 5),
                    (scope_stat(), 4),
                ],
            ),
            Row(
                200,
                "Evidence: outcomes",
                9,
                [(bounds_timeseries(), 8), (outcomes_timeseries(), 8), (bad_timeseries(), 8)],
            ),
            Row(
                300,
                "Cause: which intent?",
                9,
                [(intents_table(), 14), (rephrases_timeseries(), 10)],
            ),
            Row(
                400,
                "Cause: how it felt",
                9,
                [(frustration_heatmap(), 8), (seconds_timeseries(), 8), (scope_timeseries(), 8)],
            ),
            Row(
                500,
                "Pipeline: is every turn followed?",
                8,
                [(ignored_timeseries(), 8), (revoked_timeseries(), 8), (resets_timeseries(), 8)],
            ),
        ],
        since="now-24h",
    )


_AT_MOST = "confirmed, or assumed because the user left after an answer, less those that came back"


def bound_stat(number: int, bound: str, word: str, what: str) -> stat.Panel:
    return common.stat_panel(
        number,
        f"Resolved, {word}",
        f"Share of the ended intents of a day: {what}. The truth lies between the two bounds. The "
        "app that has the lowest.",
        now(f"min({bound})"),
        unit="percentunit",
        decimals=0,
        thresholds=common.NEUTRAL,
        no_value="none ended",
    )


def share_stat(number: int, outcome: str, what: str) -> stat.Panel:
    these = increase(metrics.CONVERSATION_SEGMENTS, f'outcome="{outcome}"')
    return common.stat_panel(
        number,
        outcome.capitalize(),
        f"Share of the ended intents whose users {what}, in the time shown above.",
        now(f"({these} or vector(0)) / ({increase(metrics.CONVERSATION_SEGMENTS)} > 0)"),
        unit="percentunit",
        decimals=0,
        thresholds=common.above(0.15, 0.3),
        no_value="none ended",
    )


def scope_stat() -> stat.Panel:
    return common.stat_panel(
        105,
        "Out of scope",
        "Share of the answers to questions like none of the intents, in the time shown above.",
        now(f"{increase(metrics.OUT_OF_SCOPE)} / ({increase(metrics.EVENTS)} > 0)"),
        unit="percentunit",
        decimals=0,
        thresholds=common.above(0.15, 0.3),
        no_value="no intents file",
    )


def bounds_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        201,
        "Resolved over a day",
        "Between the bounds lies the truth: below, what was confirmed; above, also what is assumed "
        "and was not revoked. The dashed line is the objective.",
        query(_lower("1d"), "{{app}}, at least"),
        query(_upper("1d"), "{{app}}, at most"),
        query(f"1 - max({ruled(rule.BUDGET, _RESOLUTION)})", common.SLO_LINE),
        unit="percentunit",
        no_value="none ended",
        maximum=1,
    )


def outcomes_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        202,
        "Ended intents a second by outcome",
        "Told ones (explicit) and inferred ones apart.",
        query(
            rate(metrics.CONVERSATION_SEGMENTS, by=["outcome", "source"]), "{{outcome}}, {{source}}"
        ),
        unit="eps",
        no_value="none ended",
        stacked=True,
    )


def bad_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        203,
        "Not resolved, by route",
        "Share of the ended intents of an hour. The dashed line is what the objective allows.",
        query(ruled(rule.BAD_1H, _RESOLUTION), "{{app}} {{route}}"),
        query(f"max({ruled(rule.BUDGET, _RESOLUTION)})", common.SLO_LINE),
        unit="percentunit",
        no_value="none ended",
        maximum=1,
    )


def intents_table() -> table.Panel:
    by = ["app", "intent"]
    ended = increase(metrics.CONVERSATION_SEGMENTS, by=by)
    rephrased = increase(metrics.CONVERSATION_REPHRASES, by=by)
    return common.table_panel(
        301,
        "Intents, worst first",
        "In the time shown above: resolved at least and at most, and how often a question had to "
        "be asked again.",
        rows(_lower("$__range", by)),
        rows(_upper("$__range", by)),
        rows(f"{rephrased} / ({ended} > 0)"),
        rows(ended),
        no_value="0",
        columns={
            "app": "App",
            "intent": "Intent",
            "Value #A": "At least",
            "Value #B": "At most",
            "Value #C": "Asked again, each",
            "Value #D": "Ended",
        },
        sort=("At most", False),
        styles={
            "At least": column("percentunit", decimals=0),
            "At most": column("percentunit", below(0.6, 0.85), decimals=0),
            "Asked again, each": column("none", decimals=2),
            "Ended": column("short", decimals=0),
        },
    )


def rephrases_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        302,
        "Questions asked again a second",
        "By intent: users who repeat themselves for want of progress.",
        query(rate(metrics.CONVERSATION_REPHRASES, by=["app", "intent"]), "{{app}} {{intent}}"),
        unit="eps",
        no_value="none",
        aside=True,
    )


def frustration_heatmap() -> heatmap.Panel:
    return common.heatmap_panel(
        401,
        "Frustration of ended intents",
        "Mean evidence in the turns that the user is not being helped; 1 is all there is.",
        query(buckets(metrics.CONVERSATION_FRUSTRATION), "{{le}}", heat=True),
        unit="none",
    )


def seconds_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        402,
        "Time until settled",
        "From the first to the last turn, of what was confirmed or assumed.",
        *(
            query(quantile(share, metrics.CONVERSATION_RESOLUTION), f"p{share * 100:.0f}")
            for share in (0.5, 0.95)
        ),
        unit="s",
        no_value="none settled",
    )


def scope_timeseries() -> timeseries.Panel:
    by = ["app", "route"]
    return common.timeseries_panel(
        403,
        "Out of scope",
        "Share of the answers to questions like none of the intents; "
        "`semwatch intents suggest` says what they are about.",
        query(
            f"{rate(metrics.OUT_OF_SCOPE, by=by)} / ({rate(metrics.EVENTS, by=by)} > 0)",
            "{{app}} {{route}}",
        ),
        unit="percentunit",
        thresholds=common.above(0.15, 0.3),
        no_value="no intents file",
        maximum=1,
    )


def ignored_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        501,
        "Turns that changed no outcome",
        "By reason: repeats after a crash and late turns are normal; max_conversations is not.",
        query(rate(metrics.TURNS_IGNORED, by=["reason"]), "{{reason}}"),
        unit="eps",
        no_value="none",
    )


def revoked_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        502,
        "Outcomes revoked",
        "By why: the user came back with the same question, or another outcome was told.",
        query(rate(metrics.CONVERSATION_REVOKED, by=["reason"]), "{{reason}}"),
        unit="eps",
        no_value="none",
    )


def resets_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        503,
        "Conversations started afresh",
        "Their stored state could not be read.",
        query(f"sum(increase({of(metrics.CONVERSATION_RESETS)}[$__rate_interval]))", "resets"),
        unit="short",
        thresholds=common.any_is_bad("orange"),
        no_value="no worker",
    )


def _lower(over: str, by: Sequence[str] = ("app",)) -> str:
    """Return the share of ended intents that were confirmed."""
    confirmed = increase(metrics.CONVERSATION_SEGMENTS, _CONFIRMED, by=by, over=over)
    ended = increase(metrics.CONVERSATION_SEGMENTS, by=by, over=over)
    return f"({confirmed} or 0 * {ended}) / ({ended} > 0)"


def _upper(over: str, by: Sequence[str] = ("app",)) -> str:
    """Return the share of ended intents that may be settled: less what was revoked."""
    settled = increase(metrics.CONVERSATION_SEGMENTS, _SETTLED, by=by, over=over)
    revoked = increase(metrics.CONVERSATION_REVOKED, _SETTLED, by=by, over=over)
    ended = increase(metrics.CONVERSATION_SEGMENTS, by=by, over=over)
    return f"(({settled} or 0 * {ended}) - ({revoked} or 0 * {ended})) / ({ended} > 0)"
