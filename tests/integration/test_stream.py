"""What the stream gives for what it takes, and what a scraper sees of it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from confluent_kafka.admin import AdminClient

from processor import topics
from processor.config import Config
from processor.verdict import Verdict
from tests.integration.books import books, stored_states, verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import Load, event, producer
from tests.integration.stream import REAL, Worker, wait_until
from tests.program import program

_EXAMPLE = Path(__file__).parents[2] / "examples" / "support_bot.jsonl"
_SECONDS = 120.0


def _send(config: Config, lines: list[bytes], **options: str | int) -> None:
    sender = producer(config.kafka.bootstrap_servers, **options)
    for line in lines:
        sender.produce(config.topics.events, line)

    assert sender.flush(_SECONDS) == 0


def _scored(file: Path) -> list[Verdict]:
    done = subprocess.run(
        (sys.executable, "-m", "processor", "score", str(file)),
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    documents = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    kept = [d for d in documents if "segments" not in d and d["status"] != "rejected"]
    return [msgspec.convert(d, Verdict) for d in kept]


def test_score_prints_the_verdicts_of_the_stream(embedded_line: Line, tmp_path: Path) -> None:
    """To the last digit, though the stream batches as records come and `score` by 64."""
    config = embedded_line()
    _send(config, _EXAMPLE.read_bytes().splitlines())
    with Worker(config, tmp_path, command=REAL) as worker:
        worker.wait_ready()
        wait_idle(config)

    streamed = {verdict.id: verdict for verdict in verdicts(config)}
    assert len(streamed) == 110
    assert {verdict.id: verdict for verdict in _scored(_EXAMPLE)} == streamed


def test_compressed_records_are_read(embedded_line: Line, tmp_path: Path) -> None:
    """Producers choose their codec; the worker must have them all."""
    config = embedded_line()
    codecs = ("gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        _send(config, [event(f"{codec}{n}") for n in range(20)], compression_type=codec)
    with Worker(config, tmp_path):
        wait_idle(config)

    assert {v.event_id for v in verdicts(config)} == {f"{c}{n}" for c in codecs for n in range(20)}


def test_promtool_finds_nothing_to_say(embedded_line: Line, tmp_path: Path) -> None:
    """The exposition of a worker that has done every kind of work is clean."""
    promtool = program("promtool", source="the Debian package prometheus")
    config = embedded_line()
    load = Load(config, events=600).start()
    load.join()
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(config)
        exposition = worker.get("/metrics")
    checked = subprocess.run(
        (promtool, "check", "metrics"),
        input=exposition,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_openmetrics_with_exemplars_for_who_accepts_it(embedded_line: Line, tmp_path: Path) -> None:
    """Prometheus asks for it; a plain scraper gets the text format without exemplars."""
    config = embedded_line()
    _send(config, [event("e", trace_id="4bf92f3577b34da6a3ce929d0e0e4736")])
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(config)
        modern = worker.get("/metrics", accept="application/openmetrics-text;version=1.0.0")
        plain = worker.get("/metrics")

    assert '# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"}' in modern
    assert modern.endswith("# EOF\n")
    assert "trace_id" not in plain


@pytest.mark.kafka
def test_a_topic_made_anew_is_judged_from_its_first_record(
    kafka_line: Line, tmp_path: Path
) -> None:
    """Its offsets begin again; the verdicts on the old topic do not make repeats of it."""
    config = kafka_line()
    for age in ("old", "new"):
        _send(config, [event(f"{age}{n}") for n in range(40 if age == "old" else 20)])
        with Worker(config, tmp_path) as worker:
            worker.wait_ready()
            wait_idle(config)
            worker.stop()
        if age == "old":
            _make_anew(config)

    judged = {verdict.event_id for verdict in verdicts(config)}
    assert {f"new{n}" for n in range(20)} <= judged


def _make_anew(config: Config) -> None:
    client = AdminClient({"bootstrap.servers": config.kafka.bootstrap_servers})
    for future in client.delete_topics([config.topics.events]).values():
        future.result(timeout=30)
    wait_until(
        lambda: config.topics.events not in client.list_topics(timeout=10).topics, "no topic"
    )
    states = {outcome.topic.name: outcome.state for outcome in topics.create(config)}

    assert states[config.topics.events] == "created"


@pytest.mark.kafka
def test_topics_are_created_once_and_a_wrong_count_is_said(kafka_line: Line) -> None:
    """`semwatch topics` may run again at any time and never changes what is there."""
    config = kafka_line()
    other = msgspec.structs.replace(
        config, topics=msgspec.structs.replace(config.topics, partitions=7)
    )

    assert {outcome.state for outcome in topics.create(config)} == {"exists"}
    assert {outcome.state for outcome in topics.create(other)} == {"has 4 partitions, not 7"}


@pytest.mark.kafka
def test_a_series_moves_with_its_partition(kafka_line: Line, tmp_path: Path) -> None:
    """The next owner shows what the last one knew, before any further event."""
    config = kafka_line()
    sent = Load(config, events=400).start().join()
    with Worker(config, tmp_path) as first:
        first.wait_ready()
        wait_idle(config)
        known = _series(first.metrics())
        first.stop()
    with Worker(config, tmp_path) as second:
        second.wait_ready()
        recovered = _series(second.metrics())

    assert len(stored_states(config)) == 3
    assert known
    assert recovered == known
    assert not books(config, sent).lost


@pytest.mark.kafka
def test_gauges_of_a_series_leave_with_its_partition(kafka_line: Line, tmp_path: Path) -> None:
    """Two workers never both speak for one series."""
    config = kafka_line()
    Load(config, events=400).start().join()
    with Worker(config, tmp_path) as first:
        first.wait_ready()
        wait_idle(config)
        known = _series(first.metrics())
        with Worker(config, tmp_path) as second:
            second.wait_ready()
            wait_until(first.is_ready, "the first to have settled")
            wait_until(
                lambda: _series(first.metrics()) | _series(second.metrics()) == known,
                "every series at one of the two",
            )

            assert not _series(first.metrics()).keys() & _series(second.metrics()).keys()


def _series(samples: dict[str, float]) -> dict[str, float]:
    return {
        name: value for name, value in samples.items() if name.startswith("semwatch_drift_mean")
    }
