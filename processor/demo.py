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
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Kafka, Topics
from processor.errors import SemwatchError
from processor.kafka import Message, Outbox, client_settings
from processor.topics import wanted
from processor.traffic import Traffic

# An on-call engineer should be told within so many events.
_BAR_EVENTS = 200
_START_SECONDS = 180.0
_QUIET_SECONDS = 60.0
_RECENT = 60
_LOW, _HIGH = 0.5, 0.7


@dataclass(slots=True)
class Route:
    """What the viewer has seen of one route."""

    events: int = 0
    unverifiable: int = 0
    scores: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))


@dataclass(slots=True)
class Story:
    """The demo as it unfolds: what was sent, what came back."""

    positions: dict[str, int] = field(default_factory=dict)
    incident_start: int | None = None
    verdict_ids: set[str] = field(default_factory=set)
    repeats: int = 0
    dead_letters: int = 0
    routes: dict[str, Route] = field(default_factory=dict)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    example: dict[str, Any] | None = None
    started: float = field(default_factory=time.monotonic)

    def sent(self, event: dict[str, Any], *, incident: bool) -> None:
        """Remember the place of an event in the traffic."""
        if incident and self.incident_start is None:
            self.incident_start = len(self.positions)
        self.positions[event["id"]] = len(self.positions)

    def judged(self, verdict: dict[str, Any]) -> None:
        """Take in one verdict."""
        self.repeats += verdict["id"] in self.verdict_ids
        self.verdict_ids.add(verdict["id"])
        route = self.routes.setdefault(verdict["route"], Route())
        route.events += 1
        score = next((s["score"] for s in verdict["signals"] if s["name"] == "grounding"), None)
        if score is None:
            route.unverifiable += 1
            return
        route.scores.append(score)
        if score < _LOW:
            self.example = verdict

    def delay(self, alarm: dict[str, Any]) -> int:
        """Return how many events after the incident began an alarm was raised; < 0 is false."""
        if self.incident_start is None:
            return -1
        return self.positions[alarm["event_id"]] - self.incident_start

    def done(self) -> bool:
        """Return whether every event sent has its verdict."""
        return len(self.verdict_ids) == len(self.positions)


def run(*, seed: int, rate: float, port: int, healthy: int, incident: int) -> int:
    """Play the story and return the exit code: 0 if the alarm came in time and none was false."""
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
            traffic = Traffic(seed=seed, start=time.time(), rate=rate)
            story = _play(console, config, traffic, rate, port, healthy, incident)
        except SemwatchError as error:
            console.print(f"[red]{error}[/]")
            return 1
        finally:
            worker.terminate()
            worker.wait(timeout=30)
    return _conclude(console, story)


def _start_worker(config: Config, port: int, logfile: Path) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "SEMWATCH_KAFKA_BOOTSTRAP_SERVERS": config.kafka.bootstrap_servers,
        # The mock cluster lets a new member in only when the session of the last one is over.
        "SEMWATCH_KAFKA_SESSION_TIMEOUT_SECONDS": "6",
        "SEMWATCH_TOPICS_PARTITIONS": str(config.topics.partitions),
        "SEMWATCH_WORKER_PORT": str(port),
    }
    with logfile.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program
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
    tail = logfile.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise SemwatchError(f"the worker did not start:\n{tail}")


def _play(
    console: Console,
    config: Config,
    traffic: Traffic,
    rate: float,
    port: int,
    healthy: int,
    incident: int,
) -> Story:
    story = Story()
    sender = threading.Thread(
        target=_send, args=(config, story, traffic, rate, healthy, incident), daemon=True
    )
    sender.start()
    refresh = _Screen(console, story, port)
    with refresh:
        last = time.monotonic()
        for topic, value in _read(config):
            if value is None:
                refresh()
                if not sender.is_alive() and (
                    story.done() or time.monotonic() - last > _QUIET_SECONDS
                ):
                    break
                continue
            last = time.monotonic()
            _take_in(story, topic, value, config.topics)
    return story


def _send(
    config: Config, story: Story, traffic: Traffic, rate: float, healthy: int, incident: int
) -> None:
    outbox = Outbox(config.kafka, timeout_seconds=30.0, max_message_bytes=1 << 20)
    start = time.monotonic()
    for event, is_incident in _events(traffic, healthy, incident):
        story.sent(event, incident=is_incident)
        key = event["conversation_id"].encode()
        outbox.send([Message(config.topics.events, json.dumps(event).encode(), key=key)])
        time.sleep(max(0.0, start + len(story.positions) / rate - time.monotonic()))


def _events(traffic: Traffic, healthy: int, incident: int) -> Iterator[tuple[dict[str, Any], bool]]:
    yield from ((event, False) for event in traffic.healthy(healthy))
    yield from ((event, True) for event in traffic.incident(incident))


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
            messages: Iterable[Any] = consumer.consume(500, timeout=0.2)
            for message in messages:
                if message.error() is None:
                    yield message.topic(), message.value()
            yield "", None
    finally:
        consumer.close()


def _take_in(story: Story, topic: str, value: bytes, topics: Topics) -> None:
    if topic == topics.verdicts:
        story.judged(json.loads(value))
    elif topic == topics.alarms:
        story.alarms.append(json.loads(value))
    else:
        story.dead_letters += 1


class _Screen:
    """Shows the story: live on a terminal, else as a line now and then."""

    def __init__(self, console: Console, story: Story, port: int) -> None:
        self._console = console
        self._story = story
        self._port = port
        self._last_line = 0.0
        self._alarms_shown = 0
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None

    def __enter__(self) -> "_Screen":
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._live:
            self()
            self._live.__exit__(*exception)

    def __call__(self) -> None:
        if self._live:
            self._live.update(_view(self._story, self._port))
            return
        for alarm in self._story.alarms[self._alarms_shown :]:
            self._console.print(_alarm_line(self._story, alarm), soft_wrap=True)
            self._alarms_shown += 1
        if time.monotonic() - self._last_line > 5:  # noqa: PLR2004 - seconds between lines
            self._last_line = time.monotonic()
            self._console.print(_plain_line(self._story), soft_wrap=True)


def _view(story: Story, port: int) -> RenderableType:
    table = Table("route", "answers", "unverifiable", f"grounding, last {_RECENT}", "", expand=True)
    for name, route in sorted(story.routes.items()):
        mean = _mean(route.scores)
        colour = "green" if mean >= _HIGH else "yellow" if mean >= _LOW else "red"
        bar = Text("█" * round(mean * 30), style=colour)
        table.add_row(name, str(route.events), str(route.unverifiable), f"{mean:.2f}", bar)
    alarms = [Text.from_markup(_alarm_line(story, alarm)) for alarm in story.alarms]
    return Panel(
        Group(
            Text(_plain_line(story)),
            table,
            *(alarms or [Text("no drift alarm", style="dim")]),
            Text(f"curl http://127.0.0.1:{port}/metrics", style="dim"),
        ),
        title="semwatch demo: support-bot",
    )


def _plain_line(story: Story) -> str:
    seconds = time.monotonic() - story.started
    phase = "healthy" if story.incident_start is None else "INCIDENT"
    grounding = ", ".join(f"{n} {_mean(r.scores):.2f}" for n, r in sorted(story.routes.items()))
    return (
        f"{seconds:4.0f} s  {phase}  {len(story.positions)} answers sent, "
        f"{len(story.verdict_ids)} judged ({len(story.verdict_ids) / max(seconds, 1):.0f}/s), "
        f"grounding: {grounding or '-'}"
    )


def _alarm_line(story: Story, alarm: dict[str, Any]) -> str:
    series, delay = alarm["series"], story.delay(alarm)
    when = f"{delay} answers after the incident began" if delay >= 0 else "before any incident"
    return (
        f"[bold red]DRIFT[/] {alarm['signal']} of {series['app']}/{series['route']} on "
        f"{series['model']} went {alarm['direction']}: {alarm['mean_before']:.2f} → "
        f"{alarm['mean_after']:.2f}, {when}"
    )


def _mean(scores: deque[float]) -> float:
    return sum(scores) / len(scores) if scores else 0.0


def _conclude(console: Console, story: Story) -> int:
    delays = [(story.delay(alarm), alarm["series"]["route"]) for alarm in story.alarms]
    false = sum(delay < 0 for delay, _ in delays)
    named = [delay for delay, route in delays if route == "chat" and 0 <= delay <= _BAR_EVENTS]
    table = Table("what", "figure", title="summary")
    table.add_row("answers sent", str(len(story.positions)))
    table.add_row("verdicts", str(len(story.verdict_ids)))
    table.add_row("lost", str(len(story.positions) - len(story.verdict_ids)))
    table.add_row("repeated", str(story.repeats))
    table.add_row("dead letters", str(story.dead_letters))
    table.add_row("drift alarms before the incident", str(false))
    table.add_row("answers until the alarm", str(min(named)) if named else "no alarm in time")
    console.print(table)
    if story.example:
        console.print("one verdict of the incident:")
        console.print_json(data=story.example)
    good = story.done() and not story.repeats and not false and bool(named)
    return 0 if good else 1
