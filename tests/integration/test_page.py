"""The demo's incident, from the first invented discount to the pager and back to silence."""

import hashlib
from pathlib import Path
from typing import Any

from processor.config import Config
from tests.integration.conftest import Line
from tests.integration.paging import Bot, Event, Watch
from tests.integration.stream import REAL, Worker, wait_until

_RATE = 20.0
_HEALTHY = 300
_INCIDENT = 120
# An hour of the rules is a minute here; intervals only twice as slow, for two busy cores.
_SPEED, _RHYTHM = 60.0, 30.0


def _played(config: Config, watch: Watch) -> tuple[float, list[Event]]:
    """Play the incident to its end; return when it began and what the pager was told."""
    bot = Bot(config, rate=_RATE, healthy=_HEALTHY, ill=_INCIDENT)
    try:
        wait_until(lambda: "trigger" in _actions(watch), "a page")
        wait_until(lambda: "resolve" in _actions(watch), "its end")
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
