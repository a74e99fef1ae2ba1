"""The alert rules fire when they should, and only then: by promtool, by mutation, by eye."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processor.rules import generate, slo
from processor.rules.rule import Alert, dashboard_url, runbook_url
from tests.program import program

_PROMETHEUS = Path(__file__).parents[1] / "deploy" / "prometheus"
_TESTS = sorted((_PROMETHEUS / "tests").glob("*.yaml"))
_SLO = Path(__file__).parents[1] / "deploy" / "slo.toml"
_TABLE = slo.load(_SLO)
_ALERTS = generate.alerts(_TABLE)
_RUNBOOK = (Path(__file__).parents[1] / "docs" / "runbook.md").read_text(encoding="utf-8")
_DASHBOARDS = {
    msgspec.json.decode(path.read_bytes())["uid"]
    for path in (Path(__file__).parents[1] / "dashboards").glob("*.json")
}
_NAMES = sorted({alert.name for alert in _ALERTS})

each_alert = pytest.mark.parametrize("alert", _ALERTS, ids=lambda alert: alert.name)


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run promtool."""
    found = program("promtool", source="the Debian package prometheus")
    return subprocess.run((found, *arguments), capture_output=True, text=True, check=False)


def test_promtool_takes_every_rule_file() -> None:
    """Syntax, templates, and no rule twice."""
    checked = promtool("check", "rules", "--lint=all", "--lint-fatal", *_rule_files())

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", _TESTS, ids=lambda path: path.stem)
def test_rules_fire_and_keep_silent(path: Path) -> None:
    """What deploy/prometheus/tests says, on made-up series."""
    tested = promtool("test", "rules", path)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_has_a_firing_and_a_silent_case() -> None:
    """By name: an alert that nothing sets off is none, and one that is never off is noise."""
    firing, silent = set(), set()
    for case in _cases():
        named = re.findall(r"Semwatch\w+", case["expr"]) if "!" not in case["expr"] else []
        firing |= {n for s in case["exp_samples"] for n in re.findall(r"Semwatch\w+", s["labels"])}
        silent |= set() if case["exp_samples"] else set(named)

    assert firing == set(_NAMES)
    # It always fires: that it stops is what somebody else has to see.
    assert silent == set(_NAMES) - {"SemwatchWatchdog"}


def test_every_severity_of_an_alert_has_a_firing_case() -> None:
    """An objective pages and writes tickets under one name."""
    wanted = {(alert.name, alert.severity) for alert in _ALERTS}
    fired = {
        (name[0], severity[0])
        for case in _cases()
        for sample in case["exp_samples"]
        if (name := re.findall(r'alertname="(\w+)"', sample["labels"]))
        and (severity := re.findall(r'severity="(\w+)"', sample["labels"]))
    }

    assert fired == wanted


@each_alert
def test_an_alert_has_the_labels_that_its_texts_name(alert: Alert) -> None:
    """A template of a label that is missing shows nothing, at night."""
    fired = [
        sample["labels"]
        for case in _cases()
        for sample in case["exp_samples"]
        if f'alertname="{alert.name}"' in sample["labels"]
    ]

    assert fired
    assert all(f'{name}="' in labels for labels in fired for name in alert.by)
    assert alert.summary.format(**dict.fromkeys(alert.by, "x"))
    assert alert.description.format(**dict.fromkeys(alert.by, "x"))
    assert "$value" not in alert.summary + alert.description


@each_alert
def test_every_alert_leads_to_a_heading_of_the_runbook(alert: Alert) -> None:
    """And to all that somebody woken at night has to know."""
    _, heading, section = _RUNBOOK.partition(f"\n## {alert.name}\n")
    section = section.partition("\n## ")[0]

    assert heading
    assert runbook_url(alert, _TABLE.links).endswith(f"/docs/runbook.md#{alert.name.lower()}")
    assert "**Means.**" in section
    assert alert.severity == "info" or "ilence" in section


def test_the_runbook_has_no_heading_of_an_alert_that_is_not() -> None:
    """It would be read by nobody."""
    assert set(re.findall(r"\n## (\w+)\n", _RUNBOOK)) == set(_NAMES)


@each_alert
def test_every_alert_leads_to_a_dashboard_that_is(alert: Alert) -> None:
    """Set to what the alert names; an empty variable would select nothing."""
    url = dashboard_url(alert, _TABLE.links)

    assert f"/d/{alert.dashboard}/" in url
    assert alert.dashboard in _DASHBOARDS
    assert ("var-app=" in url) == ("app" in alert.by)
    assert ("var-route=" in url) == ("route" in alert.by)


def _cases() -> list[dict[str, Any]]:
    documents = [msgspec.yaml.decode(path.read_bytes()) for path in _TESTS]
    return [
        case
        for document in documents
        for test in document["tests"]
        for case in test["promql_expr_test"]
        if case["expr"].startswith("ALERTS")
    ]


def _rule_files() -> list[Path]:
    return sorted((_PROMETHEUS / "rules").glob("*.yaml"))


Mutation = Callable[[str], str]


def _without(pattern: str, by: str = "") -> Mutation:
    return lambda text: re.sub(pattern, by, text)


@pytest.mark.parametrize(
    ("file", "test", "mutate"),
    [
        pytest.param(
            "slo-hallucination", "hallucination", _without(r"\n +and .*judged.*>= 50"), id="sample"
        ),
        pytest.param(
            "slo-commercial-claims",
            "claims",
            _without(r"wilson_lower1h(?={.*> 0)", "ratio_rate1h"),
            id="raw share for its bound",
        ),
        pytest.param(
            "slo-commercial-claims",
            "claims",
            _without(r"\n +and .*ratio_rate5m.*> .*"),
            id="short window",
        ),
        pytest.param(
            "slo-commercial-claims",
            "claims",
            _without(r"\n +and on \(app, route\).*> 2\.5"),
            id="count of the first",
        ),
        pytest.param(
            "slo-commercial-claims",
            "claims",
            _without(
                r"app_route_slo:semwatch_bad:wilson_lower5m{.*} > .*\n +and on \(app, route\)"
            ),
            id="share of the first",
        ),
        pytest.param(
            "slo-commercial-claims",
            "claims",
            _without(r"wilson_lower1m(?=.*> 0\.144\n)", "wilson_lower5m"),
            id="minute of the first",
        ),
        pytest.param(
            "answers", "answers", _without(r"\n +and on \(job, instance\).*"), id="guard by up"
        ),
        pytest.param(
            "answers",
            "answers",
            _without(r"\n +or \(\n.*\n.*\n +\)"),
            id="series that is born with a violation",
        ),
        pytest.param("drift", "drift", _without(r"max by", "avg by"), id="worst worker"),
        pytest.param("past", "past", _without(r"\n +and sum.*>= 100"), id="sample of the tenth"),
        pytest.param(
            "slo-intent-resolution",
            "objectives",
            _without(r"lower1h(.*) > 0.8", r"lower1h\1 > 2.88"),
            id="threshold beyond reach",
        ),
        pytest.param(
            "slo-policy", "three_days", _without(r"severity: ticket", "severity: tiket"), id="typo"
        ),
        pytest.param(
            "pipeline", "pipeline", _without(r"\n +and deriv.*"), id="lag that becomes less"
        ),
        pytest.param(
            "slo-intent-resolution",
            "intents",
            _without(r',reason="recontact"'),
            id="told otherwise",
        ),
        pytest.param(
            "conversation", "conversation", _without(r"\n +and .*_of.*>= 100"), id="sample of turns"
        ),
        pytest.param(
            "conversation",
            "conversation",
            _without(r"wilson_lower6h(?= >)", "ratio_rate6h"),
            id="raw share of turns",
        ),
        pytest.param(
            "conversation", "conversation", _without(r"1\.5 \* "), id="times the share of the past"
        ),
        pytest.param(
            "conversation", "conversation", _without(r" \+ 0\.05(?=\n)"), id="on top of it"
        ),
    ],
)
def test_a_rule_that_is_made_worse_fails_its_tests(
    file: str, test: str, mutate: Mutation, tmp_path: Path
) -> None:
    """Otherwise the tests would prove nothing of what the rule has it for."""
    shutil.copytree(_PROMETHEUS, tmp_path, dirs_exist_ok=True)
    name = "answers" if file == "past" else file
    rules = tmp_path / "rules" / f"{name}.yaml"
    before = rules.read_text(encoding="utf-8")
    rules.write_text(mutate(before), encoding="utf-8")

    assert rules.read_text(encoding="utf-8") != before
    assert promtool("check", "rules", rules).returncode == 0
    assert promtool("test", "rules", tmp_path / "tests" / f"{test}.yaml").returncode != 0
