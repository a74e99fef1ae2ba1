"""The rule files, by name, from a table of objectives."""

from collections.abc import Callable, Iterable
from pathlib import Path

from processor.rules import answers, burn, drift, pipeline, shipping
from processor.rules.duration import Clock, clock
from processor.rules.rule import Alert, Group, document
from processor.rules.slo import Table

_Groups = Callable[[Table, Clock], Iterable[Group]]
_FILES: dict[str, _Groups] = {
    "objectives.yaml": burn.groups,
    "answers.yaml": answers.groups,
    "drift.yaml": drift.groups,
    "pipeline.yaml": pipeline.groups,
    "shipping.yaml": shipping.groups,
}


def files(table: Table, *, speed: float = 1.0) -> dict[str, str]:
    """Return the rule files.

    Args:
        table: the objectives.
        speed: how many times faster every window passes, for a test; names stay as they are.
    """
    now = clock(speed)
    return {name: document(groups(table, now), table.links, now) for name, groups in _FILES.items()}


def alerts(table: Table) -> tuple[Alert, ...]:
    """Return every alert, in the order of the files."""
    return tuple(
        rule
        for groups in _FILES.values()
        for group in groups(table, clock())
        for rule in group.rules
        if isinstance(rule, Alert)
    )


def write(table: Table, directory: Path) -> list[Path]:
    """Write the rule files into a directory and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files(table).items():
        path = directory / name
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written
