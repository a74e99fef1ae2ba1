"""Decodes what holds one interaction."""

from typing import Any

import msgspec

from detectors.base import Interaction
from processor.config import Format
from processor.decode import decode


def raw(document: object) -> bytes:
    """Return the JSON of a document."""
    return msgspec.json.encode(document)


def one(document: object, format: Format = "auto", **options: Any) -> Interaction:  # noqa: A002
    """Return the one interaction that a document holds."""
    value = document if isinstance(document, bytes) else raw(document)
    [part] = decode(value, format=format, **options).parts

    assert isinstance(part, Interaction), part

    return part
