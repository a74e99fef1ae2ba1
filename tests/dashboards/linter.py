"""The rules of grafana/dashboard-linter that apply to Prometheus, by its definitions.

https://github.com/grafana/dashboard-linter (docs/rules): 15 of its 17 rules, under its names.
The other two are about Loki. Exceptions stand here, each with its reason.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.dashboards.board import Board, Query, Selector, label_values
from tests.dashboards.promtool import complaint

Rule = Callable[[Board], Iterator[str]]

EXCLUDED: dict[tuple[str, str], str] = {
    ("target-job-rule", ":"): "recording rules aggregate job away",
    ("target-job-rule", "ALERTS"): "an alert is about an app, not a scrape job",
    ("target-instance-rule", ":"): "recording rules aggregate instance away",
    ("target-instance-rule", "ALERTS"): "an alert is about an app, not a worker",
    ("target-counter-agg-rule", "drift_alarms"): "a first alarm begins at 1, which is no increase",
}
"""By rule and a part of the metric's name, why such a selector is let pass."""

_TITLED = ("stat", "singlestat", "graph", "table", "timeseries", "gauge")
# Of the units that Grafana knows, those in use here.
UNITS = {
    *("none", "short", "string", "percentunit"),
    *("s", "eps", "bytes", "dateTimeFromNow"),
}
_FUNCTIONS = re.compile(r"(label_names|label_values|metrics|query_result)\(")


def template_datasource_rule(board: Board) -> Iterator[str]:
    """There is a variable for the data source, named ``datasource``."""
    found = [v for v in board.variables if v["type"] == "datasource"]
    if [v["name"] for v in found] != ["datasource"]:
        yield "no variable datasource, or another beside it"
    for variable in found:
        if variable["query"] != "prometheus" or variable["label"] != "Data source":
            yield f"variable {variable['name']}"


def template_job_rule(board: Board) -> Iterator[str]:
    """There is a variable ``job`` with many values and all."""
    yield from _template(board, "job")


def template_instance_rule(board: Board) -> Iterator[str]:
    """There is a variable ``instance`` with many values and all."""
    yield from _template(board, "instance")


def _template(board: Board, name: str) -> Iterator[str]:
    variable = board.variable(name)
    if variable is None:
        yield f"no variable {name}"
        return
    expected = {
        "type": "query",
        "label": name.capitalize(),
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
    }
    yield from (f"{name}: {key}" for key in expected if variable.get(key) != expected[key])
    if variable["datasource"]["uid"] not in ("$datasource", "${datasource}"):
        yield f"{name}: datasource"


def template_label_promql_rule(board: Board) -> Iterator[str]:
    """Variables ask a function of Grafana's for PromQL that parses."""
    for variable in board.variables:
        if variable["type"] != "query":
            continue
        inner = label_values(variable)
        if not _FUNCTIONS.match(variable["query"]["query"]) or inner is None:
            yield f"variable {variable['name']}"
        elif error := complaint([Query(variable["name"], inner)]):
            yield error


def template_on_time_change_reload_rule(board: Board) -> Iterator[str]:
    """Variables are read again when the time changes: a new app must be found."""
    for variable in board.variables:
        if variable["type"] == "query" and variable["refresh"] != 2:
            yield f"variable {variable['name']}"


def panel_datasource_rule(board: Board) -> Iterator[str]:
    """Panels take their data source from the variable, at their own level."""
    for panel in _panels(board, "singlestat", "graph", "table", "timeseries"):
        if panel.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
            yield panel["title"]


def panel_title_description_rule(board: Board) -> Iterator[str]:
    """Panels say what they are and what for."""
    for panel in _panels(board, *_TITLED):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']}"


def panel_units_rule(board: Board) -> Iterator[str]:
    """Panels have a unit that Grafana knows."""
    for panel in _panels(board, *_TITLED):
        fields = panel["fieldConfig"]
        overridden = [
            prop["value"]
            for override in fields.get("overrides", ())
            for prop in override["properties"]
            if prop["id"] == "unit"
        ]
        chosen = [fields["defaults"].get("unit"), *overridden]
        if not set(chosen) <= UNITS:
            yield panel["title"]


def panel_no_targets_rule(board: Board) -> Iterator[str]:
    """Panels ask for something."""
    yield from (p["title"] for p in _panels(board, *_TITLED) if not p.get("targets"))


def target_promql_rule(board: Board) -> Iterator[str]:
    """Queries parse, Grafana's variables put in."""
    if error := complaint(board.targets):
        yield error


def target_rate_interval_rule(board: Board) -> Iterator[str]:
    """Rates are over ``$__rate_interval``: never less than four scrapes."""
    for query in board.targets:
        ranges = re.findall(r"\bi?rate\([^\[]*\[([^\]]*)\]", query.expression)
        if set(ranges) - {"$__rate_interval"}:
            yield query.where


def target_job_rule(board: Board) -> Iterator[str]:
    """Queries keep to the chosen jobs."""
    yield from _matched(board, "job", "target-job-rule")


def target_instance_rule(board: Board) -> Iterator[str]:
    """Queries keep to the chosen instances."""
    yield from _matched(board, "instance", "target-instance-rule")


def _matched(board: Board, label: str, rule: str) -> Iterator[str]:
    for query in board.targets:
        for selector in query.selectors:
            excused = _excused(rule, selector)
            if not excused and (label, "=~", f"${label}") not in selector.matchers:
                yield f"{query.where}: {selector.metric}"


def _excused(rule: str, selector: Selector) -> bool:
    return any(name == rule and part in selector.metric for name, part in EXCLUDED)


def target_counter_agg_rule(board: Board) -> Iterator[str]:
    """Counters stand directly in rate, irate or increase."""
    for query in board.targets:
        for selector in query.selectors:
            excused = _excused("target-counter-agg-rule", selector)
            if selector.metric.endswith("_total") and not excused and not _rated(selector):
                yield f"{query.where}: {selector.metric}"


def _rated(selector: Selector) -> bool:
    return selector.before.endswith(("rate(", "irate(", "increase("))


def uneditable_dashboard(board: Board) -> Iterator[str]:
    """What is generated is not edited in Grafana."""
    if board.document["editable"] is not False:
        yield "editable"


def _panels(board: Board, *types: str) -> Iterator[dict[str, Any]]:
    return (panel for panel in board.panels if panel["type"] in types)


RULES: tuple[Rule, ...] = (
    template_datasource_rule,
    template_job_rule,
    template_instance_rule,
    template_label_promql_rule,
    template_on_time_change_reload_rule,
    panel_datasource_rule,
    panel_title_description_rule,
    panel_units_rule,
    panel_no_targets_rule,
    target_promql_rule,
    target_rate_interval_rule,
    target_job_rule,
    target_instance_rule,
    target_counter_agg_rule,
    uneditable_dashboard,
)
