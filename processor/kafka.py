"""Our side of Kafka: client settings, an outbox that knows what arrived, the tail of a topic.

confluent-kafka serves here and in the commands beside the worker; Faust only consumes.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from processor.config import Kafka
from processor.errors import DeliveryFailed, Fatal

# What headers may add to a record on its way to the dead letters.
HEADROOM_BYTES = 64 << 10

Headers = tuple[tuple[str, bytes], ...]

# Of a number: enough for the interactions of one record (`decode`), and for any topic's partitions.
_PART_BITS, _PARTITION_BITS = 16, 20

_POLL_SECONDS = 0.2
_READ_SECONDS = 30.0


class Record(NamedTuple):
    """One record read from Kafka, as it came; ``time`` is Kafka's, in seconds."""

    topic: str
    partition: int
    offset: int
    time: float
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Message(NamedTuple):
    """One record to be produced; without a partition the key chooses it."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int = -1
    headers: Headers = ()


class Place(NamedTuple):
    """The source record that an outcome belongs to; ``time`` tells a topic made anew.

    ``part`` is the number of the interaction within the record.
    """

    topic: str
    partition: int
    offset: int
    time: float
    part: int = 0


def place(record: Record, part: int = 0) -> Place:
    """Return the place of an interaction."""
    return Place(record.topic, record.partition, record.offset, record.time, part)


def numbered(record: Record, part: int) -> Record:
    """Return a record whose numbers tell its interactions apart, and topics too.

    The stages behind this one remember how far they came in each source partition. Its number
    here stands for topic and partition, whatever other topics are read; the offsets still ascend.
    """
    topic = crc32(record.topic.encode())
    return record._replace(
        partition=topic << _PARTITION_BITS | record.partition,
        offset=record.offset << _PART_BITS | part,
    )


def client_settings(kafka: Kafka) -> dict[str, Any]:
    """Render the ``kafka`` section for librdkafka."""
    settings = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": kafka.security_protocol,
        "ssl.ca.location": kafka.ssl_ca_file,
        "ssl.certificate.location": kafka.ssl_certificate_file,
        "ssl.key.location": kafka.ssl_key_file,
    }
    if kafka.security_protocol.startswith("SASL"):
        settings |= {
            "sasl.mechanism": kafka.sasl_mechanism,
            "sasl.username": kafka.sasl_username,
            "sasl.password": kafka.sasl_password,
        }
    # Level 2: a lost connection is tried again; if that does not help, the call itself fails.
    return {key: value for key, value in settings.items() if value} | {"log_level": 2}


class Outbox:
    """Produces, and returns only when the broker has acknowledged all of it.

    Args:
        kafka: how to reach the brokers.
        timeout_seconds: what is not acknowledged by then counts as failed. Half as much later
            librdkafka drops it, also when the process has stood still meanwhile: that must be
            before another worker may own our partitions.
        max_message_bytes: the largest record that the topics take, without our headers.
    """

    def __init__(self, kafka: Kafka, *, timeout_seconds: float, max_message_bytes: int) -> None:
        self._timeout = timeout_seconds
        self._producer = Producer(
            client_settings(kafka)
            | {
                "enable.idempotence": True,
                # Nothing may arrive behind what was refused: `Tail` would take it for the last.
                "enable.gapless.guarantee": True,
                # Faust and the Java clients hash keys so; librdkafka's default differs.
                "partitioner": "murmur2_random",
                # Later than `send` gives up, for what librdkafka drops leaves a gap as well.
                "message.timeout.ms": int(timeout_seconds * 1500),
                "message.max.bytes": max_message_bytes + HEADROOM_BYTES,
                # Only a flush sends, and `send` flushes when its guard has agreed.
                "linger.ms": int(timeout_seconds * 500),
                "compression.type": "lz4",
            }
        )

    def send(self, messages: Iterable[Message], guard: Callable[[], None] = lambda: None) -> None:
        """Produce the messages in order and wait until every one is acknowledged.

        Args:
            messages: what to send.
            guard: called at the last moment; what it raises keeps the messages here.

        Raises:
            DeliveryFailed: at least one is not; the others may have arrived.
        """
        failures: list[KafkaError] = []  # of this call: two threads share the producer

        def delivered(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failures.append(error)

        for message in messages:
            self._produce(message, delivered)
        guard()
        left = self._flush()
        if failures:
            raise DeliveryFailed(str(failures[0]))
        if left:
            raise DeliveryFailed(f"{left} messages not acknowledged in {self._timeout:g} s")

    def _produce(
        self, message: Message, delivered: Callable[[KafkaError | None, object], None]
    ) -> None:
        options: dict[str, Any] = {"headers": list(message.headers)} if message.headers else {}
        if message.partition >= 0:
            options["partition"] = message.partition
        while True:
            try:
                self._producer.produce(
                    message.topic,
                    value=message.value,
                    key=message.key,
                    on_delivery=delivered,
                    **options,
                )
            except BufferError:  # librdkafka's queue is full: let it drain
                self._producer.poll(_POLL_SECONDS)
            except KafkaException as error:
                raise DeliveryFailed(str(error.args[0])) from error
            else:
                return

    def _flush(self) -> int:
        try:
            return int(self._producer.flush(self._timeout))
        # A refusal ends the producer; raised amid the reports it becomes the cause of another.
        except (KafkaException, SystemError) as error:
            raise DeliveryFailed(str(error.__cause__ or error)) from error


_TOPIC, _PARTITION, _OFFSET, _PART, _TIME, _OTHERS = (
    "semwatch.topic",
    "semwatch.partition",
    "semwatch.offset",
    "semwatch.part",
    "semwatch.time",
    "semwatch.others",
)


class _Other(msgspec.Struct, array_like=True):
    topic: str
    offset: int
    time: float
    part: int


_others = msgspec.json.Decoder(tuple[_Other, ...])


def place_headers(here: Place, others: Iterable[Place] = ()) -> Headers:
    """Return the headers that name the source of an outcome.

    Args:
        here: of the outcome.
        others: the last outcomes in the same partition that come from other topics.
    """
    last = [_Other(o.topic, o.offset, o.time, o.part) for o in others]
    return (
        (_TOPIC, here.topic.encode()),
        (_PARTITION, str(here.partition).encode()),
        (_OFFSET, str(here.offset).encode()),
        (_PART, str(here.part).encode()),
        (_TIME, f"{here.time:.3f}".encode()),
        (_OTHERS, msgspec.json.encode(last)),
    )


def places_of(headers: Iterable[tuple[str, bytes]] | None) -> tuple[Place, ...]:
    """Return the places that headers name: of the outcome itself, and the last of other topics."""
    named = dict(headers or ())
    try:
        here = Place(
            named[_TOPIC].decode(),
            int(named[_PARTITION]),
            int(named[_OFFSET]),
            float(named[_TIME]),
            int(named[_PART]),
        )
        others = _others.decode(named[_OTHERS])
    except (KeyError, ValueError, AttributeError, TypeError, RecursionError):
        return ()
    return (here, *(Place(o.topic, here.partition, o.offset, o.time, o.part) for o in others))


def place_of(headers: Iterable[tuple[str, bytes]] | None) -> Place | None:
    """Return the source that headers name, if they do."""
    return next(iter(places_of(headers)), None)


class Tail:
    """Says what an earlier owner of a partition has already emitted.

    The last outcome in partition p of a topic names the last record that had one of partition p
    of each source topic. It counts only while the source still holds that very record: a topic
    made anew starts again at offset 0, and its events must not be taken for repeats.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._settings = client_settings(kafka) | {
            "group.id": f"{kafka.group}-tail",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
        }

    def read(
        self, topic: str, sources: Collection[str], partitions: Sequence[int]
    ) -> tuple[Place, ...]:
        """Return the last places with an outcome in ``topic``: one a source topic and partition.

        Raises:
            Fatal: the broker did not answer; without the answer nothing may be emitted.
        """
        consumer = Consumer(self._settings)
        try:
            last = _read_last(consumer, topic, partitions)
            return tuple(
                place
                for partition, message in last.items()
                for place in places_of(message.headers())
                if place.topic in sources and _still_there(consumer, partition, place)
            )
        except KafkaException as error:
            raise Fatal(f"cannot read the tail of {topic}: {error.args[0]}") from error
        finally:
            consumer.close()

    def recent(self, topic: str, partition: int, count: int) -> list[bytes]:
        """Return the values of the last records of a partition, at most so many.

        Raises:
            Fatal: the broker did not answer.
        """
        return [message.value() or b"" for message in self._recent(topic, partition, count)]

    def recent_keys(self, topic: str, partition: int, count: int) -> list[bytes]:
        """Return the keys of the last records of a partition, at most so many.

        Raises:
            Fatal: the broker did not answer.
        """
        return [message.key() or b"" for message in self._recent(topic, partition, count)]

    def _recent(self, topic: str, partition: int, count: int) -> list[Any]:
        consumer = Consumer(self._settings)
        try:
            low, high = watermarks(consumer, topic, partition)
            return _fetch_range(consumer, topic, partition, max(low, high - count, 0), high)
        except KafkaException as error:
            raise Fatal(f"cannot read the tail of {topic}: {error.args[0]}") from error
        finally:
            consumer.close()


def _fetch_range(consumer: Consumer, topic: str, partition: int, start: int, end: int) -> list[Any]:
    """Read the records from one offset to before another; control records have no value."""
    found: list[Any] = []
    if start >= end:
        return found
    consumer.assign([TopicPartition(topic, partition, start)])
    deadline = time.monotonic() + _READ_SECONDS
    offset = start - 1
    while offset < end - 1:
        message = consumer.poll(_POLL_SECONDS)
        if message is None:
            if time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
            continue
        error = message.error()
        if error is None:
            offset = message.offset() or 0
            found.append(message)
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the only name it has
            break
        else:
            raise KafkaException(error)
    return found


def _read_last(consumer: Consumer, topic: str, partitions: Sequence[int]) -> dict[int, Any]:
    ends = {}
    for partition in partitions:
        low, high = watermarks(consumer, topic, partition)
        if high > max(low, 0):
            ends[partition] = high - 1
    return _fetch(consumer, topic, ends)


def watermarks(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """Return the first offset of a partition and the one after its last.

    A partition that is new, or whose broker has just come back, has no leader for a moment.

    Raises:
        KafkaException: nor had it one for long.
    """
    deadline = time.monotonic() + _READ_SECONDS
    while True:
        try:
            low, high = consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=_READ_SECONDS
            )
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return low, high


def _still_there(consumer: Consumer, partition: int, place: Place) -> bool:
    low, high = watermarks(consumer, place.topic, partition)
    if place.offset < low:
        return True  # expired: no record up to there will come again
    if place.offset >= high:
        return False
    found = _fetch(consumer, place.topic, {partition: place.offset})
    if partition not in found:
        return False
    _, milliseconds = found[partition].timestamp()
    return bool(milliseconds == round(place.time * 1000))


def _fetch(consumer: Consumer, topic: str, offsets: Mapping[int, int]) -> dict[int, Any]:
    """Read one record a partition, at the given offset or the first after it."""
    found: dict[int, Any] = {}
    if not offsets:
        return found
    consumer.assign([TopicPartition(topic, p, offset) for p, offset in offsets.items()])
    deadline = time.monotonic() + _READ_SECONDS
    open_partitions = set(offsets)
    while open_partitions:
        message = consumer.poll(_POLL_SECONDS)
        if message is None:
            if time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
            continue
        error, partition = message.error(), message.partition() or 0
        if error is None:
            found.setdefault(partition, message)
        elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - the only name it has
            raise KafkaException(error)
        open_partitions.discard(partition)
    consumer.unassign()
    return found
