"""The rules that come with semwatch pass their own examples, and say what they are for."""

import re
from pathlib import Path

import pytest

from detectors.policy.example import made_up, results
from detectors.policy.pack import Pack, load
from detectors.policy.rule import Case, Kit
from tests.detectors.bags import Bags

PACK = load(["starter"], Kit(Bags))
RISKS = {*(f"owasp:LLM0{n}:2026" for n in range(1, 10)), "owasp:none"}
# What push protection and scanners would take for a leak in this repository.
TOKEN = re.compile(r"[A-Za-z0-9+/_-]{32,}")


def texts(pack: Pack) -> list[str]:
    """Return all texts of all examples."""
    cases = [c for e in pack.entries for c in (*e.rule.examples, *e.rule.counterexamples)]
    plain = [c for c in cases if isinstance(c, str)]
    rest = [c for c in cases if isinstance(c, Case)]
    return plain + [t for c in rest for t in (c.prompt, c.response, c.system, *c.context) if t]


def test_every_example_is_as_said() -> None:
    """As `semwatch policy test starter` prints."""
    assert [result for result in results(PACK) if not result.is_as_said] == []


def test_every_rule_names_its_risk() -> None:
    """By the OWASP Top 10 for LLM applications of 2026."""
    assert [e.rule.id for e in PACK.entries if not RISKS & set(e.rule.tags)] == []


def test_the_example_of_the_docs_is_as_said() -> None:
    """Who writes rules begins with it."""
    example = load([str(Path(__file__).parents[3] / "deploy" / "policy.yaml")], Kit())

    assert len(example.entries) == 4
    assert [result for result in results(example) if not result.is_as_said] == []


def test_the_docs_count_the_rules() -> None:
    """As many as there are."""
    root = Path(__file__).parents[3]

    assert f"{len(PACK.entries)} come along" in (root / "README.md").read_text("utf-8")
    assert f"all {len(PACK.entries)} rules" in (root / "docs" / "policy.md").read_text("utf-8")


def test_there_are_more_than_forty_kinds_of_secrets() -> None:
    """Each a rule of its own, with its severity."""
    secrets = load(["starter:secrets"], Kit())

    assert len(secrets.entries) >= 40
    assert all(entry.check.keywords for entry in secrets.entries)


def test_no_example_looks_like_a_leak() -> None:
    """Secrets are made up when an example is run."""
    found = [match[0] for text in texts(PACK) for match in TOKEN.finditer(text)]

    assert [token for token in found if re.search(r"\d", token) and not token.isdecimal()] == []


@pytest.mark.parametrize("kind", ["alnum", "lower", "upper", "hex", "base64", "urlsafe", "digit"])
def test_made_up_letters_are_the_same_each_time(kind: str) -> None:
    """An example that passes today passes tomorrow."""
    text = f"a ${{{kind}:30}}"

    assert made_up(text) == made_up(text) != text
    assert len(made_up(text) or "") == 32
