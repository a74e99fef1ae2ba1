"""What Prometheus itself says about queries."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.dashboards.board import Query

_MISSING = "the Debian package prometheus has it"


def program(name: str) -> str:
    """Return the path of a program; without it a test is left out, but never in CI."""
    if path := shutil.which(name):
        return path
    if os.environ.get("CI"):
        pytest.fail(f"no {name}: {_MISSING}")
    pytest.skip(f"no {name}: {_MISSING}")


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
            (program("promtool"), "check", "rules", "--lint=none", path),
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stderr if done.returncode else ""
