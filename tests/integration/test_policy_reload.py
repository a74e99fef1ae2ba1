"""Rules that change under a running worker: a good edit is taken, a broken one harms nobody."""

from pathlib import Path

from detectors.base import Signal
from processor.config import Config
from tests.detectors.policy.rules import rule, write
from tests.integration.books import verdicts, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import event, producer
from tests.integration.stream import Worker, wait_until

_VIOLATIONS = (
    'semwatch_policy_violations_total{app="shop",route="unknown",rule="r",severity="high"}'
)


def _ask(config: Config, name: str) -> None:
    """Send an event that holds a secret."""
    sender = producer(config.kafka.bootstrap_servers)
    sender.produce(config.topics.events, event(name, app="shop", response="my secret"))

    assert sender.flush(30.0) == 0


def _ask_until(config: Config, worker: Worker, sample: str, value: float) -> None:
    """Send events, which make the worker look at its files, until a metric is as wanted."""
    names = iter(range(10_000))

    def is_so() -> bool:
        _ask(config, f"{sample}-{next(names)}")
        return worker.metrics().get(sample) == value

    wait_until(is_so, f"{sample} {value}")
    wait_idle(config)


def _signal(config: Config, name: str) -> tuple[Signal, str]:
    """Return what the verdict of an event says of the rules, and which they were."""
    [verdict] = [v for v in verdicts(config) if v.event_id == name]
    return verdict.signals[0], verdict.versions["policy_violation"]


def test_rules_are_followed_while_the_worker_runs(embedded_line: Line, tmp_path: Path) -> None:
    """A broken edit leaves the old rules in use and says so; the next good one is taken."""
    file = write(tmp_path / "rules.yaml", rule())
    config = embedded_line(
        worker={"detectors": ("policy_violation",)}, policy={"rules": (str(file),)}
    )
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        _ask(config, "before")
        wait_idle(config)

        assert worker.metrics()[_VIOLATIONS] == 1

        write(file, rule(patterns=["(?=look)ahead"]))
        _ask_until(config, worker, "semwatch_policy_stale", 1.0)
        _ask(config, "broken")
        wait_idle(config)

        assert worker.metrics()['semwatch_reloads_total{file="policy",outcome="refused"}'] == 1

        write(file, rule(patterns=["no such words"]))
        _ask_until(config, worker, "semwatch_policy_stale", 0.0)
        _ask(config, "after")
        wait_idle(config)

        assert worker.metrics()['semwatch_reloads_total{file="policy",outcome="taken"}'] == 1

    before, broken, after = (_signal(config, name) for name in ("before", "broken", "after"))
    assert [signal.label for signal, _ in (before, broken, after)] == [
        "violated",
        "violated",
        "passed",
    ]
    assert before[1] == broken[1] != after[1]
    assert "line 10: rules[0].patterns[0]: RE2 cannot compile it" in _log(tmp_path)


def _log(directory: Path) -> str:
    """Return what the worker has said of its rules."""
    [file] = directory.glob("worker-*.log")
    lines = file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if "kept as they were" in line)
