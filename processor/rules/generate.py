"""The rule files, by name, from a table of objectives."""

from collections.abc import Callable, Iterable
from pathlib import Path

from processor.rules import answers, burn, conversation, drift, pipeline, resolution, shipping
from processor.rules.duration import Clock, clock
from processor.rules.rule import MARK, Alert, Group, document
from processor.rules.slo import Table

_Groups = Callable[[Table, Clock], Iterable[Group]]
_FILES: dict[str, _Groups] = {
    "answers.yaml": answers.groups,
    "conversation.yaml": conversation.groups,
    "drift.yaml": drift.groups,
    "resolution.yaml": resolution.groups,
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
    found = _by_file(table, now)
    return {name: document(groups, table.links, now) for name, groups in found.items()}


def alerts(table: Table) -> tuple[Alert, ...]:
    """Return every alert, in the order of the files."""
    return tuple(
        rule
        for groups in _by_file(table, clock()).values()
        for group in groups
        for rule in group.rules
        if isinstance(rule, Alert)
    )


def write(table: Table, directory: Path) -> list[Path]:
    """Write the rule files into a directory, without those of earlier objectives."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("slo-*.yaml"):
        if old.read_bytes().startswith(MARK.encode()):  # others may name theirs like ours
            old.unlink()
    written = []
    for name, content in files(table).items():
        path = directory / name
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written


def _by_file(table: Table, now: Clock) -> dict[str, list[Group]]:
    """Return the groups by file: one an objective, so that a test loads what it is about."""
    objectives = {_file(group): [group] for group in burn.groups(table, now)}
    return objectives | {name: list(groups(table, now)) for name, groups in _FILES.items()}


def _file(group: Group) -> str:
    return f"{group.name.removeprefix('semwatch-')}.yaml"
