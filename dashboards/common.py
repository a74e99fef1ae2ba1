"""Defaults of panels: one function a kind, so that a dashboard says only what is its own.

Nothing is left to Grafana's defaults: they differ between its versions.
"""

from collections.abc import Iterable, Mapping, Sequence

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import (
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = kinds.DataSourceRef(type_val="prometheus", uid="$datasource")

Panel = stat.Panel | timeseries.Panel | table.Panel | heatmap.Panel | statetimeline.Panel
Steps = tuple[tuple[float | None, str], ...]

NEUTRAL: Steps = ((None, "text"),)
BURN: Steps = ((None, "green"), (1.0, "orange"), (4.0, "red"))
"""Burn rates: 1 spends a budget exactly; from 4 on, the widest objectives page."""
SEVERITIES = {
    "critical": "red",
    "high": "orange",
    "medium": "yellow",
    "low": "blue",
    "info": "text",
}
"""Colours of the severities of policy rules."""
SLO_LINE = "objective"
"""Legend of the query that draws an objective; it is dashed and red in every panel."""


def above(warn: float, bad: float) -> Steps:
    """Return thresholds of what is bad when it is high."""
    return ((None, "green"), (warn, "orange"), (bad, "red"))


def below(bad: float, warn: float) -> Steps:
    """Return thresholds of what is bad when it is low."""
    return ((None, "red"), (bad, "orange"), (warn, "green"))


def any_is_bad(colour: str = "red") -> Steps:
    """Return thresholds of what should be 0."""
    return ((None, "green"), (1e-9, colour))


def query(
    expression: str, legend: str = "", *, exemplar: bool = False, heat: bool = False
) -> prometheus.Dataquery:
    """Return a query over the dashboard's time."""
    asked = prometheus.Dataquery().expr(expression).legend_format(legend or "__auto")
    asked = asked.range().exemplar(exemplar)
    return asked.format(PromQueryFormat.HEATMAP if heat else PromQueryFormat.TIME_SERIES)


def now(expression: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query of the present for a single figure."""
    asked = prometheus.Dataquery().expr(expression).legend_format(legend or "__auto")
    return asked.instant().format(PromQueryFormat.TIME_SERIES)


def rows(expression: str) -> prometheus.Dataquery:
    """Return a query of the present for a table: a row a series."""
    return prometheus.Dataquery().expr(expression).instant().format(PromQueryFormat.TABLE)


def stat_panel(
    number: int,
    title: str,
    description: str,
    *queries: prometheus.Dataquery,
    unit: str,
    thresholds: Steps,
    no_value: str,
    decimals: int | None = None,
) -> stat.Panel:
    """Return a figure to be read from across the room; its colour is the answer."""
    panel = stat.Panel()
    _describe(panel, number, title, description, queries)
    _measure(panel, unit, thresholds, no_value, models.FieldColorModeId.THRESHOLDS)
    if decimals is not None:
        panel.decimals(decimals)
    return (
        panel.color_mode(kinds.BigValueColorMode.BACKGROUND)
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .justify_mode(kinds.BigValueJustifyMode.CENTER)
        .text_mode(kinds.BigValueTextMode.AUTO)
        .orientation(kinds.VizOrientation.AUTO)
        .wide_layout(wide_layout=True)
        .reduce_options(shared.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    )


def timeseries_panel(
    number: int,
    title: str,
    description: str,
    *queries: prometheus.Dataquery,
    unit: str,
    thresholds: Steps = NEUTRAL,
    no_value: str = "no data",
    stacked: bool = False,
    aside: bool = False,
    maximum: float | None = None,
    paint: Mapping[str, str] | None = None,
) -> timeseries.Panel:
    """Return lines over time; thresholds beyond the first are dashed lines.

    The legend has the highest on top, below the lines or, in a wide panel, aside.
    """
    panel = timeseries.Panel()
    _describe(panel, number, title, description, queries)
    _measure(panel, unit, thresholds, no_value, models.FieldColorModeId.PALETTE_CLASSIC)
    if maximum is not None:
        panel.max(maximum)
    for legend, colour in (paint or {}).items():
        panel.override_by_name(legend, [_fixed(colour)])
    line = (
        kinds.GraphThresholdsStyleMode.DASHED
        if len(thresholds) > 1
        else kinds.GraphThresholdsStyleMode.OFF
    )
    return (
        panel.min(0)
        .draw_style(kinds.GraphDrawStyle.LINE)
        .line_interpolation(kinds.LineInterpolation.LINEAR)
        .line_width(1)
        .fill_opacity(25 if stacked else 0)
        .show_points(kinds.VisibilityMode.NEVER)
        .stacking(
            shared.StackingConfig()
            .mode(kinds.StackingMode.NORMAL if stacked else kinds.StackingMode.NONE)
            .group("A")
        )
        .thresholds_style(shared.GraphThresholdsStyleConfig().mode(line))
        .legend(_legend(aside=aside))
        .tooltip(_tooltip())
        .override_by_name(SLO_LINE, _SLO_STYLE)
    )


def heatmap_panel(
    number: int, title: str, description: str, asked: prometheus.Dataquery, *, unit: str
) -> heatmap.Panel:
    """Return a distribution over time, from the buckets of a histogram."""
    panel = heatmap.Panel()
    _describe(panel, number, title, description, (asked,))
    _measure(panel, unit, NEUTRAL, "no data", models.FieldColorModeId.THRESHOLDS)
    colour = heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Oranges")
    return (
        panel.calculate(calculate=False)
        .color(colour.steps(64).exponent(0.5).fill("dark-orange").reverse(reverse=False))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(kinds.AxisPlacement.LEFT))
        .cell_gap(1)
        .exemplars_color("rgba(255,0,255,0.7)")
        .show_legend()
        .tooltip(heatmap.HeatmapTooltip().mode(kinds.TooltipDisplayMode.SINGLE))
    )


def timeline_panel(
    number: int,
    title: str,
    description: str,
    asked: prometheus.Dataquery,
    *,
    states: Mapping[str, tuple[str, str]],
    thresholds: Steps,
    no_value: str,
) -> statetimeline.Panel:
    """Return a bar a series, coloured by its state: since when can be read off it.

    Args:
        number: the panel's id.
        title: what it shows.
        description: how to read it.
        asked: gives the states.
        states: name and colour, by value.
        thresholds: colours of the values.
        no_value: what stands there for nothing.
    """
    panel = statetimeline.Panel()
    _describe(panel, number, title, description, (asked,))
    _measure(panel, "none", thresholds, no_value, models.FieldColorModeId.THRESHOLDS)
    return (
        panel.mappings([value_names(states)])
        .show_value(kinds.VisibilityMode.NEVER)
        .merge_values(merge_values=True)
        .row_height(0.8)
        .fill_opacity(80)
        .line_width(0)
        .legend(shared.VizLegendOptions().show_legend(show_legend=False))
        .tooltip(_tooltip())
    )


def table_panel(
    number: int,
    title: str,
    description: str,
    *queries: prometheus.Dataquery,
    no_value: str,
    columns: Mapping[str, str],
    sort: tuple[str, bool] | None = None,
    styles: Mapping[str, Sequence[models.DynamicConfigValue]] | None = None,
) -> table.Panel:
    """Return a table: queries are joined on the labels that they share.

    Args:
        number: the panel's id.
        title: what it shows.
        description: how to read it.
        queries: a column each.
        no_value: what stands in an empty cell.
        columns: headings, by label or ``Value #A``; others are hidden, and this is their order.
        sort: heading, and whether the largest comes first.
        styles: properties, by heading.
    """
    panel = table.Panel()
    _describe(panel, number, title, description, queries)
    _measure(panel, "short", NEUTRAL, no_value, models.FieldColorModeId.THRESHOLDS)
    if sort:
        panel.sort_by([shared.TableSortByFieldState().display_name(sort[0]).desc(sort[1])])
    for heading, properties in (styles or {}).items():
        panel.override_by_name(heading, list(properties))
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    return (
        panel.with_transformation(_only(columns))
        .show_header(show_header=True)
        .cell_height(kinds.TableCellHeight.SM)
        .filterable(filterable=False)
        .align(kinds.FieldTextAlignment.AUTO)
        .min_width(50)
    )


def _only(columns: Mapping[str, str]) -> models.DataTransformerConfig:
    return models.DataTransformerConfig(
        id_val="organize",
        options={
            "includeByName": dict.fromkeys(columns, True),
            "indexByName": {name: index for index, name in enumerate(columns)},
            "renameByName": dict(columns),
        },
    )


def value_names(states: Mapping[str, tuple[str, str]]) -> models.ValueMap:
    """Return names and colours of values."""
    return models.ValueMap(
        options={
            value: models.ValueMappingResult(text=text, color=colour, index=index)
            for index, (value, (text, colour)) in enumerate(states.items())
        }
    )


def column(
    unit: str = "short",
    thresholds: Steps | None = None,
    *,
    decimals: int | None = None,
    width: int | None = None,
    mapping: models.ValueMap | None = None,
    links: Iterable[Mapping[str, str]] = (),
) -> list[models.DynamicConfigValue]:
    """Return the properties of a column; one with thresholds or names is coloured by them."""
    chosen: dict[str, object] = {"unit": unit}
    if thresholds:
        steps = [{"value": value, "color": colour} for value, colour in thresholds]
        chosen["thresholds"] = {"mode": "absolute", "steps": steps}
    if mapping:
        chosen["mappings"] = [mapping]
    if thresholds or mapping:
        chosen["custom.cellOptions"] = {"type": "color-text"}
    if decimals is not None:
        chosen["decimals"] = decimals
    if width is not None:
        chosen["custom.width"] = width
    if links:
        chosen["links"] = [dict(link) for link in links]
    return [models.DynamicConfigValue(id_val=name, value=value) for name, value in chosen.items()]


def link_to(uid: str, title: str, *labels: str) -> dict[str, str]:
    """Return a link of a table's cell to another dashboard, for what its row is about."""
    variables = "".join(f"&var-{label}=${{__data.fields.{label}}}" for label in labels)
    url = f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}{variables}"
    return {"title": title, "url": url}


def _describe(
    panel: Panel,
    number: int,
    title: str,
    description: str,
    queries: Sequence[prometheus.Dataquery],
) -> None:
    panel.id(number).title(title).description(description).datasource(DATASOURCE)
    panel.transparent(transparent=False)
    for letter, asked in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(asked.ref_id(letter).datasource(DATASOURCE))


def _measure(
    panel: Panel, unit: str, thresholds: Steps, no_value: str, colour: models.FieldColorModeId
) -> None:
    steps = [models.Threshold(value=value, color=name) for value, name in thresholds]
    panel.unit(unit).no_value(no_value)
    panel.color_scheme(dashboard.FieldColor().mode(colour))
    panel.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))


def _legend(*, aside: bool) -> shared.VizLegendOptions:
    place = kinds.LegendPlacement.RIGHT if aside else kinds.LegendPlacement.BOTTOM
    return (
        shared.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(kinds.LegendDisplayMode.TABLE)
        .placement(place)
        .calcs(["lastNotNull", "max"])
        .sort_by("Last *")
        .sort_desc(sort_desc=True)
    )


def _tooltip() -> shared.VizTooltipOptions:
    return (
        shared.VizTooltipOptions()
        .mode(kinds.TooltipDisplayMode.MULTI)
        .sort(kinds.SortOrder.DESCENDING)
    )


def _fixed(colour: str) -> models.DynamicConfigValue:
    return models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


_SLO_STYLE = [
    _fixed("red"),
    models.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}),
    models.DynamicConfigValue(id_val="custom.lineWidth", value=2),
    models.DynamicConfigValue(id_val="custom.fillOpacity", value=0),
    models.DynamicConfigValue(id_val="custom.stacking", value={"mode": "none", "group": "B"}),
]
