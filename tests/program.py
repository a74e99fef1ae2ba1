"""Programs that tests run and that Python does not import."""

import os
import shutil
import sys
from pathlib import Path

import pytest

_ENVIRONMENT = str(Path(sys.executable).parent)


def program(*names: str, source: str) -> str:
    """Find a program, in the environment or the system, by one of its names.

    Without it a test is left out here, and fails in CI.
    """
    path = f"{_ENVIRONMENT}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    message = f"no {names[0]}: {source} has it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
