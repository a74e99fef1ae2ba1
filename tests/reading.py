"""Reads a topic to its end, on either broker."""

import contextlib
import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

_SECONDS = 120.0
_POLL_SECONDS = 0.1


def read(bootstrap: str, topic: str, partitions: int) -> Iterator[Message]:
    """Yield all that the partitions of a topic hold, in the order of each."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reading",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    open_partitions = set(range(partitions))
    deadline = time.monotonic() + _SECONDS
    with contextlib.closing(consumer):
        consumer.assign([TopicPartition(topic, p, 0) for p in open_partitions])
        while open_partitions:
            assert time.monotonic() < deadline, f"{topic} not read within {_SECONDS} s"
            for message in consumer.consume(1000, _POLL_SECONDS):
                error = message.error()
                if error is None:
                    yield message
                # That the end is reached is told as an error; a control record may stand there.
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                    open_partitions.discard(message.partition() or 0)
