"""The Kubernetes objects of deploy/, as kustomize builds them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from tests.deploy.tools import ROOT, said
from tests.program import program

KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE = KUBERNETES / "base"
EXAMPLE = KUBERNETES / "overlays" / "example"
SIDECAR = ROOT / "deploy" / "sidecar" / "semwatch.yaml"

Object = dict[str, Any]


@cache
def built(directory: Path) -> str:
    """Return the YAML that kustomize makes of a directory."""
    kubectl = program("kubectl", source="the development group of pyproject.toml")
    code, text = said(kubectl, "kustomize", str(directory))

    assert code == 0, text

    return text


def parse(text: str) -> list[Object]:
    """Return the objects of a stream of YAML documents."""
    return [msgspec.yaml.decode(document) for document in text.split("\n---\n")]


def objects(directory: Path) -> list[Object]:
    """Return the objects that kustomize makes of a directory."""
    return parse(built(directory))


def only(kind: str, among: list[Object], name: str = "") -> Object:
    """Return the one object of a kind, or the one of them that has a name."""
    found = [each for each in among if each["kind"] == kind]
    [one] = [each for each in found if name in ("", each["metadata"]["name"])]
    return one


def templates(among: list[Object]) -> Iterator[Object]:
    """Return the template of every workload."""
    return (each["spec"]["template"] for each in among if "template" in each.get("spec", {}))


def containers(pod: Object) -> list[Object]:
    """Return all containers of the spec of a pod, sidecars too."""
    return [*pod.get("initContainers", ()), *pod["containers"]]
