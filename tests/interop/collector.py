"""The real OpenTelemetry Collector with its Kafka exporter, built by its own builder.

The only file that knows Go. The build asks the Go proxy once, and takes some minutes.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.broker import free_ports
from tests.integration.stream import wait_until

_HOME = Path(__file__).parent / "target" / "collector"
_EXAMPLE = Path(__file__).parents[2] / "deploy" / "sidecar" / "otel-collector.yaml"
_VERSION = "v0.165.0"
_CORE = "go.opentelemetry.io/collector"
_CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"
_PARTS = {
    "receivers": (f"{_CORE}/receiver/otlpreceiver", f"{_CONTRIB}/receiver/filelogreceiver"),
    "exporters": (f"{_CONTRIB}/exporter/kafkaexporter",),
    "extensions": (f"{_CONTRIB}/extension/storage/filestorage",),
}
_BUILD_SECONDS = 1500.0
_STOP_SECONDS = 20.0
_READY = "Everything is ready"


def available() -> str | None:
    """Why it cannot be had here, or None when it can."""
    return None if shutil.which("go") else "go is not on PATH"


@contextmanager
def receiving(bootstrap: str, topic: str, encoding: str, work: Path) -> Iterator[str]:
    """Run one that passes OTLP spans on to a topic; the value is where it takes them."""
    endpoint = f"127.0.0.1:{next(free_ports())}"
    settings = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": endpoint}}}},
        "exporters": {
            "kafka": {"brokers": [bootstrap], "traces": {"topic": topic, "encoding": encoding}}
        },
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["kafka"]}}},
    }
    with _running(settings, work):
        yield f"http://{endpoint}/v1/traces"


@contextmanager
def following(log: Path, bootstrap: str, topic: str, work: Path) -> Iterator[None]:
    """Run one with the configuration of deploy/sidecar, on another log, broker and topic."""
    settings = yaml.safe_load(_EXAMPLE.read_text(encoding="utf-8"))
    storage = work / "storage"
    storage.mkdir()
    settings["extensions"]["file_storage"]["directory"] = str(storage)
    settings["receivers"]["filelog"]["include"] = [str(log)]
    kafka = settings["exporters"]["kafka"]
    kafka["brokers"] = [bootstrap]
    kafka["logs"]["topic"] = topic
    with _running(settings, work):
        yield


@contextmanager
def _running(settings: dict[str, Any], work: Path) -> Iterator[None]:
    program = _built()
    # Its own metrics would take a fixed port.
    settings["service"]["telemetry"] = {"metrics": {"level": "none"}}
    file, told = work / "collector.yaml", work / "collector.log"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with told.open("wb") as log:
        process = subprocess.Popen((program, "--config", file), stdout=log, stderr=log)
    try:
        wait_until(
            lambda: process.poll() is not None or _READY in told.read_text(encoding="utf-8"),
            "the Collector",
            60.0,
        )

        assert process.poll() is None, told.read_text(encoding="utf-8")[-2000:]

        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _built() -> Path:
    """Return the program; it is built once."""
    program = _HOME / "otelcol"
    if not program.exists():
        _HOME.mkdir(parents=True, exist_ok=True)
        building = _HOME / "building"
        manifest = {
            "dist": {"name": "otelcol", "output_path": str(building)},
            **{
                kind: [{"gomod": _module(part)} for part in parts] for kind, parts in _PARTS.items()
            },
        }
        (_HOME / "builder.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
        _run("go", "install", f"{_CORE}/cmd/builder@{_VERSION}")
        _run(str(_HOME / "builder"), "--config", "builder.yaml")
        (building / "otelcol").rename(program)
    return program


def _module(part: str) -> str:
    return f"{part} {_VERSION}"


def _run(*command: str) -> None:
    environment = os.environ | {"GOBIN": str(_HOME)}
    done = subprocess.run(
        command,
        cwd=_HOME,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-2000:]}")
