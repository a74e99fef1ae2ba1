"""How many intents were settled: at least those confirmed, at most those assumed as well."""

from processor.rules.duration import Clock
from processor.rules.rule import Group, Recording
from processor.rules.sli import ended, settled
from processor.rules.slo import Table

_BOUNDS = {"lower": "confirmed", "upper": "confirmed|assumed"}


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return both bounds over a day, for dashboards."""
    del table
    return (
        Group(
            "semwatch-resolution",
            tuple(_bound(name, outcomes, clock("1d")) for name, outcomes in _BOUNDS.items()),
        ),
    )


def _bound(name: str, outcomes: str, day: str) -> Recording:
    of = f"sum by (app) ({settled(outcomes)})\n/\n(sum by (app) ({ended()}) > 0)"
    share = of.format(of="increase", range=day)
    return Recording(f"app:semwatch_resolution_{name}:ratio_1d", f"clamp(\n{share},\n0, 1)")
