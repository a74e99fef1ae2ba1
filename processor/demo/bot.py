"""The demo's bot on a Kafka of one's own: good hours and bad ones in turn, until it is stopped."""

import json
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from processor.config import Config
from processor.demo.plan import Plan
from processor.demo.traffic import Traffic
from processor.kafka import Message, Outbox

_ACK_SECONDS = 30.0


def events(plan: Plan, *, start: float) -> Iterator[dict[str, Any]]:
    """Yield the healthy events of a plan, those of its incident, and again, without an end.

    Args:
        plan: how long the turns are.
        start: time of the first event, in seconds since the epoch; it makes ids that no other
            run of the bot has.

    Examples:
        >>> next(events(Plan(seed=1, rate=5.0, healthy=2, incident=1), start=1_700_000_000.0))["id"]
        '1700000000-chat-000000'
    """
    traffic = Traffic(seed=plan.seed, start=start, rate=plan.rate)
    while True:
        for event in chain(traffic.healthy(plan.healthy), traffic.incident(plan.incident)):
            yield event | {name: f"{start:.0f}-{event[name]}" for name in ("id", "conversation_id")}


def message(event: dict[str, Any], topic: str) -> Message:
    """Return what the bot logs of an event; a conversation stays in one partition."""
    return Message(topic, json.dumps(event).encode(), key=event["conversation_id"].encode())


def run(plan: Plan, config: Config) -> None:
    """Log to the events topic at the rate of the plan; only an error ends it.

    Raises:
        SemwatchError: the broker does not take an event.
    """
    outbox = Outbox(
        config.kafka,
        timeout_seconds=_ACK_SECONDS,
        max_message_bytes=config.topics.max_message_bytes,
    )
    for event in events(plan, start=time.time()):
        time.sleep(max(0.0, event["time"] - time.time()))
        outbox.send([message(event, config.topics.events)])
