"""Lines to Kafka: in order, acknowledged, in bounded memory, through any outage of the brokers."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from processor.config import Kafka
from processor.errors import DeliveryFailed
from processor.kafka import client_settings
from processor.shipping.generation import Chunk

# A refused line stays behind, and is counted; every other refusal would meet all lines.
_LINE_ITSELF = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD})
_OVERHEAD_BYTES = 512  # what the client keeps beside a line
_POLL_SECONDS = 0.1

Outcome = Literal["acknowledged", "too_large"]


class Parcel(NamedTuple):
    """One line as it leaves the host."""

    value: bytes
    key: bytes | None = None


class Sender:
    """Produces lines and settles their chunks when the broker has acknowledged them.

    No line is given up because of time: with the brokers away the client tries on for ever, and
    `is_full` tells the reader to wait.

    Args:
        kafka: how to reach the brokers.
        topic: where to.
        max_message_bytes: the largest line that the topic takes.
        queue_bytes: how much may be under way.
        told: called with the outcome and the bytes of every line.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        kafka: Kafka,
        topic: str,
        *,
        max_message_bytes: int,
        queue_bytes: int,
        told: Callable[[Outcome, int], None] = lambda _outcome, _size: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic
        self._queue_bytes = queue_bytes
        self._told = told
        self._clock = clock
        self._heard = clock()
        self._failure: KafkaError | None = None
        self.under_way = 0
        """Lines that are produced and not settled."""
        self.bytes_under_way = 0
        self._producer = Producer(
            client_settings(kafka)
            | {
                "client.id": "semwatch-ship",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",  # as Faust and the Java clients hash keys
                "message.timeout.ms": 0,  # for ever
                "message.max.bytes": max_message_bytes,
                "linger.ms": 50,
                "compression.type": "lz4",
                # Above our own bound, which is to be met first.
                "queue.buffering.max.messages": 10_000_000,
                "queue.buffering.max.kbytes": 2 * queue_bytes // 1024 + 64 * 1024,
                "reconnect.backoff.max.ms": 2_000,
            }
        )

    @property
    def is_full(self) -> bool:
        """Whether reading must wait."""
        return self.bytes_under_way >= self._queue_bytes

    @property
    def waiting_seconds(self) -> float:
        """How long nothing was heard of the lines under way; 0 where there are none."""
        return self._clock() - self._heard if self.under_way else 0.0

    def send(self, chunk: Chunk, parcel: Parcel) -> None:
        """Produce one line of a chunk.

        Raises:
            DeliveryFailed: no line can be delivered.
        """
        size = len(parcel.value) + _OVERHEAD_BYTES
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    value=parcel.value,
                    key=parcel.key,
                    on_delivery=partial(self._delivered, chunk, size),
                )
            except BufferError:
                self.poll(_POLL_SECONDS)
            except KafkaException as error:
                self._refuse(chunk, error.args[0], len(parcel.value))
                return
            else:
                if not self.under_way:
                    self._heard = self._clock()
                self.under_way += 1
                self.bytes_under_way += size
                return

    def _refuse(self, chunk: Chunk, error: KafkaError, size: int) -> None:
        """Leave a line behind that the client itself does not take."""
        if error.code() not in _LINE_ITSELF:
            raise DeliveryFailed(str(error))
        self._told("too_large", size)
        chunk.settle()

    def _delivered(self, chunk: Chunk, size: int, error: KafkaError | None, _message: Any) -> None:
        self._heard = self._clock()
        self.under_way -= 1
        self.bytes_under_way -= size
        if error is not None and error.code() not in _LINE_ITSELF:
            self._failure = self._failure or error
            return
        self._told("acknowledged" if error is None else "too_large", size - _OVERHEAD_BYTES)
        chunk.settle()

    def poll(self, seconds: float = 0.0) -> None:
        """Take in acknowledgements, waiting up to so long for the first.

        Raises:
            DeliveryFailed: a line was refused for a reason that is not its own.
        """
        self._producer.poll(seconds)
        if self._failure:
            raise DeliveryFailed(str(self._failure))

    def flush(self, seconds: float) -> bool:
        """Wait for what is under way; return whether all of it is settled.

        Raises:
            DeliveryFailed: see `poll`.
        """
        self._producer.flush(seconds)
        self.poll()
        return self.under_way == 0
