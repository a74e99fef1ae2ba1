"""Puts the sidecar together as the settings say, and runs it."""

import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from processor.config import Config
from processor.errors import ConfigError, SemwatchError
from processor.exporter import ShipExporter
from processor.shipping.checkpoint import Checkpoint
from processor.shipping.page import Answer, Pages
from processor.shipping.redaction import Redactor
from processor.shipping.sender import Outcome, Sender
from processor.shipping.ship import Ship
from processor.shipping.stdin import Pipe
from processor.shipping.tail import Tail

log = logging.getLogger("semwatch")

EXIT_FATAL = 70  # EX_SOFTWARE of sysexits.h: the supervisor restarts us
_STALL_SECONDS = 60.0
_STDIN = "-"


def run_ship(config: Config, paths: Sequence[str] = (), *, once: bool = False) -> NoReturn:
    """Ship until SIGTERM or SIGINT, or with ``once`` until all is shipped, and exit.

    Exit code 0: all that was read is acknowledged. 70: some is not, or no line can be delivered;
    the checkpoint says from where to go on.

    Raises:
        ConfigError: it cannot start.
    """
    section = config.ship
    if paths:
        section = msgspec.structs.replace(section, paths=tuple(paths))
    if not section.paths:
        raise ConfigError("ship.paths: nothing to read, value ()")
    exporter = ShipExporter()

    def told(outcome: Outcome, size: int) -> None:
        if outcome == "acknowledged":
            exporter.acknowledged(size)
        else:
            exporter.refused(outcome)

    refuses = section.not_json == "refuse" or (not section.not_json and bool(section.redact))
    redactor = Redactor(section.redact, hash_key=section.hash_key, refuse_not_json=refuses)
    checkpoint = Checkpoint(Path(section.checkpoint))
    limit = config.topics.max_message_bytes
    sender = Sender(
        config.kafka,
        section.topic or config.topics.events,
        max_message_bytes=limit,
        queue_bytes=section.queue_bytes,
        told=told,
    )
    patterns = [path for path in section.paths if path != _STDIN]
    tail = Tail(
        patterns,
        checkpoint.load(),
        max_line_bytes=limit,
        quiet_seconds=section.quiet_seconds,
        skip=section.first_start == "end",
    )
    pipe = Pipe(sys.stdin.fileno(), max_line_bytes=limit) if _STDIN in section.paths else None
    ship = Ship(
        tail=tail,
        pipe=pipe,
        redactor=redactor,
        sender=sender,
        checkpoint=checkpoint,
        exporter=exporter,
        keys=section.key,
        checkpoint_seconds=section.checkpoint_seconds,
    )
    pages = _pages(section.host, section.port, ship, exporter)
    pages.start()
    log.info("shipping %s, metrics on port %d", ", ".join(section.paths), pages.port)
    sys.exit(_run(ship, drain_seconds=section.drain_seconds, once=once))


def _run(ship: Ship, *, drain_seconds: float, once: bool) -> int:
    stopping = _signals()
    try:
        if ship.run(lambda: bool(stopping), drain_seconds=drain_seconds, once=once):
            return 0
        log.warning("not all is acknowledged; the checkpoint says from where to go on")
    # The message of a foreign exception may hold text of a user; ours never do.
    except Exception as error:  # noqa: BLE001 - the end of the process, with the last checkpoint
        message = f": {error}" if isinstance(error, SemwatchError) else ""
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.critical("fatal: %s%s\n%s", type(error).__name__, message, frames)
    return EXIT_FATAL


def _signals() -> list[int]:
    """Return a list that SIGTERM and SIGINT add themselves to."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, receive)
    return received


def _pages(host: str, port: int, ship: Ship, exporter: ShipExporter) -> Pages:
    def metrics(accept: str | None) -> Answer:
        return Answer(*exporter.expose(accept))

    def alive(_accept: str | None) -> Answer:
        if ship.stalled_seconds > _STALL_SECONDS:
            return Answer(b"the loop does not turn", status=503)
        return Answer(b"ok")

    return Pages(host, port, {"/metrics": metrics, "/livez": alive, "/readyz": alive})
