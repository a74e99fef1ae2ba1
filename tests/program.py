"""Programs that tests run and that Python's packages do not bring."""

import os
import shutil

import pytest


def program(*names: str, package: str) -> str:
    """Find a program by one of its names; without it a test is left out here, and fails in CI."""
    for name in names:
        if found := shutil.which(name):
            return found
    message = f"no {names[0]}: the Debian package {package} has it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
