"""Rules on answers beside the objectives: grounding against its own past, policy, provenance."""

from processor import metrics
from processor.rules.duration import Clock
from processor.rules.rule import Alert, Group, Recording
from processor.rules.slo import Table

_ROUTE = ("app", "route")
_UP = 'up{job="semwatch"}'
_P10 = "app_route:semwatch_grounding_p10"
_MIN_SCORES = 100
"""Below this the worst tenth is ten answers."""
_DROP = 0.8
"""Of its own median: the edges of the buckets lie some 0.1 apart, and it must fall below one."""
_HIGH_AN_HOUR = 5
_UNJUDGED_RISE = 0.2


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return the rules that hold for every table of objectives."""
    del table
    return (
        Group("semwatch-grounding", _grounding(clock)),
        Group("semwatch-policy", (_critical(clock), _high(clock))),
        Group("semwatch-unjudged", (_unjudged(clock),)),
        Group("semwatch-provenance", (_provenance(),)),
    )


def _grounding(clock: Clock) -> tuple[Recording | Alert, ...]:
    scores = f'{metrics.SCORES.name}_bucket{{signal="grounding"}}[{clock("1h")}]'
    count = f'{metrics.SCORES.name}_count{{signal="grounding"}}[{clock("1h")}]'
    p10 = Recording(
        f"{_P10}:ratio_1h",
        f"histogram_quantile(0.10, sum by (app, route, le) (rate({scores})))",
    )
    past = Recording(
        f"{_P10}:median_6d",
        f"quantile_over_time(0.5, {_P10}:ratio_1h[{clock('6d')}] offset {clock('1d')})",
    )
    dropped = Alert(
        name="SemwatchGroundingDropped",
        expr=(
            f"{_P10}:ratio_1h < {_DROP} * {_P10}:median_6d\n"
            f"and sum by (app, route) (increase({count})) >= {_MIN_SCORES}"
        ),
        severity="ticket",
        category="semantic",
        by=_ROUTE,
        summary="The worst answers of {app}/{route} are less grounded than they were",
        description=(
            "The tenth percentile of the grounding score on {app}/{route} over an hour lies more "
            "than a fifth below the median of its own last six days."
        ),
        dashboard="semwatch-signals",
        hold="15m",
        keep="15m",
    )
    return (p10, past, dropped)


def _critical(clock: Clock) -> Alert:
    """Page on the first violation.

    A series born at 1 never rose for Prometheus, so a new one counts as well; but not where the
    worker was not watched five minutes ago, or every old total would page after a gap.
    """
    counted = f'{metrics.POLICY_VIOLATIONS.name}{{severity="critical"}}'
    five = clock("5m")
    return Alert(
        name="SemwatchPolicyViolationCritical",
        expr=(
            "sum by (app, route, rule) (\n"
            f"  increase({counted}[{five}]) > 0\n"
            "  or (\n"
            f"    ({counted} unless {counted} offset {five}) > 0\n"
            f"    and on (job, instance) {_UP} offset {five} == 1\n"
            "  )\n"
            ")"
        ),
        severity="page",
        category="semantic",
        by=("app", "route", "rule"),
        summary="An answer of {app}/{route} broke the critical rule {rule}",
        description=(
            "At least one answer on {app}/{route} broke {rule}, a rule of which a single "
            "violation is an incident."
        ),
        dashboard="semwatch-policy",
        keep="30m",
        labels={"slo": "policy"},
    )


def _high(clock: Clock) -> Alert:
    counted = f'{metrics.POLICY_VIOLATIONS.name}{{severity="high"}}[{clock("1h")}]'
    return Alert(
        name="SemwatchPolicyViolationsHigh",
        # increase() interpolates.
        expr=f"sum by (app, route, rule) (increase({counted})) > {_HIGH_AN_HOUR - 0.5:g}",
        severity="ticket",
        category="semantic",
        by=("app", "route", "rule"),
        summary="Answers of {app}/{route} keep breaking the rule {rule}",
        description=f"At least {_HIGH_AN_HOUR} answers on {{app}}/{{route}} broke {{rule}} "
        "within an hour.",
        dashboard="semwatch-policy",
        # Whoever is paged for the same answers needs no ticket beside.
        hold="5m",
        keep="30m",
        labels={"slo": "policy"},
    )


def _unjudged(clock: Clock) -> Alert:
    """Compare with a day ago: a bot without passages is never judged, and that is no news."""
    share = "app_route_slo:semwatch_unjudged:ratio_rate1h"
    return Alert(
        name="SemwatchUnjudgedRising",
        expr=f"{share} - {share} offset {clock('1d')} > {_UNJUDGED_RISE}",
        severity="ticket",
        category="pipeline",
        by=("app", "route", "slo"),
        summary="Fewer answers of {app}/{route} can be judged for {slo}",
        description=(
            "Of the answers on {app}/{route}, many more cannot be judged for {slo} than a day "
            "ago: passages, texts or a detector are missing."
        ),
        dashboard="semwatch-signals",
        hold="30m",
        keep="15m",
    )


def _provenance() -> Alert:
    return Alert(
        name="SemwatchProvenanceChanged",
        expr=f"time() - max by (app, route, field) ({metrics.PROVENANCE_CHANGED.name}) < 900",
        severity="info",
        category="semantic",
        by=("app", "route", "field"),
        summary="What makes the answers of {app}/{route} has changed: {field}",
        description="The log of {app}/{route} shows another {field} than before.",
        dashboard="semwatch-drift",
    )
