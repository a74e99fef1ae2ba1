"""A line of its own for a test: settings, topics, and workers to kill, freeze and stop."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from processor import topics
from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Drift, Kafka, Topics
from processor.config import Worker as WorkerSettings
from tests.broker import free_ports
from tests.integration.worker import FORWARD_SECONDS, STEP

CHEAP = (sys.executable, "-m", "tests.integration.worker")
REAL = (sys.executable, "-m", "processor", "worker")

KILLED = -signal.SIGKILL
EXIT_FATAL = 70  # of processor.app, which would load Faust here

# The smallest that a busy machine of two cores holds; a killed worker is missed for as long.
SESSION_SECONDS = 6.0

_ROOT = Path(__file__).parents[2]
# What hangs is told from what is slow only by these: nothing needs a tenth of them when idle.
_SECONDS = 150.0
_STOP_SECONDS = 60.0
_ANSWER_SECONDS = 30.0
_POLL_SECONDS = 0.05
_LOG_CHARACTERS = 4000


def settings(bootstrap: str, **sections: Mapping[str, Any]) -> Config:
    """Return settings with topics and a group that no other test has.

    Args:
        bootstrap: host:port.
        sections: what a test wants otherwise, such as ``worker={"batch_events": 4}``.
    """
    group = f"t{uuid4().hex[:8]}"
    config = Config(
        kafka=Kafka(
            bootstrap_servers=bootstrap,
            group=group,
            session_timeout_seconds=SESSION_SECONDS,
            commit_interval_seconds=0.2,
        ),
        topics=Topics(
            events=f"{group}.events",
            features=f"{group}.features",
            turns=f"{group}.turns",
            verdicts=f"{group}.verdicts",
            conversations=f"{group}.conversations",
            alarms=f"{group}.alarms",
            dead_letters=f"{group}.dead-letters",
            spans=f"{group}.spans",
            traces=f"{group}.traces",
            partitions=PARTITIONS,
        ),
        # Small batches: the more often one ends, the more there is to fall between.
        # A stalled recovery must end well within a test.
        worker=WorkerSettings(batch_events=16, stall_seconds=20.0),
        # A baseline from the first scores of a series; what is tested is not its power.
        drift=Drift(embeddings=False, baseline_events=150),
    )
    return replace(
        config,
        **{name: replace(getattr(config, name), **section) for name, section in sections.items()},
    )


def create_topics(config: Config, embedded: EmbeddedBroker | None = None) -> None:
    """Make the topics as an operator does, or as the demo does."""
    if embedded:
        embedded.create_topics(tuple(topic.name for topic in topics.wanted(config)))
        return
    states = {outcome.state for outcome in topics.create(config)}

    assert states == {"created"}


def environment(config: Config) -> dict[str, str]:
    """Render what is no default as ``SEMWATCH_*`` variables, beside all others of ours."""
    default = Config()
    ours = {
        f"SEMWATCH_{section}_{key}".upper(): _text(value)
        for section in Config.__struct_fields__
        for key, value in msgspec.structs.asdict(getattr(config, section)).items()
        if value != getattr(getattr(default, section), key)
    }
    return {k: v for k, v in os.environ.items() if not k.startswith("SEMWATCH_")} | ours


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={of}" for key, of in value.items())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


class Worker:
    """A worker in a process of its own, started anew whenever it fails, as systemd would.

    Args:
        config: all settings but the port.
        directory: where the log goes.
        command: what to run.
        steps: where to die or stand still, a step for each life (`worker.STEP`).
        forward_seconds: what one call of the cheap model takes.
    """

    def __init__(
        self,
        config: Config,
        directory: Path,
        *,
        command: Sequence[str] = CHEAP,
        steps: Iterable[str] = (),
        forward_seconds: float = 0.0,
    ) -> None:
        self.exits: list[int] = []
        self.port = next(free_ports())
        self._log = directory / f"worker-{self.port}.log"
        self._command = command
        self._steps = iter(steps)
        self._step = next(self._steps, None)
        self._environment = environment(config) | {
            "SEMWATCH_WORKER_PORT": str(self.port),
            FORWARD_SECONDS: str(forward_seconds),
        }
        self._stopping = False
        self._process = self._launch()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def __enter__(self) -> Self:
        """Return the worker; the block ends it if the test did not."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.leave()
        if error is not None:
            text = self._log.read_text(encoding="utf-8", errors="replace")
            sys.stderr.write(f"\n{self._log}, exits {self.exits}:\n{text[-_LOG_CHARACTERS:]}\n")

    def kill(self) -> None:
        """End its present life at once (SIGKILL); the next one begins."""
        self._process.kill()

    def leave(self) -> None:
        """End it at once and for good (SIGKILL)."""
        self._stopping = True
        self._process.kill()
        self._supervisor.join()

    def stop(self) -> int:
        """End it in good order and for good (SIGTERM); return its exit code."""
        self._stopping = True
        self._process.terminate()
        self._supervisor.join(_STOP_SECONDS)

        assert not self._supervisor.is_alive(), f"still running {_STOP_SECONDS} s after SIGTERM"

        return self.exits[-1]

    def freeze(self) -> None:
        """Let it stand still (SIGSTOP) until `thaw`."""
        self._process.send_signal(signal.SIGSTOP)
        self.wait_frozen()

    def wait_frozen(self) -> None:
        """Wait until it stands still."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(") ")[2][0] == "T", "a frozen worker")

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self._process.send_signal(signal.SIGCONT)

    def wait_ready(self) -> None:
        """Wait until ``/readyz`` says yes."""
        wait_until(self.is_ready, "a worker that is ready")

    def wait_exits(self, number: int) -> None:
        """Wait until it has ended so often."""
        wait_until(lambda: len(self.exits) >= number, f"exit {number}")

    def wait_deaths(self, number: int) -> None:
        """Wait until it was killed so often; only one that stood still may leave by itself."""
        for death in range(1, number + 1):
            wait_until(lambda: self.exits.count(KILLED) >= death, f"death {death}")  # noqa: B023 - called at once
        others = [code for code in self.exits if code != KILLED]
        starved = self._log.read_text(encoding="utf-8", errors="replace").count("stood still for")

        assert others == [EXIT_FATAL] * len(others)
        assert len(others) <= starved

    def is_ready(self) -> bool:
        """Whether ``/readyz`` says yes."""
        try:
            return self.get("/readyz") == "ok"
        except (OSError, urllib.error.URLError):
            return False

    def metrics(self) -> dict[str, float]:
        """Return the samples of ``/metrics``: name with labels to value."""
        lines = [line for line in self.get("/metrics").splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def get(self, path: str, accept: str = "*/*") -> str:
        """Return the body of a page."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Accept": accept}
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - the scheme stands above
            text: str = answer.read().decode()
        return text

    def _launch(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=_ROOT,
                env=self._environment | ({STEP: self._step} if self._step else {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _supervise(self) -> None:
        while True:
            code = self._process.wait()
            # One that starves for half a session leaves its place before it came to its step.
            if code == KILLED or not (self._step or "").startswith("SIGKILL"):
                self._step = next(self._steps, None)
            if not self._stopping and code != 0:
                self._process = self._launch()
                self.exits.append(code)  # last: who waits for it finds the next life
            else:
                self.exits.append(code)
                return


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = _SECONDS) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(_POLL_SECONDS)
