"""Rules on conversations beside their objective: what users do, against a route's own past."""

from collections.abc import Iterator

from processor.rules.bound import wilson_lower
from processor.rules.duration import Clock
from processor.rules.rule import Alert, Group, Recording
from processor.rules.sli import Sli, out_of_scope, rephrased
from processor.rules.slo import Table

_WINDOW = "6h"
"""Long enough for a quiet route; a ticket can wait."""
_MIN_TURNS = 100
"""With fewer in the window there is no share, neither for now nor for the past."""
_RISE = 1.5
_STEP = 0.05
"""A route that had none may have as many as a fit takes for out of scope by mistake."""


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return the rules that hold for every table of objectives."""
    del table
    rephrases = _alert(
        "RephrasesRising",
        "rephrased",
        "Users of {app}/{route} have to ask again more often than before",
        "exchanges on {app}/{route} in which users ask the same again",
    )
    unknown = _alert(
        "OutOfScopeRising",
        "out_of_scope",
        "Users of {app}/{route} ask more of what it has no intent for",
        "questions on {app}/{route} that are like none of its intents",
    )
    return (
        Group("semwatch-rephrased", (*_share("rephrased", rephrased(), clock), rephrases)),
        Group("semwatch-out-of-scope", (*_share("out_of_scope", out_of_scope(), clock), unknown)),
    )


def _share(name: str, of: Sli, clock: Clock) -> Iterator[Recording]:
    """Record a share where enough was said, its lower bound, and what it used to be."""
    share, count = f"{_series(name)}:ratio_rate{_WINDOW}", f"{_series(name)}_of:increase{_WINDOW}"
    yield Recording(count, of.judged(clock(_WINDOW)))
    yield Recording(share, f"{of.ratio(clock(_WINDOW))}\nand {count} >= {_MIN_TURNS}")
    yield Recording(f"{_series(name)}:wilson_lower{_WINDOW}", wilson_lower(share, count))
    past = f"quantile_over_time(0.5, {share}[{clock('6d')}] offset {clock('1d')})"
    yield Recording(f"{_series(name)}:median_6d", past)


def _risen(name: str) -> str:
    now, past = f"{_series(name)}:wilson_lower{_WINDOW}", f"{_series(name)}:median_6d"
    return f"{now} > {_RISE:g} * {past} + {_STEP:g}"


def _series(name: str) -> str:
    return f"app_route:semwatch_{name}"


def _alert(name: str, share: str, summary: str, what: str) -> Alert:
    """Return the alert on a share of ``what``."""
    return Alert(
        name=f"Semwatch{name}",
        expr=_risen(share),
        severity="ticket",
        category="semantic",
        by=("app", "route"),
        summary=summary,
        description=f"Over {_WINDOW} the share of {what} is surely more than {_RISE:g} times the "
        f"median of its own last six days, and {100 * _STEP:g} % of all on top.",
        dashboard="semwatch-intents",
        hold="30m",
        keep="1h",
    )
