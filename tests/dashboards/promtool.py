"""What Prometheus itself says about queries."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.dashboards.board import Query
from tests.program import program


def complaint(queries: Sequence[Query]) -> str:
    """Return what promtool has against the queries as rules; nothing if they parse."""
    rules = [
        {"record": f"query:{number}", "expr": query.substituted}
        for number, query in enumerate(queries)
    ]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "queries.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
        done = subprocess.run(
            (
                program("promtool", source="the Debian package prometheus"),
                "check",
                "rules",
                "--lint=none",
                path,
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stderr if done.returncode else ""
