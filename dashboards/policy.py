"""Which rules are broken, by whom, and whether the rules themselves run."""

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import common, rule
from dashboards.common import above, column, link_to, now, query, rows
from dashboards.frame import Row, build
from dashboards.query import burn, increase, of, rate, ruled
from processor import metrics

_POLICY = 'slo="policy"'
_SEVERITIES = common.value_names({name: (name, c) for name, c in common.SEVERITIES.items()})


def dashboard() -> Dashboard:
    """Return the dashboard of the policy rules."""
    return build(
        "semwatch-policy",
        "Which rules are broken, by whom, and whether the rules themselves run.",
        [
            Row(
                100,
                "Is a rule broken?",
                4,
                [
                    (violations_stat(101, "critical"), 4),
                    (violations_stat(102, "high"), 4),
                    (violations_stat(103, "medium"), 4),
                    (burn_stat(), 4),
                    (rules_stat(), 4),
                    (stale_stat(), 4),
                ],
            ),
            Row(
                200,
                "Evidence: violations",
                9,
                [(violations_table(), 12), (violations_timeseries(), 12)],
            ),
            Row(
                300,
                "Cause: by rule and route, against the objective",
                9,
                [(bad_timeseries(), 8), (rules_timeseries(), 8), (echoes_timeseries(), 8)],
            ),
            Row(
                400,
                "Pipeline: do the rules run, and what do they cost?",
                8,
                [(errors_timeseries(), 8), (cost_timeseries(), 8), (reloads_timeseries(), 8)],
            ),
        ],
    )


def violations_stat(number: int, severity: str) -> stat.Panel:
    return common.stat_panel(
        number,
        f"{severity.capitalize()} violations",
        f"Answers that break a rule of severity {severity}, in the time shown above.",
        now(increase(metrics.POLICY_VIOLATIONS, f'severity="{severity}"')),
        unit="short",
        decimals=0,
        thresholds=((None, "green"), (0.5, common.SEVERITIES[severity])),
        no_value="no such rule",
    )


def burn_stat() -> stat.Panel:
    return common.stat_panel(
        104,
        "Policy: burn, 1 h",
        "How many times faster than allowed the worst app and route spends the error budget of the "
        "policy objective; 14.4 pages.",
        now(f"max({burn(rule.BAD_1H, _POLICY)})"),
        unit="none",
        decimals=1,
        thresholds=common.BURN,
        no_value="no answers",
    )


def rules_stat() -> stat.Panel:
    return common.stat_panel(
        105,
        "Rules in use",
        "By the worker that has the fewest. None means that nothing is held against any rule.",
        now(f"min({of(metrics.POLICY_RULES)})"),
        unit="short",
        thresholds=((None, "red"), (1, "green")),
        no_value="no worker",
    )


def stale_stat() -> stat.Panel:
    names = common.value_names({"0": ("as in the files", "green"), "1": ("OLDER", "red")})
    return common.stat_panel(
        106,
        "Rule files",
        "Whether the files hold a change that cannot be used, so that older rules are in use; the "
        "log of the worker says why, and so does `semwatch policy test`.",
        now(f"max({of(metrics.POLICY_STALE)})"),
        unit="none",
        thresholds=common.any_is_bad(),
        no_value="no worker",
    ).mappings([names])


def violations_table() -> table.Panel:
    counted = increase(metrics.POLICY_VIOLATIONS, by=["severity", "rule", "app", "route"])
    return common.table_panel(
        201,
        "Broken rules",
        "In the time shown above. The verdicts on `semwatch.verdicts` name the place.",
        rows(f"{counted} > 0.5"),
        no_value="",
        columns={
            "severity": "Severity",
            "rule": "Rule",
            "app": "App",
            "route": "Route",
            "Value": "Answers",
        },
        sort=("Answers", True),
        styles={
            "Severity": column("string", mapping=_SEVERITIES, width=90),
            "Answers": column("short", decimals=0, width=90),
            "Route": column(
                "string", links=[link_to("semwatch-signals", "Signals", "App", "Route")]
            ),
        },
    )


def violations_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        202,
        "Violations a second",
        "By severity. A critical one pages at the first.",
        query(rate(metrics.POLICY_VIOLATIONS, by=["severity"]), "{{severity}}"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="no rules in use",
        stacked=True,
        aside=True,
        paint=common.SEVERITIES,
    )


def bad_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        301,
        "Answers that break a rule",
        "Share of the judged: of the last five minutes, and what of the last hour is surely bad "
        "(97.5 % lower bound). The dashed line is what the objective allows.",
        query(ruled(rule.BAD_5M, _POLICY), "{{app}} {{route}}, 5 min"),
        query(ruled(rule.SURELY_BAD_1H, _POLICY), "{{app}} {{route}}, 1 h at least"),
        query(f"max({ruled(rule.BUDGET, _POLICY)})", common.SLO_LINE),
        unit="percentunit",
        no_value="no answers",
    )


def rules_timeseries() -> timeseries.Panel:
    counted = rate(metrics.POLICY_VIOLATIONS, by=["rule", "app", "route"])
    return common.timeseries_panel(
        302,
        "Most broken rules",
        "Violations a second of the five rules and routes that have the most.",
        query(f"topk(5, {counted}) > 0", "{{rule}} {{app}} {{route}}"),
        unit="eps",
        thresholds=common.any_is_bad("orange"),
        no_value="none broken",
    )


def echoes_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        303,
        "Only echoed",
        "Answers in which a rule found only what the prompt or a passage holds already. Not a "
        "violation; many of them are an attack, or a rule that is too wide.",
        query(f"topk(5, {rate(metrics.POLICY_ECHOES, by=['rule'])}) > 0", "{{rule}}"),
        unit="eps",
        no_value="none",
    )


def errors_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        401,
        "Rules that could not run",
        "Answers a second; none of them counts as passed.",
        query(f"{rate(metrics.POLICY_ERRORS, by=['rule'])} > 0", "{{rule}}"),
        unit="eps",
        thresholds=common.any_is_bad(),
        no_value="all run",
    )


def cost_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        402,
        "Most expensive rules",
        "Seconds of work a second, the five highest; the keyword search that all share is not in "
        "it. A rule that takes 0.1 takes a tenth of a core.",
        query(f"topk(5, {rate(metrics.POLICY_SECONDS, by=['rule'])})", "{{rule}}"),
        unit="percentunit",
        thresholds=above(0.1, 0.5),
        no_value="no rules in use",
    )


def reloads_timeseries() -> timeseries.Panel:
    return common.timeseries_panel(
        403,
        "Changes of watched files",
        "Rules, catalogue and intents are read again when they change; refused means that the old "
        "ones stay.",
        query(
            increase(metrics.RELOADS, by=["file", "outcome"], over="$__rate_interval"),
            "{{file}} {{outcome}}",
        ),
        unit="short",
        no_value="none changed",
    )
