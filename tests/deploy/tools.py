"""Programs that check what is deployed: those of the environment, or of the system."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def program(name: str, package: str) -> str:
    """Return the path of a program; where it is missing, skip, but fail in CI."""
    bin_directory = str(Path(sys.executable).parent)
    found = shutil.which(name, path=f"{bin_directory}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None and os.environ.get("CI"):
        pytest.fail(f"no {name}: {package} has it")
    if found is None:
        pytest.skip(f"no {name}: {package} has it")
    return found


def said(*command: str, cwd: Path = ROOT) -> tuple[int, str]:
    """Run a command; return its exit code and all that it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
