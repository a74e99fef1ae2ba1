"""docker-compose.yml holds together, and gives nobody more than is needed."""

import re
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import pytest

from processor.cli import main
from processor.config import load
from tests.deploy.tools import ROOT, said
from tests.program import program

_FILE = ROOT / "docker-compose.yml"
_COMPOSE: dict[str, Any] = msgspec.yaml.decode(_FILE.read_bytes())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = {name: s for name, s in _SERVICES.items() if s["image"].startswith("semwatch:")}
_JOBS = {"topics"}  # ends when its work is done
_CONFIG = "/etc/semwatch/semwatch.toml"

every_service = pytest.mark.parametrize("service", _SERVICES.values(), ids=_SERVICES)
every_one_of_ours = pytest.mark.parametrize("service", _OURS.values(), ids=_OURS)


def test_the_file_is_of_the_specification() -> None:
    """By the schema of the Compose Specification: no key is misspelt."""
    check = program("check-jsonschema", source="the development group of pyproject.toml")
    code, text = said(check, "--builtin-schema", "vendor.compose-spec", str(_FILE))

    assert code == 0, text


def test_an_implementation_takes_the_file(tmp_path: Path) -> None:
    """docker-compose finds every service, volume and network that is named."""
    compose = program("docker-compose", source="the Debian package docker-compose")
    # The first implementation, in Python, knows all of the file but its name.
    text = re.sub(r"(?m)^name:.*\n", "", _FILE.read_text(encoding="utf-8"))
    copy = tmp_path / "docker-compose.yml"
    copy.write_text(text, encoding="utf-8")
    code, text = said(
        *(compose, "--project-directory", str(ROOT), "--file", str(copy), "config", "--quiet")
    )

    assert (code, text) == (0, "")


@every_service
def test_the_root_is_read_only(service: dict[str, Any]) -> None:
    """What a process may write to is named: a volume, or memory."""
    assert service["read_only"] is True


@every_service
def test_every_capability_is_dropped(service: dict[str, Any]) -> None:
    """None is added again."""
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service


@every_service
def test_no_process_gains_privileges(service: dict[str, Any]) -> None:
    """By no setuid program in an image."""
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_service
def test_ports_are_open_to_this_machine_alone(service: dict[str, Any]) -> None:
    """Nothing has a password, so nothing is for the network."""
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@every_service
def test_memory_has_a_limit(service: dict[str, Any]) -> None:
    """One that grows does not take the others along."""
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])


@pytest.mark.parametrize("name", _SERVICES)
def test_what_ends_is_started_again(name: str) -> None:
    """A worker ends itself when it cannot go on safely; a job only until its work is done."""
    wanted = "on-failure" if name in _JOBS else "unless-stopped"

    assert _SERVICES[name]["restart"] == wanted


@every_service
def test_images_are_pinned(service: dict[str, Any]) -> None:
    """By a whole version: the stack of tomorrow is the one of today."""
    assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", service["image"])


@pytest.mark.parametrize("name", _SERVICES)
def test_what_answers_is_asked_for_its_health(name: str) -> None:
    """The worker by the check of its image; the others have none that is worth asking for."""
    check = _SERVICES[name].get("healthcheck", {})
    if name in ("topics", "bot"):
        assert check == {"disable": True}
    elif name == "worker":
        assert not check
    else:
        assert check["test"][0] == "CMD"


@every_service
def test_what_is_mounted_exists(service: dict[str, Any]) -> None:
    """Docker would make an empty directory of a file that is missing. Files are read-only."""
    for volume in service.get("volumes", ()):
        source, _, rest = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert rest.endswith(":ro"), volume
        else:
            assert source in _COMPOSE["volumes"], volume


@every_service
def test_what_lies_in_a_read_only_mount_has_its_place_there(service: dict[str, Any]) -> None:
    """In a directory of the host that is read-only, no mount point can be made."""
    mounts = [volume.split(":") for volume in service.get("volumes", ())]
    read_only = [(mount[1], ROOT / mount[0]) for mount in mounts if mount[2:] == ["ro"]]
    inner = [mount[1] for mount in mounts] + [t.partition(":")[0] for t in service.get("tmpfs", ())]
    for target, source in read_only:
        for path in map(PurePosixPath, inner):
            if PurePosixPath(target) in path.parents:
                assert (source / path.relative_to(target)).exists(), path


@every_service
def test_networks_and_secrets_are_declared(service: dict[str, Any]) -> None:
    """And every network that is declared has somebody in it."""
    assert set(service["networks"]) <= set(_COMPOSE["networks"])
    assert set(service.get("secrets", ())) <= set(_COMPOSE["secrets"])


def test_whoever_talks_shares_a_network() -> None:
    """Prometheus reaches the worker; the broker and Grafana are no neighbours."""
    networks = {name: set(service["networks"]) for name, service in _SERVICES.items()}

    assert networks["prometheus"] & networks["worker"] & networks["grafana"]
    assert networks["kafka"] & networks["worker"] & networks["topics"] & networks["bot"]
    assert not networks["kafka"] & networks["grafana"]


def test_the_secret_is_a_file_of_the_user() -> None:
    """The one that stands in for it holds no key."""
    variable, default = re.fullmatch(
        r"\$\{(\w+):-(\S+)\}", _COMPOSE["secrets"]["pagerduty_routing_key"]["file"]
    ).groups()  # type: ignore[union-attr] # None fails the test as well

    assert variable == "PAGERDUTY_ROUTING_KEY_FILE"
    assert (ROOT / default).read_text(encoding="utf-8") == "no-routing-key\n"
    assert (ROOT / default).stat().st_mode & 0o004


@every_one_of_ours
def test_the_command_is_one_of_ours(service: dict[str, Any]) -> None:
    """Name and options parse as they would in the container."""
    name, *options = service["command"]
    context = main.commands[name].make_context(name, options)

    assert str(context.params["config_file"]) == _CONFIG


@every_one_of_ours
def test_the_settings_are_taken(service: dict[str, Any]) -> None:
    """And every file that they name is mounted where they look for it."""
    mounts = {m.split(":")[1]: ROOT / m.split(":")[0] for m in service["volumes"]}
    config = load(mounts[_CONFIG], {})
    named = [*config.policy.rules[1:], config.commercial_claims.catalogue]
    named.append(config.intent_resolution.intents)

    assert all(mounts[path].is_file() for path in named)
    assert config.worker.host == "0.0.0.0"  # noqa: S104 - of the container


def test_a_stop_that_hangs_ends_before_it_is_killed() -> None:
    """Then the log says where it stood."""
    config = load(ROOT / "deploy" / "compose" / "semwatch.toml", {})
    patience = float(_SERVICES["worker"]["stop_grace_period"].removesuffix("s"))

    assert config.worker.stop_seconds < patience


def test_ports_are_the_same_on_both_sides() -> None:
    """Of the worker: what it serves, what Prometheus scrapes, what is published."""
    config = load(ROOT / "deploy" / "compose" / "semwatch.toml", {})
    prometheus = ROOT / "deploy" / "prometheus"

    assert _targets(prometheus / "targets" / "compose.yaml") == [f"worker:{config.worker.port}"]
    assert _targets(prometheus / "alertmanagers" / "compose.yaml") == ["alertmanager:9093"]
    assert _SERVICES["worker"]["ports"] == [f"127.0.0.1:{config.worker.port}:{config.worker.port}"]
    assert config.kafka.bootstrap_servers in _kafka()["KAFKA_ADVERTISED_LISTENERS"]


def test_kafka_is_the_release_that_the_tests_run() -> None:
    """The image is of the same version as the artifacts of the suite's broker."""
    pom = (ROOT / "tests" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    [version] = re.findall(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([\d.]+)", pom)

    assert _SERVICES["kafka"]["image"] == f"apache/kafka:{version}"


def test_topics_are_made_on_purpose_and_need_one_copy() -> None:
    """One broker cannot hold more; and the default would make a topic of every typing error."""
    kafka = _kafka()
    copies = {
        name: value for name, value in kafka.items() if "REPLICATION" in name or "ISR" in name
    }

    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert len(copies) == 5
    assert set(copies.values()) == {1}


def _targets(file: Path) -> list[str]:
    [group] = msgspec.yaml.decode(file.read_bytes())
    targets: list[str] = group["targets"]
    return targets


def _kafka() -> dict[str, Any]:
    environment: dict[str, Any] = _SERVICES["kafka"]["environment"]
    return environment
