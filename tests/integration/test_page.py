"""The demo's incident, from the first invented discount to the pager and back to silence."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from processor.config import Config
from processor.demo.traffic import Traffic
from tests.integration.conftest import Line
from tests.integration.load import producer
from tests.integration.paging import Event, Watch
from tests.integration.stream import REAL, Worker, wait_until

_RATE = 20.0
_HEALTHY = 300
_INCIDENT = 120
# Enough that every window that pages is over it.
_AFTERWARDS = 3000
# An hour of the rules is a minute here; intervals only twice as slow, for two busy cores.
_SPEED, _RHYTHM = 60.0, 30.0


class Bot:
    """Sends the demo's traffic from a thread of its own: healthy, incident, healthy."""

    def __init__(self, config: Config) -> None:
        self.incident: float | None = None
        self._config = config
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()
        self._thread.join()

    def _send(self) -> None:
        sender = producer(self._config.kafka.bootstrap_servers)
        start = time.monotonic()
        for number, event in enumerate(self._events()):
            if self._stopped.wait(max(0.0, start + number / _RATE - time.monotonic())):
                return
            key = event["conversation_id"].encode()
            sender.produce(self._config.topics.events, json.dumps(event).encode(), key=key)
            sender.poll(0)

    def _events(self) -> Iterator[dict[str, Any]]:
        traffic = Traffic(seed=7, start=time.time(), rate=_RATE)
        yield from traffic.healthy(_HEALTHY)
        self.incident = time.time()
        yield from traffic.incident(_INCIDENT)
        yield from traffic.healthy(_AFTERWARDS)


def _played(config: Config, watch: Watch) -> tuple[float, list[Event]]:
    """Play the incident to its end; return when it began and what the pager was told."""
    bot = Bot(config)
    try:
        wait_until(lambda: "trigger" in _actions(watch), "a page", 60.0)
        wait_until(lambda: "resolve" in _actions(watch), "its end", 120.0)
    finally:
        bot.stop()

    assert bot.incident is not None

    return bot.incident, _of_answers(watch)


def _actions(watch: Watch) -> list[str]:
    return [event.action for event in _of_answers(watch)]


def _of_answers(watch: Watch) -> list[Event]:
    """Leave out what is said of the pipeline: at this speed a busy machine is slow by minutes."""
    return [e for e in watch.pager.events if e.body["payload"]["group"] == "semantic"]


def test_the_discount_incident_is_one_page_that_ends(embedded_line: Line, tmp_path: Path) -> None:
    """With the configuration that is deployed: severity, key, runbook and dashboard are right."""
    config = embedded_line(
        # Without the encoder, which is most of the work, a busy machine keeps up.
        worker={"detectors": ("hallucination", "commercial_claims", "policy_violation")},
        drift={"signals": (), "baseline_events": 2000},
    )
    with Worker(config, tmp_path, command=REAL) as worker:
        worker.wait_ready()
        with Watch(worker.port, tmp_path, speed=_SPEED, rhythm=_RHYTHM) as watch:
            incident, events = _played(config, watch)

    assert min(event.time for event in events) > incident
    assert {event.key for event in events} == {_key("page", app="support-bot", category="semantic")}
    assert [event.action for event in events].count("resolve") == 1
    assert events[-1].action == "resolve"
    _assert_tells_what_to_do(events[0].body)


def _key(severity: str, **group: str) -> str:
    """Return the key that PagerDuty tells incidents by: of the route, and of the group."""
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(group.items()))
    name = f'{{}}/{{severity="{severity}"}}:{{{labels}}}'
    return hashlib.sha256(name.encode()).hexdigest()


def _assert_tells_what_to_do(body: dict[str, Any]) -> None:
    links = {link["text"]: link["href"] for link in body["links"]}

    assert body["payload"]["severity"] == "critical"
    assert body["payload"]["class"] == "SemwatchClaimsUnauthorisedSuddenly"
    assert body["payload"]["component"] == "support-bot"
    assert "promise what nothing authorises on support-bot/chat" in body["payload"]["summary"]
    assert links["runbook"].endswith("/runbook.md#semwatchclaimsunauthorisedsuddenly")
    assert links["dashboard"].endswith("?var-app=support-bot&var-route=chat")
    assert "/d/semwatch-signals/" in links["dashboard"]
