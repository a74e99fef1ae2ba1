"""A real worker in a process of its own, started and ended by SIGTERM."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from processor.config import Config
from tests.integration.stream import environment

_STALL_SECONDS = 120.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.25
_LOG_LINES = 20


class Sample(NamedTuple):
    """What the worker had done and used at one moment; ``rss`` in bytes."""

    verdicts: int
    cpu_seconds: float
    rss: int


class Worker:
    """A running worker.

    Args:
        process: its process.
        log: what it prints.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def peak_rss(self) -> int:
        """Return the largest resident memory so far, in bytes (Linux counts it)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def wait(self, count: Callable[[], int], target: int) -> list[Sample]:
        """Wait until the count has reached the target; return what was seen while it grew.

        Raises:
            RuntimeError: the worker has ended, or the count does not grow.
        """
        samples = [self._sample(count())]
        since = time.monotonic()
        while samples[-1].verdicts < target:
            time.sleep(_POLL_SECONDS)
            self.check()
            sample = self._sample(count())
            if sample.verdicts > samples[-1].verdicts:
                samples.append(sample)
                since = time.monotonic()
            if time.monotonic() - since > _STALL_SECONDS:
                raise RuntimeError(f"stalled at {sample.verdicts} of {target}\n{self._tail()}")
        return samples

    def check(self) -> None:
        """Raise RuntimeError when the worker has ended."""
        status = self._process.poll()
        if status is not None:
            raise RuntimeError(f"the worker ended with status {status}\n{self._tail()}")

    def stop(self) -> None:
        """End it in good order, or at once when that takes too long."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _sample(self, count: int) -> Sample:
        process = psutil.Process(self._process.pid)
        cpu = process.cpu_times()
        return Sample(count, cpu.user + cpu.system, process.memory_info().rss)

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:])


@contextmanager
def running(config: Config) -> Iterator[Worker]:
    """A worker with these settings, on a free port."""
    worker = msgspec.structs.replace(config.worker, port=_free_port())
    config = msgspec.structs.replace(config, worker=worker)
    command = (sys.executable, "-m", "processor", "worker")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "worker.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                command, env=environment(config), stdout=log, stderr=subprocess.STDOUT
            )
        started = Worker(process, path)
        try:
            yield started
        finally:
            started.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
