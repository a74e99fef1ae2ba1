"""The Dockerfile; there is no daemon to build it with, so it is read."""

import re
import tomllib
from typing import Any

from processor.config import Config
from tests.deploy.tools import ROOT, said
from tests.program import program

_FILE = ROOT / "deploy" / "docker" / "Dockerfile"
_TEXT = _FILE.read_text(encoding="utf-8")
_FINAL = _TEXT.split("\nFROM ")[-1]


def test_hadolint_finds_nothing_to_say() -> None:
    """Neither in the file nor in the shell commands within."""
    hadolint = program("hadolint", source="the development group of pyproject.toml")

    assert said(hadolint, str(_FILE)) == (0, "")


def test_both_stages_start_from_one_pinned_image() -> None:
    """The interpreter that the environment was made with is the one that runs it."""
    bases = re.findall(r"^FROM (\S+)", _TEXT, re.MULTILINE)

    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[0])


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    """Kubernetes can only tell from a number that it is not root."""
    users: list[Any] = re.findall(r"^USER (\d+):(\d+)$", _TEXT, re.MULTILINE)

    assert users == [("10001", "10001")]


def test_nothing_is_fetched_when_a_container_runs() -> None:
    """The final stage installs nothing, and no hub is asked for weights."""
    assert not re.search(r"\b(pip|uv|apt-get|curl|wget)\b", _FINAL)
    assert "HF_HUB_OFFLINE=1" in _FINAL
    assert "TRANSFORMERS_OFFLINE=1" in _FINAL


def test_the_build_judges_an_answer_offline() -> None:
    """An image without weights would be found when it is built, not when it is needed."""
    assert "HF_HUB_OFFLINE=1 /opt/semwatch/bin/semwatch score -" in _TEXT


def test_all_that_is_copied_is_let_into_the_build() -> None:
    """`.dockerignore` shuts out everything, and lets in what the file copies."""
    let_in = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", _TEXT, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}

    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_every_package_is_copied() -> None:
    """Those that pyproject.toml installs, or the build would fail."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    top = {name.partition(".")[0] for name in packages["packages"]}

    assert set(re.findall(r"^COPY (\w+) \1$", _TEXT, re.MULTILINE)) == top


def test_what_is_installed_is_what_the_makefile_installs() -> None:
    """The same installer and the same pins: what was tested is what is shipped."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.findall(r"uv==\S+", _TEXT) == re.findall(r"uv==\S+", makefile)
    assert "--constraint constraints.txt" in _TEXT


def test_the_healthcheck_asks_the_worker_where_it_answers() -> None:
    """At its default port, for whether it lives."""
    assert f"http://127.0.0.1:{Config().worker.port}/livez" in _FINAL
    assert f"EXPOSE {Config().worker.port}\n" in _FINAL
