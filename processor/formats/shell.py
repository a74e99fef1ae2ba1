"""What an envelope says of the events in it; used where they do not say it themselves."""

from dataclasses import replace
from typing import Any, NamedTuple

from detectors.base import Interaction
from processor.formats.part import Part, Parts


class Shell(NamedTuple):
    """What a shipper or a CloudEvent adds, and what it holds."""

    content: object
    time: float | None = None
    app: str | None = None
    id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


def fill(shell: Shell, found: Parts) -> Parts:
    """Give the interactions what only the envelope knows."""
    return found._replace(
        parts=tuple(_filled(shell, part, index) for index, part in enumerate(found.parts))
    )


def _filled(shell: Shell, part: Part, index: int) -> Part:
    if not isinstance(part, Interaction):
        return part
    known: dict[str, Any] = {}
    if part.time is None and shell.time is not None:
        known["time"] = shell.time
    if part.app == "unknown" and shell.app:
        known["app"] = shell.app
    if not part.id and shell.id:
        known["id"] = f"{shell.id}:{index}" if index else shell.id
    if part.trace_id is None and shell.trace_id:
        known |= {"trace_id": shell.trace_id, "span_id": shell.span_id}
    return replace(part, **known) if known else part
