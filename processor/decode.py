"""Bytes of one Kafka record to an interaction, or the reason why not."""

import msgspec

from detectors.base import Interaction
from processor.errors import Undecodable
from processor.formats import native


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
    return native.decode(_json(raw), raw)


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
