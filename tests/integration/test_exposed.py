"""What the rules look for is what a running worker shows, to the value of a label."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from processor.config import Config
from processor.conversation.machine import Reason
from processor.conversation.turn import Word
from processor.demo.traffic import Traffic
from processor.metrics import SIDECAR
from tests.integration.books import wait_idle
from tests.integration.conftest import Line
from tests.integration.conversations import intents_file
from tests.integration.load import producer
from tests.integration.stream import Worker

_RULES = sorted((Path(__file__).parents[2] / "deploy" / "prometheus" / "rules").glob("*.yaml"))
# What Prometheus adds to a target's series.
_OF_THE_TARGET = {"job", "instance"}
# Outcomes that take days, and what detectors do when they fail, stand in the code.
_IN_CODE = {"outcome": set(get_args(Word)), "reason": set(get_args(Reason))}


class Selector(NamedTuple):
    """A metric in a rule, and the values of labels that it asks for."""

    metric: str
    wanted: tuple[tuple[str, str], ...]


def test_every_series_of_the_rules_is_exposed(embedded_line: Line, tmp_path: Path) -> None:
    """An alert on a series that nobody shows can never fire."""
    intents = str(intents_file(tmp_path))
    config = embedded_line(
        intent_resolution={"intents": intents}, drift={"baseline_events": 100, "embeddings": False}
    )
    _send(config)
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(config)
        shown = _shown(worker.get("/metrics"))
    shown |= {metric.name: {label: set() for label in metric.labels} for metric in SIDECAR}

    assert list(_problems(shown)) == []


def test_every_recorded_series_of_the_rules_is_recorded() -> None:
    """Under that very name."""
    rules = [rule for path in _RULES for group in _groups(path) for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    used = {name for rule in rules for name in re.findall(r"\b\w+(?::\w+)+", rule["expr"])}

    assert used
    assert used <= recorded


def _send(config: Config) -> None:
    sender = producer(config.kafka.bootstrap_servers)
    traffic = Traffic(seed=3)
    for event in (*traffic.healthy(250), *traffic.incident(60)):
        sender.produce(
            config.topics.events, json.dumps(event), key=event["conversation_id"].encode()
        )

    assert sender.flush(30.0) == 0


def _shown(exposition: str) -> dict[str, dict[str, set[str]]]:
    """Return by sample's name the values of each label; metrics without children as well."""
    shown: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(exposition):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        shown.setdefault(name, {})
        for sample in family.samples:
            values = shown.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                values.setdefault(label, set()).add(value)
    return shown


def _problems(shown: dict[str, dict[str, set[str]]]) -> Iterator[str]:
    for selector in _selectors():
        values = shown.get(selector.metric)
        if values is None:
            yield f"{selector.metric} is not exposed"
            continue
        for label, value in selector.wanted:
            seen = values.get(label, set()) | _IN_CODE.get(label, set())
            if values and label not in values:
                yield f"{selector.metric} has no label {label}"
            elif value and values.get(label) and value not in seen:
                yield f"{selector.metric} never has {label}={value!r}, only {sorted(seen)}"


def _selectors() -> Iterator[Selector]:
    """Yield every selector, with the labels that it is summed by."""
    for path in _RULES:
        for group in _groups(path):
            for rule in group["rules"]:
                expr = rule["expr"]
                for name, matchers in re.findall(r"(?<![:\w])(semwatch_\w+)(?:{([^}]*)})?", expr):
                    if f":{name}" not in expr:
                        yield Selector(name, tuple(_wanted(matchers)))
                for by, name in re.findall(r"by \(([^)]*)\) \((?:\w+\()*(semwatch_\w+)", expr):
                    labels = set(by.split(", ")) - _OF_THE_TARGET
                    yield Selector(name, tuple((label, "") for label in sorted(labels)))


def _wanted(matchers: str) -> Iterator[tuple[str, str]]:
    for label, values in re.findall(r'(\w+)(?:=~|!=|!~|=)"([^"]*)"', matchers):
        yield from ((label, value) for value in values.split("|"))


def _groups(path: Path) -> list[dict[str, list[dict[str, str]]]]:
    groups: list[dict[str, list[dict[str, str]]]] = msgspec.yaml.decode(path.read_bytes())["groups"]
    return groups
