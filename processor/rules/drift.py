"""Rules on drift: what the charts have latched, what stays moved, what has no baseline."""

from processor import metrics
from processor.rules.duration import Clock
from processor.rules.rule import Alert, Group
from processor.rules.slo import Table

_SERIES = ("app", "route", "model")
_BY = ", ".join(_SERIES)
_MOVED = "The answers of {app}/{route} on {model} are no longer what they were"


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return the rules on drift; of two workers that speak for a series, the worse one counts."""
    del table
    rules = (_page(), _ticket(), _persisting(), _unready(), _refused(clock))
    return (Group("semwatch-drift", rules),)


def _page() -> Alert:
    alarm = f'{metrics.DRIFT_ALARM.name}{{tier="page",family!="input"}}'
    return Alert(
        name="SemwatchDriftDetected",
        expr=f"max by ({_BY}, family) ({alarm}) == 1",
        severity="page",
        category="semantic",
        by=(*_SERIES, "family"),
        summary=_MOVED,
        description=(
            "A chart of the family {family} has crossed the threshold of its page tier for "
            "{app}/{route} on {model}; the alarm on the topic of alarms says what moved, since "
            "when and after which change."
        ),
        dashboard="semwatch-drift",
        # The gauge leaves with its partition, and comes again with it.
        keep="5m",
    )


def _ticket() -> Alert:
    name = metrics.DRIFT_ALARM.name
    return Alert(
        name="SemwatchDriftSuspected",
        expr=(
            f'max by ({_BY}, family) ({name}{{tier="warn"}}) == 1\n'
            f'or max by ({_BY}, family) ({name}{{tier="page",family="input"}}) == 1'
        ),
        severity="ticket",
        category="semantic",
        by=(*_SERIES, "family"),
        summary="Prompts or answers of {app}/{route} on {model} may have changed",
        description=(
            "A chart of the family {family} has crossed a threshold for {app}/{route} on "
            "{model}: of the warn tier, or about what users ask."
        ),
        dashboard="semwatch-drift",
        hold="5m",
        keep="15m",
    )


def _persisting() -> Alert:
    return Alert(
        name="SemwatchDriftPersisting",
        expr=f"max by ({_BY}, chart) ({metrics.DRIFT_STATISTIC.name}) >= 1",
        severity="ticket",
        category="semantic",
        by=(*_SERIES, "chart"),
        summary="The change of {app}/{route} on {model} has stayed",
        description=(
            "The chart {chart} of {app}/{route} on {model} has been at its threshold for six "
            "hours. If the change is meant to stay, the series needs a new baseline."
        ),
        dashboard="semwatch-drift",
        hold="6h",
        keep="15m",
    )


def _unready() -> Alert:
    return Alert(
        name="SemwatchDriftBaselineMissing",
        expr=f"max by ({_BY}) ({metrics.DRIFT_READY.name}) == 0",
        severity="ticket",
        category="pipeline",
        by=_SERIES,
        summary="Drift of {app}/{route} on {model} is not watched yet",
        description="The series {app}/{route} on {model} has had no baseline for a day.",
        dashboard="semwatch-drift",
        hold="1d",
        keep="5m",
    )


def _refused(clock: Clock) -> Alert:
    return Alert(
        name="SemwatchDriftSeriesRefused",
        expr=f"sum by (reason) (increase({metrics.DRIFT_REFUSED.name}[{clock('15m')}])) > 0",
        severity="ticket",
        category="pipeline",
        by=("reason",),
        summary="Series are not watched for drift: {reason}",
        description=(
            "Records of scores were refused for {reason}: the worker holds drift.max_series "
            "already, or workers of two versions run at once."
        ),
        dashboard="semwatch-drift",
        keep="15m",
    )
