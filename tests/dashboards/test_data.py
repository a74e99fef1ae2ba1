"""On a history of the demo, every panel shows something."""

from pathlib import Path

import pytest

from dashboards.preview.prometheus import Span, ask
from tests.dashboards.board import FILES, Board

# The history is made once, for all of them.
pytestmark = pytest.mark.timeout(900)

EMPTY = {
    "semwatch-pipeline Detector failures a second A": "no detector fails in the demo",
    "semwatch-pipeline Verdicts revised for late documents A": "the demo joins no traces",
    "semwatch-signals Detector failures a second A": "no detector fails in the demo",
    "semwatch-policy Rules that could not run A": "every rule runs in the demo",
    "semwatch-policy Only echoed A": "the demo's users quote nothing that a rule forbids",
}
"""What rightly has nothing to show in the demo, and why."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_has_an_answer(path: Path, backfilled: tuple[str, Span]) -> None:
    """One that never has is a misspelling that parses."""
    url, span = backfilled
    silent = {
        f"{path.stem} {query.where}"
        for query in Board.load(path).queries
        if not _is_answered(url, query.substituted, span)
    }

    assert silent == {name for name in EMPTY if name.startswith(path.stem)}


def _is_answered(url: str, expression: str, span: Span) -> bool:
    """Return whether there is a number; NaN is none."""
    series = ask(url, expression, span)
    return any(value != "NaN" for one in series for _, value in one["values"])
