"""Bytes of one Kafka record to an interaction, or the reason why not."""

from collections.abc import Iterable

import msgspec

from detectors.base import Interaction
from processor.errors import Undecodable
from processor.formats import native

_MAX_DEPTH = 64


def decode(raw: bytes, *, max_bytes: int = 1 << 20) -> Interaction:
    """Read the event that a record holds.

    Args:
        raw: the value of the record.
        max_bytes: a longer record is refused before it is parsed.

    Raises:
        Undecodable: the record will never become an interaction.
    """
    if not raw:
        raise Undecodable("empty")
    if len(raw) > max_bytes:
        raise Undecodable("too_large", f"{len(raw)} bytes, the limit is {max_bytes}")
    document = _json(raw)
    _check_depth(document)
    return native.decode(document, raw)


def _check_depth(document: object) -> None:
    """Refuse what is nested deeper than any later step, on whatever stack, could follow."""
    level = [document]
    for _ in range(_MAX_DEPTH):
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise Undecodable("too_deep", f"the limit is {_MAX_DEPTH}")


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _json(raw: bytes) -> object:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("not_utf8", f"byte {error.start}") from None
    try:
        return msgspec.json.decode(raw)
    except RecursionError:
        raise Undecodable("too_deep") from None
    except msgspec.DecodeError as error:
        raise Undecodable("not_json", str(error)) from None
