"""The online statistics equal the batch ones, a restart loses nothing, alarms come in time."""

import random
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.drift.monitor import Change, Monitor, MonitorState
from processor.seal import StateError

# Runs of equal and of any scores: what makes the window grow, merge its buckets and shrink.
_scores = st.lists(
    st.builds(lambda score, times: [score] * times, st.floats(0, 1), st.integers(1, 40)),
    max_size=12,
).map(lambda runs: [score for run in runs for score in run])


def stream(*levels: tuple[float, int], seed: int = 7) -> list[float]:
    """Return scores about each level in turn, so many each."""
    rng = random.Random(seed)
    return [
        min(1.0, max(0.0, rng.gauss(level, 0.1))) for level, events in levels for _ in range(events)
    ]


def alarms(monitor: Monitor, scores: Iterable[float]) -> list[tuple[int, Change]]:
    """Return the changes with the position of the score that completed them."""
    found = ((position, monitor.update(score)) for position, score in enumerate(scores))
    return [(position, change) for position, change in found if change]


def moved(monitor: Monitor) -> Monitor:
    """Return another monitor that goes on from the stored state, as after a restart."""
    raw = msgspec.json.encode(monitor.state())
    heir = Monitor(min_events=20)
    heir.restore(msgspec.json.decode(raw, type=MonitorState))
    return heir


def compare_with_a_twin(scores: Sequence[float]) -> int:
    """Restart before each score; return how many alarms both gave."""
    monitor, twin = Monitor(min_events=20), Monitor(min_events=20)
    alarms = 0
    for score in scores:
        monitor = moved(monitor)
        change = twin.update(score)

        assert monitor.update(score) == change
        assert monitor.state() == twin.state()
        assert (monitor.n, monitor.mean, monitor.recent_mean, monitor.window_events) == (
            twin.n,
            twin.mean,
            twin.recent_mean,
            twin.window_events,
        )
        alarms += change is not None
    return alarms


@given(scores=_scores)
def test_a_restart_at_any_step_changes_nothing(scores: list[float]) -> None:
    """The state holds all there is, to the last bit."""
    compare_with_a_twin(scores)


def test_a_restart_about_an_alarm_changes_nothing() -> None:
    """Also where windows are cut and begun again."""
    assert compare_with_a_twin(stream((0.8, 300), (0.4, 300), (0.7, 300))) == 2


@given(scores=_scores.filter(bool))
def test_the_mean_is_the_mean(scores: list[float]) -> None:
    """Of all scores since the start."""
    monitor = Monitor()
    for score in scores:
        monitor.update(score)

    assert monitor.n == len(scores)
    assert monitor.mean == pytest.approx(np.mean(scores), rel=1e-12, abs=1e-300)


@given(scores=_scores.filter(bool))
def test_the_recent_mean_forgets(scores: list[float]) -> None:
    """An event weighs 5 %, and 0.95 times as much with each that follows."""
    monitor = Monitor()
    for score in scores:
        monitor.update(score)
    ages = np.arange(len(scores))[::-1]
    weights = 0.05 * 0.95**ages
    weights[0] /= 0.05

    assert monitor.recent_mean == pytest.approx(weights @ scores, rel=1e-9, abs=1e-300)


def test_before_the_first_event_there_is_nothing() -> None:
    """A reading of a new series shows zeros."""
    monitor = Monitor()

    assert (monitor.n, monitor.mean, monitor.recent_mean, monitor.window_events) == (0, 0, 0, 0)


def test_an_alarm_comes_at_its_place() -> None:
    """The level falls at 500; ADWIN looks at every 32nd event, and the second look sees it."""
    [(position, change)] = alarms(Monitor(), stream((0.8, 500), (0.5, 200)))

    assert position == 543
    assert change.direction == "down"
    assert change.mean_before == pytest.approx(0.777, abs=1e-3)
    assert change.mean_after == pytest.approx(0.549, abs=1e-3)
    assert change.window_events == 224


@pytest.mark.parametrize("seed", range(3))
def test_a_level_that_stays_is_silent(seed: int) -> None:
    """Ten thousand events about one level are no news."""
    assert alarms(Monitor(), stream((0.8, 10_000), seed=seed)) == []


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [pytest.param(0.8, 0.4, "down", id="down"), pytest.param(0.4, 0.8, "up", id="up")],
)
def test_an_alarm_says_where_the_mean_went(before: float, after: float, direction: str) -> None:
    """A better score is a change too."""
    [(_, change)] = alarms(Monitor(), stream((before, 500), (after, 200)))

    assert change.direction == direction
    assert (change.mean_after > change.mean_before) == (direction == "up")


def test_the_direction_is_from_the_last_level() -> None:
    """A recovery is one, however good the series was at its start."""
    found = alarms(Monitor(), stream((0.9, 1000), (0.2, 300), (0.5, 300)))

    assert [change.direction for _, change in found] == ["down", "up"]
    assert found[1][1].mean_before < 0.3


def test_no_alarm_comes_before_enough_events() -> None:
    """A few events are no level."""
    scores = [0.9] * 64 + [0.1] * 200
    early = alarms(Monitor(min_events=10), scores)
    late = alarms(Monitor(min_events=150), scores)

    assert early[0][0] < 100
    assert late[0][0] >= 150


def test_a_more_careful_delta_waits_longer() -> None:
    """It asks for more evidence."""
    scores = stream((0.8, 500), (0.65, 500))
    eager, careful = (alarms(Monitor(delta=delta), scores) for delta in (0.1, 1e-6))

    assert eager[0][0] < careful[0][0]


def test_a_state_of_another_river_is_refused() -> None:
    """Its window is in an encoding that this one may misread."""
    state = msgspec.structs.replace(Monitor().state(), river="0.0.1")

    with pytest.raises(StateError, match=r"river 0\.0\.1"):
        Monitor().restore(state)
