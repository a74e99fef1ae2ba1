"""What Faust's own ``processing_guarantee="exactly_once"`` does on a real Kafka.

``python -m benchmarks.exactly_once`` runs the idiomatic agent, one verdict an event, and counts:
verdicts outside any transaction, lost and repeated verdicts over kills, and the agent without a
table. docs/decisions/0001 quotes what it prints.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import faust
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from rich.console import Console
from rich.table import Table

from tests.broker import running

_PARTITIONS = 4
_EVENTS, _VERDICTS = "events", "verdicts"
_SESSION_SECONDS = 6.0
_RUN_SECONDS = 120.0
_QUIET_SECONDS = 15.0


class Case(NamedTuple):
    """One run: how many events, how often the worker is killed, whether it keeps a table."""

    name: str
    events: int
    kills: int
    table: bool


class Outcome(NamedTuple):
    """What stood in the verdicts topic at the end."""

    verdicts: int
    lost: int
    repeated: int
    markers: int
    exits: tuple[int, ...]


_CASES = (
    Case("no kill", events=1000, kills=0, table=True),
    Case("5 kills", events=4000, kills=5, table=True),
    Case("no table", events=200, kills=0, table=False),
)


def worker(bootstrap: str, group: str, *, table: bool) -> None:
    """Run the app as Faust's own documentation writes it."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        processing_guarantee="exactly_once",
        topic_partitions=_PARTITIONS,
        topic_disable_leader=True,
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_SESSION_SECONDS / 10,
        broker_commit_interval=1.0,
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        store="memory://",
        value_serializer="raw",
    )
    verdicts = app.topic(f"{group}-{_VERDICTS}", value_serializer="raw", value_type=bytes)
    counts = app.Table("counts", default=int, partitions=_PARTITIONS) if table else None

    @app.agent(app.topic(f"{group}-{_EVENTS}", value_serializer="raw", value_type=bytes))
    async def judge(stream: Any) -> None:
        async for event in stream.events():
            if counts is not None:
                counts[event.key.decode()] += 1
            await verdicts.send(value=event.value, key=event.key)

    faust.Worker(app, loglevel="ERROR", quiet=True).execute_from_commandline()


def run(case: Case, bootstrap: str) -> Outcome:
    """Let the agent judge while it is killed, then look at what it left."""
    group = f"eos{case.events}{case.kills}{int(case.table)}"
    _create_topics(bootstrap, group)
    _produce(bootstrap, f"{group}-{_EVENTS}", case.events)
    exits = _judge(case, bootstrap, group)
    values, high = _read(bootstrap, f"{group}-{_VERDICTS}")
    found = Counter(values)
    return Outcome(
        verdicts=len(values),
        lost=case.events - len(found),
        repeated=len(values) - len(found),
        markers=high - len(values),
        exits=exits,
    )


def _judge(case: Case, bootstrap: str, group: str) -> tuple[int, ...]:
    command = (sys.executable, "-m", "benchmarks.exactly_once", bootstrap, group, str(case.table))
    moments = random.Random(7)
    exits: list[int] = []
    for life in range(case.kills + 1):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if life < case.kills:
            _wait_for_progress(bootstrap, group, process)
            time.sleep(moments.uniform(0.05, 0.5))
            process.kill()
        else:
            _wait_quiet(bootstrap, group, process)
            process.terminate()
        exits.append(process.wait(timeout=60))
    return tuple(exits)


def _wait_for_progress(bootstrap: str, group: str, process: "subprocess.Popen[bytes]") -> None:
    before = _high(bootstrap, f"{group}-{_VERDICTS}")
    deadline = time.monotonic() + _RUN_SECONDS
    while _high(bootstrap, f"{group}-{_VERDICTS}") == before:
        if process.poll() is not None or time.monotonic() > deadline:
            return
        time.sleep(0.05)


def _wait_quiet(bootstrap: str, group: str, process: "subprocess.Popen[bytes]") -> None:
    high, since = -1, time.monotonic()
    deadline = time.monotonic() + _RUN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        now = _high(bootstrap, f"{group}-{_VERDICTS}")
        if now != high:
            high, since = now, time.monotonic()
        if time.monotonic() - since > _QUIET_SECONDS:
            return
        time.sleep(0.5)


def _create_topics(bootstrap: str, group: str) -> None:
    topics = [NewTopic(f"{group}-{name}", _PARTITIONS, 1) for name in (_EVENTS, _VERDICTS)]
    client = AdminClient(_client(bootstrap))
    for future in client.create_topics(topics).values():
        future.result()


def _produce(bootstrap: str, topic: str, events: int) -> None:
    producer = Producer(_client(bootstrap))
    for number in range(events):
        producer.produce(topic, value=f"e{number}".encode(), key=f"k{number % 50}".encode())
    producer.flush()


def _read(bootstrap: str, topic: str) -> tuple[list[bytes], int]:
    """Return every committed value of a topic, and the sum of its ends."""
    consumer = Consumer(
        _client(bootstrap)
        | {"group.id": "eos", "enable.partition.eof": True, "isolation.level": "read_committed"}
    )
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(_PARTITIONS)])
    values: list[bytes] = []
    ends = 0
    while ends < _PARTITIONS:
        for message in consumer.consume(500, timeout=1.0):
            if message.error() is None:
                values.append(message.value() or b"")
            else:
                ends += 1
    consumer.close()
    return values, _high(bootstrap, topic)


def _high(bootstrap: str, topic: str) -> int:
    consumer = Consumer(_client(bootstrap) | {"group.id": "eos"})
    high = sum(
        consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
        for partition in range(_PARTITIONS)
    )
    consumer.close()
    return high


def _client(bootstrap: str) -> dict[str, Any]:
    return {"bootstrap.servers": bootstrap, "log_level": 0}


def main() -> None:
    """Print one row a case."""
    table = Table("case", "events", "verdicts", "lost", "repeated", "transaction markers", "exits")
    with tempfile.TemporaryDirectory() as directory, running(Path(directory) / "kafka") as kafka:
        for case in _CASES:
            outcome = run(case, kafka.bootstrap)
            table.add_row(case.name, str(case.events), *map(str, outcome))
    Console().print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        worker(sys.argv[1], sys.argv[2], table=sys.argv[3] == "True")
    else:
        main()
