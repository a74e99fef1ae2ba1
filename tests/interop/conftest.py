"""Tests with producers that others wrote; `make interop` installs them."""

from importlib.util import find_spec

from tests.integration.conftest import kafka_line

__all__ = ["kafka_line"]

# Without them there is nothing to test; `make interop` brings them, and fails if it cannot.
collect_ignore_glob = [] if find_spec("litellm") else ["test_*.py"]
