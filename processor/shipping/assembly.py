"""Puts the sidecar together as the settings say, and runs it."""

import logging
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from processor import config as settings
from processor.config import Config
from processor.errors import ConfigError, SemwatchError
from processor.exporter import ShipExporter
from processor.shipping.checkpoint import Checkpoint
from processor.shipping.page import Answer, Pages
from processor.shipping.redaction import Redactor
from processor.shipping.sender import Sender
from processor.shipping.ship import Ship
from processor.shipping.stdin import Pipe
from processor.shipping.tail import Tail

log = logging.getLogger("semwatch")

EXIT_FATAL = 70  # EX_SOFTWARE of sysexits.h: the supervisor restarts us
_STALL_SECONDS = 60.0
_STDIN = "-"


def run_ship(config: Config, paths: Sequence[str] = (), *, once: bool = False) -> int:
    """Ship until SIGTERM or SIGINT, or with ``once`` until all is shipped; return the exit code.

    0: all that was there is acknowledged. 70: some is not, or no line can be delivered; the
    checkpoint says from where to go on.

    Raises:
        ConfigError: it cannot start.
    """
    section = config.ship
    if paths:
        section = msgspec.structs.replace(section, paths=tuple(paths))
    if not section.paths:
        raise ConfigError("ship.paths: nothing to read, value ()")
    exporter = ShipExporter()
    with ExitStack() as stack:
        ship = _ship(config, section, exporter, stack)
        pages = _pages(section.host, section.port, ship, exporter)
        stack.callback(pages.stop)
        pages.start()
        log.info("shipping %s, metrics on port %d", ", ".join(section.paths), pages.port)
        stopping = stack.enter_context(_signals())
        return _run(ship, stopping, drain_seconds=section.drain_seconds, once=once)


def _ship(config: Config, section: settings.Ship, exporter: ShipExporter, stack: ExitStack) -> Ship:
    refuses = section.not_json == "refuse" or (not section.not_json and bool(section.redact))
    redactor = Redactor(section.redact, hash_key=section.hash_key, refuse_not_json=refuses)
    checkpoint = Checkpoint(Path(section.checkpoint))
    stack.callback(checkpoint.close)
    limit = config.topics.max_message_bytes
    tail = Tail(
        [path for path in section.paths if path != _STDIN],
        checkpoint.load(),
        max_line_bytes=limit,
        quiet_seconds=section.quiet_seconds,
        skip=section.first_start == "end",
    )
    stack.callback(tail.close)
    sender = Sender(
        config.kafka,
        section.topic or config.topics.events,
        max_message_bytes=limit,
        queue_bytes=section.queue_bytes,
        told=exporter.told,
    )
    reads_stdin = _STDIN in section.paths
    return Ship(
        tail=tail,
        pipe=Pipe(sys.stdin.fileno(), max_line_bytes=limit) if reads_stdin else None,
        redactor=redactor,
        sender=sender,
        checkpoint=checkpoint,
        exporter=exporter,
        keys=section.key,
        checkpoint_seconds=section.checkpoint_seconds,
    )


def _run(ship: Ship, stopping: list[int], *, drain_seconds: float, once: bool) -> int:
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


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Yield a list that SIGTERM and SIGINT add themselves to."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, receive) for number in (signal.SIGTERM, signal.SIGINT)}
    yield received
    for number, handler in before.items():
        signal.signal(number, handler)


def _pages(host: str, port: int, ship: Ship, exporter: ShipExporter) -> Pages:
    def metrics(accept: str | None) -> Answer:
        return Answer(*exporter.expose(accept))

    def alive(_accept: str | None) -> Answer:
        if ship.stalled_seconds > _STALL_SECONDS:
            return Answer(b"the loop does not turn", status=503)
        return Answer(b"ok")

    return Pages(host, port, {"/metrics": metrics, "/livez": alive, "/readyz": alive})
