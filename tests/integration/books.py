"""What a run left in Kafka, held against what was sent and against an uninterrupted run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Consumer, TopicPartition
from msgspec.structs import replace

from processor.assembly import plan
from processor.config import Config
from processor.drift import state as states
from processor.drift.features import Features, decode_features
from processor.drift.stage import DriftStage
from processor.kafka import Record, client_settings, watermarks
from processor.verdict import Verdict
from tests import reading
from tests.integration.stream import wait_until

_READ_SECONDS = 120.0


class Books(NamedTuple):
    """What does not add up; all empty when nothing was lost or counted twice."""

    lost: list[str]
    """Sent, and neither a verdict nor a dead letter."""
    repeats: list[str]
    """More than one verdict or dead letter."""
    unwatched: list[str]
    """A score that the drift stage never got."""
    wrong_series: list[str]
    """The stored state is not that of an uninterrupted run."""
    wrong_alarms: list[str]
    """Missing, repeated, or not raised by an uninterrupted run."""


BALANCED = Books([], [], [], [], [])


def books(config: Config, sent: Sequence[str]) -> Books:
    """Read all topics and compare."""
    judged = verdicts(config)
    dead = [(record.key or b"").decode() for record in read(config, config.topics.dead_letters)]
    outcomes = Counter([*(verdict.event_id for verdict in judged), *dead])
    scored = {v.event_id for v in judged if any(s.score is not None for s in v.signals)}
    expected = offline(config, read(config, config.topics.features))
    stored = stored_states(config)
    alarms = Counter(
        msgspec.json.decode(record.value or b"")["id"]
        for record in read(config, config.topics.alarms)
    )
    return Books(
        lost=sorted(set(sent) - outcomes.keys()),
        repeats=sorted(name for name, times in outcomes.items() if times > 1),
        unwatched=sorted(scored - expected.event_ids),
        wrong_series=sorted(
            key.decode()
            for key in stored.keys() | expected.states.keys()
            if _settled(stored.get(key)) != _settled(expected.states.get(key))
        ),
        wrong_alarms=sorted(
            name
            for name in alarms.keys() | expected.alarm_ids
            if alarms[name] != (name in expected.alarm_ids)
        ),
    )


def _settled(raw: bytes | None) -> states.SeriesState:
    """Return a state without what it is about to delete, which depends on how events came."""
    return replace(states.decode(raw), garbage=())


class Offline(NamedTuple):
    """What the drift stage makes of features without workers and crashes."""

    states: dict[bytes, bytes]
    alarm_ids: set[str]
    event_ids: set[str]


def offline(config: Config, features: Iterable[Record]) -> Offline:
    """Run the drift stage over a topic of features, with the repeats taken out."""
    stage = DriftStage(plan(config))
    result = Offline({}, set(), set())
    parts: dict[tuple[bytes, str], bytes | None] = {}
    for key, fresh in _without_repeats(features):
        advance = stage.advance(
            result.states.get(key),
            [fresh],
            lambda name: parts.get((key, name)),  # noqa: B023 - called at once
        )
        result.states[key] = advance.state
        parts |= {(key, name): part for name, part in advance.parts.items()}
        result.alarm_ids.update(event.id for event in advance.events)
        result.event_ids.update(observation.event_id for observation in fresh.observations)
    return result


def _without_repeats(features: Iterable[Record]) -> Iterator[tuple[bytes, Features]]:
    """Drop the observations of source records that came before, whatever the stage would do."""
    seen: set[tuple[int, int, float]] = set()
    for record in features:
        said = decode_features(record.value)
        fresh = tuple(o for o in said.observations if (o.partition, o.offset, o.logged) not in seen)
        seen.update((o.partition, o.offset, o.logged) for o in fresh)
        if fresh:
            yield record.key or b"", replace(said, observations=fresh)


def verdicts(config: Config) -> list[Verdict]:
    """Return all verdicts, partition by partition."""
    return [
        msgspec.json.decode(record.value or b"", type=Verdict)
        for record in read(config, config.topics.verdicts)
    ]


def stored_states(config: Config) -> dict[bytes, bytes]:
    """Return the last state of every series in the changelog."""
    changelog = f"{config.kafka.group}-drift-changelog"
    return {record.key or b"": record.value or b"" for record in read(config, changelog)}


def read(config: Config, topic: str) -> list[Record]:
    """Return all records of a topic, partition by partition."""
    found = reading.read(config.kafka.bootstrap_servers, topic, config.topics.partitions)
    return sorted(map(_record, found), key=lambda record: (record.partition, record.offset))


def count(config: Config, topic: str) -> int:
    """Return how many records a topic holds."""
    with _consumer(config) as consumer:
        return sum(end - start for start, end in _bounds(consumer, config, topic).values())


def uncommitted(config: Config, topic: str) -> int:
    """Return how many records of a topic the group has yet to commit."""
    with _consumer(config) as consumer:
        bounds = _bounds(consumer, config, topic)
        committed = consumer.committed(
            [TopicPartition(topic, p) for p in bounds], timeout=_READ_SECONDS
        )
        return sum(bounds[tp.partition][1] - max(tp.offset, 0) for tp in committed)


def wait_idle(config: Config) -> None:
    """Wait until the group has committed all events and, after them, all that they became.

    A busy machine may take its time, as long as something is committed now and then.
    """
    for topic in (*config.topics.sources, config.topics.features, config.topics.turns):
        left = uncommitted(config, topic)
        while left:
            wait_until(
                lambda: uncommitted(config, topic) != left,  # noqa: B023 - called at once
                f"a commit to {topic}, of which {left} are left",
            )
            left = uncommitted(config, topic)


@contextmanager
def _consumer(config: Config) -> Iterator[Consumer]:
    """A consumer that may ask for the group's offsets and never joins it."""
    consumer = Consumer(
        client_settings(config.kafka)
        | {
            "group.id": config.kafka.group,
            "enable.auto.commit": False,
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _bounds(consumer: Consumer, config: Config, topic: str) -> dict[int, tuple[int, int]]:
    bounds = {}
    for partition in range(config.topics.partitions):
        low, high = watermarks(consumer, topic, partition)
        bounds[partition] = (max(low, 0), max(high, 0))
    return bounds


def _record(message: Any) -> Record:
    _, milliseconds = message.timestamp()
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        time=milliseconds / 1000,
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),
    )
