"""Envelopes of log shippers: the bot's line as a string within the shipper's own JSON.

Fluent Bit, Vector, Filebeat, Logstash, rsyslog and journald differ in the name of the line.
"""

import re

from processor.formats.shell import Shell
from processor.formats.values import Fields, at, fields, first, time

_CEE = "@cee:"
_SYSLOG_BYTES = 1024  # what may stand before the cookie
_LINES = ("log", "message", "msg", "MESSAGE", "short_message")
# What shippers call the line once they have parsed it, where they were told to.
_PARSED = ("log_processed", "message", "json", "parsed", "structured", "msg")
_TIMES = ("@timestamp", "timestamp", "time", "date", "__REALTIME_TIMESTAMP")
# containerd's lines, where no parser took their prefix off: time, stream, tag, line.
_CONTAINER = re.compile(r"\S{20,40} (?:stdout|stderr) [FP] (?=[\[{\"@])")


def unwrap(document: Fields) -> Shell | None:
    """Return the line in an envelope, or ``None`` where there is none that could hold an event."""
    for key in _PARSED:
        if isinstance(document.get(key), dict) and document[key]:
            return _shell(document, document[key])
    for key in _LINES:
        line = document.get(key)
        if isinstance(line, str) and (content := strip(line)):
            return _shell(document, content)
    return None


def strip(line: str) -> str | None:
    """Return the JSON of a line without what a shipper put before it.

    Examples:
        >>> strip('@cee: {"a": 1}'), strip("GET /healthz 200")
        ('{"a": 1}', None)
        >>> strip('2026-01-05T10:00:00.000000000Z stdout F {"a": 1}')
        '{"a": 1}'
    """
    found = _CONTAINER.match(line)
    rest = line[found.end() :] if found else line
    cookie = rest.find(_CEE, 0, _SYSLOG_BYTES)
    rest = (rest[cookie + len(_CEE) :] if cookie >= 0 else rest).strip()
    return rest if rest[:1] in ("{", "[", '"') else None


def _shell(document: Fields, content: object) -> Shell:
    labels = fields(at(document, "kubernetes", "labels")) or fields(
        at(document, "kubernetes", "pod_labels")
    )
    return Shell(
        content,
        time=next((t for key in _TIMES if (t := time(document.get(key)))), None),
        app=first(
            labels.get("app.kubernetes.io/name"),
            labels.get("app"),
            at(document, "service", "name"),
            at(document, "kubernetes", "container_name"),
            at(document, "kubernetes", "container", "name"),
        ),
        trace_id=first(at(document, "trace", "id")),
        span_id=first(at(document, "span", "id")),
    )
