"""A rule file is used whole or not at all, and who wrote it is told where it is wrong."""

from pathlib import Path
from typing import Any

import pytest

from detectors.policy.pack import PackError, load
from detectors.policy.rule import Kit
from tests.detectors.policy.rules import pack, rule, write

GOOD = """version: 1
defaults: {severity: high, kind: pattern}
rules:
  - id: a
    description: d
    patterns: [secret]
    examples: [a secret]
    counterexamples: [nothing]
"""


def error_of(directory: Path, text: str) -> str:
    """Return what is said of a bad file, after its name."""
    file = directory / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as error:
        load([str(file)], Kit())
    said = str(error.value)

    assert said.startswith(str(file))

    return said.removeprefix(str(file))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("severity: high", "severity: hihg", ", line 4: rules[0].severity", id="word"),
        pytest.param("patterns:", "paterns:", ", line 6: rules[0].paterns", id="unknown key"),
        pytest.param("[secret]", "['(?=a)b']", ", line 6: rules[0].patterns[0]", id="look-ahead"),
        pytest.param("[secret]", "['(a)\\1']", ", line 6: rules[0].patterns[0]", id="reference"),
        pytest.param("[secret]", "['a*']", ", line 6: rules[0].patterns[0]", id="matches nothing"),
        pytest.param("id: a", "id: A b", ", line 4: rules[0].id", id="id"),
        pytest.param("version: 1", "version: 2", ", line 1: version", id="version"),
        pytest.param("kind: pattern", "kind: regex", ", line 4: rules[0]", id="kind"),
        pytest.param("rules:", "rulez:", ", line 3: rulez", id="unknown section"),
        pytest.param("    description: d\n", "", ", line 4: rules[0]", id="a key is missing"),
        pytest.param("    examples", "   examples", ": line 7: ", id="no YAML"),
        pytest.param("    patterns", "    id: b\n    patterns", ", line 6: key 'id'", id="twice"),
    ],
)
def test_an_error_names_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Who keeps the rules is no programmer."""
    text = GOOD.replace(old, new)

    assert text != GOOD
    assert error_of(tmp_path, text).startswith(said)


def test_an_error_shows_the_value(tmp_path: Path) -> None:
    """One sees at once what was meant."""
    assert "'hihg'" in error_of(tmp_path, GOOD.replace("high", "'hihg'"))
    assert "(?=a)b" in error_of(tmp_path, GOOD.replace("[secret]", "['(?=a)b']"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[" * 5_000, id="deep"),
        pytest.param("{" * 5_000, id="deep mapping"),
        pytest.param("version: 1\nrules: 3", id="no list"),
        pytest.param("- 1", id="a list"),
        pytest.param("version: 1\nrules: [&a {id: *a}]", id="a loop"),
        pytest.param("\x00", id="NUL"),
    ],
)
def test_nonsense_is_an_error(tmp_path: Path, text: str) -> None:
    """Of the one kind that callers know."""
    assert error_of(tmp_path, text)


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    """As a file of another program is."""
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PackError, match=r"rules\.yaml"):
        load([str(file)], Kit())


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """And is named."""
    with pytest.raises(PackError, match="none"):
        load([str(tmp_path / "none.yaml")], Kit())


def test_an_id_stands_once(tmp_path: Path) -> None:
    """In one file, and over all files: metrics and verdicts know a rule by it alone."""
    other = write(tmp_path / "other.yaml", rule(id="a"))
    first = write(tmp_path / "first.yaml", rule(id="a"))
    with pytest.raises(PackError, match="another file"):
        load([str(first), str(other)], Kit())
    with pytest.raises(PackError, match="twice"):
        pack(tmp_path, rule(id="a"), rule(id="a"))


def test_rules_can_be_left_out_by_id(tmp_path: Path) -> None:
    """A misspelt id is an error: the rule would run on unnoticed."""
    file = str(write(tmp_path / "r.yaml", rule(id="a"), rule(id="b")))

    assert [e.rule.id for e in load([file], Kit(), disabled=["a"]).entries] == ["b"]
    with pytest.raises(PackError, match="c"):
        load([file], Kit(), disabled=["c"])


@pytest.mark.parametrize(
    ("change", "is_new"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"severity": "low"}, True, id="severity"),
        pytest.param({"patterns": ["other"]}, True, id="pattern"),
        pytest.param({"unless_in": ["prompt"]}, True, id="echo"),
    ],
)
def test_the_version_tells_what_rules_say(
    tmp_path: Path, change: dict[str, Any], *, is_new: bool
) -> None:
    """Equal rules have one digest, however they are written; others have another."""
    assert (pack(tmp_path, rule()).version != pack(tmp_path, rule(**change)).version) == is_new
