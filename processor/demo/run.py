"""The demo: a support bot goes wrong, and the whole line says so, on an embedded broker."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.markup import escape

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Kafka, Topics
from processor.demo.bot import message
from processor.demo.plan import Plan
from processor.demo.screen import Screen, judged_part, summary
from processor.demo.story import Story
from processor.demo.traffic import Traffic
from processor.errors import SemwatchError
from processor.kafka import Outbox, client_settings
from processor.topics import wanted

# An on-call engineer should be told within so many answers.
_BAR_ANSWERS = 200
# A baseline of 2,000 is the default; this one's charts are less sharp, and their alarms later.
_BASELINE_EVENTS = 200
_START_SECONDS = 180.0
_QUIET_SECONDS = 60.0
_SETTLED_SECONDS = 5.0


def run(plan: Plan, *, port: int) -> int:
    """Play the plan and return the exit code: 0 if all was told in time and nothing was false."""
    console = Console()
    broker = EmbeddedBroker()
    config = Config(
        kafka=Kafka(bootstrap_servers=broker.bootstrap_servers),
        topics=Topics(partitions=PARTITIONS),
    )
    broker.create_topics(tuple(topic.name for topic in wanted(config)))
    with tempfile.TemporaryDirectory(prefix="semwatch-demo-") as directory:
        logfile = Path(directory) / "worker.log"
        worker = _start_worker(config, port, logfile)
        try:
            with console.status("starting the worker: loading the model, joining the group …"):
                _wait_ready(worker, port, logfile)
            story = Story()
            with Screen(console, story, port) as screen:
                _play(config, plan, story, screen)
        except SemwatchError as error:
            console.print(f"[red]{error}[/]")
            return 1
        finally:
            worker.terminate()
            code = worker.wait()  # it ends by itself, after worker.stop_seconds at the latest
        if code:
            console.print(f"[red]the worker ended with {code}:[/]\n{escape(_tail(logfile))}")
    return _conclude(console, story)


def _start_worker(config: Config, port: int, logfile: Path) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "SEMWATCH_KAFKA_BOOTSTRAP_SERVERS": config.kafka.bootstrap_servers,
        # The mock cluster lets a new member in only when the session of the last one is over.
        "SEMWATCH_KAFKA_SESSION_TIMEOUT_SECONDS": "6",
        "SEMWATCH_TOPICS_PARTITIONS": str(config.topics.partitions),
        "SEMWATCH_WORKER_PORT": str(port),
        # Small, or the demo would last an hour: the e-mail route has the fewest answers.
        "SEMWATCH_DRIFT_BASELINE_EVENTS": str(_BASELINE_EVENTS),
    }
    with logfile.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "processor", "worker"], env=environ, stdout=log, stderr=log
        )


def _wait_ready(worker: subprocess.Popen[bytes], port: int, logfile: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while worker.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SemwatchError(f"the worker did not start:\n{_tail(logfile)}")


def _tail(logfile: Path) -> str:
    return logfile.read_text(encoding="utf-8", errors="replace")[-4000:]


def _play(config: Config, plan: Plan, story: Story, screen: Screen) -> None:
    sender = threading.Thread(target=_send, args=(config, plan, story), daemon=True)
    sender.start()
    last = time.monotonic()
    for topic, value in _read(config):
        if value is not None:
            last = time.monotonic()
            _take_in(story, topic, value, config.topics)
            continue
        screen()
        # The last alarm comes after the last verdict: drift is a stage of its own.
        patience = _SETTLED_SECONDS if story.done() else _QUIET_SECONDS
        if not sender.is_alive() and time.monotonic() - last > patience:
            break


def _send(config: Config, plan: Plan, story: Story) -> None:
    outbox = Outbox(config.kafka, timeout_seconds=30.0, max_message_bytes=1 << 20)
    traffic = Traffic(seed=plan.seed, start=time.time(), rate=plan.rate)
    start = time.monotonic()
    for events, incident in (
        (traffic.healthy(plan.healthy), False),
        (traffic.incident(plan.incident), True),
    ):
        for event in events:
            story.sent(event, incident=incident)
            outbox.send([message(event, config.topics.events)])
            time.sleep(max(0.0, start + len(story.positions) / plan.rate - time.monotonic()))


def _read(config: Config) -> Iterator[tuple[str, bytes | None]]:
    """Yield (topic, value) of everything the worker emits, and (topic, None) while it is quiet."""
    topics = config.topics
    consumer = Consumer(client_settings(config.kafka) | {"group.id": "demo"})
    consumer.assign(
        [
            TopicPartition(topic, partition, 0)
            for topic in (topics.verdicts, topics.alarms, topics.dead_letters)
            for partition in range(topics.partitions)
        ]
    )
    try:
        while True:
            for message in consumer.consume(500, timeout=0.2):
                if message.error() is None:
                    yield message.topic() or "", message.value()
            yield "", None
    finally:
        consumer.close()


def _take_in(story: Story, topic: str, value: bytes, topics: Topics) -> None:
    if topic == topics.verdicts:
        story.judged(json.loads(value))
    elif topic == topics.alarms:
        story.told(json.loads(value))
    else:
        story.dead_letters += 1


def _conclude(console: Console, story: Story) -> int:
    console.print(summary(story))
    if (delay := story.told_after()) is not None:
        console.print(f"latency stayed healthy; the alarm came {delay} answers into the incident")
    if (first := story.first_claim()) is not None:
        console.print(f"the first invented promise was named {first} answers into the incident")
    if story.example:
        console.print("one verdict of the incident, but for the signals that had nothing to judge:")
        console.print(JSONHighlighter()(judged_part(story.example)), soft_wrap=True)
    in_time = delay is not None and delay <= _BAR_ANSWERS
    false = story.false_alarms() + story.false_claims()
    good = story.done() and in_time and not story.repeats and not false
    return 0 if good else 1
