"""Values of foreign formats as we can use them: what cannot be read is absent, never an error."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

_MAX_NAME = 256
_MAX_EPOCH = 253_402_300_799.0  # the year 9999, as in the native event
_MAX_COUNT = 1 << 53
# Epochs above are milli-, micro- or nanoseconds: as seconds they would lie beyond the year 5000.
_MILLIS, _MICROS, _NANOS = 1e11, 1e14, 1e17

Fields = Mapping[str, Any]
_NOTHING: Fields = {}


def text(value: object) -> str | None:
    """Return a string, or ``None``."""
    return value if isinstance(value, str) else None


def name(value: object) -> str | None:
    """Return a name or id: a string or an integer, cut to 256 characters, never empty.

    Examples:
        >>> name(7), name(""), name(True)
        ('7', None, None)
    """
    if type(value) is int and abs(value) < _MAX_COUNT:
        return str(value)
    return (text(value) or "")[:_MAX_NAME] or None


def first(*values: object) -> str | None:
    """Return the first of the values that is a name."""
    return next(filter(None, map(name, values)), None)


def number(value: object) -> float | None:
    """Return a finite number, also where it came as a string.

    Examples:
        >>> number("0.25"), number(float("nan")), number(10**400), number(True)
        (0.25, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def count(value: object) -> int | None:
    """Return a count: a whole number from 0 on."""
    found = number(value)
    if found is None or not 0 <= found < _MAX_COUNT or found != int(found):
        return None
    return int(found)


def first_count(*values: object) -> int | None:
    """Return the first of the values that is a count."""
    return next((found for value in values if (found := count(value)) is not None), None)


def seconds(value: object) -> float | None:
    """Return a duration in seconds, from 0 on."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def time(value: object) -> float | None:
    """Return seconds since the epoch, of a number in seconds down to nanoseconds, or of ISO 8601.

    Examples:
        >>> time(1700000000.5), time(1700000000500), time("1700000000500000000")
        (1700000000.5, 1700000000.5, 1700000000.5)
        >>> time("2023-11-14T22:13:20Z"), time(0), time("never")
        (1700000000.0, None, None)
    """
    found = number(value)
    if found is None:
        return _iso(value)
    for limit, unit in ((_NANOS, 1e9), (_MICROS, 1e6), (_MILLIS, 1e3)):
        if found > limit:
            found /= unit
            break
    return found if 0 < found <= _MAX_EPOCH else None


def _iso(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        stamp = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return stamp if 0 < stamp <= _MAX_EPOCH else None


def fields(value: object) -> Fields:
    """Return an object, or an empty one; one that came as JSON in a string is read."""
    if isinstance(value, str):
        value = json(value)
    return value if isinstance(value, dict) else _NOTHING


def items(value: object) -> list[Any]:
    """Return a list, or an empty one; one that came as JSON in a string is read."""
    if isinstance(value, str):
        value = json(value)
    return value if isinstance(value, list) else []


def json(value: str | bytes) -> object:
    """Return what JSON in a string holds, or ``None``; what nests too deep is not read."""
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):  # the last: half a surrogate pair
        return None


def at(value: object, *path: str) -> object:
    """Follow the keys through nested objects; ``None`` where one is missing.

    Examples:
        >>> at({"a": {"b": 1}}, "a", "b"), at({"a": 1}, "a", "b")
        (1, None)
    """
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
