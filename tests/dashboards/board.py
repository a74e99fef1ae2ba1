"""A dashboard's JSON as tests look at it: panels, queries, selectors."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dashboards").glob("*.json"))

# What Grafana puts in for its variables: of a choice of several values, a pattern.
VALUES = {
    "$__rate_interval": "5m",
    "$__range": "6h",
    "$__interval": "1m",
    "$datasource": "prometheus",
    **dict.fromkeys(("$job", "$instance", "$app", "$route"), ".+"),
}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"(?<![\w:])([a-zA-Z_:]*(?:semwatch|ALERTS)[\w:]*)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')


class Selector(NamedTuple):
    """The series that a query asks for: name, matchers (label, operator, value), what precedes."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]
    before: str


class Query(NamedTuple):
    """A PromQL expression, and where it stands."""

    where: str
    expression: str

    @property
    def substituted(self) -> str:
        """What Grafana would send to Prometheus."""
        return substitute(self.expression)

    @property
    def selectors(self) -> list[Selector]:
        """All series that are asked for; a name within a string is none."""
        masked = _STRING.sub(lambda found: "~" * len(found[0]), self.expression)
        return [
            Selector(
                found[1],
                tuple(
                    (m[1], m[2], m[3]) for m in _MATCHER.finditer(self.expression, *_span(found, 2))
                ),
                self.expression[: found.start()],
            )
            for found in _SELECTOR.finditer(masked)
        ]


def _span(found: re.Match[str], group: int) -> tuple[int, int]:
    return found.span(group) if found[group] is not None else (0, 0)


def substitute(text: str) -> str:
    """Return a text with Grafana's variables put in."""
    for name in sorted(VALUES, key=len, reverse=True):
        text = text.replace(name, VALUES[name])
    return text


class Board:
    """One dashboard.

    Args:
        document: as Grafana imports it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def load(cls, path: Path) -> "Board":
        """Read a committed dashboard."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    @property
    def panels(self) -> list[dict[str, Any]]:
        """All panels, those in collapsed rows too, without the rows themselves."""
        return [panel for panel in self.everything if panel["type"] != "row"]

    @property
    def everything(self) -> list[dict[str, Any]]:
        """All panels and rows."""
        return [
            part for panel in self.document["panels"] for part in (panel, *panel.get("panels", ()))
        ]

    @property
    def variables(self) -> list[dict[str, Any]]:
        """All template variables."""
        listed: list[dict[str, Any]] = self.document["templating"]["list"]
        return listed

    def variable(self, name: str) -> dict[str, Any] | None:
        """Return the variable of a name."""
        return next((v for v in self.variables if v["name"] == name), None)

    @property
    def targets(self) -> list[Query]:
        """The queries of the panels."""
        return [
            Query(f"{panel['title']} {target['refId']}", target["expr"])
            for panel in self.panels
            for target in panel.get("targets", ())
        ]

    @property
    def queries(self) -> list[Query]:
        """All PromQL: of panels, annotations and variables."""
        noted = [
            Query(f"annotation {note['name']}", note["target"]["expr"])
            for note in self.document["annotations"]["list"]
            if "target" in note
        ]
        return [*self.targets, *noted, *self._asked]

    @cached_property
    def _asked(self) -> list[Query]:
        return [
            Query(f"variable {variable['name']}", inner)
            for variable in self.variables
            if variable["type"] == "query" and (inner := label_values(variable)) is not None
        ]


def label_values(variable: dict[str, Any]) -> str | None:
    """Return the series that a variable's values are read from."""
    asked = variable["query"]
    text = asked["query"] if isinstance(asked, dict) else asked
    found = re.fullmatch(r"label_values\((.+), *\w+\)", text)
    return found[1] if found else None


def links(node: Any) -> Iterator[str]:
    """Yield every URL in a dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "url" and isinstance(value, str):
                yield value
            else:
                yield from links(value)
    elif isinstance(node, list):
        for value in node:
            yield from links(value)
