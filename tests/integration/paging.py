"""From /metrics to a page: Prometheus and Alertmanager with our configuration, and a PagerDuty.

The configuration files are those of deploy/. What differs is where things are, and how fast time
passes: `speed` shortens every window of the rules, so that an hour is a minute.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from processor.config import Config
from processor.demo.traffic import Traffic
from processor.rules import generate, slo
from processor.rules.duration import clock
from tests.broker import free_ports
from tests.integration.load import producer
from tests.integration.stream import wait_until
from tests.program import program

_DEPLOY = Path(__file__).parents[2] / "deploy"
# Debian calls it after its package.
_ALERTMANAGER = ("prometheus-alertmanager", "alertmanager")
_STOP_SECONDS = 60.0
_LOG_CHARACTERS = 2000
# Enough that every window that pages is over the incident.
_AFTERWARDS = 100_000


class Event(NamedTuple):
    """What was sent to PagerDuty, and when."""

    time: float
    body: dict[str, Any]

    @property
    def action(self) -> str:
        """One of trigger and resolve."""
        return str(self.body["event_action"])

    @property
    def key(self) -> str:
        """What PagerDuty knows the incident by."""
        return str(self.body["dedup_key"])


class PagerDuty:
    """Takes events as version 2 of PagerDuty's Events API does; it is no PagerDuty."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                known = self.path == "/v2/enqueue" and body.get("routing_key") == ROUTING_KEY
                if known:
                    pager.events.append(Event(time.time(), body))
                answer = {"status": "success", "dedup_key": body.get("dedup_key")}
                self.send_response(202 if known else 400)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v2/enqueue"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()


class Bot:
    """Sends the demo's traffic from a thread of its own: healthy, incident, healthy.

    Args:
        config: where to.
        rate: answers a second.
        healthy: answers before the incident.
        ill: answers of the incident.
    """

    def __init__(self, config: Config, *, rate: float, healthy: int, ill: int) -> None:
        self.incident: float | None = None
        self.sent = 0
        self._config = config
        self._rate, self._healthy, self._ill = rate, healthy, ill
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()
        self._thread.join()

    def _send(self) -> None:
        sender = producer(self._config.kafka.bootstrap_servers)
        start = time.monotonic()
        for number, event in enumerate(self._events()):
            if self._stopped.wait(max(0.0, start + number / self._rate - time.monotonic())):
                return
            key = event["conversation_id"].encode()
            sender.produce(self._config.topics.events, json.dumps(event).encode(), key=key)
            sender.poll(0)
            self.sent = number + 1

    def _events(self) -> Iterator[dict[str, Any]]:
        traffic = Traffic(seed=7, start=time.time(), rate=self._rate)
        yield from traffic.healthy(self._healthy)
        self.incident = time.time()
        yield from traffic.incident(self._ill)
        yield from traffic.healthy(_AFTERWARDS)


ROUTING_KEY = "0123456789abcdef0123456789abcdef"


class Watch:
    """A Prometheus that watches a worker, an Alertmanager, and whom it tells.

    Args:
        worker_port: where the worker shows its metrics.
        directory: for configuration, data and logs.
        speed: how many times faster the windows of the rules pass.
        rhythm: the same for what Prometheus and Alertmanager do at intervals.
    """

    def __init__(
        self, worker_port: int, directory: Path, *, speed: float = 1.0, rhythm: float = 1.0
    ) -> None:
        prometheus, alertmanager = (
            program("prometheus", source="the Debian package prometheus"),
            program(*_ALERTMANAGER, source="the Debian package prometheus-alertmanager"),
        )
        self.pager = PagerDuty()
        ports = free_ports()
        self._port, manager_port = next(ports), next(ports)
        self._directory = directory
        _configure_prometheus(
            directory, targets=worker_port, alertmanagers=manager_port, speed=speed
        )
        _configure_alertmanager(directory, self.pager.url)
        for file in directory.glob("*.yml"):
            _quicken(file, rhythm)
        self._processes = [
            self._start(
                alertmanager,
                f"--config.file={directory}/alertmanager.yml",
                f"--storage.path={directory}/alertmanager",
                f"--web.listen-address=127.0.0.1:{manager_port}",
                "--cluster.listen-address=",
            )
        ]
        _wait_ready(manager_port)
        self._processes.append(
            self._start(
                prometheus,
                f"--config.file={directory}/prometheus.yml",
                f"--storage.tsdb.path={directory}/prometheus",
                f"--web.listen-address=127.0.0.1:{self._port}",
                f"--rules.alert.resend-delay={clock(rhythm)('1m')}",
                "--enable-feature=exemplar-storage",
            )
        )
        _wait_ready(self._port)

    def __enter__(self) -> Self:
        """Return it; the block ends all of it."""
        return self

    def __exit__(self, _type: object, error: object, _traceback: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(_STOP_SECONDS)
        self.pager.stop()
        if error is not None:
            for log in self._directory.glob("*.log"):
                text = log.read_text(encoding="utf-8", errors="replace")
                sys.stderr.write(f"\n{log.name}:\n{text[-_LOG_CHARACTERS:]}\n")

    def ask(self, path: str) -> Any:
        """Return the data of an answer of Prometheus's API."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{path}") as answer:
            return json.load(answer)["data"]

    def _start(self, program: str, *options: str) -> "subprocess.Popen[bytes]":
        with (self._directory / f"{Path(program).name}.log").open("wb") as log:
            return subprocess.Popen((program, *options), stdout=log, stderr=log)


def _configure_prometheus(directory: Path, *, speed: float, **ports: int) -> None:
    shutil.copy(_DEPLOY / "prometheus" / "prometheus.yml", directory)
    (directory / "rules").mkdir()
    for name, content in generate.files(slo.load(_DEPLOY / "slo.toml"), speed=speed).items():
        (directory / "rules" / name).write_text(content, encoding="utf-8")
    for kind, port in ports.items():
        (directory / kind).mkdir()
        targets = json.dumps([{"targets": [f"127.0.0.1:{port}"]}])
        (directory / kind / "here.yaml").write_text(targets, encoding="utf-8")


def _configure_alertmanager(directory: Path, pagerduty_url: str) -> None:
    shutil.copy(_DEPLOY / "alertmanager" / "alertmanager.yml", directory)
    key = directory / "key"
    key.write_text(f"{ROUTING_KEY}\n", encoding="utf-8")
    _replace(
        directory / "alertmanager.yml",
        ("https://events.pagerduty.com/v2/enqueue", pagerduty_url),
        ("/run/secrets/pagerduty_routing_key", str(key)),
    )


def _replace(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, f"{file}: {old}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _quicken(file: Path, rhythm: float) -> None:
    """Shorten what is done at intervals."""
    now = clock(rhythm)
    text = re.sub(
        r"((?:_interval|_wait): )(\d+[smh])",
        lambda found: found[1] + now(found[2]),
        file.read_text(encoding="utf-8"),
    )
    file.write_text(text, encoding="utf-8")


def _wait_ready(port: int) -> None:
    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
                return True
        except OSError:
            return False

    wait_until(is_ready, "an answer of /-/ready")
