"""What all dashboards have in common: variables, links, annotations, and the place of panels."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

from dashboards.common import DATASOURCE, Panel
from dashboards.query import alerts, of
from processor import metrics

_WIDTH = 24
_ROW_HEIGHT = 1

TITLES = {
    "semwatch-overview": "Overview",
    "semwatch-signals": "Signals",
    "semwatch-policy": "Policy",
    "semwatch-drift": "Drift",
    "semwatch-intents": "Intents",
    "semwatch-pipeline": "Pipeline",
}
"""Names of the dashboards by uid, in the order in which one looks at them."""


class Row(NamedTuple):
    """A question, and the panels that answer it, each with its width of 24.

    Panels that do not fit into a line go to the next one.
    """

    number: int
    title: str
    height: int
    panels: Sequence[tuple[Panel, int]]


def build(
    uid: str, description: str, rows: Sequence[Row], *, since: str = "now-6h"
) -> models.Dashboard:
    """Put a dashboard together."""
    board = dashboard.Dashboard(f"semwatch / {TITLES[uid]}")
    board.uid(uid).description(description).tags(["semwatch"]).readonly()
    board.time(since, "now").refresh("1m").timezone("browser")
    board.tooltip(models.DashboardCursorSync.CROSSHAIR)
    board.variables([_datasource(), *_variables()])
    board.annotations([_built_in(), _alert_annotation(), _change_annotation()])
    board.links([_link(other) for other in TITLES if other != uid])
    _place(board, rows)
    return board.build()


def _place(board: dashboard.Dashboard, rows: Sequence[Row]) -> None:
    top = 0
    for row in rows:
        heading = dashboard.Row(row.title).id(row.number)
        board.with_row(heading.grid_pos(models.GridPos(h=_ROW_HEIGHT, w=_WIDTH, x=0, y=top)))
        top += _ROW_HEIGHT
        left = 0
        for panel, width in row.panels:
            if left + width > _WIDTH:
                left, top = 0, top + row.height
            place = models.GridPos(h=row.height, w=width, x=left, y=top)
            board.with_panel(panel.grid_pos(place))
            left += width
        top += row.height


def _datasource() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")


def _variables() -> list[dashboard.QueryVariable]:
    # The worker and the sidecar are jobs of their own.
    names = f"{metrics.BUILD.name}|{metrics.SHIP_FILES.name}"
    running = f'__name__=~"{names}"'
    events = metrics.EVENTS.name
    return [
        _variable("job", f"{{{running}}}"),
        _variable("instance", f'{{{running}, job=~"$job"}}'),
        _variable("app", f'{events}{{job=~"$job", instance=~"$instance"}}'),
        _variable("route", f'{events}{{job=~"$job", instance=~"$instance", app=~"$app"}}'),
    ]


def _variable(name: str, series: str) -> dashboard.QueryVariable:
    everything = models.VariableOption(selected=True, text="All", value="$__all")
    asked = f"label_values({series}, {name})"
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(DATASOURCE)
        .query({"query": asked, "refId": name, "qryType": 1})
        .definition(asked)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".+")
        .current(everything)
    )


def _link(uid: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(TITLES[uid])
        .type(models.DashboardLinkType.LINK)
        .icon("dashboard")
        .url(f"/d/{uid}")
        .keep_time(keep_time=True)
        .include_vars(include_vars=True)
    )


def _built_in() -> dashboard.AnnotationQuery:
    """Grafana's own: what people note, which a list of annotations would else replace."""
    grafana = kinds.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    return (
        dashboard.AnnotationQuery()
        .name("Annotations & Alerts")
        .datasource(grafana)
        .built_in(1)
        .type("dashboard")
        .enable(enable=True)
        .hide(hide=True)
        .icon_color("rgba(0, 211, 255, 1)")
    )


def _alert_annotation() -> dashboard.AnnotationQuery:
    told = alerts('severity=~"page|ticket"')
    fired = f"max by (alertname, app, route, severity) ({told})"
    return _annotation(
        "Alerts", fired, "red", title="{{alertname}}", text="{{severity}} {{app}} {{route}}"
    )


def _change_annotation() -> dashboard.AnnotationQuery:
    changed = f"max by (app, route, field) ({of(metrics.PROVENANCE_CHANGED)}) * 1000"
    return _annotation(
        "Provenance",
        changed,
        "blue",
        title="{{field}} changed",
        text="{{app}} {{route}}",
    ).use_value_for_time(use_value_for_time=True)


def _annotation(
    name: str, expression: str, colour: str, *, title: str, text: str
) -> dashboard.AnnotationQuery:
    asked = prometheus.Dataquery().expr(expression).range().ref_id("Anno").datasource(DATASOURCE)
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(enable=True)
        .hide(hide=False)
        .icon_color(colour)
        .expr(expression)
        .target(asked)
        .title_format(title)
        .text_format(text)
        .tag_keys("app,route")
        .step("60s")
    )
