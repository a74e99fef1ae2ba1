"""The command `semwatch baseline` reaches the owner of a series while it works."""

from pathlib import Path

from click.testing import CliRunner

from processor.cli import main
from processor.config import Config
from tests.integration.books import wait_idle
from tests.integration.conftest import Line
from tests.integration.load import Load
from tests.integration.stream import Worker, environment, wait_until

_SERIES = "shop/unknown/unknown"


def _run(config: Config, *arguments: str) -> str:
    done = CliRunner().invoke(main, ["baseline", *arguments], env=environment(config))

    assert done.exit_code == 0, done.output

    return done.output


def _ready(worker: Worker) -> float:
    labels = '{app="shop",model="unknown",route="unknown"}'
    return worker.metrics().get(f"semwatch_drift_baseline_ready{labels}", -1.0)


def test_a_baseline_is_frozen_exported_reset_and_imported(line: Line, tmp_path: Path) -> None:
    """Each takes effect at the worker, in the order in which it was sent."""
    config = line(drift={"baseline_events": 1000})
    file = tmp_path / "shop.baseline"
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        Load(config, events=480).start().join()
        wait_idle(config)
        assert _ready(worker) == 0.0

        _run(config, "freeze", _SERIES)
        wait_until(lambda: _ready(worker) == 1.0, "a frozen baseline")
        _run(config, "export", _SERIES, str(file))
        _run(config, "reset", _SERIES)
        wait_until(lambda: _ready(worker) == 0.0, "a series without a baseline")
        _run(config, "import", _SERIES, str(file))
        wait_until(lambda: _ready(worker) == 1.0, "an imported baseline")
        _run(config, "acknowledge", _SERIES)
        wait_idle(config)
        shown = _run(config, "show", _SERIES)
        listed = _run(config, "list")
        worker.stop()

    assert "charted: log_length" in shown
    assert all(app in listed for app in ("shop", "bank", "port"))


def test_a_baseline_of_a_time_range_can_be_made(embedded_line: Line, tmp_path: Path) -> None:
    """Of what was measured and still lies on the features topic; here none has a time."""
    config = embedded_line()
    Load(config, events=480).start().join()
    with Worker(config, tmp_path) as worker:
        worker.wait_ready()
        wait_idle(config)
    span = ("--since", "2026-01-01", "--until", "2026-12-31")
    done = CliRunner().invoke(
        main,
        ["baseline", "make", str(tmp_path / "b"), "--series", _SERIES, *span],
        env=environment(config),
    )

    assert done.exit_code == 1
    assert "0 events; 100 are the least" in done.output
