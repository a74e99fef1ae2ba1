"""The dashboards keep the rules of dashboard-linter, and each rule notices when they do not."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards import linter
from tests.dashboards.board import FILES, Board
from tests.dashboards.linter import EXCLUDED, RULES, Rule

each_board = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)

Document = dict[str, Any]


@each_board
@each_rule
def test_dashboard_keeps_the_rule(rule: Rule, path: Path) -> None:
    """Without a finding."""
    assert list(rule(Board.load(path))) == []


def _variable(name: str, key: str, value: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        next(v for v in document["templating"]["list"] if v["name"] == name)[key] = value

    return change


def _panel(key: str, value: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        next(p for p in document["panels"] if p["type"] == "timeseries")[key] = value

    return change


def _expression(expression: str) -> Callable[[Document], None]:
    return _panel("targets", [{"refId": "A", "expr": expression}])


def _unit(document: Document) -> None:
    panel = next(p for p in document["panels"] if p["type"] == "timeseries")
    panel["fieldConfig"]["defaults"]["unit"] = "parsec"


def _editable(document: Document) -> None:
    document["editable"] = True


_CHOSEN = 'job=~"$job", instance=~"$instance"'

BREAKAGES: list[tuple[Rule, Callable[[Document], None]]] = [
    (linter.template_datasource_rule, _variable("datasource", "name", "source")),
    (linter.template_datasource_rule, _variable("datasource", "label", "Source")),
    (linter.template_job_rule, _variable("job", "name", "jobs")),
    (linter.template_job_rule, _variable("job", "allValue", ".*")),
    (linter.template_job_rule, _variable("job", "datasource", {"uid": "prometheus"})),
    (linter.template_instance_rule, _variable("instance", "multi", False)),
    (linter.template_label_promql_rule, _variable("app", "query", {"query": "apps(up)"})),
    (
        linter.template_label_promql_rule,
        _variable("app", "query", {"query": "label_values(up{, app)"}),
    ),
    (linter.template_on_time_change_reload_rule, _variable("route", "refresh", 1)),
    (linter.panel_datasource_rule, _panel("datasource", {"uid": "prometheus"})),
    (linter.panel_title_description_rule, _panel("description", "")),
    (linter.panel_units_rule, _unit),
    (linter.panel_no_targets_rule, _panel("targets", [])),
    (linter.target_promql_rule, _expression("sum(up")),
    (linter.target_rate_interval_rule, _expression(f"rate(semwatch_x_total{{{_CHOSEN}}}[5m])")),
    (linter.target_job_rule, _expression('semwatch_x{instance=~"$instance"}')),
    (linter.target_instance_rule, _expression('semwatch_x{job=~"$job"}')),
    (linter.target_counter_agg_rule, _expression(f"sum(semwatch_x_total{{{_CHOSEN}}})")),
    (linter.uneditable_dashboard, _editable),
]


@pytest.mark.parametrize(
    ("rule", "breakage"), BREAKAGES, ids=[f"{r.__name__}-{n}" for n, (r, _) in enumerate(BREAKAGES)]
)
def test_rule_notices(rule: Rule, breakage: Callable[[Document], None]) -> None:
    """A rule that finds nothing in a broken dashboard would find nothing anywhere."""
    document = copy.deepcopy(Board.load(FILES[0]).document)
    breakage(document)

    assert list(rule(Board(document)))


def test_every_rule_is_broken_once() -> None:
    """And so is one that is added."""
    assert {rule for rule, _ in BREAKAGES} == set(RULES)


@pytest.mark.parametrize("exclusion", EXCLUDED, ids="-".join)
def test_exclusion_is_needed(exclusion: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that excuses nothing any more goes."""
    rule = next(r for r in RULES if r.__name__.replace("_", "-") == exclusion[0])
    monkeypatch.delitem(EXCLUDED, exclusion)

    assert any(list(rule(Board.load(path))) for path in FILES)
