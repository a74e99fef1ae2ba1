"""What dashboard-linter does not ask: a dashboard can be read, linked to, and trusted."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import rule
from dashboards.frame import TITLES
from processor.metrics import CATALOGUE
from tests.dashboards.board import FILES, ROOT, Board, links
from tests.dashboards.promtool import complaint

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)

_SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# What a scrape adds, and what Prometheus says of alerts.
_TARGET = {"job", "instance"}
_ALERT = {"alertname", "alertstate", "severity", "category", "app", "route", "slo"}
_KNOWN: dict[str, set[str]] = {
    **{
        metric.name + suffix: {*metric.labels, *_TARGET, *(("le",) if suffix == "_bucket" else ())}
        for metric in CATALOGUE
        for suffix in _SUFFIXES[metric.kind]
    },
    **{one.name: set(one.labels) for one in rule.ALL},
    "ALERTS": _ALERT,
    "ALERTS_FOR_STATE": _ALERT - {"alertstate"},
}
_GROUPS = re.compile(r"\b(?:by|on|ignoring|without) \(([^)]*)\)")
_OUTER = 24


def test_there_is_a_dashboard_for_every_name() -> None:
    """And a name for every dashboard."""
    assert {path.stem for path in FILES} == set(TITLES)


@each
def test_uid_is_fixed_and_names_the_file(path: Path) -> None:
    """Alerts link to it."""
    document = Board.load(path).document

    assert document["uid"] == path.stem
    assert document.get("id") is None


@each
def test_ids_are_unique_and_say_the_row(path: Path) -> None:
    """A link to a panel outlives a panel put before it."""
    ids = [panel["id"] for panel in Board.load(path).everything]
    rows = [number - number % 100 for number in ids]

    assert len(set(ids)) == len(ids)
    assert rows == sorted(rows)


@each
def test_panels_do_not_overlap(path: Path) -> None:
    """Or Grafana moves them about."""
    places = [panel["gridPos"] for panel in Board.load(path).everything]

    assert all(p["x"] + p["w"] <= _OUTER for p in places)
    assert not [pair for pair in itertools.combinations(places, 2) if _overlap(*pair)]


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[side] < other[side] + other[length] and other[side] < one[side] + one[length]
        for side, length in (("x", "w"), ("y", "h"))
    )


@each
def test_first_row_answers_in_figures(path: Path) -> None:
    """Six at most, readable without a mouse, and without scrolling."""
    panels = Board.load(path).everything
    first = list(itertools.takewhile(lambda panel: panel["type"] != "row", panels[1:]))

    assert panels[0]["type"] == "row"
    assert {panel["type"] for panel in first} == {"stat"}
    assert len(first) <= 6
    assert {panel["gridPos"]["y"] for panel in first} == {1}


@each
def test_links_lead_somewhere(path: Path) -> None:
    """To dashboards that exist, with time and variables."""
    document = Board.load(path).document
    targets = {url.partition("?")[0] for url in links(document)}

    assert targets <= {f"/d/{other.stem}" for other in FILES}
    assert {link["url"] for link in document["links"]} == {
        f"/d/{other.stem}" for other in FILES if other != path
    }
    assert all(link["keepTime"] and link["includeVars"] for link in document["links"])


@each
def test_every_panel_has_unit_threshold_and_a_word_for_nothing(path: Path) -> None:
    """Missing is not zero, and Grafana's own threshold is red at 80."""
    for panel in Board.load(path).panels:
        defaults = panel["fieldConfig"]["defaults"]

        assert defaults["unit"], panel["title"]
        assert defaults["thresholds"]["steps"], panel["title"]
        assert "noValue" in defaults, panel["title"]


@each
def test_a_query_for_an_objective_is_dashed_and_red(path: Path) -> None:
    """One line style means one thing, everywhere."""
    for panel in Board.load(path).panels:
        if any(target.get("legendFormat") == "objective" for target in panel["targets"]):
            styled = {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]}

            assert "objective" in styled, panel["title"]


def test_scores_have_exemplars() -> None:
    """From a score to the conversation in two clicks."""
    board = Board.load(ROOT / "dashboards" / "semwatch-signals.json")
    scores = [
        target
        for panel in board.panels
        for target in panel["targets"]
        if "semwatch_signal_score_ratio_bucket" in target["expr"]
    ]

    assert scores
    assert all(target["exemplar"] for target in scores)


@each
def test_alerts_and_changes_are_marked(path: Path) -> None:
    """Beside the notes of people, which a list of annotations would replace."""
    notes = Board.load(path).document["annotations"]["list"]

    assert [note["name"] for note in notes] == ["Annotations & Alerts", "Alerts", "Provenance"]
    assert notes[0]["builtIn"] == 1
    assert notes[2]["useValueForTime"] is True


@each
def test_names_and_labels_exist(path: Path) -> None:
    """In the catalogue, or in a recording rule: else a panel is empty for ever."""
    for query in Board.load(path).queries:
        asked = set()
        for selector in query.selectors:
            assert selector.metric in _KNOWN, query
            labels = _KNOWN[selector.metric]
            assert {label for label, _, _ in selector.matchers} <= labels | {"__name__"}, query
            asked |= labels
        grouped = {
            name.strip() for names in _GROUPS.findall(query.expression) for name in names.split(",")
        }
        assert grouped <= asked | {""}, query


def test_recording_rules_exist() -> None:
    """Under these names, with these labels taken along."""
    files = (ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml")
    groups = [g for file in files for g in yaml.safe_load(file.read_text())["groups"]]
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}

    assert {one.name for one in rule.ALL} <= recorded


@each
def test_promql_parses(path: Path) -> None:
    """Of panels, annotations and variables, Grafana's variables put in."""
    assert complaint(Board.load(path).queries) == ""


@each
def test_the_sdk_knows_every_key(path: Path) -> None:
    """A misspelt one would be dropped when Grafana's own model reads it."""
    register_default_plugins()
    document = Board.load(path).document
    read = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))

    assert list(_dropped(document, read, "")) == []


def _dropped(written: Any, read: Any, where: str) -> list[str]:
    if isinstance(written, dict):
        missing = [f"{where}.{key}" for key in written if key not in read]
        inner = [key for key in written if key in read]
        return missing + [
            found for key in inner for found in _dropped(written[key], read[key], f"{where}.{key}")
        ]
    if isinstance(written, list):
        pairs = zip(written, read, strict=True)
        return [f for n, (a, b) in enumerate(pairs) for f in _dropped(a, b, f"{where}[{n}]")]
    return []
