"""The tables of series: what a state relies on is written before it, and lies where it does."""

from typing import Any

import msgspec
import pytest

from processor import keyed
from processor.drift.features import Features, Observation, Series, encode, series_key
from processor.drift.plan import Plan
from processor.drift.stage import DriftStage
from processor.drift.table import DriftTable
from processor.exporter import Exporter
from processor.kafka import Record


class Published:
    """Remembers what was to be published."""

    def __init__(self) -> None:
        self.events: list[tuple[int, Any]] = []

    def publish(self, events: Any, _generation: int, still_owner: Any) -> None:
        """Take events, if they are still ours."""
        still_owner()
        self.events += events


def table(max_series: int = 10) -> DriftTable:
    """Return the tables of a stage that collects small baselines."""
    return DriftTable(
        DriftStage(Plan(features=("grounding",), rates=(), baseline_events=100)),
        features="f",
        max_series=max_series,
        alarms=Published(),  # type: ignore[arg-type] # it has the one method that counts
        exporter=Exporter(),
    )


def record(app: str, offset: int, *, value: bytes | None = None) -> Record:
    """Return a record with one observation of a series."""
    series = Series(app, "r", "m")
    observation = Observation(
        partition=0,
        offset=offset,
        logged=1.0,
        event_id=f"e{offset}",
        time=None,
        scores={"grounding": 0.5},
    )
    features = encode(Features(series=series, observations=(observation,)))
    return Record("f", 3, offset, 1.0, series_key(series), features if value is None else value)


def advance(stage: DriftTable, *records: Record, states: dict[bytes, bytes] | None = None) -> Any:
    """Advance by a batch, with nothing but these states."""
    return stage.advance([{}, states or {}], records, 1, lambda: None)


def test_parts_are_written_before_the_states_that_name_them() -> None:
    """The tables stand in that order, and so do the changes."""
    stage = table()
    parts, states = advance(stage, record("a", 1)).changes

    assert stage.tables == ("baselines", "drift")
    assert set(states) == {series_key(Series("a", "r", "m"))}
    assert all(change.partition == 3 for change in [*parts.values(), *states.values()])


@pytest.mark.parametrize("app", ["shop", 'a]"b', "]", "näh"])
def test_a_part_lies_where_its_series_does(app: str) -> None:
    """Whatever the series is called."""
    key = series_key(Series(app, "r", "m"))

    assert table().located_by(key + b"rows-1") == key
    assert table().located_by(key) == key


def test_a_series_beyond_the_maximum_is_refused() -> None:
    """Memory has a bound; those that are known go on."""
    stage = table(max_series=1)
    [_, states] = advance(stage, record("a", 1)).changes
    known = {key: change.state for key, change in states.items()}
    [_, after] = advance(stage, record("a", 2), record("b", 1), states=known).changes

    assert set(after) == set(known)


def test_what_cannot_be_read_stops_nothing() -> None:
    """Its verdicts stand all the same."""
    [_, states] = advance(table(), record("a", 1, value=b"{"), record("b", 1)).changes

    assert [msgspec.json.decode(key)[0] for key in states] == ["b"]


def test_recovered_states_are_shown_unless_damaged() -> None:
    """The next event of a damaged one resets it, and counts that."""
    stage = table()
    [_, states] = advance(stage, record("a", 1)).changes
    entries = [keyed.Entry(3, key, change.state) for key, change in states.items()]
    stage.recovered([*entries, keyed.Entry(3, b'["b","r","m"]', b"damaged")])
    exposed, _ = stage._exporter.expose(None)  # noqa: SLF001 - what it shows is the point

    assert b'app="a"' in exposed
    assert b'app="b"' not in exposed
