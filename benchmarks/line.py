"""One run's own line through Kafka: topics made for it, events in, verdicts out."""

import os
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Self
from uuid import uuid4

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from benchmarks.broker import Broker
from processor import config as settings
from processor.config import Config
from processor.kafka import Message, Outbox, client_settings
from processor.replay import key_of
from processor.verdict import Verdict

# Switches of the benchmarks themselves; the worker would refuse them as unknown settings.
_OWN = ("SEMWATCH_DATA",)
_ACK_SECONDS = 60.0
_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.2
_READ = 500


class Received(NamedTuple):
    """One verdict; ``time`` is Kafka's, set when the worker produced it."""

    time: float
    verdict: Verdict


def base_config() -> Config:
    """Return the default settings with what the environment overrides."""
    environ = {name: value for name, value in os.environ.items() if name not in _OWN}
    return settings.load(environ=environ)


class Line:
    """The topics of one run, empty at first.

    Args:
        broker: where.
        config: every other setting.
    """

    def __init__(self, broker: Broker, config: Config) -> None:
        self.config = _own_topics(broker, config)
        broker.create_topics(self.config)
        self._consumer = Consumer(
            client_settings(self.config.kafka)
            | {
                "group.id": f"{self.config.kafka.group}-benchmark",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                # Questions queue behind a waiting fetch; the default is half a second.
                "fetch.wait.max.ms": 20,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def preload(self, events: Iterable[bytes]) -> None:
        """Produce the events and have them acknowledged.

        Raises:
            RuntimeError: the embedded broker has dropped some: it keeps 5 MB a partition.
        """
        topics = self.config.topics
        outbox = Outbox(
            self.config.kafka,
            timeout_seconds=_ACK_SECONDS,
            max_message_bytes=topics.max_message_bytes,
        )
        outbox.send(Message(topics.events, event, key=key_of(event)) for event in events)
        if any(low for low, _ in self._ends(topics.events)):
            raise RuntimeError("more events than the embedded broker keeps")

    def count(self) -> int:
        """Return how many verdicts there are."""
        return sum(high - low for low, high in self._ends(self.config.topics.verdicts))

    def read(self) -> list[Received]:
        """Return all verdicts, in the order of their times."""
        total = self.count()
        self._assign([0] * self.config.topics.partitions)
        found: list[Received] = []
        deadline = time.monotonic() + _ACK_SECONDS
        while len(found) < total:
            if time.monotonic() > deadline:
                raise TimeoutError(f"read {len(found)} verdicts only")
            found.extend(self.poll(_POLL_SECONDS))
        return sorted(found, key=lambda received: received.time)

    def follow(self) -> None:
        """Let `poll` return what comes from now on."""
        self._assign([high for _, high in self._ends(self.config.topics.verdicts)])

    def poll(self, seconds: float) -> Iterator[Received]:
        """Yield the verdicts that come within so long."""
        for message in self._consumer.consume(_READ, seconds):
            value = message.value()
            if value is not None and message.error() is None:
                _, milliseconds = message.timestamp()
                yield Received(milliseconds / 1000, msgspec.json.decode(value, type=Verdict))

    def _assign(self, offsets: list[int]) -> None:
        topic = self.config.topics.verdicts
        self._consumer.assign([TopicPartition(topic, p, o) for p, o in enumerate(offsets)])

    def _ends(self, topic: str) -> list[tuple[int, int]]:
        return [self._end(TopicPartition(topic, p)) for p in range(self.config.topics.partitions)]

    def _end(self, place: TopicPartition) -> tuple[int, int]:
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                low, high = self._consumer.get_watermark_offsets(place, timeout=_ANSWER_SECONDS)
            except KafkaException:  # the broker is new, or this busy machine let it stand still
                if time.monotonic() > deadline:
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return low, high


def _own_topics(broker: Broker, config: Config) -> Config:
    run = f"bench-{uuid4().hex[:8]}"
    names = {
        name: f"{run}.{name}"
        for name in (
            *("events", "features", "turns", "verdicts"),
            *("conversations", "alarms", "dead_letters"),
        )
    }
    return msgspec.structs.replace(
        config,
        kafka=msgspec.structs.replace(config.kafka, bootstrap_servers=broker.bootstrap, group=run),
        topics=msgspec.structs.replace(config.topics, partitions=broker.partitions, **names),
    )
