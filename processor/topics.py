"""The topics that semwatch needs, and their creation."""

from collections.abc import Mapping
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from processor.config import Config
from processor.errors import ConfigError, KafkaUnreachable
from processor.kafka import HEADROOM_BYTES, client_settings

_EXISTS = "exists"
_TIMEOUT_SECONDS = 15.0


class Topic(NamedTuple):
    """One topic as it should be."""

    name: str
    partitions: int
    replication: int
    settings: dict[str, str]


def wanted(config: Config) -> tuple[Topic, ...]:
    """Return every topic that the worker reads or writes.

    All have the same number of partitions: a verdict lies in the partition of its event, whichever
    topic that came from, and a series' state in the partition of its scores. Dead letters take
    larger records than the events, for their headers.
    """
    topics = config.topics
    expiring = {
        "cleanup.policy": "delete",
        "retention.ms": _milliseconds(topics.retention_hours),
        "max.message.bytes": str(topics.max_message_bytes),
    }
    lasting = expiring | {"retention.ms": _milliseconds(topics.verdict_hours)}
    larger = {"max.message.bytes": str(topics.max_message_bytes + HEADROOM_BYTES)}
    state = {"cleanup.policy": "compact", "max.message.bytes": str(topics.max_message_bytes)}
    settings = {
        **dict.fromkeys(topics.sources, expiring),
        topics.features: expiring,
        topics.turns: expiring,
        topics.verdicts: lasting | larger,
        topics.conversations: lasting | {"cleanup.policy": "compact,delete"},
        topics.alarms: lasting,
        topics.dead_letters: expiring | larger,
        f"{config.kafka.group}-drift-changelog": state,
        f"{config.kafka.group}-baselines-changelog": state,
        f"{config.kafka.group}-conversation-changelog": state,
    }
    if topics.joined:
        settings[topics.spans] = expiring | larger
        settings[f"{config.kafka.group}-trace-changelog"] = state
    if topics.evaluations:
        settings[topics.evaluations] = expiring | larger
    return tuple(
        Topic(name, topics.partitions, topics.replication, chosen)
        for name, chosen in settings.items()
    )


def _milliseconds(hours: int) -> str:
    return str(hours * 3_600_000)


class Outcome(NamedTuple):
    """What became of one topic: ``created``, ``exists``, or what is wrong with it."""

    topic: Topic
    state: str


def create(config: Config) -> list[Outcome]:
    """Create the topics that are missing; an existing one is never changed."""
    client = AdminClient(client_settings(config.kafka))
    existing = _existing(client, config)
    topics = wanted(config)
    missing = [topic for topic in topics if topic.name not in existing]
    failures = _create(client, missing) if missing else {}
    return [
        Outcome(topic, failures[topic.name] or "created")
        if topic in missing
        else Outcome(topic, _compare(topic, existing))
        for topic in topics
    ]


def check(config: Config) -> None:
    """Refuse to start on topics that are missing or have another number of partitions.

    Raises:
        ConfigError: which topic, and what is wrong with it.
        KafkaUnreachable: no broker answered.
    """
    existing = _existing(AdminClient(client_settings(config.kafka)), config)
    for topic in wanted(config):
        state = _compare(topic, existing)
        if state != _EXISTS:
            raise ConfigError(
                f"topic {topic.name} {state}; `semwatch topics` creates what is missing"
            )


def _create(client: AdminClient, topics: list[Topic]) -> dict[str, str]:
    futures = client.create_topics(
        [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=topic.replication,
                config=topic.settings,
            )
            for topic in topics
        ],
        request_timeout=_TIMEOUT_SECONDS,
    )
    return {name: _failure(future) for name, future in futures.items()}


def _failure(future: object) -> str:
    try:
        future.result()  # type: ignore[attr-defined] # confluent-kafka ships no types
    except KafkaException as error:
        return str(error.args[0].str())
    return ""


def _existing(client: AdminClient, config: Config) -> dict[str, int]:
    try:
        topics = client.list_topics(timeout=_TIMEOUT_SECONDS).topics
    except KafkaException as error:
        servers = config.kafka.bootstrap_servers
        raise KafkaUnreachable(f"no broker answered at {servers}: {error.args[0].str()}") from error
    return {name: len(topic.partitions) for name, topic in topics.items()}


def _compare(topic: Topic, existing: Mapping[str, int]) -> str:
    if topic.name not in existing:
        return "does not exist"
    if existing[topic.name] != topic.partitions:
        return f"has {existing[topic.name]} partitions, not {topic.partitions}"
    return _EXISTS
