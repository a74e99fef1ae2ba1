"""What the demo says of its own run."""

import json
from typing import Any

from processor.demo.screen import judged_part
from processor.demo.story import Story


def story(*, healthy: int, ill: int) -> Story:
    """Return one in which so many answers were sent."""
    told = Story()
    for number in range(healthy + ill):
        told.sent({"id": f"e{number}", "latency_seconds": 1.0}, incident=number >= healthy)
    return told


def alarm(event: str, *after: str) -> dict[str, Any]:
    """Return what the demo reads of an alarm."""
    return {
        "kind": "alarm",
        "series": {"route": "chat"},
        "event_id": event,
        "after": after,
    }


def test_an_alarm_comes_when_the_last_answer_that_it_has_seen_was_sent() -> None:
    """One partition may lag behind another, and an old answer be the one that is too many."""
    told = story(healthy=100, ill=50)
    told.told(alarm("e103", "e98", "e120", "e103"))

    assert told.told_after() == 20
    assert told.false_alarms() == 0


def test_an_alarm_that_has_seen_no_answer_of_the_incident_is_false() -> None:
    """Whenever it is read."""
    told = story(healthy=100, ill=50)
    told.told(alarm("e98", "e97", "e98"))

    assert told.told_after() is None
    assert told.false_alarms() == 1


def test_the_verdict_that_is_shown_is_json_of_what_was_judged() -> None:
    """All fields, and the signals that have a score."""
    signals = [{"name": "grounding", "score": 0.0}, {"name": "citations", "score": None}]
    shown = json.loads(judged_part({"id": "v", "signals": signals, "time": 1.5}))

    assert shown == {"id": "v", "signals": signals[:1], "time": 1.5}
