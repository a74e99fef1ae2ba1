"""The fields of a record, whatever its schema, by the words of their keys."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from detectors.record.terms import stems, terms

# A record is a few screens of JSON; beyond it an event could hold up its partition.
_MAX_FIELDS = 400
_MAX_DEPTH = 8
_MAX_ITEMS = 32
_MAX_PATH = 120
# Longer strings are prose, not values.
MAX_VALUE = 80
# Of all strings together, so many characters are searched.
_MAX_PROSE = 50_000

_GROUPS = (dict, list, tuple, Mapping)  # the first is there for speed
# What stands in keys and names nothing: "is_active", "acceptsCards", "GoodForGroups".
_EMPTY = stems(
    "is has have can does do accepts accept offers offer allows allowed allow available enabled "
    "supports support supported includes included good for the a an of by with in to business "
    "restaurant restaurants flag"
)
_NO = frozenset({"no", "none", "false", "not available", "unavailable", "disabled", "off"})
_YES = frozenset({"yes", "true", "free", "paid", "available", "enabled", "on", "included"})


class Field(NamedTuple):
    """One leaf of a record: the words of its key and of the key above, and its value."""

    path: str
    terms: tuple[str, ...]
    parent: tuple[str, ...]
    value: Any
    depth: int


class Record(NamedTuple):
    """The leaves and the groups of a record; its strings, short and long, in lower case."""

    leaves: tuple[Field, ...]
    groups: tuple[Field, ...]
    values: str
    prose: str


def is_hours(field: Field) -> bool:
    """Whether a field is part of a table of hours, which is read as a whole."""
    return "hour" in field.path.rpartition(".")[0].lower()


def by_path(fields: Iterable[Field]) -> Iterator[tuple[Field, list[Any]]]:
    """Yield for each path its first field and the values of all, for items share their paths."""
    found: dict[str, tuple[Field, list[Any]]] = {}
    for field in fields:
        found.setdefault(field.path, (field, []))[1].append(field.value)
    yield from found.values()


def flag(value: object) -> bool | None:
    """Return what a value says as yes or no, or ``None``."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > MAX_VALUE:
        return None
    word = value.strip().lower()
    return True if word in _YES else False if word in _NO else None


def read(record: Mapping[str, Any]) -> Record:
    """Return the fields of a record, the first few hundred."""
    leaves: list[Field] = []
    groups: list[Field] = []
    strings: list[str] = []
    room = _MAX_PROSE
    for field in _walk(record, "", (), 0):
        if isinstance(field.value, str):
            strings.append(field.value[:room].lower())
            room = max(0, room - len(field.value))
        (groups if isinstance(field.value, _GROUPS) else leaves).append(field)
        if len(leaves) + len(groups) >= _MAX_FIELDS:
            break
    prose = (string for string in strings if len(string) > MAX_VALUE)
    values = (string for string in strings if len(string) <= MAX_VALUE)
    return Record(tuple(leaves), tuple(groups), "\n".join(values), "\n".join(prose))


def _walk(
    value: Mapping[Any, Any], path: str, parent: tuple[str, ...], depth: int
) -> Iterator[Field]:
    for key, item in value.items():
        name = str(key)
        words = _content(name[:_MAX_PATH])
        below = f"{path}.{name}"[:_MAX_PATH] if path else name[:_MAX_PATH]
        yield Field(below, words, parent, item, depth)
        if depth < _MAX_DEPTH and isinstance(item, _GROUPS):
            yield from _below(item, below, words, depth + 1)


def _below(item: Any, path: str, words: tuple[str, ...], depth: int) -> Iterator[Field]:
    if isinstance(item, Mapping):
        yield from _walk(item, path, words, depth)
    elif isinstance(item, _GROUPS):
        for entry in item[:_MAX_ITEMS] if depth < _MAX_DEPTH else ():
            if isinstance(entry, str):
                yield Field(path, words, (), entry, depth)
            else:
                yield from _below(entry, path, words, depth + 1)


@lru_cache(maxsize=4096)
def _content(key: str) -> tuple[str, ...]:
    """Return the words of a key that name something, or all where none does."""
    words = terms(key)
    return tuple(word for word in words if word not in _EMPTY) or words
