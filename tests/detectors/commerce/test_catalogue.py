"""The catalogue: read and checked at start, followed while it changes, kept when it goes bad."""

import os
from pathlib import Path

import pytest

from detectors.commerce.catalogue import Catalogue, CatalogueError, digest, load
from detectors.commerce.watched_catalogue import WatchedCatalogue

GOOD = "version: 1\ndiscounts: {max_percent: 20}\n"
BETTER = "version: 1\ndiscounts: {max_percent: 30}\n"
EXAMPLE = Path(__file__).parents[3] / "deploy" / "catalogue.yaml"


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def write(path: Path, text: str) -> None:
    """Write a file whose time of change is not that of the version before, however coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def watched(path: Path, clock: Clock) -> tuple[WatchedCatalogue, list[ValueError | None]]:
    """Return a catalogue that looks every five seconds, and all that it tells."""
    told: list[ValueError | None] = []
    return WatchedCatalogue(path, clock=clock, told=told.append, every_seconds=5.0), told


def percent(catalogue: Catalogue) -> float | None:
    """Return the only number of the catalogues above."""
    return catalogue.discounts.max_percent


def test_example_is_a_catalogue() -> None:
    """What the documentation shows can be used."""
    catalogue = load(EXAMPLE)

    assert catalogue.discounts.percents == (10,)
    assert catalogue.refunds.within_days == 5


def test_json_and_yaml_are_one(tmp_path: Path) -> None:
    """The same content is the same catalogue, by name too."""
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.json").write_text('{"discounts": {"max_percent": 20.0}, "version": 1}')
    one, other = load(tmp_path / "a.yaml"), load(tmp_path / "a.json")

    assert one == other
    assert digest(one) == digest(other) != digest(Catalogue(version=1))


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        pytest.param("version: 2", "$.version", "2", id="version"),
        pytest.param("version: 1\nmaximum: 3", "maximum", "", id="unknown key"),
        pytest.param(
            "version: 1\ndiscounts: {max: 3}",
            "unknown field `max` - at `$.discounts`",
            "",
            id="key",
        ),
        pytest.param(
            "version: 1\ndiscounts: {max_percent: 120}",
            "$.discounts.max_percent",
            "got 120",
            id="range",
        ),
        pytest.param(
            "version: 1\nprices: [{product: a, amount: 1, currency: euro}]",
            "$.prices[0].currency",
            "got 'euro'",
            id="currency",
        ),
        pytest.param(
            "version: 1\ndeadlines: [{about: delivery, within: soon}]",
            "$.deadlines[0].within",
            "'soon'",
            id="deadline",
        ),
        pytest.param("", "object", "null", id="empty"),
        pytest.param("a: [", "line", "", id="no YAML"),
        pytest.param("\x00", "#x0000", "", id="no text"),
    ],
)
def test_error_names_file_key_and_value(tmp_path: Path, text: str, key: str, value: str) -> None:
    """Whoever wrote the file finds the place without a debugger."""
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)

    with pytest.raises(CatalogueError) as error:
        load(path)

    assert all(part in str(error.value) for part in (str(path), key, value))


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    """At start, not at the first promise."""
    with pytest.raises(CatalogueError, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")


def test_change_is_taken_up(tmp_path: Path) -> None:
    """Not at once, but as soon as it is looked for again."""
    path, clock = tmp_path / "catalogue.yaml", Clock()
    write(path, GOOD)
    catalogue, told = watched(path, clock)
    write(path, BETTER)
    clock.now = 4.9
    early = percent(catalogue())
    clock.now = 5.0

    assert (early, percent(catalogue())) == (20, 30)
    assert told == [None]


@pytest.mark.parametrize("bad", ["version: 3", None], ids=["bad", "gone"])
def test_last_good_one_is_kept(tmp_path: Path, bad: str | None) -> None:
    """A slip of the pen stops no judgement, and is told once, not at every look."""
    path, clock = tmp_path / "catalogue.yaml", Clock()
    write(path, GOOD)
    catalogue, told = watched(path, clock)
    if bad is None:
        path.unlink()
    else:
        write(path, bad)
    for clock.now in (5.0, 10.0, 15.0):
        assert percent(catalogue()) == 20

    assert [type(error) for error in told] == [CatalogueError]


def test_good_file_is_taken_after_a_bad_one(tmp_path: Path) -> None:
    """Nobody has to restart anything."""
    path, clock = tmp_path / "catalogue.yaml", Clock()
    write(path, GOOD)
    catalogue, told = watched(path, clock)
    write(path, "version: 3")
    clock.now = 5.0
    catalogue()
    write(path, BETTER)
    clock.now = 10.0

    assert percent(catalogue()) == 30
    assert told[-1] is None


def test_bad_file_at_start_is_an_error(tmp_path: Path) -> None:
    """There is no last good one yet."""
    (tmp_path / "catalogue.yaml").write_text("version: 3")

    with pytest.raises(CatalogueError):
        watched(tmp_path / "catalogue.yaml", Clock())
