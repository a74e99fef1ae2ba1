"""The sidecar under fire: a log that grows and rotates, with ship and broker killed meanwhile."""

import gzip
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import tomli_w
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.broker import Kafka
from tests.reading import read

PARTITIONS = 4
_ROOT = Path(__file__).parents[2]
_DRAIN_SECONDS = 300.0
_BURSTS = 50  # pieces of a round, so that a rate is even


class Tally(NamedTuple):
    """What came of a run."""

    written: int
    lost: int
    repeated: int
    disordered: int
    """Lines whose conversation had already shown a later one."""
    ship_kills: int
    broker_kills: int
    rotations: int
    lines_a_second: int
    """As the writer really was while it wrote."""
    exit_code: int


class Writer:
    """A bot that logs at a rate and rotates its log in every way, a few times a round."""

    def __init__(self, path: Path, *, rate: float) -> None:
        self._path = path
        self._rate = rate
        self.written = 0
        self.rotations = 0
        self.seconds = 0.0
        self._compressing = threading.Thread(target=self._compress)
        self._compressing.start()

    def write(self, lines: int) -> None:
        """Append lines at the rate, with a rotation every third of them."""
        start = time.monotonic()
        size = max(1, lines // _BURSTS)
        for done in range(0, lines, size):
            with self._path.open("ab") as file:
                file.writelines(self._line() for _ in range(min(size, lines - done)))
            if done // size % (_BURSTS // 3) == _BURSTS // 6:
                self._rotate()
            time.sleep(max(0.0, start + (done + size) / self._rate - time.monotonic()))
        self.seconds += time.monotonic() - start

    def _line(self) -> bytes:
        number = self.written
        self.written += 1
        line = {"id": str(number), "conversation_id": f"c{number % 101}", "response": "x" * 120}
        return json.dumps(line).encode() + b"\n"

    def _rotate(self) -> None:
        self._compressing.join()
        for number in range(self.rotations, 0, -1):
            for suffix in ("", ".gz"):
                old = self._path.with_name(f"{self._path.name}.{number}{suffix}")
                if old.exists():
                    old.rename(self._path.with_name(f"{self._path.name}.{number + 1}{suffix}"))
        first = self._path.with_name(f"{self._path.name}.1")
        if self.rotations % 2:
            self._path.rename(first)
        else:
            shutil.copyfile(self._path, first)
            self._path.open("wb").close()
        self.rotations += 1
        self._compressing = threading.Thread(target=self._compress)
        self._compressing.start()

    def _compress(self) -> None:
        """Gzip the third file beside the writing, as logrotate does."""
        plain = self._path.with_name(f"{self._path.name}.3")
        if plain.exists():
            with plain.open("rb") as source, gzip.open(f"{plain}.gz", "wb", 1) as target:
                shutil.copyfileobj(source, target)
            plain.unlink()


class Sidecar:
    """The process ``semwatch ship``, restarted whenever it ends by itself or is killed."""

    def __init__(self, directory: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
        self._config = directory / "semwatch.toml"
        self._config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        self._log = directory / "ship.out"
        self._ending = False
        self._process = self._launch()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                (sys.executable, "-m", "processor", "ship", "--config", str(self._config)),
                cwd=_ROOT,
                stdout=log,
                stderr=log,
            )

    def _supervise(self) -> None:
        while True:
            self._process.wait()
            if self._ending:
                return
            self._process = self._launch()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()

    def stop(self) -> int:
        """Let it ship what is there; return its exit code."""
        self._ending = True
        self._process.send_signal(signal.SIGTERM)
        self._supervisor.join(_DRAIN_SECONDS)
        self._process.kill()
        return self._process.wait()

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text(encoding="utf-8", errors="replace")


def crash(kafka: Kafka, directory: Path, *, lines: int, rate: float, rounds: int) -> Tally:
    """Write lines in rounds; in each round kill ship and broker once, and start them again."""
    topic = f"ship-{uuid4().hex[:8]}"
    client = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    client.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30.0)
    moments = random.Random(7)
    log = directory / "bot.log"
    writer = Writer(log, rate=rate)
    sidecar = Sidecar(
        directory,
        {
            "kafka": {"bootstrap_servers": kafka.bootstrap},
            "ship": {
                "paths": [str(log)],
                "topic": topic,
                "checkpoint": str(directory / "ship.json"),
                "checkpoint_seconds": 0.2,
                "drain_seconds": _DRAIN_SECONDS,
                "port": 0,
            },
        },
    )
    _wait_for_first_line(writer, kafka, topic)
    for _ in range(rounds):
        writing = threading.Thread(target=writer.write, args=(lines // rounds,))
        writing.start()
        seconds = lines / rounds / rate
        time.sleep(moments.random() * seconds / 2)
        sidecar.kill()
        time.sleep(moments.random() * seconds / 2)
        kafka.kill()
        writing.join()
        kafka.restart()
    code = sidecar.stop()
    return _count(kafka, topic, writer, code=code, kills=rounds)


def _wait_for_first_line(writer: Writer, kafka: Kafka, topic: str) -> None:
    """Write a line and wait until it is in Kafka: the first kill is to hit a running sidecar."""
    writer.write(1)
    deadline = time.monotonic() + 120.0
    while not sum(1 for _ in read(kafka.bootstrap, topic, PARTITIONS)):
        assert time.monotonic() < deadline, "the sidecar did not start"


def _count(kafka: Kafka, topic: str, writer: Writer, *, code: int, kills: int) -> Tally:
    times: Counter[int] = Counter()
    last: dict[str, int] = {}
    disordered = 0
    for message in read(kafka.bootstrap, topic, PARTITIONS):
        line = json.loads(message.value() or b"")
        number, conversation = int(line["id"]), line["conversation_id"]
        if not times[number]:
            disordered += number < last.get(conversation, -1)
            last[conversation] = max(number, last.get(conversation, -1))
        times[number] += 1
    return Tally(
        written=writer.written,
        lost=len(set(range(writer.written)) - times.keys()),
        repeated=times.total() - len(times),
        disordered=disordered,
        ship_kills=kills,
        broker_kills=kills,
        rotations=writer.rotations,
        lines_a_second=round(writer.written / writer.seconds),
        exit_code=code,
    )
