"""What real producers write ends in the right verdicts, through a real Kafka and a real worker."""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from processor.config import Config
from processor.verdict import Verdict
from tests.integration.books import count, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import producer
from tests.integration.stream import Worker, wait_until
from tests.interop import collector, debian, kcat, rsyslog
from tests.interop.stub import ANSWER, MODEL, QUESTION

pytestmark = pytest.mark.kafka

_ROOT = Path(__file__).parents[2]
_SECONDS = 120.0
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}


class Case(NamedTuple):
    """A producer, how it is set, and the labels that grounding must give."""

    kind: str
    environment: dict[str, str]
    labels: dict[str, int]
    app: str = "help-bot"
    model: str = f"{MODEL}-2026-05-01"


# With content on log records, the spans beside them have none: those verdicts are unscored.
_CASES = {
    "OpenTelemetry, content on spans": Case(
        "openai", _LATEST | {_CONTENT: "SPAN_ONLY"}, {"grounded": 2}
    ),
    "OpenTelemetry, content on events": Case(
        "openai", _LATEST | {_CONTENT: "EVENT_ONLY"}, {"unscored": 2, "unverifiable": 2}
    ),
    "OpenTelemetry, no content": Case("openai", {}, {"unscored": 2}),
    "OpenInference": Case("openinference", {}, {"grounded": 3}),
    "OpenInference, hidden": Case(
        "openinference",
        {"OPENINFERENCE_HIDE_INPUTS": "true", "OPENINFERENCE_HIDE_OUTPUTS": "true"},
        {"unscored": 3},
    ),
    "LiteLLM": Case("litellm", {}, {"unverifiable": 2}, app="unknown", model="gpt-4o-mini"),
    "LiteLLM, redacted": Case(
        "litellm-redacted", {}, {"unscored": 2}, app="unknown", model="gpt-4o-mini"
    ),
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_a_real_producer_is_understood(kafka_line: Line, tmp_path: Path, case: Case) -> None:
    """Answers are held against the documents of their trace; what is hidden is unscored."""
    otlp = not case.kind.startswith("litellm")
    config = _line(kafka_line, "otlp_proto" if otlp else "auto")
    _send(config, _records(case))
    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        worker.stop()
    found = verdicts(config)

    assert _labels(found) == case.labels
    assert {verdict.app for verdict in found} == {case.app}
    assert {verdict.model for verdict in found} <= {case.model, f"openai/{case.model}"}
    assert count(config, config.topics.dead_letters) == 0


@pytest.mark.skipif(debian.available() is not None, reason=str(debian.available()))
def test_lines_that_rsyslog_ships_are_judged(kafka_line: Line, tmp_path: Path) -> None:
    """As they are, behind the cookie, and within JSON; also texts that JSON must escape."""
    config = _line(kafka_line, "auto")
    texts = [ANSWER, 'He said: "free" \\ 50 %', "Füße, 無料, 🙂", "two\nlines"]
    log, ids = _written(tmp_path, texts)
    topic = config.topics.sources[-1]
    expected = len(ids) * len(rsyslog.TEMPLATES)
    with rsyslog.following(log, config.kafka.bootstrap_servers, topic, tmp_path):
        wait_until(lambda: count(config, topic) >= expected, "all lines in Kafka")
    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        worker.stop()
    found = verdicts(config)

    assert Counter(v.event_id for v in found) == Counter(ids * len(rsyslog.TEMPLATES))
    assert _labels(found) == {"grounded": expected}
    assert count(config, config.topics.dead_letters) == 0


@pytest.mark.skipif(debian.available() is not None, reason=str(debian.available()))
def test_lines_that_kcat_sends_are_judged_and_it_reads_the_verdicts(
    kafka_line: Line, tmp_path: Path
) -> None:
    """A log file sent by hand; what comes out is a line of JSON a verdict, for any shell."""
    config = _line(kafka_line, "auto")
    log, ids = _written(tmp_path, [ANSWER] * 3)
    kcat.produce(config.kafka.bootstrap_servers, config.topics.sources[-1], log)
    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        worker.stop()
    read = kcat.consume(config.kafka.bootstrap_servers, config.topics.verdicts)
    found = [msgspec.json.decode(line, type=Verdict) for line in read]

    assert Counter(v.event_id for v in found) == Counter(ids)
    assert _labels(found) == {"grounded": len(ids)}


@pytest.mark.timeout(3000)  # the first of them builds the Collector
@pytest.mark.skipif(collector.available() is not None, reason=str(collector.available()))
@pytest.mark.parametrize(
    ("encoding", "form"), [("otlp_proto", "otlp_proto"), ("otlp_json", "auto")]
)
def test_spans_that_the_collector_ships_are_judged(
    kafka_line: Line, tmp_path: Path, encoding: str, form: str
) -> None:
    """As its Kafka exporter writes them; spans that are sent one by one wait for each other."""
    topic = f"t{uuid4().hex[:8]}.of-collector"
    config = kafka_line(
        topics={"formats": {topic: form}, "joined": (topic,)}, join={"wait_seconds": 5.0}
    )
    case = _CASES["OpenInference"]
    with collector.receiving(config.kafka.bootstrap_servers, topic, encoding, tmp_path) as url:
        spans = [span for record in _records(case) for span in _one_by_one(record)]
        for span in spans:
            _post(url, span)
        wait_until(lambda: count(config, topic) >= len(spans), "all spans in Kafka")
    with Worker(config, tmp_path) as worker:
        expected = sum(case.labels.values())
        wait_until(lambda: count(config, config.topics.verdicts) >= expected, "verdicts")
        wait_idle(config)  # nor does one come twice
        worker.stop()

    assert _labels(verdicts(config)) == case.labels
    assert count(config, config.topics.dead_letters) == 0


@pytest.mark.timeout(3000)
@pytest.mark.skipif(collector.available() is not None, reason=str(collector.available()))
def test_lines_that_the_collector_ships_are_judged(kafka_line: Line, tmp_path: Path) -> None:
    """With the configuration of deploy/sidecar/otel-collector.yaml."""
    config = _line(kafka_line, "auto")
    log, ids = _written(tmp_path, [ANSWER, 'He said: "free" 50 %', "two\nlines, 無料"])
    topic = config.topics.sources[-1]
    with collector.following(log, config.kafka.bootstrap_servers, topic, tmp_path):
        wait_until(lambda: count(config, topic) >= len(ids), "all lines in Kafka")
    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        worker.stop()
    found = verdicts(config)

    assert Counter(v.event_id for v in found) == Counter(ids)
    assert _labels(found) == {"grounded": len(ids)}
    assert count(config, config.topics.dead_letters) == 0


def _line(kafka_line: Line, form: str) -> Config:
    return kafka_line(topics={"formats": {f"t{uuid4().hex[:8]}.of-producer": form}})


def _written(directory: Path, texts: Sequence[str]) -> tuple[Path, list[str]]:
    """Write a log with an answer a line, each from a passage that says the same; return the ids."""
    ids = [f"e{number}" for number in range(len(texts))]
    events = [
        {"id": name, "prompt": QUESTION, "response": text, "passages": [{"text": text}]}
        for name, text in zip(ids, texts, strict=True)
    ]
    log = directory / "bot.jsonl"
    log.write_text("".join(f"{json.dumps(e, ensure_ascii=False)}\n" for e in events), "utf-8")
    return log, ids


def _records(case: Case) -> list[bytes]:
    """Return what the producer writes."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "OPENINF"))}
    done = subprocess.run(
        (sys.executable, "-W", "ignore", "-m", "tests.interop.producer", case.kind),
        cwd=_ROOT,
        env=environment | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"} | case.environment,
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
        check=True,
    )
    return [base64.b64decode(line) for line in done.stdout.splitlines()]


def _send(config: Config, records: list[bytes]) -> None:
    client = producer(config.kafka.bootstrap_servers)
    for record in records:
        client.produce(config.topics.sources[-1], record)

    assert records
    assert client.flush(30.0) == 0


def _one_by_one(record: bytes) -> list[bytes]:
    """Take an export of spans apart, as if a bot sent each when it ended."""
    request = ExportTraceServiceRequest.FromString(record)
    apart = []
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                one = ExportTraceServiceRequest()
                batch = one.resource_spans.add(resource=resource.resource)
                batch.scope_spans.add(scope=scope.scope, spans=[span])
                apart.append(one.SerializeToString())
    return apart


def _post(url: str, body: bytes) -> None:
    headers = {"content-type": "application/x-protobuf"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - the Collector's
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        assert answer.status == 200


def _labels(found: list[Verdict]) -> dict[str, int]:
    labels: Counter[Any] = Counter(
        signal.label
        for verdict in found
        for signal in verdict.signals
        if signal.name == "grounding"
    )
    return dict(labels)
