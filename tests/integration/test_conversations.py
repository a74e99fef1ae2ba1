"""Whatever is killed, and whoever joins: every conversation ends as it would have in one go."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processor.config import Config
from processor.conversation.stage import ConversationVerdict
from tests.integration.books import read, wait_idle
from tests.integration.conftest import Line
from tests.integration.conversations import intents_file, scored
from tests.integration.load import producer
from tests.integration.stream import Worker

_CONVERSATIONS = 1_000
_HOUR = 3600.0
_START = 1_700_000_000.0
# Past every window and memory.
_MONTH = 30 * 24 * _HOUR
# First those of the stage that reads events: while the other is killed, it may read them all.
_STEPS = [
    *("before-features:6", "torn-features:9", "after-features:6", "torn-verdicts:6"),
    *("done-observe:9", "done-conversation:6", "before-conversations:2"),
    *("after-conversations:3", "done-conversation:9"),
]
_SAID = (
    ("where is my parcel", "your parcel is on its way"),
    ("has the parcel shipped", "it has shipped"),
    ("i want my money back", "the money comes back in five days"),
    ("how do i get a refund", "i cannot do that"),
    ("i want a refund", "unfortunately i cannot do that"),
    ("that is wrong", "let me look again"),
    ("give me a human agent", "i will transfer you"),
    ("thanks that helped", "you are welcome"),
    ("my order is 12345", "thank you"),
)


def _conversation(number: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the events of a conversation: minutes apart, or days."""
    time = _START + rng.uniform(0, 72 * _HOUR)
    for turn in range(rng.randint(2, 6)):
        prompt, response = rng.choice(_SAID)
        event: dict[str, Any] = {
            "id": f"c{number}-{turn}",
            "conversation_id": f"c{number}",
            "time": time,
            "app": "shop",
        }
        kind = rng.random()
        if kind < 0.05:
            event["outcome"] = {"kind": rng.choice(["ticket_opened", "handoff"])}
        elif kind < 0.1:
            event["feedback"] = {"label": rng.choice(["up", "down"])}
        else:
            event |= {"prompt": prompt, "response": response}
        yield event
        time += rng.choice([40.0, 300.0, 2 * _HOUR, 30 * _HOUR])


def _events() -> list[dict[str, Any]]:
    """Return a thousand conversations, interleaved as they were held."""
    rng = random.Random(11)
    events = [event for n in range(_CONVERSATIONS) for event in _conversation(n, rng)]
    return sorted(events, key=lambda event: event["time"])


def _send(config: Config, events: list[dict[str, Any]]) -> None:
    """Send as a shipper does that keys by user, who has several conversations."""
    sender = producer(config.kafka.bootstrap_servers)
    for event in events:
        user = int(event["conversation_id"][1:]) % 97
        sender.produce(config.topics.events, json.dumps(event).encode(), key=f"u{user}".encode())

    assert sender.flush(120.0) == 0


def _last_words() -> list[dict[str, Any]]:
    """Return turns of a month later, for every partition: they end whatever is open."""
    time = _START + 2 * _MONTH
    return [
        {"id": f"end{n}", "conversation_id": f"c{10_000 + n}", "time": time, "prompt": "hello"}
        for n in range(64)
    ]


def _published(config: Config) -> dict[str, ConversationVerdict]:
    """Return the last verdict on every conversation."""
    records = read(config, config.topics.conversations)
    verdicts = (msgspec.json.decode(r.value or b"", type=ConversationVerdict) for r in records)
    return {verdict.conversation_id: verdict for verdict in verdicts}


def _run(config: Config, directory: Path, *, steps: list[str]) -> dict[str, ConversationVerdict]:
    events = _events()
    middle = len(events) // 2
    with Worker(config, directory, steps=[f"SIGKILL:{step}" for step in steps]) as worker:
        _send(config, events[:middle])
        worker.wait_deaths(len(steps))
        with Worker(config, directory, forward_seconds=0.01) as other:
            _send(config, events[middle:])
            other.wait_ready()  # it has its share, and leaves amid the work without a word
        wait_idle(config)
        _send(config, _last_words())
        wait_idle(config)

    return _published(config)


@pytest.mark.kafka
def test_deaths_and_rebalances_change_no_outcome(kafka_line: Line, tmp_path: Path) -> None:
    """A thousand interleaved conversations end as `semwatch score` says, twice over."""
    intents = intents_file(tmp_path)
    sections: dict[str, Any] = {
        "kafka": {"session_timeout_seconds": 3.0},
        "intent_resolution": {"intents": str(intents)},
    }
    disturbed = kafka_line(**sections)
    quiet = kafka_line(**sections)
    expected = scored(disturbed, _events(), tmp_path)

    assert len(expected) > 0.9 * _CONVERSATIONS
    assert _differences(_run(disturbed, tmp_path, steps=_STEPS), expected) == {}
    assert _differences(_run(quiet, tmp_path, steps=[]), expected) == {}


def _differences(
    found: dict[str, ConversationVerdict], expected: dict[str, ConversationVerdict]
) -> dict[str, tuple[ConversationVerdict | None, ConversationVerdict | None]]:
    return {
        name: (found.get(name), expected.get(name))
        for name in found.keys() | expected.keys()
        if found.get(name) != expected.get(name)
    }
