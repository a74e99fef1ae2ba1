"""Objectives to rules: shares of bad answers by window, their Wilson bounds, burn-rate alerts.

Multi-window burn rates after the SRE workbook, chapter 5. The lower bound of the share stands in
the long window, so that few answers page nobody by chance; the short window takes the share
itself, which falls as soon as the harm ends.
"""

from collections.abc import Iterable, Iterator

from processor.rules.bound import wilson_lower
from processor.rules.duration import Clock, seconds
from processor.rules.rule import Alert, Group, Recording
from processor.rules.sli import sli, unjudged
from processor.rules.slo import Slo, Table, Window

_BAD = "app_route_slo:semwatch_bad"
_JUDGED = "app_route_slo:semwatch_judged:increase"
_BY = ("app", "route", "slo")
MIN_JUDGED = 50
"""With fewer in the long window nothing is concluded: of two bad ones the bound is 0.34."""
# The longer one finds three of a quiet bot, the shorter one does not wait for a busy one's share
# to outweigh the healthy minutes before.
_SUDDEN = ("1m", "5m")
# From here on no share of bad answers is far enough above the threshold.
_UNREACHABLE = 0.95
_CAP = 0.9
_CAP_BUDGETS = 4

# What the dashboards show, whatever the table of objectives says.
_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
_BOUNDED = ("5m", "1h", "6h", "1d", "3d")


def groups(table: Table, clock: Clock) -> Iterator[Group]:
    """Yield a group for each objective."""
    for slo in table.slo:
        rules: list[Recording | Alert] = [*_recordings(slo, table, clock)]
        rules += _alerts(slo, table)
        rules += [_sudden(slo, table, clock)] if slo.first else []
        yield Group(f"semwatch-slo-{slo.name.replace('_', '-')}", tuple(rules))


def thresholds(slo: Slo, windows: Iterable[Window]) -> dict[str, float]:
    """Return by long window the share of bad answers from which on it fires.

    A share of 1 or nearly cannot be exceeded; such a threshold is lowered to what can be, and no
    longer window asks for more than a shorter one.

    Examples:
        >>> window = Window(long="1h", short="5m", burn=14.4, severity="page", hold="2m", keep="5m")
        >>> slo = Slo(name="a", objective=0.99, alert="A", bad="b", signal="s")
        >>> thresholds(slo, [window])
        {'1h': 0.144}
    """
    reached = _CAP
    found = {}
    for window in sorted(windows, key=lambda window: seconds(window.long)):
        wanted = window.burn * slo.budget
        if wanted >= _UNREACHABLE:
            wanted = min(_CAP, _CAP_BUDGETS * slo.budget)
        reached = min(reached, wanted)
        found[window.long] = round(reached, 4)
    return found


def notes(table: Table) -> Iterator[str]:
    """Yield what to say of thresholds that could never be reached."""
    for slo in table.slo:
        for window in table.window:
            wanted = round(window.burn * slo.budget, 4)
            threshold = thresholds(slo, table.window)[window.long]
            if threshold != wanted:
                yield (
                    f"{slo.name}: over {window.long}, {window.burn:g} times the budget of "
                    f"{slo.budget:g} is a share of {wanted:g}, which would never be reached or "
                    f"only after a shorter window's; the threshold is {threshold:g}"
                )


def _recordings(slo: Slo, table: Table, clock: Clock) -> Iterator[Recording]:
    labels = {"slo": slo.name}
    indicator = sli(slo)
    yield Recording("slo:semwatch_budget:ratio", f"vector({slo.budget:g})", labels)
    sudden = _SUDDEN if slo.first else ()
    longs = [window.long for window in table.window]
    shorts = [window.short for window in table.window]
    for window in _lengths(*_WINDOWS, *sudden, *longs, *shorts):
        yield Recording(f"{_BAD}:ratio_rate{window}", indicator.ratio(clock(window)), labels)
    for window in _lengths(*_BOUNDED, *sudden, *longs):
        yield Recording(f"{_JUDGED}{window}", indicator.judged(clock(window)), labels)
        yield Recording(f"{_BAD}:wilson_lower{window}", _wilson(slo, window), labels)
    if slo.signal:
        name = "app_route_slo:semwatch_unjudged:ratio_rate1h"
        yield Recording(name, unjudged(slo, clock("1h")), labels)


def _lengths(*windows: str) -> tuple[str, ...]:
    """Return each window once, the shortest first."""
    return tuple(sorted(set(windows), key=seconds))


def _wilson(slo: Slo, window: str) -> str:
    of = f'{window}{{slo="{slo.name}"}}'
    return wilson_lower(f"{_BAD}:ratio_rate{of}", f"({_JUDGED}{of} > 0)")


def _alerts(slo: Slo, table: Table) -> Iterator[Alert]:
    limits = thresholds(slo, table.window)
    for window in table.window:
        yield _burning(slo, window, limits[window.long])


def _burning(slo: Slo, window: Window, threshold: float) -> Alert:
    of = f'{{slo="{slo.name}"}}'
    return Alert(
        name=f"Semwatch{slo.alert}",
        expr=(
            f"{_BAD}:wilson_lower{window.long}{of} > {threshold:g}\n"
            f"and {_BAD}:ratio_rate{window.short}{of} > {threshold:g}\n"
            f"and {_JUDGED}{window.long}{of} >= {MIN_JUDGED}"
        ),
        severity=window.severity,
        category="semantic",
        by=_BY,
        summary=f"Too many {slo.bad} on {{app}}/{{route}}",
        description=(
            f"On {{app}}/{{route}} surely more than {_percent(threshold)} are {slo.bad}, "
            f"over {window.long} and still over the last {window.short}. "
            f"The objective leaves {_percent(slo.budget)}."
        ),
        dashboard=_dashboard(slo),
        hold=window.hold,
        keep=window.keep,
        labels={"slo": slo.name, "window": window.long},
    )


def _sudden(slo: Slo, table: Table, clock: Clock) -> Alert:
    """Page from the first answers, if they are so many of so few that it is no chance.

    The count alone would page any busy bot, the share alone any quiet one.
    """
    threshold = max(thresholds(slo, table.window).values())
    count = sli(slo).bad
    # increase() interpolates.
    enough = slo.first - 0.5
    clauses = (
        f'{_BAD}:wilson_lower{window}{{slo="{slo.name}"}} > {threshold:g}\n'
        f"and on (app, route) {count.format(of='increase', range=clock(window))} > {enough:g}"
        for window in _SUDDEN
    )
    return Alert(
        name=f"Semwatch{slo.alert}Suddenly",
        expr="(\n" + "\n) or (\n".join(clauses) + "\n)",
        severity="page",
        category="semantic",
        by=_BY,
        summary=f"Suddenly {slo.bad} on {{app}}/{{route}}",
        description=(
            f"On {{app}}/{{route}} there were at least {slo.first} {slo.bad} within {_SUDDEN[-1]}, "
            f"and surely more than {_percent(threshold)} of all that was judged."
        ),
        dashboard=_dashboard(slo),
        keep="15m",
        labels={"slo": slo.name},
    )


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _dashboard(slo: Slo) -> str:
    if slo.conversations:
        return "semwatch-intents"
    return "semwatch-policy" if slo.signal == "policy_violation" else "semwatch-signals"
