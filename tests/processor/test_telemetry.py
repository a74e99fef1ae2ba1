"""What a real OTLP receiver gets, and that nobody waits for it.

The receiver is that of tests/receiver.py, which is no Collector.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from detectors.base import Interaction, Signal
from processor import telemetry
from processor.errors import ConfigError
from processor.judged import Judged
from processor.kafka import Record
from processor.verdict import Failure, Verdict, conclude
from tests.receiver import Receiver, attributes

TRACE, SPAN = "0AF7651916CD43DD8448EB211C80319C", "b7ad6b7169203331"
RECORD = Record("events", 3, 42, 1_700_000_000.0, None, b"")
SECRETS = ("the prompt", "the answer", "the passage")
ON = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp"}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that the environment names."""
    made = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
    yield made
    made.stop()


Counts = Counter[tuple[str, str]]


def counter() -> tuple[Counts, Callable[[str, str, int], None]]:
    """Return counts and what adds to them."""
    counts: Counts = Counter()

    def told(kind: str, outcome: str, number: int) -> None:
        counts[kind, outcome] += number

    return counts, told


def verdict(**fields: Any) -> Verdict:
    """Return a verdict of two signals and a failure, on an interaction full of text."""
    interaction = Interaction(
        id="e1",
        prompt=SECRETS[0],
        response=SECRETS[1],
        **{"app": "shop", "trace_id": TRACE, "span_id": SPAN, **fields},
    )
    signals = (
        Signal(name="grounding", score=0.0, label="ungrounded", explanation="2 of 2 sentences"),
        Signal(name="citations", score=None, label="unverifiable"),
    )
    return conclude(interaction, signals, (Failure(detector="neural", reason="ValueError"),), {})


def send(*verdicts: Verdict, environ: dict[str, str] | None = None) -> Counts:
    """Send verdicts, and return what became of them."""
    counts, told = counter()
    loaded = telemetry.load(told, group="g", environ=ON if environ is None else environ)
    assert loaded
    judged = [Judged(RECORD, Interaction(id="1"), each) for each in verdicts]
    loaded.judged(judged, start_ns=1_000, end_ns=5_000)
    loaded.close()
    return counts


def test_every_signal_is_an_evaluation_of_the_bots_span(receiver: Receiver) -> None:
    """Under the names of the GenAI conventions; no score is no score and not 0."""
    counts = send(verdict())
    found = {attributes(r)["gen_ai.evaluation.name"]: attributes(r) for r in receiver.logs}

    assert {r.event_name for r in receiver.logs} == {"gen_ai.evaluation.result"}
    assert {r.trace_id.hex() for r in receiver.logs} == {TRACE.lower()}
    assert {r.span_id.hex() for r in receiver.logs} == {SPAN}
    assert found["grounding"]["gen_ai.evaluation.score.value"] == 0.0
    assert found["grounding"]["gen_ai.evaluation.score.label"] == "ungrounded"
    assert found["grounding"]["gen_ai.evaluation.explanation"] == "2 of 2 sentences"
    assert "gen_ai.evaluation.score.value" not in found["citations"]
    assert found["neural"]["error.type"] == "ValueError"
    assert counts == {("evaluation", "exported"): 3, ("span", "exported"): 1}


def test_the_workers_span_links_to_the_bots(receiver: Receiver) -> None:
    """It is no child: the bot's trace is over, and sampled by its own rules."""
    send(verdict())
    [span] = receiver.spans
    [link] = span.links

    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE.lower(), SPAN)
    assert span.trace_id.hex() != TRACE.lower()
    assert span.parent_span_id == b""
    assert span.name == "process events"
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1_000, 5_000)
    assert attributes(span)["messaging.kafka.offset"] == 42


@pytest.mark.parametrize(
    "ids",
    [
        {"trace_id": None, "span_id": None},
        {"trace_id": "chat-000584", "span_id": "7"},
        {"trace_id": "0" * 32, "span_id": SPAN},
        {"trace_id": None, "span_id": SPAN},
    ],
)
def test_ids_of_another_kind_parent_nothing(receiver: Receiver, ids: dict[str, str]) -> None:
    """The evaluations are sent all the same."""
    send(verdict(**ids))

    assert [(r.trace_id, r.span_id) for r in receiver.logs] == [(b"", b"")] * 3
    assert [len(span.links) for span in receiver.spans] == [0]


def test_no_text_of_a_user_is_sent(receiver: Receiver) -> None:
    """Neither prompt nor answer."""
    send(verdict())

    assert len(receiver.bodies) == 2
    assert not [text for text in SECRETS if text.encode() in b"".join(receiver.bodies)]


def test_the_standard_variables_name_the_service(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come before our own name."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod,service.name=no")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "judge")
    send(verdict())

    for request in receiver.requests:
        [held] = getattr(request, "resource_logs", None) or request.resource_spans
        names = attributes(held.resource)
        assert (names["service.name"], names["deployment.environment"]) == ("judge", "prod")


def test_a_sampler_leaves_spans_out(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """And they hold no place in the queue."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    counts = send(*[verdict()] * 5, environ=ON | {"OTEL_BSP_MAX_QUEUE_SIZE": "1"})

    assert receiver.spans == []
    assert counts == {("evaluation", "exported"): 15}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": ""},
        ON | {"OTEL_SDK_DISABLED": "true"},
    ],
)
def test_it_is_off_unless_asked_for(environ: dict[str, str]) -> None:
    """An endpoint alone asks for nothing."""
    environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}

    assert telemetry.load(lambda *_: None, group="g", environ=environ) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_LOGS_EXPORTER", "console"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "many"),
    ],
)
def test_a_variable_that_cannot_be_followed_stops_the_start(name: str, value: str) -> None:
    """With its name and value."""
    with pytest.raises(ConfigError, match=f"environment variable {name}: .*{value!r}"):
        telemetry.load(lambda *_: None, group="g", environ=ON | {name: value})


def test_what_finds_no_room_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once: nothing is waited for with the receiver gone."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_BLRP_SCHEDULE_DELAY", "600000")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")
    sizes = {
        "OTEL_BSP_MAX_QUEUE_SIZE": "10",
        "OTEL_BLRP_MAX_QUEUE_SIZE": "10",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "10",
    }
    counts, told = counter()
    loaded = telemetry.load(told, group="g", environ=ON | sizes)
    assert loaded
    loaded.judged([Judged(RECORD, Interaction(id="1"), verdict())] * 100, start_ns=1, end_ns=2)
    loaded.close()

    assert counts["span", "queue_full"] + counts["span", "failed"] == 100
    assert counts["evaluation", "queue_full"] + counts["evaluation", "failed"] == 300
    assert counts["evaluation", "queue_full"] >= 200


def test_a_receiver_that_refuses_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did not take is dropped; a queue for later would only fill."""
    refusing = Receiver(status=400)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", refusing.url)
    counts = send(verdict())
    refusing.stop()

    assert counts == {("evaluation", "failed"): 3, ("span", "failed"): 1}
