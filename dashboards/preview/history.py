"""A day of the demo's bot as Prometheus would have scraped it, ending in its incident.

Answers, verdicts, drift, conversations and policy are the worker's own work on the demo's traffic.
Made up are only the waiting of records, and the figures of the sidecar, which reads no file here.
"""

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from dashboards.preview.line import Line
from processor.config import Config, Conversations, Drift, IntentResolution
from processor.demo.traffic import Traffic
from processor.exporter import ShipExporter

_OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
_INTENTS = Path(__file__).parents[2] / "deploy" / "intents.yaml"
_HOUR = 3600.0
_NO_SESSION = 50  # about every so many answers come without
_BROKEN_SHARE = 0.05  # of the scrapes
_BROKEN = b'{"prompt": "cut off in the mid'


class Part(NamedTuple):
    """A part of the history: its hours, seconds between answers and between scrapes."""

    hours: float
    answer_seconds: float
    scrape_seconds: float
    incident: bool = False


STORY = (
    Part(1.0, 20.0, 60.0),  # what the alerts that compare with the day before need
    Part(24.0, 900.0, 900.0),
    Part(6.0, 10.0, 60.0),
    Part(0.75, 10.0, 60.0, incident=True),
)


def config() -> Config:
    """Return settings under which a day is enough: small baselines, short conversations."""
    return Config(
        drift=Drift(baseline_events=200),
        intent_resolution=IntentResolution(intents=str(_INTENTS)),
        conversations=Conversations(window_hours=0.5, memory_hours=6.0),
    )


def write(path: Path, *, end: float, story: tuple[Part, ...] = STORY, seed: int = 3) -> float:
    """Write the history in the OpenMetrics format and return when it begins.

    Args:
        path: where to.
        end: its last scrape, in seconds since the epoch.
        story: what happens.
        seed: of the traffic, and of what is made up.
    """
    start = end - sum(part.hours for part in story) * _HOUR
    dice = random.Random(seed)  # noqa: S311 - made up, no secret
    line, sidecar = Line(config()), ShipExporter()
    scrapes = list(_scrapes(story, start, Traffic(seed=seed, start=start)))
    line.warm_up([event for _, events in scrapes for event in events])
    with path.open("w", encoding="utf-8") as file:
        for now, events in scrapes:
            broken = [_BROKEN] if dice.random() < _BROKEN_SHARE else []
            waiting = dice.choices((0, 1, 5), (80, 15, 5))[0]
            line.take([*broken, *events], now, age=dice.lognormvariate(-0.5, 0.5), behind=waiting)
            _ship(sidecar, events, dice)
            _expose(file, line.exporter.expose(_OPEN_METRICS)[0], now, "semwatch", "worker-0:8088")
            _expose(file, sidecar.expose(_OPEN_METRICS)[0], now, "semwatch-ship", "bot-0:8089")
        file.write("# EOF\n")
    return start


def _scrapes(
    story: tuple[Part, ...], start: float, traffic: Traffic
) -> Iterator[tuple[float, list[bytes]]]:
    """Yield the time of each scrape, and what was said since the last one."""
    now = start
    for part in story:
        for _ in range(round(part.hours * _HOUR / part.scrape_seconds)):
            spoken = _spoken(now, now + part.scrape_seconds, part.answer_seconds)
            now += part.scrape_seconds
            makes = traffic.incident if part.incident else traffic.healthy
            pairs = zip(spoken, makes(len(spoken)), strict=True)
            yield now, [_encode(event, at) for at, event in pairs]


def _spoken(start: float, end: float, apart: float) -> list[float]:
    """Return the times of answers in [start, end) that come every so many seconds."""
    first = math.ceil(start / apart)
    return [number * apart for number in range(first, math.ceil(end / apart))]


def _encode(event: dict[str, Any], at: float) -> bytes:
    if int(at) % _NO_SESSION == 0:  # not every bot has sessions
        del event["conversation_id"]
    return json.dumps(event | {"time": at}).encode()


def _ship(sidecar: ShipExporter, events: list[bytes], dice: random.Random) -> None:
    for event in events:
        sidecar.told("acknowledged", len(event))
    waiting = dice.randrange(3)
    sidecar.progressed(
        files=2,
        unread=dice.randrange(20_000),
        unacknowledged=waiting * 1_500,
        waiting_seconds=waiting * dice.random(),
    )


def _expose(file: IO[str], page: bytes, now: float, job: str, instance: str) -> None:
    """Write the samples of a page with the labels and the time that a scrape gives them."""
    target = f'job="{job}",instance="{instance}"'
    _sample(file, "up", target, "1", now)
    for sample in page.decode().splitlines():
        if sample.startswith("#"):
            continue
        bare = sample.partition(" # ")[0]  # blocks hold no exemplars
        series, _, value = bare.rpartition(" ")
        name, _, labels = series.partition("{")
        labels = f"{target},{labels[:-1]}" if labels else target
        _sample(file, name, labels, value, now)


def _sample(file: IO[str], name: str, labels: str, value: str, now: float) -> None:
    file.write(f"{name}{{{labels}}} {value} {now:.3f}\n")
