"""A real Prometheus on a history: samples, what the rules make of them, and the alerts.

``promtool`` makes blocks of a file and of recording rules; it does not replay alerts, which are
therefore derived here from what Prometheus answers for their expressions.
"""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from processor.rules.duration import seconds

_START_SECONDS = 60.0
_STEP = 60

Labels = Mapping[str, str]


class Span(NamedTuple):
    """A time, in seconds since the epoch."""

    start: float
    end: float


class Store:
    """The blocks of a history.

    Args:
        directory: where they lie.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._data = directory / "data"
        self._data.mkdir()

    def load(self, samples: Path) -> None:
        """Take in samples in the OpenMetrics format."""
        _promtool("create-blocks-from", "openmetrics", "-q", samples, self._data)

    def evaluate(self, rules: Iterable[Path], span: Span) -> None:
        """Take in what recording rules make of the history, level by level."""
        groups = [group for path in rules for group in _groups(path)]
        for level in _levels([r for group in groups for r in group["rules"] if "record" in r]):
            path = self.directory / "level.yaml"
            path.write_text(yaml.safe_dump({"groups": [{"name": "level", "rules": level}]}))
            with self.serve() as url:
                _promtool(
                    *("create-blocks-from", "rules", f"--url={url}", f"--output-dir={self._data}"),
                    *(f"--start={span.start:.0f}", f"--end={span.end:.0f}"),
                    *(f"--eval-interval={_STEP}s", path),
                )
        alerts = [r for group in groups for r in group["rules"] if "alert" in r]
        told = self.directory / "alerts.om"
        with self.serve() as url, told.open("w", encoding="utf-8") as file:
            for alert in alerts:
                for sample in _replay(url, alert, span):
                    file.write(f"{sample}\n")
            file.write("# EOF\n")
        self.load(told)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Run Prometheus on the blocks and yield its address."""
        settings = self.directory / "prometheus.yml"
        settings.write_text("{}\n")
        address = f"127.0.0.1:{_free_port()}"
        with (self.directory / "prometheus.log").open("wb") as log:
            server = subprocess.Popen(
                (
                    *("prometheus", f"--config.file={settings}", f"--web.listen-address={address}"),
                    *(f"--storage.tsdb.path={self._data}", "--storage.tsdb.retention.time=10y"),
                ),
                stdout=log,
                stderr=log,
            )
        try:
            _wait_ready(f"http://{address}", server)
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def ask(url: str, expression: str, span: Span, step: float = _STEP) -> list[dict[str, Any]]:
    """Return the series that an expression has over a time.

    Raises:
        ValueError: Prometheus refuses it.
    """
    parameters = {"query": expression, "start": span.start, "end": span.end, "step": step}
    body = urllib.parse.urlencode(parameters).encode()
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query_range", body, timeout=60) as answer:  # noqa: S310 - http, and ours
            series: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        raise ValueError(f"{error.read().decode()}: {expression}") from error
    return series


def _replay(url: str, alert: Mapping[str, Any], span: Span) -> Iterator[str]:
    """Yield what Prometheus would have written about an alert, without ``keep_firing_for``."""
    wait = seconds(str(alert.get("for", "0s")))
    for series in ask(url, alert["expr"], span):
        labels = {k: v for k, v in series["metric"].items() if k != "__name__"}
        labels |= alert.get("labels", {})
        labels = {k: v for k, v in labels.items() if "{{" not in str(v)}
        labels["alertname"] = alert["alert"]
        since = before = 0.0
        for now, _ in series["values"]:
            if now - before > _STEP:
                since = now
            before = now
            state = "firing" if now - since >= wait else "pending"
            yield _sample("ALERTS", labels | {"alertstate": state}, 1, now)
            yield _sample("ALERTS_FOR_STATE", labels, since, now)


def _sample(name: str, labels: Labels, value: float, now: float) -> str:
    inner = ",".join(f"{key}={json.dumps(str(text))}" for key, text in sorted(labels.items()))
    return f"{name}{{{inner}}} {value:.0f} {now:.3f}"


def _levels(rules: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rules that need none of the rest, then those that need these, and so on."""
    while rules:
        names = {rule["record"] for rule in rules}
        level = [rule for rule in rules if not any(name in rule["expr"] for name in names)]
        yield level
        rules = [rule for rule in rules if rule not in level]


def _groups(path: Path) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return groups


def _promtool(*arguments: object) -> None:
    done = subprocess.run(
        ("promtool", "tsdb", *map(str, arguments)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"promtool {arguments[:2]}: {done.stderr}")


def _wait_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=2):  # noqa: S310 - http, and ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("Prometheus did not start; see prometheus.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
