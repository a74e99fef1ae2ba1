"""The table of objectives: what cannot be used is named, what never fires is lowered."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from processor.cli import main
from processor.errors import ConfigError
from processor.rules import burn, generate, slo
from processor.rules.rule import MARK

_SLO = Path(__file__).parents[2] / "deploy" / "slo.toml"


def table(tmp_path: Path, old: str, new: str) -> Path:
    """Return the file that is deployed, with one change."""
    text = _SLO.read_text(encoding="utf-8")

    assert old in text

    path = tmp_path / "slo.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "objective = 0.85", "objective = 1.5", ("slo[0].objective", "1.5"), id="range"
        ),
        pytest.param("objective = 0.85", "objectiv = 0.85", ("objectiv", "0.85"), id="key"),
        pytest.param("burn = 14.4", 'burn = "much"', ("window[0].burn", "'much'"), id="type"),
        pytest.param(
            'long = "1h"', 'long = "1 hour"', ("window[0].long", "'1 hour'"), id="duration"
        ),
        pytest.param('short = "5m"', 'short = "2h"', ("window.short", "'2h'"), id="order"),
        pytest.param('long = "6h"', 'long = "1h"', ("window.long", "'1h'"), id="twice"),
        pytest.param(
            'name = "grounding"', 'name = "hallucination"', ("slo.name", "hallucination"), id="name"
        ),
        pytest.param("conversations = true", 'signal = ""', ("either", "False"), id="of nothing"),
        pytest.param('"grounding"\nobj', '"x\\"y"\nobj', ("signal", "x"), id="injected"),
        pytest.param('grafana = "http:', 'grafana = "ftp:', ("links.grafana", "ftp:"), id="link"),
        pytest.param('bad = "answers that', 'bad = "{app} that', ("bad", "{app}"), id="braces"),
        pytest.param("[links]", "[links", ("line",), id="no toml"),
    ],
)
def test_what_cannot_be_used_is_named(
    old: str, new: str, said: tuple[str, ...], tmp_path: Path
) -> None:
    """By file, key and value."""
    path = table(tmp_path, old, new)
    with pytest.raises(ConfigError) as caught:
        slo.load(path)

    assert str(path) in str(caught.value)
    assert all(word in str(caught.value) for word in said), str(caught.value)


def test_the_command_shows_it_without_a_traceback(tmp_path: Path) -> None:
    """And writes nothing."""
    path = table(tmp_path, "objective = 0.85", "objective = 2")
    out = tmp_path / "rules"
    done = CliRunner().invoke(main, ["rules", "--slo", str(path), "--out", str(out)])

    assert done.exit_code == 1
    assert "slo[0].objective" in done.output
    assert not out.exists()


def test_the_command_writes_what_is_committed(tmp_path: Path) -> None:
    """And takes away the rules of an objective that is no more."""
    old = tmp_path / "slo-old.yaml"
    old.write_text(f"{MARK}groups: []\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["rules", "--slo", str(_SLO), "--out", str(tmp_path)])
    committed = _SLO.parent / "prometheus" / "rules"

    assert done.exit_code == 0
    assert not old.exists()
    assert {p.name: p.read_text() for p in tmp_path.glob("*.yaml")} == {
        p.name: p.read_text() for p in committed.glob("*.yaml")
    }


def test_the_command_takes_away_nothing_of_others(tmp_path: Path) -> None:
    """A directory of rules may hold those of other generators."""
    theirs = tmp_path / "slo-checkout.yaml"
    theirs.write_text("groups: []\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["rules", "--slo", str(_SLO), "--out", str(tmp_path)])

    assert done.exit_code == 0
    assert theirs.read_text(encoding="utf-8") == "groups: []\n"


def test_a_threshold_that_no_share_reaches_is_lowered_and_said(tmp_path: Path) -> None:
    """An alert that cannot fire is worse than none: it is counted on."""
    loaded = slo.load(table(tmp_path, "objective = 0.85", "objective = 0.5"))
    [first, *_] = loaded.slo
    limits = burn.thresholds(first, loaded.window)

    assert limits == {"1h": 0.9, "6h": 0.9, "1d": 0.9, "3d": 0.5}
    assert any(note.startswith("hallucination: over 1h") for note in burn.notes(loaded))


@pytest.mark.parametrize("objective", [0.05, 0.5, 0.8, 0.9, 0.933, 0.95, 0.99, 0.999])
def test_every_threshold_can_be_reached_with_the_least_that_is_judged(objective: float) -> None:
    """All of fifty bad have a lower bound of 0.93."""
    loaded = slo.load(_SLO)
    one = slo.Slo(name="a", objective=objective, alert="A", bad="b", signal="s")
    limits = list(burn.thresholds(one, loaded.window).values())
    all_bad = 1 / (1 + 1.96**2 / burn.MIN_JUDGED)

    assert all(0 < limit < all_bad for limit in limits)
    assert limits == sorted(limits, reverse=True)


def test_a_faster_clock_changes_no_name() -> None:
    """What is tested at sixty-fold speed is what is deployed."""
    loaded = slo.load(_SLO)
    usual, fast = generate.files(loaded), generate.files(loaded, speed=60.0)

    assert _names(usual) == _names(fast)
    assert usual != fast


def _names(files: dict[str, str]) -> list[str]:
    lines = [line for content in files.values() for line in content.splitlines()]
    return [line for line in lines if "record:" in line or "alert:" in line]
