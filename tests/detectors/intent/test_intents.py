"""A file of intents is checked whole, and what is wrong is told with its place and value."""

from pathlib import Path

import pytest

from detectors.intent.intents import IntentsError, decode, digest, load

_FILE = """
version: 1
intents:
  - {name: parcel, exemplars: [a, b, c, d, e]}
  - {name: refund, exemplars: [f, g, h, i, j], counter_exemplars: [k], window_hours: 72}
"""


def test_a_file_is_read() -> None:
    """With what it leaves out as it is by default."""
    intents = decode(_FILE.encode())

    assert [intent.name for intent in intents.intents] == ["parcel", "refund"]
    assert intents.intents[1].window_hours == 72
    assert intents.rejection == 0.05
    assert "thank you" in intents.cues.thanks


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(("[a, b, c, d, e]", "[a, b]"), "$.intents[0].exemplars", id="few"),
        pytest.param(("name: parcel", "name: a b"), "'a b'", id="name"),
        pytest.param(("name: parcel", "name: refund"), "given twice", id="twice"),
        pytest.param(("name: parcel", "name: out_of_scope"), "reserved", id="reserved"),
        pytest.param(("window_hours: 72", "window_hours: 0"), "$.intents[1].window_hours", id="0"),
        pytest.param(("exemplars: [a", "examples: [a"), "examples", id="unknown key"),
        pytest.param(("version: 1", "version: 2"), "2", id="version"),
        pytest.param(("version: 1", "rejection: 0.1"), "version", id="no version"),
        pytest.param(("version: 1", "version: ["), "", id="no YAML"),
    ],
)
def test_a_bad_file_is_told_with_place_and_value(change: tuple[str, str], told: str) -> None:
    """Somebody has to mend it."""
    with pytest.raises(IntentsError) as error:
        decode(_FILE.replace(*change).encode())

    assert told in str(error.value)


def test_the_message_names_the_file(tmp_path: Path) -> None:
    """There may be several."""
    with pytest.raises(IntentsError, match=r"absent\.yaml"):
        load(tmp_path / "absent.yaml")


def test_words_may_be_overridden() -> None:
    """One kind of cue, and the others stay."""
    intents = decode(f"{_FILE}\ncues: {{thanks: [danke]}}".encode())

    assert intents.cues.thanks == ("danke",)
    assert intents.cues.negative


def test_the_digest_is_of_the_content() -> None:
    """However the file is written."""
    same = _FILE.replace("[a, b, c, d, e]", "['a', 'b', 'c', 'd', 'e']")
    other = _FILE.replace("[a, b, c, d, e]", "[a, b, c, d, f]")

    assert digest(decode(same.encode())) == digest(decode(_FILE.encode()))
    assert digest(decode(other.encode())) != digest(decode(_FILE.encode()))
