"""Rules on semwatch itself: whether it sees, keeps up, and can judge."""

from collections.abc import Iterable

from processor import metrics
from processor.rules.duration import Clock
from processor.rules.rule import Alert, Group, Recording
from processor.rules.slo import Table

_WORKERS = 'up{job="semwatch"}'
_LAG = "topic:semwatch_consumer_lag_records:sum"
_MUTES = {"mutes": "semantic"}


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return the rules on the worker."""
    del table
    lag = Recording(_LAG, f"sum by (topic) ({metrics.LAG.name})")
    return (
        Group("semwatch-watchdog", (_watchdog(),)),
        Group(
            "semwatch-pipeline",
            (lag, *_seeing(clock), *_keeping_up(clock), *_judging(clock), _joining(clock)),
        ),
    )


def alert(
    name: str,
    expr: str,
    summary: str,
    description: str,
    *,
    by: Iterable[str] = (),
    page: bool = False,
    hold: str = "",
    keep: str = "15m",
    mutes: bool = False,
) -> Alert:
    """Return an alert on semwatch itself; one that ``mutes`` makes alerts on answers worthless."""
    return Alert(
        name=f"Semwatch{name}",
        expr=expr,
        severity="page" if page else "ticket",
        category="pipeline",
        by=tuple(by),
        summary=summary,
        description=description,
        dashboard="semwatch-pipeline",
        hold=hold,
        keep=keep,
        labels=_MUTES if mutes else {},
    )


def _watchdog() -> Alert:
    return Alert(
        name="SemwatchWatchdog",
        expr="vector(1)",
        severity="info",
        category="pipeline",
        by=(),
        summary="The way from Prometheus to you is open",
        description="This alert always fires. Something outside must tell you when it stops.",
        dashboard="semwatch-pipeline",
    )


def _seeing(clock: Clock) -> tuple[Alert, ...]:
    events = metrics.EVENTS.name
    now = f"sum by (app) (rate({events}[{clock('30m')}]))"
    yesterday = f"sum by (app) (rate({events}[{clock('30m')}] offset {clock('1d')}))"
    return (
        alert(
            "Down",
            # A comparison within absent() would lose the label.
            f"max by (job) ({_WORKERS}) == 0 or absent({_WORKERS})",
            "No worker of semwatch is there",
            "Prometheus reaches no worker, so nothing is judged and no other alert of answers "
            "can be believed.",
            by=("job",),
            page=True,
            hold="2m",
            keep="2m",
            mutes=True,
        ),
        alert(
            "WorkerDown",
            f"{_WORKERS} == 0",
            "The worker {instance} is not there",
            "Prometheus does not reach {instance}; the others, if there are any, take over its "
            "partitions.",
            by=("job", "instance"),
            hold="5m",
            keep="2m",
        ),
        alert(
            "NoEvents",
            f"({yesterday} > 0) unless ({now} > 0)",
            "No answers of {app} arrive any more",
            "Nothing of {app} was judged for half an hour; a day ago at this time there was.",
            by=("app",),
            hold="15m",
            keep="5m",
        ),
    )


def _keeping_up(clock: Clock) -> tuple[Alert, ...]:
    age = f"sum by (le) (rate({metrics.EVENT_AGE.name}_bucket[{clock('5m')}]))"
    busy = f"avg_over_time({metrics.IN_FLIGHT.name}[{clock('15m')}])"
    return (
        alert(
            "ConsumerLagging",
            f"{_LAG} > 1000\nand deriv({_LAG}[{clock('15m')}]) > 0",
            "The workers fall behind on {topic}",
            "More than 1,000 records of {topic} wait, and they become more.",
            by=("topic",),
            hold="15m",
        ),
        alert(
            "EventsStale",
            f"histogram_quantile(0.95, {age}) > 300",
            "Answers are judged minutes after they were given",
            "One in twenty answers is older than five minutes when its verdict stands.",
            page=True,
            hold="10m",
            keep="5m",
        ),
        alert(
            "Saturated",
            f"{busy} / {metrics.IN_FLIGHT_LIMIT.name} > 0.8",
            "The worker {instance} has no reserve",
            "{instance} has been judging batches that were nearly full for nearly all of a "
            "quarter of an hour.",
            by=("job", "instance"),
            hold="15m",
        ),
    )


def _judging(clock: Clock) -> tuple[Alert, ...]:
    quarter, hour = clock("15m"), clock("1h")
    events = f"sum(increase({metrics.EVENTS.name}[{quarter}]))"
    dead = f"sum(increase({metrics.DEAD_LETTERS.name}[{quarter}]))"
    failures = f"sum by (detector) (increase({metrics.DETECTOR_FAILURES.name}[{quarter}]))"
    stores = (metrics.DRIFT_RESETS, metrics.CONVERSATION_RESETS, metrics.TRACE_RESETS)
    resets = " + ".join(f"sum(increase({metric.name}[{hour}]))" for metric in stores)
    refused = f'{metrics.RELOADS.name}{{outcome="refused"}}[{hour}]'
    unsent = f'{metrics.TELEMETRY.name}{{outcome!="exported"}}[{quarter}]'
    return (
        alert(
            "DeadLetters",
            f"{dead} >= 10\nand {dead} / ({dead} + ({events} or vector(0))) > 0.01",
            "Records arrive that hold no event",
            "More than one record in a hundred became a dead letter within a quarter of an hour.",
            hold="5m",
        ),
        alert(
            "DetectorFailing",
            f"{failures} >= 10\nand {failures} / on () group_left () {events} > 0.05",
            "The detector {detector} fails",
            "{detector} raised on more than one answer in twenty; what it cannot judge counts "
            "neither as good nor as bad.",
            by=("detector",),
            hold="5m",
            mutes=True,
        ),
        alert(
            "PolicyRuleFailing",
            f"sum by (rule) (increase({metrics.POLICY_ERRORS.name}[{quarter}])) > 0",
            "The policy rule {rule} cannot be run",
            "{rule} could not be run on some answers; they count as unknown, not as passed.",
            by=("rule",),
            hold="5m",
        ),
        alert(
            "PolicyRulesStale",
            f"max({metrics.POLICY_STALE.name}) == 1",
            "An edit of the policy rules cannot be used",
            "The rule files hold a change that is refused; the older rules are in use.",
            hold="5m",
            keep="2m",
        ),
        alert(
            "ReloadRefused",
            f"sum by (file) (increase({refused})) > 0",
            "An edit of the {file} file cannot be used",
            "The worker keeps what it read before; its log says what is wrong.",
            by=("file",),
        ),
        alert(
            "StateReset",
            f"{resets} > 0",
            "Stored states could not be read",
            "Series of drift, conversations or traces started afresh: what they knew is lost.",
        ),
        alert(
            "LabelOverflow",
            f"sum by (label) (increase({metrics.LABEL_OVERFLOW.name}[{hour}])) > 0",
            "Values of the label {label} are counted as other",
            "More values of {label} arrive than labels.max_values admits, or than are listed.",
            by=("label",),
        ),
        alert(
            "TelemetryDropped",
            f"sum by (kind) (increase({unsent})) > 0",
            "Spans or evaluations do not reach their receiver",
            "Some of kind {kind} were dropped or refused; verdicts and metrics are complete.",
            by=("kind",),
            hold="15m",
        ),
    )


def _joining(clock: Clock) -> Alert:
    hour = clock("1h")
    calls = f'sum(increase({metrics.JOINED_CALLS.name}{{outcome!="revised"}}[{hour}]))'
    revised = f'sum(increase({metrics.JOINED_CALLS.name}{{outcome="revised"}}[{hour}]))'
    wasted = f'{metrics.SPANS_IGNORED.name}{{reason=~"late|too_large|max_traces"}}'
    missed = f"({revised} + sum(increase({wasted}[{hour}])))"
    return alert(
        "DocumentsLate",
        f"{missed} >= 10\nand {missed} / {calls} > 0.05",
        "Answers are judged without their documents",
        "For more than one call in twenty the documents of its trace came after its wait, or "
        "found no room.",
        hold="15m",
    )
