"""Workers with names of their own keep their partitions through a restart."""

import threading
import time
from pathlib import Path
from typing import Self

import pytest
from msgspec.structs import replace

from processor.config import Config
from tests.integration.books import BALANCED, books, wait_idle
from tests.integration.conftest import Line
from tests.integration.load import Load
from tests.integration.stream import Worker, wait_until

_POLL_SECONDS = 0.01


@pytest.mark.kafka
def test_restart_of_a_named_worker_moves_nothing(kafka_line: Line, tmp_path: Path) -> None:
    """Its neighbour stays ready all the time, which no rebalance allows; nothing is lost."""
    config = kafka_line(kafka={"session_timeout_seconds": 20.0})

    with (
        Worker(_named(config, "worker-0"), tmp_path) as killed,
        Worker(_named(config, "worker-1"), tmp_path) as neighbour,
    ):
        wait_until(lambda: killed.is_ready() and neighbour.is_ready(), "both ready")
        with _Watch(neighbour) as watch:
            load = Load(config, events=2000, rate=200).start()
            time.sleep(1.0)
            killed.kill()
            killed.wait_exits(1)
            killed.wait_ready()
            sent = load.join()
            wait_idle(config)

    assert watch.times_unready == 0
    assert books(config, sent) == BALANCED


def _named(config: Config, name: str) -> Config:
    return replace(config, kafka=replace(config.kafka, instance_id=name))


class _Watch:
    """Asks a worker again and again whether it is ready."""

    def __init__(self, worker: Worker) -> None:
        self.times_unready = 0
        self._worker = worker
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(_POLL_SECONDS):
            self.times_unready += not self._worker.is_ready()
