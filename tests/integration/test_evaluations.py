"""A real worker and an OTLP receiver; the stream does not depend on it."""

from pathlib import Path

import pytest

from tests.integration.books import count, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import event, producer
from tests.integration.stream import Worker
from tests.receiver import Receiver

_EVENTS = 60


@pytest.mark.parametrize("there", [True, False])
def test_every_verdict_comes_with_or_without_a_receiver(
    embedded_line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    """With one, so do its evaluations; without, they are counted as failed."""
    receiver = Receiver()
    if not there:
        receiver.stop()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "otlp")
    config = embedded_line(topics={"evaluations": f"evaluations-{there}"})
    sender = producer(config.kafka.bootstrap_servers)
    for number in range(_EVENTS):
        ids = {"trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}"}
        sender.produce(config.topics.events, event(f"e{number}", **ids))
    sender.flush()
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(config)
        code = worker.stop()
    if there:
        receiver.stop()

    assert code == 0
    assert len(verdicts(config)) == count(config, config.topics.evaluations) == _EVENTS
    assert len({r.trace_id for r in receiver.logs}) == (_EVENTS if there else 0)
    assert {len(span.links) for span in receiver.spans} == ({1} if there else set())
