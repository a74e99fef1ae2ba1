"""What `semwatch intents` does with a team's file and log."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detectors.embedding import Model
from detectors.intent import knowledge
from processor import intents
from processor.config import Config
from processor.errors import ConfigError
from tests.detectors.bags import Bags
from tests.detectors.intent.test_classifier import YAML


@pytest.fixture(autouse=True)
def _encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(Bags(), "0" * 64)  # type: ignore[arg-type] # it encodes, and has no cache
    monkeypatch.setattr(intents, "load_encoder", lambda _config: model)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of two intents."""
    path = tmp_path / "shop.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def log(*events: dict[str, Any]) -> io.BytesIO:
    """Return a log of events, and a line that is none."""
    raw = io.BytesIO("\n".join([*map(json.dumps, events), "{ no event"]).encode())
    raw.name = "log.jsonl"
    return raw


def test_the_model_lies_beside_the_file_and_is_used(file: Path) -> None:
    """The next start finds it there."""
    target = intents.fit_intents(file, Config())

    assert target.name == "shop.fitted.json"
    loaded = knowledge.load(file, None, encoder_sha256="0" * 64)  # type: ignore[arg-type] # unused
    assert loaded.classifier


def test_each_exemplar_is_tested_by_a_model_that_has_not_seen_it(file: Path) -> None:
    """All of them, once."""
    rows = intents.cross_validate(file, Config())

    assert [(row.intent, row.exemplars) for row in rows] == [("parcel", 6), ("refund", 6)]
    assert sum(row.right for row in rows) >= 9


def test_exemplars_of_another_intent_are_mistaken(tmp_path: Path) -> None:
    """The table says for what."""
    path = tmp_path / "mixed.yaml"
    path.write_text(YAML.replace("refund please", "where is my late parcel"), encoding="utf-8")
    refund = intents.cross_validate(path, Config())[1]

    assert refund.mistaken_for == "parcel"
    assert refund.right < refund.exemplars


def test_kinds_of_strange_questions_are_suggested(file: Path) -> None:
    """By the ids of their events; the most frequent kind first, and no single ones."""
    asked = [
        *(("sing me a song", f"s{n}") for n in range(4)),
        *(("what rain tomorrow", f"r{n}") for n in range(3)),
        ("buy stocks", "x"),
        ("where is my parcel", "p"),
    ]
    events = [{"id": name, "prompt": prompt} for prompt, name in asked]
    found = intents.suggest(file, log(*events), Config())

    assert [s.questions for s in found] == [4, 3]
    assert found[0].event_ids == ("s0", "s1", "s2", "s3")


def _told(conversations: int) -> Iterator[dict[str, Any]]:
    """Yield conversations in which a bot that cannot is told to have failed."""
    for number in range(conversations):
        name, fails = f"c{number}", number % 2 == 0
        answer = "I cannot do that" if fails else "It comes tomorrow"
        start = 1000.0 * number
        yield {"id": name, "conversation_id": name, "time": start, "prompt": "parcel"} | {
            "response": answer
        }
        yield {"id": f"{name}t", "conversation_id": name, "time": start + 90_000} | {
            "outcome": {"kind": "task_result", "success": not fails}
        }


def test_outcomes_that_are_told_are_learned_from() -> None:
    """Also those that are told long after; failures then speak against the bot."""
    model = intents.fit_resolution(log(*_told(20)), Config())

    assert model.conversations == 20
    assert model.weights.failures < 0


@pytest.mark.parametrize("events", [[], [{"prompt": "a", "response": "b"}]])
def test_without_outcomes_nothing_is_learned(events: list[dict[str, Any]]) -> None:
    """The message names the log."""
    with pytest.raises(ConfigError, match=r"log\.jsonl"):
        intents.fit_resolution(log(*events), Config())


def test_a_bad_file_is_told(tmp_path: Path) -> None:
    """By every command alike."""
    for command in (intents.fit_intents, intents.cross_validate):
        with pytest.raises(ConfigError, match=r"absent\.yaml"):
            command(tmp_path / "absent.yaml", Config())
