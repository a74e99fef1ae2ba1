"""The policy detector of the settings, and the commands for who keeps the rules."""

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from detectors.base import Interaction
from processor.assembly import load_pipeline
from processor.cli import main
from processor.config import Config, Policy, Worker
from processor.errors import ConfigError
from tests.detectors.policy.rules import rule, write

ONLY: Any = ("policy_violation",)


def config(*sources: Path | str, disabled: tuple[str, ...] = ()) -> Config:
    """Return settings with these rules and no other detector."""
    policy = Policy(rules=tuple(map(str, sources)), disabled=disabled)
    return Config(worker=Worker(detectors=ONLY), policy=policy)


def run(*arguments: str, rules: Path | None = None, text: str | None = None) -> Result:
    """Run a command."""
    environ = {"SEMWATCH_POLICY_RULES": str(rules)} if rules else {}
    return CliRunner().invoke(main, ["policy", *arguments], env=os.environ | environ, input=text)


def test_verdicts_name_the_rules(tmp_path: Path) -> None:
    """And no encoder is loaded for rules that need none."""
    pipeline, encoder = load_pipeline(config(write(tmp_path / "r.yaml", rule())))
    [verdict] = pipeline.judge([Interaction(id="1", response="my secret")])

    assert encoder is None
    assert verdict.signals[0].label == "violated"
    assert set(verdict.versions) == {"semwatch", "policy_violation"}


def test_bad_rules_stop_the_start(tmp_path: Path) -> None:
    """With the setting, the file, the line and the key."""
    file = write(tmp_path / "r.yaml", rule(severity="bad"))
    with pytest.raises(ConfigError, match=r"policy\.rules: .*r\.yaml, line \d+: rules\[0\]\.sev"):
        load_pipeline(config(file))


def test_an_unknown_rule_to_leave_out_stops_the_start(tmp_path: Path) -> None:
    """It would run on, unnoticed."""
    file = write(tmp_path / "r.yaml", rule())
    with pytest.raises(ConfigError, match="nonesuch"):
        load_pipeline(config(file, disabled=("nonesuch",)))


def test_an_unknown_file_of_the_starter_pack_stops_the_start() -> None:
    """The message names those there are."""
    with pytest.raises(ConfigError, match="secrets"):
        load_pipeline(config("starter:nonesuch"))


def test_the_examples_of_a_file_are_its_tests(tmp_path: Path) -> None:
    """In anyone's CI: the exit code says whether all are as they should be."""
    good = write(tmp_path / "good.yaml", rule(examples=["a secret"], counterexamples=["none"]))
    bad = write(tmp_path / "bad.yaml", rule(examples=["none"], counterexamples=["a secret"]))
    passed, failed = run("test", str(good)), run("test", str(bad))

    assert (passed.exit_code, failed.exit_code) == (0, 1)
    assert "1 rules, 2 examples, 0 not as they should be" in passed.output
    assert "r: examples[0]: should break the rule, and does not" in failed.output
    assert "r: counterexamples[0]: breaks the rule, and should not" in failed.output


def test_a_file_that_cannot_be_used_fails_its_tests(tmp_path: Path) -> None:
    """With a message, not a traceback."""
    result = run("test", str(write(tmp_path / "r.yaml", rule(kind="nonesuch"))))

    assert result.exit_code == 1
    assert "line" in result.output
    assert "Traceback" not in result.output


def test_a_text_is_explained(tmp_path: Path) -> None:
    """Rule, place and meaning."""
    file = write(tmp_path / "r.yaml", rule(description="No secrets."))
    result = run("explain", "-", rules=file, text="my secret")

    assert result.exit_code == 0
    assert "violated 0.75" in result.output
    assert all(word in result.output for word in ("r", "3-9", "secret", "No secrets."))


def test_a_text_is_explained_as_the_part_it_is(tmp_path: Path) -> None:
    """A rule of answers does not look at a prompt."""
    file = write(tmp_path / "r.yaml", rule())
    result = run("explain", "-", "--part", "prompt", rules=file, text="my secret")

    assert "unverifiable" in result.output


def test_what_a_terminal_would_obey_is_not_printed(tmp_path: Path) -> None:
    """A text may come from anyone."""
    file = write(tmp_path / "r.yaml", rule(patterns=["secret.*"]))
    result = run("explain", "-", rules=file, text="my secret\x1b[31m")

    assert "\x1b[31m" not in result.output
