"""Documents and answers in different records: every call is judged once, with its documents."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from processor.config import Config
from tests.integration.books import count, uncommitted, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import producer
from tests.integration.stream import Worker, wait_until
from tests.processor.formats import otel

_TRACES = 400
_ANSWER = "Refunds are paid within five days."
# Longer than the deaths before the first call is due: each costs a session and a start.
_WAIT_SECONDS = 45.0
_STEPS = [
    *("before-features:6", "torn-features:9", "done-trace:6"),
    *("before-traces:1", "torn-traces:1", "after-traces:1"),
    *("torn-verdicts:1", "done-observe:1"),
]


class _Sent(NamedTuple):
    """The calls that were sent, by id, and whether their traces have documents."""

    calls: dict[str, bool]
    records: list[dict[str, Any]]


@pytest.mark.kafka
def test_deaths_lose_and_repeat_no_call_and_part_none_from_its_documents(
    kafka_line: Line, tmp_path: Path
) -> None:
    """Killed at eight steps, with spans of a trace in any order, partition and encoding."""
    config = _line(kafka_line)
    sent = _traces(random.Random(5))

    with Worker(config, tmp_path, steps=[f"SIGKILL:{step}" for step in _STEPS]) as worker:
        _send(config, sent.records)
        worker.wait_deaths(len(_STEPS))
        wait_until(lambda: count(config, config.topics.verdicts) >= len(sent.calls), "all")
        _wait_idle(config)
        metrics = worker.metrics()
    judged = verdicts(config)

    assert Counter(v.event_id for v in judged) == Counter([*sent.calls])
    assert {v.event_id: _is_grounded(v.signals) for v in judged} == sent.calls
    assert count(config, config.topics.dead_letters) == 0
    assert metrics["semwatch_trace_state_resets_total"] == 0


@pytest.mark.kafka
def test_traces_wait_on_where_their_partition_goes(kafka_line: Line, tmp_path: Path) -> None:
    """A worker joins and another leaves without a word while all calls wait."""
    config = _line(kafka_line, wait_seconds=20.0)
    sent = _traces(random.Random(6))

    with ExitStack() as workers:
        leaving = workers.enter_context(Worker(config, tmp_path))
        leaving.wait_ready()
        _send(config, sent.records)
        _wait_idle(config)
        with Worker(config, tmp_path) as heir:
            heir.wait_ready()
            workers.close()
            enough = len(sent.calls)
            wait_until(lambda: count(config, config.topics.verdicts) >= enough, "all")
            _wait_idle(config)
    judged = verdicts(config)

    assert Counter(v.event_id for v in judged) == Counter([*sent.calls])
    assert {v.event_id: _is_grounded(v.signals) for v in judged} == sent.calls


@pytest.mark.kafka
def test_documents_that_come_late_revise_a_verdict(kafka_line: Line, tmp_path: Path) -> None:
    """The answer has a second verdict that holds, and is counted once."""
    config = _line(kafka_line, wait_seconds=2.0)
    trace = f"{7:032x}"
    name = f"{trace}:{'a' * 16}"

    with Worker(config, tmp_path) as worker:
        for place, piece in enumerate((_call(trace, "a" * 16), _search(trace)), start=1):
            _send(config, [piece])
            wait_until(lambda: count(config, config.topics.verdicts) >= place, "a verdict")  # noqa: B023 - called at once
        _wait_idle(config)
        metrics = worker.metrics()
    judged = verdicts(config)

    assert [(v.event_id, v.revision) for v in judged] == [(name, 0), (name, 1)]
    assert [_is_grounded(v.signals) for v in judged] == [False, True]
    assert len({v.id for v in judged}) == 1
    assert sum(n for k, n in metrics.items() if k.startswith("semwatch_events_total")) == 1.0
    assert metrics['semwatch_joined_calls_total{outcome="revised"}'] == 1.0


def _line(kafka_line: Line, *, wait_seconds: float = _WAIT_SECONDS) -> Config:
    names = [f"t{uuid4().hex[:8]}.{encoding}" for encoding in ("json", "protobuf")]
    formats = dict(zip(names, ("auto", "otlp_proto"), strict=True))
    return kafka_line(
        kafka={"session_timeout_seconds": 3.0},
        topics={"formats": formats, "joined": tuple(names)},
        join={"wait_seconds": wait_seconds},
    )


def _traces(rng: random.Random) -> _Sent:
    """Return traces of one or two calls, most with a search, and a span of another kind."""
    calls: dict[str, bool] = {}
    records = []
    for number in range(_TRACES):
        trace = f"{number + 1:032x}"
        has_documents = number % 5 > 0
        names = [f"{number:08x}{call:08x}" for call in range(1, rng.choice((2, 3)))]
        calls |= {f"{trace}:{name}": has_documents for name in names}
        records += [_call(trace, name) for name in names]
        records += [_search(trace)] * has_documents
        records.append(otel.span({"http.route": "/chat"}, trace_id=trace, span_id="f" * 16))
    rng.shuffle(records)
    return _Sent(calls, records)


def _call(trace: str, span: str) -> dict[str, Any]:
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "small-1",
        "gen_ai.input.messages": json.dumps([{"role": "user", "content": "When is it paid?"}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "content": _ANSWER}]),
    }
    return otel.span(said, trace_id=trace, span_id=span)


def _search(trace: str) -> dict[str, Any]:
    found = json.dumps([{"id": "d1", "content": _ANSWER}])
    return otel.span({"gen_ai.retrieval.documents": found}, trace_id=trace, span_id="e" * 16)


def _send(config: Config, spans: list[dict[str, Any]]) -> None:
    """Send each span as a record of its own, to any partition of the one topic or the other."""
    sender = producer(config.kafka.bootstrap_servers)
    in_json, in_protobuf = config.topics.joined
    for number, (topic, value) in enumerate(_encoded(spans, in_json, in_protobuf)):
        sender.produce(topic, value, key=f"k{number % 97}".encode())

    assert sender.flush(120.0) == 0


def _encoded(
    spans: list[dict[str, Any]], in_json: str, in_protobuf: str
) -> Iterator[tuple[str, bytes]]:
    for number, span in enumerate(spans):
        batch = otel.spans(span)
        if number % 2:
            yield in_json, json.dumps(batch).encode()
        else:
            yield in_protobuf, otel.protobuf(batch)


def _is_grounded(signals: Any) -> bool:
    """Whether an answer was held against documents, which here say the same."""
    [grounding] = [signal for signal in signals if signal.name == "grounding"]
    return grounding.score is not None


def _wait_idle(config: Config) -> None:
    wait_until(lambda: uncommitted(config, config.topics.spans) == 0, "all spans")
    wait_idle(config)
