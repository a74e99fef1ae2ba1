"""Draws every dashboard on a history of the demo: ``make dashboards-preview``."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from dashboards.preview import history, picture
from dashboards.preview.prometheus import Span, Store

_ROOT = Path(__file__).parents[2]
_RULES = sorted((_ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml"))
_BOARDS = sorted((_ROOT / "dashboards").glob("*.json"))
_PICTURES = _ROOT / "docs" / "pictures"
_SHOWN_SECONDS = 6 * 3600.0
_NEEDED = {
    "prometheus": "Debian package prometheus",
    "promtool": "Debian package prometheus",
    "chromium": "Debian package chromium",
    "npm": "Node.js 20 or newer with npm",
}


def draw(directory: Path) -> None:
    """Make the history, then the pictures."""
    end = time.time() // 60 * 60
    _say("the demo's bot talks for a day: some minutes")
    start = history.write(directory / "history.om", end=end)
    store = Store(directory)
    _say("Prometheus takes it in, and evaluates the rules")
    store.load(directory / "history.om")
    store.evaluate(_RULES, Span(start, end))
    shown = Span(end - _SHOWN_SECONDS, end)
    _PICTURES.mkdir(exist_ok=True)
    site = directory / "site"
    site.mkdir()
    with store.serve() as url, picture.page(site) as page:
        for board in _BOARDS:
            target = _PICTURES / f"{board.stem}.png"
            picture.shoot(board, target, page=page, prometheus=url, span=shown)
            _say(f"{target.relative_to(_ROOT)}: {target.stat().st_size // 1000} kB")


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - a command that takes minutes


if missing := {_NEEDED[name] for name in _NEEDED if not shutil.which(name)}:
    sys.exit(f"dashboards-preview needs: {', '.join(sorted(missing))}")
with tempfile.TemporaryDirectory(prefix="semwatch-preview-") as temporary:
    draw(Path(temporary))
