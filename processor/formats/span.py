"""A span or a log record, whatever carried it, and what all conventions of attributes share."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from processor.formats.draft import Draft
from processor.formats.values import first

_UNNAMED = "unknown_service"  # what the SDKs write where nobody named the service
_MAX_STEPS = 8


class Event(NamedTuple):
    """An event of a span."""

    name: str
    attributes: Mapping[str, Any]


class Entry(NamedTuple):
    """A span, or a log record; times are in seconds since the epoch."""

    name: str
    trace_id: str | None
    span_id: str | None
    start: float | None
    end: float | None
    resource: Mapping[str, Any]
    attributes: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    body: object = None
    failed: bool = False
    is_log: bool = False


def draft(entry: Entry) -> Draft:
    """Return what every span says of itself."""
    get, of_resource = entry.attributes.get, entry.resource.get
    service = first(of_resource("service.name"))
    named = service if service and not service.startswith(_UNNAMED) else None
    latency = entry.end - entry.start if entry.start and entry.end else None
    whole = entry.trace_id and entry.span_id
    return Draft(
        id=f"{entry.trace_id}:{entry.span_id}" if whole else None,
        time=entry.start,
        app=first(named, of_resource("openinference.project.name")),
        route=first(get("gen_ai.agent.name"), get("agent.name")),
        latency_seconds=latency if latency is not None and latency >= 0 else None,
        trace_id=entry.trace_id,
        span_id=entry.span_id,
        extensions=_extensions(entry),
    )


def _extensions(entry: Entry) -> dict[str, Any]:
    return {
        key: value
        for attributes in (entry.resource, entry.attributes)
        for key, value in attributes.items()
        if key.startswith("semwatch.")
    }


def numbered(attributes: Mapping[str, Any], prefix: str) -> list[Any]:
    """Return the list that numbers in the names of attributes spell out.

    Examples:
        >>> numbered({"a.1.role": "user", "a.0.role": "system", "a.0.b.c": 1, "b": 2}, "a")
        [{'role': 'system', 'b': {'c': 1}}, {'role': 'user'}]
    """
    start = f"{prefix}."
    tree: dict[str, Any] = {}
    for key, value in attributes.items():
        if key.startswith(start):
            _put(tree, key[len(start) :].split(".", _MAX_STEPS), value)
    found = _lists(tree)
    return found if isinstance(found, list) else []


def _put(tree: dict[str, Any], path: list[str], value: object) -> None:
    for step in path[:-1]:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):  # both a value and the beginning of others: the first stays
            return
        tree = inner
    tree.setdefault(path[-1], value)


def _lists(tree: object) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isascii() and key.isdecimal() and len(key) < 10 for key in tree):  # noqa: PLR2004
        return [_lists(tree[key]) for key in sorted(tree, key=int)]
    return {key: _lists(value) for key, value in tree.items()}


def unique(passages: Iterable[Any]) -> tuple[Any, ...]:
    """Return the passages without those that come again, in order."""
    return tuple(dict.fromkeys(passages))
