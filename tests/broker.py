"""A real Apache Kafka for the tests: one KRaft node in a process that a test may kill.

The only file that knows Java and Maven.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

_HOME = Path(__file__).parent / "kafka"
_POM = _HOME / "pom.xml"
_JARS = _HOME / "target" / "jars"

_HOST = "127.0.0.1"
# Below the kernel's range for outgoing connections (32768 and up on Linux): nothing takes
# the port while the broker is dead, neither another program nor its own waiting clients.
_PORTS = range(20_000, 32_768)

_JAVA_VERSION = 17  # what Kafka 4 is compiled for
# Start-up is what tests wait for: one compiler tier and the simple collector save a third of it.
_JAVA = ("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN")
# The cluster's id is any 16 bytes in base64.
_FORMAT = (
    *("kafka.tools.StorageTool", "format", "--standalone"),
    *("--cluster-id", "c2Vtd2F0Y2gtdGVzdHMtaw"),
)

_MAVEN = ("mvn", "-q", "-B", "dependency:copy-dependencies", "-f")
_MAVEN_SECONDS = 240.0  # 14 with nothing downloaded yet; the rest is for a slow network
_JAVA_SECONDS = 30.0  # 0.1 on an idle machine
_FORMAT_SECONDS = 60.0  # 2 on an idle machine
_START_SECONDS = 60.0  # 4 on an idle machine
_STOP_SECONDS = 20.0  # below 1 on an idle machine
_POLL_SECONDS = 0.05
_LOG_LINES = 30

_SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={controller}
log.dirs={data}

# A misspelt topic is an error, not a new topic.
auto.create.topics.enable=false

# One node holds the only replica; the defaults want three, and 50 partitions to open.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4

# The first consumer of a group need not wait 3 s for others, and it may ask to be missed in 1 s.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# A killed broker may register again only when the session it left behind has ended: 9 s by default.
# The price: one frozen for longer is out of office for a moment after its thaw (NOT_LEADER).
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500

# The default, 128 MiB, is a quarter of the heap.
log.cleaner.dedupe.buffer.size=16777216
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """A broker that somebody else runs: no test may kill it."""

    bootstrap: str


def external() -> External | None:
    """The broker that SEMWATCH_TEST_KAFKA names as host:port, if it names one."""
    bootstrap = os.environ.get("SEMWATCH_TEST_KAFKA")
    return External(bootstrap=bootstrap) if bootstrap else None


def available() -> str | None:
    """Why no broker can be started here, or None when one can."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    version = _java_version()
    if version < _JAVA_VERSION:
        return f"java on PATH is version {version}, Kafka needs {_JAVA_VERSION}"
    return None


def resolve() -> str:
    """The class path of Kafka; Maven fetches the jars when there are none for this pom yet."""
    stamp = _JARS / _POM.name
    if not stamp.exists() or stamp.read_bytes() != _POM.read_bytes():
        sys.stderr.write(f"\nMaven resolves the jars of Apache Kafka into {_JARS} ...\n")
        # Jars of two releases on one class path would mix.
        shutil.rmtree(_JARS, ignore_errors=True)
        _run(*_MAVEN, str(_POM), seconds=_MAVEN_SECONDS)
        # Last, so that an interrupted run is not taken for a complete one.
        shutil.copyfile(_POM, stamp)
    return str(_JARS / "*")


class Kafka:
    """One node, broker and controller at once, on ports that it keeps through restarts.

    Parameters:
        bootstrap: Where it listens, host:port.
        secure: Where it listens for what `start` was told beyond that, host:port.
        command: The program and its arguments; the directory must be formatted already.
        log: The file that takes what the broker prints, one run after the other.
    """

    def __init__(
        self, *, bootstrap: str, command: Sequence[str], log: Path, secure: str = ""
    ) -> None:
        self.bootstrap = bootstrap
        self.secure = secure
        self._command = command
        self._log = log
        self._process = self._launch()

    @classmethod
    def start(cls, directory: Path, *, further: str = "") -> Self:
        """Start a broker without topics in a new directory; return it when it answers.

        `further` are settings that override ours; {broker}, {controller} and {secure} in it
        stand for its addresses, the last of them free for a listener of its own.
        """
        broker, controller, secure = (f"{_HOST}:{port}" for port in islice(free_ports(), 3))
        directory.mkdir(parents=True, exist_ok=True)
        settings = directory / "server.properties"
        settings.write_text(
            (_SETTINGS + further).format(
                broker=broker, controller=controller, secure=secure, data=directory / "data"
            ),
            encoding="utf-8",
        )
        java = (*_JAVA, "-cp", resolve())
        _run(*java, *_FORMAT, "--config", str(settings), seconds=_FORMAT_SECONDS)
        return cls(
            bootstrap=broker,
            secure=secure,
            command=(*java, "kafka.Kafka", str(settings)),
            log=directory / "broker.log",
        )

    def kill(self) -> None:
        """End it at once, as a crash does (SIGKILL)."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in good order (SIGTERM), or by `kill` when it takes too long."""
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Start it again with its ports and data, however it ended; return when it answers."""
        self.stop()
        self._process = self._launch()

    def freeze(self) -> None:
        """Let it keep its connections but answer nothing (SIGSTOP), until `thaw` or `kill`."""
        self._process.send_signal(signal.SIGSTOP)
        # The signal is only sent by now; its threads may run a moment longer.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def thaw(self) -> None:
        """Let a frozen broker go on (SIGCONT)."""
        self._process.send_signal(signal.SIGCONT)

    def _launch(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._await(process)
        except BaseException:
            # Also when a test's time is up: nobody has a name for this process yet.
            process.kill()
            process.wait()
            raise
        return process

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        client = AdminClient(
            {
                "bootstrap.servers": self.bootstrap,
                "reconnect.backoff.max.ms": 100,
                "log_level": 0,  # every refused connection would be a line
            }
        )
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(client):
            if process.poll() is not None:
                raise RuntimeError(f"Kafka ended with status {process.returncode}: {self._tail()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer from Kafka in {_START_SECONDS} s: {self._tail()}")
            time.sleep(_POLL_SECONDS)

    def _tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join((f"the end of {self._log}", *lines[-_LOG_LINES:]))


@contextmanager
def running(directory: Path) -> Iterator[Kafka]:
    """A broker in a new directory, stopped at the end."""
    kafka = Kafka.start(directory)
    try:
        yield kafka
    finally:
        kafka.stop()


def _answers(client: AdminClient) -> bool:
    """Whether the broker serves: until its controller lets it, it answers with no broker at all."""
    try:
        return bool(client.list_topics(timeout=1.0).brokers)
    except KafkaException:
        return False


def free_ports() -> Iterator[int]:
    """Ports that nothing listens on, in no order."""
    # Not the seeded generator: two test runs would draw the same ports.
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
        yield port


def _java_version() -> int:
    """The major version of java on PATH; 0 when it does not say, as a stub without a JVM."""
    said = subprocess.run(
        ("java", "-version"), capture_output=True, text=True, timeout=_JAVA_SECONDS, check=False
    ).stderr
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else 0


def _run(*command: str, seconds: float) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
