"""JSONL into Kafka, at a rate."""

import gzip
import time
from collections.abc import Iterator
from typing import IO

import msgspec
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from processor.config import Config
from processor.kafka import Message, Outbox

_CHUNK = 500
_ACK_SECONDS = 60.0


class _Keyed(msgspec.Struct):
    conversation_id: str | None = None


def lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Return number and content of the lines of a JSONL file, gzipped or not, that hold any."""
    with gzip.open(file) if file.name.endswith(".gz") else file as opened:
        for number, raw in enumerate(opened, start=1):
            if line := raw.strip():
                yield number, line


def key_of(line: bytes) -> bytes | None:
    """Return the Kafka key of an event: its conversation, so that turns stay in order."""
    try:
        conversation_id = msgspec.json.decode(line, type=_Keyed).conversation_id
    except (msgspec.DecodeError, RecursionError):
        return None
    return conversation_id.encode() if conversation_id else None


def replay(file: IO[bytes], config: Config, *, rate: float = 0.0) -> int:
    """Produce every line to the events topic as it stands; return how many were acknowledged.

    Args:
        file: JSONL, gzipped when its name ends in ``.gz``.
        config: where to.
        rate: events a second; 0 for as fast as the broker takes them.
    """
    outbox = Outbox(
        config.kafka,
        timeout_seconds=_ACK_SECONDS,
        max_message_bytes=config.topics.max_message_bytes,
    )
    start = time.monotonic()
    done = 0
    with _progress() as progress:
        task = progress.add_task("replay", total=None)
        size = max(1, min(_CHUNK, int(rate / 10))) if rate else _CHUNK
        for chunk in _chunks((line for _, line in lines(file)), size):
            outbox.send(Message(config.topics.events, line, key=key_of(line)) for line in chunk)
            done += len(chunk)
            progress.update(task, completed=done)
            if rate:
                time.sleep(max(0.0, start + done / rate - time.monotonic()))
    return done


def _chunks(items: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    chunk = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
