"""The loop of the sidecar: read, redact, send, and note what is acknowledged."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from processor.exporter import ShipExporter
from processor.shipping.checkpoint import Checkpoint
from processor.shipping.generation import Chunk
from processor.shipping.redaction import Redactor, Refused, segments
from processor.shipping.sender import Parcel, Sender
from processor.shipping.stdin import Pipe
from processor.shipping.tail import Tail

log = logging.getLogger("semwatch")

_IDLE_SECONDS = 0.1


class Ship:
    """Carries lines to Kafka until it is told to stop.

    Args:
        tail: the log files.
        pipe: standard input, if it is read.
        redactor: what may leave the host.
        sender: the way to Kafka.
        checkpoint: keeps the positions of the files.
        exporter: the metrics.
        keys: paths of the Kafka key, the first that a line has.
        checkpoint_seconds: how often positions are written.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        *,
        tail: Tail,
        pipe: Pipe | None,
        redactor: Redactor,
        sender: Sender,
        checkpoint: Checkpoint,
        exporter: ShipExporter,
        keys: Sequence[str],
        checkpoint_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tail = tail
        self._pipe = pipe
        self._redactor = redactor
        self._sender = sender
        self._checkpoint = checkpoint
        self._exporter = exporter
        self._keys = [segments(path) for path in keys]
        self._checkpoint_seconds = checkpoint_seconds
        self._clock = clock
        self._chunks = self._read()
        self._gaps = 0
        self._is_saved = True
        self._noted = self._beat = clock()

    def run(self, stopping: Callable[[], bool], *, drain_seconds: float, once: bool) -> bool:
        """Ship until told to stop, or until all is shipped; return whether all of it is.

        Args:
            stopping: whether to stop.
            drain_seconds: how long what is there then may take.
            once: stop by itself when all files are read, and standard input has ended.

        Raises:
            DeliveryFailed: no line can be delivered.
        """
        while not stopping():
            if not self.turn() and (once or self._has_only_ended_pipe()):
                break
        deadline = self._clock() + drain_seconds
        self._tail.scan()
        while self.turn() and self._clock() < deadline:
            pass
        done = self._sender.flush(max(0.0, deadline - self._clock()))
        self.note()
        return done and self._clock() < deadline

    def turn(self) -> bool:
        """Do one step; return whether there may be more to do at once.

        Raises:
            DeliveryFailed: no line can be delivered.
        """
        self._beat = self._clock()
        chunk = None
        if waits := self._sender.is_full:
            self._sender.poll(_IDLE_SECONDS)
        else:
            if chunk := next(self._chunks):
                self._send(chunk)
            self._sender.poll(0.0 if chunk else _IDLE_SECONDS)
        if self._clock() - self._noted >= self._checkpoint_seconds:
            self.note()
        return waits or chunk is not None

    def _read(self) -> Iterator[Chunk | None]:
        """Take turns between the files and standard input; None says that nothing is there."""
        while True:
            sources = (self._tail, self._pipe) if self._pipe else (self._tail,)
            chunks = [source.read() for source in sources]
            yield from [chunk for chunk in chunks if chunk] or (None,)

    def _has_only_ended_pipe(self) -> bool:
        return bool(self._pipe and self._pipe.has_ended and not self._tail.is_used)

    def _send(self, chunk: Chunk) -> None:
        if chunk.too_long:
            self._exporter.refused("too_long", chunk.too_long)
        for line in chunk.lines:
            try:
                document, value = self._redactor.read(line)
            except Refused as error:
                self._exporter.refused(error.reason)
                chunk.settle()
            else:
                self._sender.send(chunk, Parcel(value, self._key(document)))

    def _key(self, document: Any) -> bytes | None:
        """Return the first key that the document has, as it is after redaction."""
        for path in self._keys:
            value = document
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            if isinstance(value, str | int) and value != "":
                return str(value).encode()
        return None

    def note(self) -> None:
        """Write down what is acknowledged, and show how far things are."""
        self._noted = self._clock()
        try:
            self._checkpoint.save(self._tail.stored)
            self._is_saved = True
        except OSError as error:  # lines go on; a crash now would repeat more of them
            self._exporter.checkpoint_failed()
            if self._is_saved:
                log.warning("the checkpoint cannot be written: %s", error)
            self._is_saved = False
        self._show()

    def _show(self) -> None:
        gaps = self._tail.gaps
        self._exporter.gaps(gaps - self._gaps)
        self._gaps = gaps
        generations = self._tail.generations
        self._exporter.progressed(
            files=sum(generation.content is not None for generation in generations),
            unread=sum(generation.unread for generation in generations),
            unacknowledged=self._sender.bytes_under_way,
            waiting_seconds=self._sender.waiting_seconds,
        )

    @property
    def stalled_seconds(self) -> float:
        """How long ago the loop last turned."""
        return self._clock() - self._beat
