"""What real producers write ends in the right verdicts, through a real Kafka and a real worker."""

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from processor.config import Config
from processor.verdict import Verdict
from tests.integration.books import count, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import producer
from tests.integration.stream import Worker, wait_until
from tests.interop import rsyslog
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


@pytest.mark.skipif(rsyslog.available() is not None, reason=str(rsyslog.available()))
def test_lines_that_rsyslog_ships_are_judged(kafka_line: Line, tmp_path: Path) -> None:
    """As they are, behind the cookie, and within JSON; also texts that JSON must escape."""
    config = _line(kafka_line, "auto")
    log = tmp_path / "bot.log"
    texts = [ANSWER, 'He said: "free" \\ 50 %', "Füße, 無料, 🙂", "two\nlines"]
    events = [
        {"id": f"e{n}", "prompt": QUESTION, "response": text, "passages": [{"text": text}]}
        for n, text in enumerate(texts)
    ]
    log.write_text("".join(f"{json.dumps(e, ensure_ascii=False)}\n" for e in events), "utf-8")
    topic = config.topics.sources[-1]
    expected = len(events) * len(rsyslog.TEMPLATES)
    with rsyslog.following(log, config.kafka.bootstrap_servers, topic, tmp_path):
        wait_until(lambda: count(config, topic) >= expected, "all lines in Kafka", 60.0)
    with Worker(config, tmp_path) as worker:
        wait_idle(config)
        worker.stop()
    found = verdicts(config)

    ids = Counter(verdict.event_id for verdict in found)
    assert ids == {event["id"]: len(rsyslog.TEMPLATES) for event in events}
    assert _labels(found) == {"grounded": expected}
    assert count(config, config.topics.dead_letters) == 0


def _line(kafka_line: Line, form: str) -> Config:
    return kafka_line(topics={"formats": {f"t{uuid4().hex[:8]}.of-producer": form}})


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


def _labels(found: list[Verdict]) -> dict[str, int]:
    labels: Counter[Any] = Counter(
        signal.label
        for verdict in found
        for signal in verdict.signals
        if signal.name == "grounding"
    )
    return dict(labels)
