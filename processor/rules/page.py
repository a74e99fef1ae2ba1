"""The tables of docs/alerts.md: the objectives and alerts as they are."""

from collections.abc import Iterator

from processor.rules import generate
from processor.rules.burn import notes, thresholds
from processor.rules.rule import Alert
from processor.rules.slo import Table


def fill(page: str, table: Table) -> str:
    """Return the page with its tables made anew, each between its two marks."""
    for name, rows in (
        ("objectives", _objectives(table)),
        ("windows", _windows(table)),
        ("notes", (f"- {note}" for note in notes(table))),
        ("alerts", _alerts(table)),
    ):
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = "".join((before, begin, *(f"{row}\n" for row in rows), end, after))
    return page


def _objectives(table: Table) -> Iterator[str]:
    longs = [window.long for window in table.window]
    yield f"| slo | bad are | objective | {' | '.join(f'over {long}' for long in longs)} | first |"
    yield "|---|---|---|" + "---|" * (len(longs) + 1)
    for slo in table.slo:
        limits = thresholds(slo, table.window)
        shares = " | ".join(f"{limits[long]:g}" for long in longs)
        yield f"| `{slo.name}` | {slo.bad} | {slo.objective:g} | {shares} | {slo.first or '-'} |"


def _windows(table: Table) -> Iterator[str]:
    yield "| long | short | burn | severity | for | then on for |"
    yield "|---|---|---|---|---|---|"
    for w in table.window:
        yield f"| {w.long} | {w.short} | {w.burn:g} | {w.severity} | {w.hold} | {w.keep} |"


def _alerts(table: Table) -> Iterator[str]:
    yield "| alert | severity | for, then on for | labels | summary |"
    yield "|---|---|---|---|---|"
    yield from map(_row, generate.alerts(table))


def _row(alert: Alert) -> str:
    window = f", over {alert.labels['window']}" if "window" in alert.labels else ""
    summary = alert.summary.format(**{name: f"*{name}*" for name in alert.by})
    labels = ", ".join(f"`{name}`" for name in alert.by) or "-"
    timing = f"{alert.hold or '-'}, {alert.keep or '-'}"
    link = f"[{alert.name}](runbook.md{alert.anchor})"
    return f"| {link} | {alert.severity}{window} | {timing} | {labels} | {summary} |"
