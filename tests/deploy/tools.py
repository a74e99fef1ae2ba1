"""Where the deployed files are, and what programs say of them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said(*command: str, cwd: Path = ROOT) -> tuple[int, str]:
    """Run a command; return its exit code and all that it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
