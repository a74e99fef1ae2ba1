"""Bytes of one Kafka record to the interactions in it, by the topic's format or by their looks.

The order of the questions is that of docs/formats.md. JSON comes in shells: a CloudEvent, a list,
a line of a log shipper, JSON in a string. Each is taken off, down to a limit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import msgspec

from detectors.base import Interaction
from processor.config import Format
from processor.errors import Undecodable
from processor.formats import (
    bedrock,
    cloudevents,
    envelopes,
    kong,
    langfuse,
    litellm,
    native,
    openai_pair,
    otlp,
    shell,
)
from processor.formats.draft import digest
from processor.formats.part import Part, Parts, attempt_all, joined, one, rejected
from processor.formats.values import Fields

Headers = Sequence[tuple[str, bytes | None]]

_MAX_DEPTH = 64
_MAX_PARTS = 10_000
_MAX_SHELLS = 6
_INNER_SHELLS = 2
# Confluent's serialisers put a zero and the number of a schema before the value.
_MAGIC, _PREFIX_BYTES = 0, 5

_FORMATS: tuple[tuple[Callable[[Fields], bool], Callable[[Fields], Parts]], ...] = (
    (native.asks, lambda document: one(partial(native.decode, document))),
    (otlp.is_json, lambda document: otlp.decode_json(document, _inner)),
    (langfuse.is_batch, langfuse.decode_batch),
    (litellm.is_payload, litellm.decode),
    (bedrock.is_log, bedrock.decode),
    (kong.is_log, kong.decode),
    (langfuse.is_observation, langfuse.decode_observation),
)


def decode(
    raw: bytes,
    *,
    headers: Headers = (),
    max_bytes: int = 1 << 20,
    format: Format = "auto",  # noqa: A002 - the word for it
) -> Parts:
    """Read the interactions that a record holds; whatever the bytes are, nothing is raised.

    Args:
        raw: the value of the record.
        headers: of the record; a CloudEvent may stand in them.
        max_bytes: a longer record is refused before it is parsed.
        format: what the record's topic is said to hold.
    """
    found = attempt_all(lambda: _decode(raw, headers, max_bytes, format))
    if len(found.parts) > _MAX_PARTS:
        return rejected(Undecodable("too_many", f"the limit is {_MAX_PARTS} interactions"))
    return found._replace(parts=tuple(_named(found.parts, raw)))


def interactions(raw: bytes, *, max_bytes: int = 1 << 20) -> list[Interaction]:
    """Return the interactions of a record, without what is none."""
    parts = decode(raw, max_bytes=max_bytes).parts
    return [part for part in parts if isinstance(part, Interaction)]


def _decode(raw: bytes, headers: Headers, max_bytes: int, format: Format) -> Parts:  # noqa: A002
    if not raw:
        raise Undecodable("empty")
    if len(raw) > max_bytes:
        raise Undecodable("too_large", f"{len(raw)} bytes, the limit is {max_bytes}")
    if format == "otlp_proto":
        return otlp.decode_protobuf(raw, _inner)
    if raw[0] == _MAGIC and len(raw) > _PREFIX_BYTES:
        raw = raw[_PREFIX_BYTES:]
    document = _parse(raw)
    if format == "native":
        return Parts((native.decode(document),))
    return _with_headers(headers, document) if headers else _open(document)


def _named(parts: Iterable[Part], raw: bytes) -> Iterable[Part]:
    """Name the interactions that have no id by the record and their place in it."""
    for index, part in enumerate(parts):
        if isinstance(part, Interaction) and not part.id:
            yield replace(part, id=digest(raw, index))
        else:
            yield part


def _with_headers(headers: Headers, document: object) -> Parts:
    if cloudevents.is_batch(headers):
        raise Undecodable("wrong_type", "CloudEvents in a batch, which Kafka's binding forbids")
    event = cloudevents.binary(headers, document)
    return shell.fill(event, _open(event.content)) if event else _open(document)


def _open(document: object, shells: int = _MAX_SHELLS) -> Parts:
    """Read a document that may stand in shells."""
    if not shells:
        raise Undecodable("too_deep", f"the limit is {_MAX_SHELLS} envelopes")
    if isinstance(document, str):
        return _open(_parse(document.encode()), shells - 1)
    if isinstance(document, list) and document:
        return _list(document, shells - 1)
    if not isinstance(document, dict):
        return Parts((native.decode(document),))
    known = _known(document, shells - 1)
    return Parts((native.decode(document),)) if known is None else known


def _known(document: Fields, shells: int) -> Parts | None:
    """Read an object of a format that shows; ``None`` for one that does not."""
    for is_one, read in _FORMATS:
        if is_one(document):
            return read(document)
    if cloudevents.is_structured(document):
        event = cloudevents.structured(document)
        return shell.fill(event, _open(event.content, shells))
    if pair := openai_pair.find(document):
        return openai_pair.decode(document, pair)
    if native.answers(document):
        return one(partial(native.decode, document))
    if envelope := envelopes.unwrap(document):
        return shell.fill(envelope, _open(envelope.content, shells))
    return None


def _list(documents: list[object], shells: int) -> Parts:
    """Read a list of documents, each for itself."""
    if len(documents) > _MAX_PARTS:
        raise Undecodable("too_many", f"{len(documents)} parts, the limit is {_MAX_PARTS}")
    return joined(attempt_all(partial(_each, document, shells)) for document in documents)


def _each(document: object, shells: int) -> Parts:
    if isinstance(document, list):
        raise Undecodable("wrong_type", "Expected `object`, got `array` - at `$[...]`")
    return _open(document, shells)


def _inner(body: object) -> Parts | None:
    """Read the body of a log record, if it is an event; an ordinary line is none."""
    if isinstance(body, str):
        content = envelopes.strip(body)
        try:
            body = _parse(content.encode()) if content else None
        except Undecodable:
            return None
    if not isinstance(body, dict) or otlp.is_json(body):
        return None
    try:
        return _known(body, _INNER_SHELLS)
    except Undecodable as error:
        return rejected(error)


def _parse(raw: bytes) -> object:
    """Parse JSON, after the cookie of rsyslog if there is one."""
    try:
        said = raw.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("not_utf8", f"byte {error.start}") from None
    try:
        document = msgspec.json.decode(raw)
    except RecursionError:
        raise Undecodable("too_deep") from None
    except msgspec.DecodeError as error:
        content = envelopes.strip(said)
        if content is None or content == said.strip():
            raise Undecodable("not_json", str(error)) from None
        return _parse(content.encode())
    _check_depth(document)
    return document


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
