"""Baselines from outside the worker: what is stored, commands to their owners, made from data."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple
from uuid import uuid4

import msgspec
import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from processor.assembly import Loaded, plan
from processor.config import Config
from processor.decode import interactions
from processor.drift import state as states
from processor.drift.baseline import Baseline, Schema, fit
from processor.drift.baseline import decode as decode_baseline
from processor.drift.charts import arl_of_each
from processor.drift.course import baseline_name
from processor.drift.features import (
    Action,
    Command,
    Features,
    FeaturesError,
    Observation,
    Series,
    decode_features,
    encode,
    series_key,
)
from processor.drift.reading import Status, status_of
from processor.drift.rows import row
from processor.drift.state import SeriesState
from processor.errors import BaselineUnavailable, KafkaUnreachable
from processor.judged import Judged
from processor.kafka import Message, Outbox, Record, client_settings, watermarks
from processor.seal import StateError

_BATCH = 64
_POLL_SECONDS = 0.2
_READ_SECONDS = 120.0
_MIN_EVENTS = 100


class Stored(NamedTuple):
    """A series as it lies in Kafka."""

    series: Series
    state: SeriesState
    status: Status


def stored(config: Config) -> list[Stored]:
    """Return every series whose state can be read, by name.

    Raises:
        KafkaUnreachable: the broker did not answer.
    """
    found = []
    for key, value in _latest(config, f"{config.kafka.group}-drift-changelog").items():
        try:
            series, state = msgspec.json.decode(key, type=Series), states.decode(value)
        except (msgspec.DecodeError, StateError):
            continue  # its worker resets and counts it
        found.append(Stored(series, state, status_of(series, state)))
    return sorted(found, key=lambda one: msgspec.structs.astuple(one.series))


def export(config: Config, series: Series) -> bytes:
    """Return the frozen baseline of a series.

    Raises:
        BaselineUnavailable: it has none.
        KafkaUnreachable: the broker did not answer.
    """
    watch = next((s.state.watch for s in stored(config) if s.series == series), None)
    if watch is None:
        raise BaselineUnavailable(f"{_named(series)} has no baseline yet")
    parts = _latest(config, f"{config.kafka.group}-baselines-changelog")
    raw = parts.get(series_key(series) + baseline_name(watch.digest).encode())
    if raw is None:
        raise BaselineUnavailable(f"the baseline of {_named(series)} has just been replaced")
    return raw


def send(config: Config, series: Series, action: Action, baseline: bytes = b"") -> str:
    """Send a command to the owner of a series, in order with its features; return its id."""
    command = Command(id=uuid4().hex, action=action, baseline=baseline)
    value = encode(Features(series=series, command=command))
    outbox = Outbox(
        config.kafka, timeout_seconds=30.0, max_message_bytes=config.topics.max_message_bytes
    )
    outbox.send([Message(config.topics.features, value, key=series_key(series))])
    return command.id


def from_range(config: Config, series: Series, since: float, until: float) -> Baseline:
    """Make a baseline of what the features topic holds of a time range, in events' own time.

    Raises:
        BaselineUnavailable: it holds too few events.
        KafkaUnreachable: the broker did not answer.
    """
    key = series_key(series)
    observations: dict[tuple[int, int], Observation] = {}
    for record in _read(config, config.topics.features):
        if record.key == key:
            observations |= {
                (one.partition, one.offset): one
                for one in _observations(record.value)
                if one.time is not None and since <= one.time < until
            }
    ordered = sorted(observations.values(), key=lambda one: (one.time, one.event_id))
    embeddings = [one.embedding for one in ordered if one.embedding]
    lengths = [len(one.prompt) // 2 for one in ordered if one.prompt]
    schema = _schema(config, embeddings[-1] if embeddings else "", lengths[-1] if lengths else 0)
    return _fit(config, schema, ordered, canary=None)


def from_events(lines: Iterable[bytes] | IO[bytes], config: Config, loaded: Loaded) -> Baseline:
    """Make a baseline of golden events, one a line; what is no event is left out.

    Raises:
        BaselineUnavailable: there are too few.
    """
    canary = loaded.stage.canary
    observations: list[Observation] = []
    for batch in _batches(lines):
        limit = config.worker.max_event_bytes
        events = [one for line in batch for one in interactions(line, max_bytes=limit)]
        verdicts = loaded.pipeline.judge(events)
        records = [Record("", 0, 0, 0.0, None, None) for _ in events]
        judged = [Judged(*one) for one in zip(records, events, verdicts, strict=True)]
        features = loaded.measure(judged)
        observations += [one for value in features.values() for one in _observations(value)]
    dimensions = canary.vectors.shape[1] if canary else 0
    schema = _schema(config, canary.name if canary else "", dimensions)
    return _fit(config, schema, observations, canary=canary.vectors if canary else None)


def check(raw: bytes) -> Baseline:
    """Read a baseline that is to be imported.

    Raises:
        BaselineUnavailable: it is none.
    """
    try:
        return decode_baseline(raw)
    except ValueError as error:
        raise BaselineUnavailable(str(error)) from error


def _fit(
    config: Config,
    schema: Schema,
    observations: Sequence[Observation],
    *,
    canary: np.typing.NDArray[np.float16] | None,
) -> Baseline:
    if len(observations) < _MIN_EVENTS:
        raise BaselineUnavailable(f"{len(observations)} events; {_MIN_EVENTS} are the least")
    times = [one.time for one in observations if one.time is not None]
    return fit(
        np.array(
            [row(o, schema, comparable=o.embedding == schema.embedding) for o in observations]
        ),
        schema,
        arl=arl_of_each(len(schema.features) + 1, config.drift.arl),
        since=min(times, default=None),
        until=max(times, default=None),
        canary=canary,
    )


def _schema(config: Config, embedding: str, dimensions: int) -> Schema:
    wanted = plan(config)
    return Schema(
        features=wanted.features, rates=wanted.rates, dimensions=dimensions, embedding=embedding
    )


def _observations(raw: bytes | None) -> tuple[Observation, ...]:
    try:
        return decode_features(raw).observations
    except FeaturesError:
        return ()


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in lines:
        if line.strip():
            batch.append(line.strip())
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _latest(config: Config, topic: str) -> dict[bytes, bytes]:
    """Return the last value of every key; a key that was deleted is left out."""
    values: dict[bytes, bytes | None] = {}
    for record in _read(config, topic):
        values[record.key or b""] = record.value
    return {key: value for key, value in values.items() if value is not None}


def _read(config: Config, topic: str) -> Iterator[Record]:
    """Yield what a topic holds at this moment, partition by partition."""
    consumer = Consumer(
        client_settings(config.kafka)
        | {
            "group.id": f"{config.kafka.group}-baselines",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        yield from _read_all(consumer, topic, range(config.topics.partitions))
    except KafkaException as error:
        raise KafkaUnreachable(f"cannot read {topic}: {error.args[0]}") from error
    finally:
        consumer.close()


def _read_all(consumer: Consumer, topic: str, partitions: Iterable[int]) -> Iterator[Record]:
    for partition in partitions:
        low, high = watermarks(consumer, topic, partition)
        if high <= max(low, 0):
            continue
        consumer.assign([TopicPartition(topic, partition, max(low, 0))])
        deadline = time.monotonic() + _READ_SECONDS
        offset = -1
        while offset < high - 1:
            message = consumer.poll(_POLL_SECONDS)
            if message is None:
                if time.monotonic() > deadline:
                    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001
                continue
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                    break
                raise KafkaException(error)
            offset = message.offset() or 0
            yield Record(topic, partition, offset, 0.0, message.key(), message.value())


def _named(series: Series) -> str:
    return "/".join(msgspec.structs.astuple(series))
