"""All topics have the same partitions, and what exists is never changed."""

import pytest
from msgspec.structs import replace

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Kafka, Topics
from processor.errors import ConfigError, KafkaUnreachable
from processor.topics import check, create, wanted

CONFIG = Config(
    kafka=Kafka(group="g"),
    topics=Topics(
        events="e",
        formats={"o": "otlp_proto"},
        features="f",
        turns="t",
        verdicts="v",
        conversations="c",
        alarms="a",
        dead_letters="d",
        partitions=3,
        replication=2,
        retention_hours=2,
        verdict_hours=3,
        max_message_bytes=1_000_000,
    ),
)
TOPICS = {topic.name: topic for topic in wanted(CONFIG)}


def test_every_topic_is_wanted() -> None:
    """Also the changelogs, under the names that Faust gives them."""
    assert TOPICS.keys() == {
        *"eoftvcad",
        *(f"g-{table}-changelog" for table in ("drift", "baselines", "conversation")),
    }


def test_topics_of_joining_are_wanted_where_traces_are_joined() -> None:
    """Those on the way there and back, and the changelog of the table between them."""
    joined = replace(CONFIG, topics=replace(CONFIG.topics, joined=("o",)))
    further = {topic.name for topic in wanted(joined)} - TOPICS.keys()

    assert further == {"semwatch.spans", "semwatch.traces", "g-trace-changelog"}


def test_all_topics_have_the_same_partitions() -> None:
    """A verdict lies beside its event, a series' state beside its scores."""
    assert {(topic.partitions, topic.replication) for topic in TOPICS.values()} == {(3, 2)}


def test_only_the_state_is_kept_for_ever() -> None:
    """Compacted; all else expires: what holds text first, what explains an answer later."""
    policies = {name: topic.settings["cleanup.policy"] for name, topic in TOPICS.items()}
    retention = {name: topic.settings.get("retention.ms") for name, topic in TOPICS.items()}

    for table in ("drift", "baselines", "conversation"):
        changelog = f"g-{table}-changelog"
        assert policies.pop(changelog) == "compact"
        assert retention.pop(changelog) is None
    assert policies.pop("c") == "compact,delete"
    assert set(policies.values()) == {"delete"}
    lasting = {retention.pop(name) for name in "vac"}
    assert lasting == {"10800000"}
    assert set(retention.values()) == {"7200000"}


def test_a_dead_letter_has_room_for_its_headers() -> None:
    """An event of the largest size must find a place there."""
    sizes = {name: int(topic.settings["max.message.bytes"]) for name, topic in TOPICS.items()}

    assert sizes["e"] == 1_000_000
    assert sizes["d"] > sizes["e"]


@pytest.fixture(scope="module")
def broker() -> EmbeddedBroker:
    """A broker that has the topics, with the partitions that it gives every topic."""
    broker = EmbeddedBroker()
    broker.create_topics(tuple(TOPICS))
    return broker


def reached(broker: EmbeddedBroker, *, partitions: int, events: str = "e") -> Config:
    """Return settings that reach the broker."""
    topics = Topics(
        events=events,
        features="f",
        turns="t",
        conversations="c",
        verdicts="v",
        alarms="a",
        dead_letters="d",
        partitions=partitions,
    )
    return Config(kafka=Kafka(group="g", bootstrap_servers=broker.bootstrap_servers), topics=topics)


def test_what_exists_is_left_alone(broker: EmbeddedBroker) -> None:
    """The command can be run again at any time."""
    config = reached(broker, partitions=PARTITIONS)

    assert {outcome.state for outcome in create(config)} == {"exists"}
    assert [outcome.topic for outcome in create(config)] == list(wanted(config))


def test_another_number_of_partitions_is_told(broker: EmbeddedBroker) -> None:
    """It is for a person to decide: keys would move."""
    outcomes = create(reached(broker, partitions=8))

    assert {outcome.state for outcome in outcomes} == {f"has {PARTITIONS} partitions, not 8"}


def test_the_worker_starts_on_topics_as_they_should_be(broker: EmbeddedBroker) -> None:
    """The check says nothing then."""
    check(reached(broker, partitions=PARTITIONS))


@pytest.mark.parametrize(
    ("partitions", "events", "said"),
    [
        pytest.param(8, "e", "topic e has 4 partitions, not 8", id="partitions"),
        pytest.param(PARTITIONS, "missing", "topic missing does not exist", id="missing"),
    ],
)
def test_the_worker_does_not_start_on_others(
    broker: EmbeddedBroker, partitions: int, events: str, said: str
) -> None:
    """The message names the topic, what is wrong, and what helps."""
    with pytest.raises(ConfigError, match=f"{said}.*semwatch topics"):
        check(reached(broker, partitions=partitions, events=events))


def test_no_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its address; the next try may succeed."""
    monkeypatch.setattr("processor.topics._TIMEOUT_SECONDS", 0.2)
    config = Config(kafka=Kafka(bootstrap_servers="127.0.0.1:1"))

    with pytest.raises(KafkaUnreachable, match=r"127\.0\.0\.1:1"):
        create(config)
