"""Who is told of what: the routes of deploy/alertmanager, by amtool."""

import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processor.rules import generate, slo
from tests.program import program

_DEPLOY = Path(__file__).parents[1] / "deploy"
_CONFIG = _DEPLOY / "alertmanager" / "alertmanager.yml"
_ALERTS = generate.alerts(slo.load(_DEPLOY / "slo.toml"))


def amtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run amtool."""
    found = program("amtool", source="the Debian package prometheus-alertmanager")
    return subprocess.run((found, *arguments), capture_output=True, text=True, check=False)


def route(**labels: str) -> str:
    """Return the receiver of an alert."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    done = amtool("config", "routes", "test", f"--config.file={_CONFIG}", *pairs)

    assert done.returncode == 0, done.stderr

    return done.stdout.strip()


def test_amtool_takes_the_configuration() -> None:
    """Syntax, templates and receivers."""
    checked = amtool("check-config", str(_CONFIG))

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        pytest.param({"severity": "page", "category": "semantic", "app": "a"}, "page", id="page"),
        pytest.param({"severity": "page", "category": "pipeline"}, "page", id="page of ours"),
        pytest.param({"severity": "ticket", "category": "semantic"}, "ticket", id="ticket"),
        pytest.param({"severity": "info", "category": "semantic"}, "nobody", id="info"),
        pytest.param({"severity": "pgae", "category": "semantic"}, "unrouted", id="typo"),
        pytest.param({"alertname": "AlertOfOthers"}, "unrouted", id="of others"),
        pytest.param(
            {"alertname": "SemwatchWatchdog", "severity": "info"}, "watchdog", id="watchdog"
        ),
        pytest.param(
            {"alertname": "SemwatchPolicyViolationCritical", "severity": "page"},
            "page",
            id="violation",
        ),
    ],
)
def test_an_alert_goes_where_it_should(labels: dict[str, str], receiver: str) -> None:
    """And what nobody foresaw to a receiver that is seen."""
    assert route(**labels) == receiver


@pytest.mark.parametrize("alert", _ALERTS, ids=lambda alert: alert.name)
def test_every_alert_is_routed_by_its_severity(alert: Any) -> None:
    """None of ours falls through."""
    receivers = {"page": "page", "ticket": "ticket", "info": "nobody"}
    expected = "watchdog" if alert.name == "SemwatchWatchdog" else receivers[alert.severity]

    assert route(alertname=alert.name, severity=alert.severity, category=alert.category) == expected


def test_every_receiver_that_tells_somebody_is_told_the_end() -> None:
    """And by a severity that PagerDuty knows: Alertmanager does not check it."""
    found = {
        receiver["name"]: pagerduty
        for receiver in _config()["receivers"]
        for pagerduty in receiver.get("pagerduty_configs", [])
    }

    assert set(found) == {"page", "ticket", "unrouted"}
    assert {p["severity"] for p in found.values()} <= {"critical", "error", "warning", "info"}
    assert all(p["send_resolved"] for p in found.values())
    assert all(
        p["routing_key_file"] == "/run/secrets/pagerduty_routing_key" for p in found.values()
    )


def test_a_violation_that_was_seen_is_never_muted() -> None:
    """A blind pipeline silences judgements of shares, not what somebody was told already."""
    [rule] = [r for r in _config()["inhibit_rules"] if 'mutes="semantic"' in r["source_matchers"]]
    muted = {
        alert.name
        for alert in _ALERTS
        if alert.category == "semantic"
        and alert.labels.get("slo", "") not in ("policy", "commercial_claims")
    }

    assert rule["target_matchers"] == ['category="semantic"', 'slo!~"policy|commercial_claims"']
    assert "SemwatchPolicyViolationCritical" not in muted
    assert "SemwatchClaimsUnauthorisedSuddenly" not in muted
    assert "SemwatchHallucinationsHigh" in muted


def test_whatever_goes_wrong_with_an_app_is_one_incident() -> None:
    """A page must not open a second one when more goes wrong."""
    routes = {r["matchers"][0]: r for r in _config()["route"]["routes"]}

    assert routes['severity="page"']["group_by"] == ["category", "app"]
    assert routes['severity="ticket"']["group_by"] == ["category", "app"]


def _config() -> Any:
    return msgspec.yaml.decode(_CONFIG.read_bytes())
