"""What docker-compose.yml would run, without Docker: its broker, its jobs, its worker, its bot."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from processor.config import Config, load
from tests.broker import Kafka, free_ports, resolve
from tests.deploy.tools import ROOT
from tests.integration.books import count
from tests.integration.stream import wait_until

_SERVICES: dict[str, dict[str, Any]] = msgspec.yaml.decode(
    (ROOT / "docker-compose.yml").read_bytes()
)["services"]
_CONFIG = "/etc/semwatch/semwatch.toml"
_WRAPPER = "kafka.docker.KafkaDockerWrapper"  # what the image runs before the broker
_STOP_SECONDS = 60.0


@pytest.mark.kafka
@pytest.mark.usefixtures("kafka_at_hand")
def test_the_stack_judges_what_its_bot_says(tmp_path: Path) -> None:
    """Every command of the file, with its settings; only hosts, ports and paths are of here."""
    port = str(next(free_ports()))
    with ExitStack() as stack:
        bootstrap = stack.enter_context(_broker(tmp_path))
        environment = _environment(bootstrap, port)
        subprocess.run(_command("topics"), env=environment, check=True, capture_output=True)
        for name in ("worker", "bot"):
            stack.enter_context(_running(name, environment, tmp_path))
        config = _settings()
        here = replace(config, kafka=replace(config.kafka, bootstrap_servers=bootstrap))
        # Counted only when the broker has them all.
        wait_until(lambda: _scored(port) >= 10, "ten answers scored")
        judged = count(here, here.topics.verdicts)

    assert judged >= 10


def _scored(port: str) -> float:
    """Return how many answers of the bot a worker has scored; 0 while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30.0) as answer:
            metrics = answer.read().decode()
    except OSError:
        return 0.0
    scored = r'semwatch_events_total\{app="support-bot",outcome="scored".* (\S+)'
    return sum(map(float, re.findall(scored, metrics)))


@contextmanager
def _broker(directory: Path) -> Iterator[str]:
    """Start the broker from its variables, in a directory of settings as empty as its mount."""
    internal, external, controller = map(str, islice(free_ports(), 3))
    ports = {"19092": internal, "9092": external, "9093": controller}
    java = ("java", "-cp", resolve())
    settings = _configure(java, _variables(ports, directory / "data"), directory)
    bootstrap = f"127.0.0.1:{internal}"
    kafka = Kafka(
        bootstrap=bootstrap,
        command=(*java, "kafka.Kafka", str(settings)),
        log=directory / "kafka.log",
    )
    try:
        yield bootstrap
    finally:
        kafka.stop()


def _variables(ports: dict[str, str], data: Path) -> dict[str, str]:
    """Return the broker's variables, with hosts and ports of this machine."""
    kafka = _SERVICES["kafka"]
    [volume] = kafka["volumes"]
    variables = {name: str(value) for name, value in kafka["environment"].items()}

    assert variables["KAFKA_LOG_DIRS"] == volume.split(":")[1]

    def here(value: str) -> str:
        local = value.replace("kafka:", "127.0.0.1:")
        return re.sub(r"(?<=:)\d{4,5}\b", lambda port: ports[port[0]], local)

    return {name: here(value) for name, value in variables.items()} | {
        "KAFKA_LOG_DIRS": str(data),
        "PATH": os.environ["PATH"],
    }


def _configure(java: tuple[str, ...], environment: dict[str, str], directory: Path) -> Path:
    """Do as the image does when it starts; return the file of settings that comes of it."""
    kinds = ("default", "mounted", "final")
    for kind in kinds:
        (directory / kind).mkdir()
    options = [s for kind in kinds for s in (f"--{kind}-configs-dir", str(directory / kind))]
    subprocess.run(
        (*java, _WRAPPER, "setup", *options), env=environment, check=True, capture_output=True
    )
    return directory / "final" / "server.properties"


def _environment(bootstrap: str, port: str) -> dict[str, str]:
    mounts = dict(volume.split(":")[1::-1] for volume in _SERVICES["worker"]["volumes"])
    config = _settings()
    here = {
        "SEMWATCH_KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "SEMWATCH_WORKER_PORT": port,
        "SEMWATCH_WORKER_HOST": "127.0.0.1",
        "SEMWATCH_POLICY_RULES": ",".join(mounts.get(rule, rule) for rule in config.policy.rules),
        "SEMWATCH_COMMERCIAL_CLAIMS_CATALOGUE": mounts[config.commercial_claims.catalogue],
        "SEMWATCH_INTENT_RESOLUTION_INTENTS": mounts[config.intent_resolution.intents],
        "SEMWATCH_EMBEDDING_THREADS": "1",
    }
    return {k: v for k, v in os.environ.items() if not k.startswith("SEMWATCH_")} | here


def _settings() -> Config:
    return load(ROOT / "deploy" / "compose" / "semwatch.toml", {})


def _command(name: str) -> list[str]:
    file = str(ROOT / "deploy" / "compose" / "semwatch.toml")
    options = [file if word == _CONFIG else word for word in _SERVICES[name]["command"]]
    return [sys.executable, "-m", "processor", *options]


@contextmanager
def _running(name: str, environment: dict[str, str], directory: Path) -> Iterator[None]:
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            _command(name), cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
        assert process.poll() is None, (directory / f"{name}.log").read_text("utf-8")
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)
