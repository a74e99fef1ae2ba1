"""Chromium on a page of Grafana's components, photographed."""

import functools
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
from PIL import Image

from dashboards.preview.prometheus import Span

_HOME = Path(__file__).parent
_WIDTH = 1600
# As src/main.jsx lays it out.
_UNIT, _HEADER = 38, 84
_COLOURS = 64  # few enough for a small file
_SECONDS = 120


@contextmanager
def page(directory: Path) -> Iterator[str]:
    """Build the page into a directory and serve it with the dashboards; yield its address."""
    _run("npm", "ci", "--no-audit", "--no-fund", "--silent")
    _run("npm", "run", "--silent", "build", "--", f"--outfile={directory / 'bundle.js'}")
    for path in (_HOME / "index.html", *_HOME.parent.glob("*.json")):
        shutil.copy(path, directory)
    handler = functools.partial(_Quiet, directory=str(directory))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def shoot(board: Path, picture: Path, *, page: str, prometheus: str, span: Span) -> None:
    """Draw a dashboard into a PNG."""
    asked = urllib.parse.urlencode(
        {
            "board": board.name,
            "prometheus": prometheus,
            "from": int(span.start * 1000),
            "to": int(span.end * 1000),
        }
    )
    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        _run(
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--hide-scrollbars", "--disable-lcd-text"),
            *(f"--user-data-dir={profile}", f"--window-size={_WIDTH},{_height(board)}"),
            *("--virtual-time-budget=60000", f"--screenshot={picture.absolute()}"),
            f"{page}/index.html?{asked}",
        )
    with Image.open(picture) as drawn:
        drawn.convert("RGB").quantize(_COLOURS).save(picture, optimize=True)


def _height(board: Path) -> int:
    panels = msgspec.json.decode(board.read_bytes())["panels"]
    rows: int = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels)
    return _HEADER + _UNIT * rows


def _run(*command: str) -> None:
    done = subprocess.run(
        command, cwd=_HOME, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr[-2000:]}")
