"""CloudEvents over Kafka: structured, the event in the value; or binary, the event in headers."""

import base64
import binascii
from collections.abc import Iterable

from processor.errors import Undecodable
from processor.formats.shell import Shell
from processor.formats.values import Fields, first, name, time

_MEDIA_TYPE = b"application/cloudevents"
_REQUIRED = ("specversion", "type", "source", "id")


def is_batch(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """Return whether the headers announce the batched mode, which Kafka's binding forbids."""
    return _content_type(headers).startswith(_MEDIA_TYPE + b"-batch")


def is_structured(document: Fields) -> bool:
    """Return whether an object has all that a CloudEvent must have."""
    return all(isinstance(document.get(key), str) for key in _REQUIRED)


def structured(document: Fields) -> Shell:
    """Return the data of a CloudEvent.

    Raises:
        Undecodable: `data_base64` is no base64, or there is no data.
    """
    data = document.get("data")
    if data is None and isinstance(encoded := document.get("data_base64"), str):
        try:
            data = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Undecodable(
                "wrong_type", "Expected base64 of UTF-8 - at `$.data_base64`"
            ) from None
    if data is None:
        raise Undecodable("no_text", "a CloudEvent without data")
    return _shell(data, document)


def binary(headers: Iterable[tuple[str, bytes | None]], content: object) -> Shell | None:
    """Return the data of a CloudEvent whose attributes are headers, if they are."""
    attributes = {
        key[3:]: value.decode(errors="replace")
        for key, value in headers
        if key.startswith("ce_") and value is not None
    }
    return _shell(content, attributes) if attributes.get("specversion") else None


def _shell(content: object, attributes: Fields) -> Shell:
    trace_id, span_id = _trace(attributes.get("traceparent"))
    return Shell(
        content,
        time=time(attributes.get("time")),
        app=first(attributes.get("source")),
        id=name(attributes.get("id")),
        trace_id=trace_id,
        span_id=span_id,
    )


def _trace(parent: object) -> tuple[str | None, str | None]:
    """Return trace and span id of a W3C traceparent."""
    found = parent.split("-") if isinstance(parent, str) else []
    if len(found) < 4 or len(found[1]) != 32 or len(found[2]) != 16:  # noqa: PLR2004 - as W3C says
        return None, None
    return found[1], found[2]


def _content_type(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    return next(
        (value.lower() for key, value in headers if key.lower() == "content-type" and value), b""
    )
