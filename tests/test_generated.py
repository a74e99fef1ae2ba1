"""What is made from the code is what is committed."""

import runpy
from pathlib import Path

import pytest

from dashboards.generate import files as dashboards
from processor.demo.traffic import Traffic

_GENERATE = Path(__file__).parents[1] / "docs" / "generate.py"
_DASHBOARDS = dashboards()
_FILES: dict[Path, str] = runpy.run_path(str(_GENERATE))["files"]()


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_generated_file_is_up_to_date(path: Path) -> None:
    """`make docs` would change nothing."""
    assert path.read_text(encoding="utf-8") == _FILES[path]


@pytest.mark.parametrize("path", _DASHBOARDS, ids=lambda path: path.name)
def test_dashboard_is_up_to_date(path: Path) -> None:
    """`make dashboards` would change nothing."""
    assert path.read_text(encoding="utf-8") == _DASHBOARDS[path]


def test_no_dashboard_is_left_over() -> None:
    """One that no module makes any more would be provisioned for ever."""
    assert set(next(iter(_DASHBOARDS)).parent.glob("*.json")) == set(_DASHBOARDS)


def test_traffic_is_a_function_of_its_seed() -> None:
    """The demo tells the same story again."""
    first, second, other = (list(Traffic(seed=seed).healthy(50)) for seed in (3, 3, 4))

    assert first == second
    assert first != other


def test_the_incident_is_invented_on_one_route_alone() -> None:
    """The route beside it stays healthy, and so does the latency everywhere."""
    events = list(Traffic(seed=3).incident(200))
    promised = {event["route"] for event in events if "90 %" in event["response"]}

    assert promised == {"chat"}
    assert {event["route"] for event in events} == {"chat", "email"}
    assert max(event["latency_seconds"] for event in events) < 2.0
