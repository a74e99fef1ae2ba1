"""Rules for tests: one from a few words, a pack of some, and what it says of an interaction."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from detectors.base import Interaction, Signal
from detectors.policy.pack import Pack, load
from detectors.policy.rule import Kit
from detectors.policy_violation import PolicyViolation
from tests.detectors.bags import Bags

COMMON = {"severity": "high", "description": "d", "examples": ["x"], "counterexamples": ["y"]}


def rule(**settings: Any) -> dict[str, Any]:
    """Return a rule that forbids "secret" unless told otherwise."""
    made = {"id": "r", "kind": "pattern", "patterns": ["secret"], **COMMON, **settings}
    return made if made["kind"] == "pattern" else {k: v for k, v in made.items() if k != "patterns"}


def write(path: Path, *rules: Mapping[str, Any]) -> Path:
    """Write a rule file."""
    path.write_text(yaml.safe_dump({"version": 1, "rules": list(rules)}), encoding="utf-8")
    return path


def pack(directory: Path, *rules: Mapping[str, Any], kit: Kit | None = None) -> Pack:
    """Load rules."""
    return load([str(write(directory / "rules.yaml", *rules))], kit or Kit())


def judge(rules: Pack, **fields: Any) -> Signal:
    """Judge an interaction."""
    [[signal]] = PolicyViolation(rules).detect_many([Interaction(id="1", **fields)])
    return signal


def broken(signal: Signal) -> list[str]:
    """Return the rules that are violated, not merely echoed."""
    return [violation.rule for violation in signal.violations if not violation.echoed]


def hits(directory: Path, settings: dict[str, Any], **fields: Any) -> list[str]:
    """Return the texts that one rule finds in the response."""
    signal = judge(pack(directory, rule(**settings), kit=Kit(Bags)), **fields)
    response = fields.get("response", "")

    assert signal.failures == ()

    return [response[a:b] for v in signal.violations for a, b in v.spans if v.part == "response"]
