"""Whatever is killed, frozen or cut off: every event has one outcome and drift counts it once."""

import random
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from processor.config import Config
from tests.broker import Kafka
from tests.integration.books import BALANCED, books, count, uncommitted, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import Load, event, producer
from tests.integration.stream import (
    EXIT_FATAL,
    KILLED,
    REAL,
    Worker,
    create_topics,
    settings,
    wait_until,
)

# A killed worker is missed so soon: less waiting. One that starves for half of it restarts.
_BRISK = {"session_timeout_seconds": 3.0}


@pytest.mark.timeout(1200)
def test_kills_lose_and_repeat_nothing(line: Line, tmp_path: Path) -> None:
    """Ten kills at random moments under load, while another worker joins and is killed too."""
    config = line(kafka=_BRISK)
    moments = random.Random(1)

    with Worker(config, tmp_path, forward_seconds=0.003) as worker, ExitStack() as others:
        load = Load(config, events=6000, rate=120).start()
        for kill in range(1, 11):
            if moments.random() < 0.8:  # else perhaps while it starts or recovers
                _wait_for_progress(config)
            time.sleep(moments.random())
            if kill == 4:
                others.enter_context(Worker(config, tmp_path, forward_seconds=0.003))
            if kill == 7:
                others.close()
            exits = len(worker.exits)
            worker.kill()
            worker.wait_exits(exits + 1)
        sent = load.join()
        wait_idle(config)

    assert worker.exits.count(KILLED) >= 10
    assert books(config, sent) == BALANCED


@pytest.mark.kafka
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("bundle", [1, 7], ids=["an event a record", "seven, from three topics"])
def test_death_at_any_step_loses_and_repeats_nothing(
    kafka_line: Line, tmp_path: Path, bundle: int
) -> None:
    """Between any two things that a batch does, in the midst of what it sends and of a record."""
    config = kafka_line(kafka=_BRISK, topics={} if bundle == 1 else _several())
    steps = [
        *("judge:9", "before-features:9", "torn-features:9", "after-features:9"),
        *("torn-verdicts:9", "done-observe:9", "before-alarms:1", "after-alarms:1", "done-drift:9"),
    ]

    with Worker(config, tmp_path, steps=[f"SIGKILL:{step}" for step in steps]) as worker:
        sent = Load(config, events=4000 // bundle, bundle=bundle).start().join()
        worker.wait_deaths(len(steps))
        wait_idle(config)

    assert books(config, sent) == BALANCED


@pytest.mark.kafka
@pytest.mark.parametrize("step", ["judge", "before-features", "before-verdicts"])
def test_thawed_worker_leaves_its_place(kafka_line: Line, tmp_path: Path, step: str) -> None:
    """One frozen for longer than its session finds another in its place, and starts anew."""
    config = kafka_line(kafka=_BRISK)

    with (
        Worker(config, tmp_path, steps=[f"SIGSTOP:{step}:20"]) as frozen,
        Worker(config, tmp_path) as other,
    ):
        frozen.wait_ready()
        other.wait_ready()
        load = Load(config, events=2000, rate=1000).start()
        frozen.wait_frozen()
        load.join()
        wait_idle(config)  # by the other alone
        frozen.thaw()
        frozen.wait_exits(1)
        later = Load(config, events=1000, first=2000).start().join()
        wait_idle(config)

    assert frozen.exits[0] == EXIT_FATAL
    assert books(config, [*load.ids, *later]) == BALANCED


@pytest.mark.kafka
def test_stalled_worker_starts_anew(kafka_line: Line, tmp_path: Path) -> None:
    """One whose batch never ends, while records wait, ends itself and leaves them to the next."""
    config = kafka_line(kafka=_BRISK, worker={"stall_seconds": 4.0})

    with Worker(config, tmp_path, steps=["HANG:judge:9"]) as worker:
        sent = Load(config, events=500).start().join()
        worker.wait_exits(1)
        wait_idle(config)

    assert worker.exits[0] == EXIT_FATAL
    assert books(config, sent) == BALANCED


@pytest.mark.kafka
def test_stop_that_hangs_ends(kafka_line: Line, tmp_path: Path) -> None:
    """A batch that never ends holds SIGTERM up no longer than is set, and goes to the next."""
    config = kafka_line(kafka=_BRISK, worker={"stop_seconds": 2.0})

    with Worker(config, tmp_path, steps=["HANG:judge:1"]) as worker:
        sent = Load(config, events=500).start().join()
        worker.wait_ready()
        wait_until(lambda: worker.metrics()["semwatch_inflight_events"] > 0, "a batch")
        code = worker.stop()
    with Worker(config, tmp_path):
        wait_idle(config)

    assert code == 1
    assert books(config, sent) == BALANCED


@pytest.mark.kafka
def test_killed_broker_costs_time_only(own_kafka: Kafka, tmp_path: Path) -> None:
    """The broker dies twice under load, once for longer than anyone waits for an answer."""
    config = settings(own_kafka.bootstrap, kafka=_BRISK)
    create_topics(config)

    with Worker(config, tmp_path, forward_seconds=0.005) as worker:
        load = Load(config, events=5000, rate=200).start()
        for seconds in (0.0, 4.0):
            _wait_for_progress(config)
            own_kafka.kill()
            time.sleep(seconds)
            own_kafka.restart()
        sent = load.join()
        wait_idle(config)

    assert KILLED not in worker.exits[:-1]
    assert books(config, sent) == BALANCED


@pytest.mark.kafka
def test_refused_verdict_is_not_passed_over(kafka_line: Line, tmp_path: Path) -> None:
    """What the broker will not take holds up its partition, and is judged when it will."""
    config = kafka_line(kafka=_BRISK)
    _limit_verdicts(config, 2_000)
    sender = producer(config.kafka.bootstrap_servers)
    names = [f"e{number}" for number in range(100)]
    for name in names:
        large = {"sampling": {"seed": random.randbytes(3_000).hex()}} if name == "e50" else {}
        sender.produce(config.topics.events, event(name, **large))
    sender.flush()

    with Worker(config, tmp_path) as worker:
        worker.wait_exits(2)
        _limit_verdicts(config, 20_000)
        wait_idle(config)

    assert worker.exits[:2] == [EXIT_FATAL] * 2
    assert books(config, names) == BALANCED


@pytest.mark.kafka
def test_terminated_worker_leaves_nothing_half_done(kafka_line: Line, tmp_path: Path) -> None:
    """SIGTERM under load: exit 0, by itself and in time; what has an outcome is committed."""
    config = kafka_line()
    topics = config.topics
    load = Load(config, events=3000).start()

    with Worker(config, tmp_path, forward_seconds=0.003) as worker:
        _wait_for_progress(config)
        code = worker.stop()
    outcomes = count(config, topics.verdicts) + count(config, topics.dead_letters)
    left = uncommitted(config, topics.events)
    with Worker(config, tmp_path) as heir:
        wait_idle(config)
        samples = heir.metrics()

    assert code == 0
    assert 0 < left == 3000 - outcomes
    assert samples["semwatch_repeats_total"] == 0
    assert books(config, load.join()) == BALANCED


@pytest.mark.kafka
def test_kill_with_the_real_model_loses_and_repeats_nothing(
    kafka_line: Line, tmp_path: Path
) -> None:
    """The same holds with the packaged encoder."""
    config = kafka_line(worker={"batch_events": 4})
    load = Load(config, events=150).start()

    with Worker(config, tmp_path, command=REAL) as worker:
        _wait_for_progress(config)
        worker.kill()
        sent = load.join()
        wait_idle(config)

    assert worker.exits[0] == KILLED
    assert books(config, sent) == BALANCED


def _several() -> dict[str, dict[str, str]]:
    """Return further topics of events that no other test has."""
    return {"formats": {f"t{uuid4().hex[:8]}.further": "auto" for _ in range(2)}}


def _limit_verdicts(config: Config, size: int) -> None:
    """Set the largest record that the topic of verdicts takes, in bytes."""
    limit = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(ResourceType.TOPIC, config.topics.verdicts, incremental_configs=[limit])
    client = AdminClient({"bootstrap.servers": config.kafka.bootstrap_servers})
    client.incremental_alter_configs([topic])[topic].result(10.0)


def _wait_for_progress(config: Config) -> None:
    """Wait for the next verdict."""
    before = count(config, config.topics.verdicts)
    wait_until(lambda: count(config, config.topics.verdicts) > before, "a verdict")
