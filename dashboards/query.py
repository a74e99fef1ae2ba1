"""PromQL from the catalogue: no name of a metric or label is typed here twice."""

from collections.abc import Iterable

from dashboards.rule import BUDGET, Rule
from processor.metrics import Metric

_VARIABLES = ("job", "instance")
# A series that has the label is chosen by the variable of the same name.
_CHOSEN = ("app", "route")
_FIRING = 'alertstate="firing"'
# Some alerts are about the whole pipeline and have no app.
_ANYONE = ('app=~"$app|"', 'route=~"$route|"')


def of(metric: Metric, *matchers: str, suffix: str = "") -> str:
    """Return the selector of a metric, as far as the dashboard's variables choose it."""
    chosen = (*_VARIABLES, *(name for name in _CHOSEN if name in metric.labels))
    return f"{metric.name}{suffix}{{{_matchers(chosen, matchers)}}}"


def ruled(rule: Rule, *matchers: str) -> str:
    """Return the selector of a recording rule; job and instance are aggregated away there."""
    chosen = tuple(name for name in _CHOSEN if name in rule.labels)
    matched = _matchers(chosen, matchers)
    return f"{rule.name}{{{matched}}}" if matched else rule.name


def _matchers(variables: Iterable[str], others: Iterable[str]) -> str:
    return ", ".join((*(f'{name}=~"${name}"' for name in variables), *others))


def rate(metric: Metric, *matchers: str, by: Iterable[str] = ()) -> str:
    """Return the events a second of a counter, summed over what is not in ``by``."""
    return _sum(f"rate({of(metric, *matchers)}[$__rate_interval])", by)


def increase(metric: Metric, *matchers: str, by: Iterable[str] = (), over: str = "$__range") -> str:
    """Return the events of a counter within a time, by default that of the dashboard."""
    return _sum(f"increase({of(metric, *matchers)}[{over}])", by)


def buckets(metric: Metric, *matchers: str, by: Iterable[str] = ()) -> str:
    """Return the events a second of each bucket of a histogram."""
    selected = of(metric, *matchers, suffix="_bucket")
    return _sum(f"rate({selected}[$__rate_interval])", (*by, "le"))


def quantile(share: float, metric: Metric, *matchers: str, by: Iterable[str] = ()) -> str:
    """Return a quantile of a histogram; it is as fine as the bucket that it falls in."""
    return f"histogram_quantile({share}, {buckets(metric, *matchers, by=by)})"


def seconds(metric: Metric, by: Iterable[str]) -> str:
    """Return the share of the time that a histogram of durations has seen pass."""
    return _sum(f"rate({of(metric, suffix='_sum')}[$__rate_interval])", by)


def burn(window: Rule, *matchers: str) -> str:
    """Return the share of bad answers over what the objective leaves, within a window."""
    return f"{ruled(window, *matchers)} / on (slo) group_left () {BUDGET.name}"


def alerts(*matchers: str) -> str:
    """Return the alerts of semwatch that fire; the watchdog always does and is left out."""
    named = ('alertname=~"Semwatch.+"', 'alertname!="SemwatchWatchdog"')
    return f"ALERTS{{{', '.join((_FIRING, *named, *_ANYONE, *matchers))}}}"


def firing_since(*matchers: str) -> str:
    """Return when each alert that fires began, in seconds since the epoch."""
    started = f"ALERTS_FOR_STATE{{{', '.join((*_ANYONE, *matchers))}}}"
    return f"({started} and ignoring(alertstate) {alerts(*matchers)})"


def or_zero_if_watched(expression: str) -> str:
    """Return 0 for nothing, but only where Prometheus evaluates our rules at all."""
    return f'({expression}) or 0 * count(ALERTS{{alertname="SemwatchWatchdog", {_FIRING}}})'


def _sum(expression: str, by: Iterable[str]) -> str:
    names = ", ".join(by)
    return f"sum by ({names}) ({expression})" if names else f"sum({expression})"
