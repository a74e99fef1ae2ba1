"""Grafana as docker-compose.yml starts it."""

from typing import Any

import msgspec

from tests.deploy.tools import ROOT

_PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
_GRAFANA: dict[str, Any] = msgspec.yaml.decode((ROOT / "docker-compose.yml").read_bytes())[
    "services"
]["grafana"]
_MOUNTS: dict[str, str] = {v.split(":")[1]: v.split(":")[0] for v in _GRAFANA["volumes"]}
[_SOURCE] = msgspec.yaml.decode((_PROVISIONING / "datasources" / "prometheus.yaml").read_bytes())[
    "datasources"
]
[_PROVIDER] = msgspec.yaml.decode((_PROVISIONING / "dashboards" / "semwatch.yaml").read_bytes())[
    "providers"
]


def test_an_exemplar_leads_to_its_trace() -> None:
    """By the label that the exporter gives exemplars; the address is a variable that is set."""
    [link] = _SOURCE["jsonData"]["exemplarTraceIdDestinations"]

    assert link["name"] == "trace_id"
    assert link["url"] == "$TRACE_URL/$${__value.raw}"
    assert "TRACE_URL" in _GRAFANA["environment"]


def test_the_datasource_is_the_one_that_dashboards_name() -> None:
    """Its uid is fixed; nobody edits it by hand."""
    assert (_SOURCE["uid"], _SOURCE["type"]) == ("prometheus", "prometheus")
    assert _SOURCE["editable"] is False


def test_a_step_is_no_shorter_than_a_scrape() -> None:
    """Else `$__rate_interval` may hold one sample, and rates have holes."""
    file = ROOT / "deploy" / "prometheus" / "prometheus.yml"
    scrape = msgspec.yaml.decode(file.read_bytes())["global"]["scrape_interval"]

    assert _SOURCE["jsonData"]["timeInterval"] == scrape


def test_every_dashboard_is_mounted_where_they_are_read() -> None:
    """One file each, for beside them lies what Grafana would take for dashboards too."""
    directory = _PROVIDER["options"]["path"]
    files = {f"./dashboards/{f.name}" for f in (ROOT / "dashboards").glob("*.json")}

    assert files
    assert {source for target, source in _MOUNTS.items() if target.startswith(directory)} == files
    assert _GRAFANA["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in _MOUNTS


def test_dashboards_are_not_edited_in_the_browser() -> None:
    """They are code; what somebody changes there cannot be saved over them."""
    assert _PROVIDER["allowUiUpdates"] is False
    assert _MOUNTS["/etc/grafana/provisioning"] == "./deploy/grafana/provisioning"


def test_grafana_raises_no_alerts_and_calls_nobody() -> None:
    """Prometheus alerts; and a stack without network starts as well."""
    environment = _GRAFANA["environment"]
    off = [
        *("GF_UNIFIED_ALERTING_ENABLED", "GF_ANALYTICS_REPORTING_ENABLED"),
        *("GF_ANALYTICS_CHECK_FOR_UPDATES", "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES"),
    ]

    assert {environment[name] for name in off} == {"false"}
    assert environment["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"


def test_who_looks_cannot_change_anything() -> None:
    """A viewer without a name, and no account to log in to."""
    environment = _GRAFANA["environment"]

    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
