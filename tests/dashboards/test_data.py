"""On a history of the demo, every panel shows something."""

from pathlib import Path

import pytest

from dashboards.preview.prometheus import Span, ask
from tests.dashboards.board import FILES, Board

_UID = "semwatch-"
# What rightly has nothing to show in the demo, and why.
EMPTY: dict[str, str] = {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_has_an_answer(path: Path, backfilled: tuple[str, Span]) -> None:
    """One that never has is a misspelling that parses."""
    url, span = backfilled
    silent = {
        f"{path.stem.removeprefix(_UID)}: {query.where}"
        for query in Board.load(path).queries
        if not ask(url, query.substituted, span)
    }

    assert silent == {name for name in EMPTY if name.startswith(path.stem.removeprefix(_UID))}
