"""Fixtures for every test: the Kafka to talk to, and word of the tests that had none."""

import os
from collections.abc import Iterator

import pytest

from tests.broker import External, Kafka, available, external, resolve, running


@pytest.fixture(scope="session")
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka | External]:
    """The broker all tests share: each makes topics of its own and leaves it running."""
    named = external()
    if named is not None:
        yield named
        return
    _need_broker(request.config)
    with running(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="module")
def own_kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    """The module's own broker: its tests may kill and freeze it, and restart it after."""
    _need_broker(request.config)
    with running(tmp_path_factory.mktemp("own-kafka")) as broker:
        yield broker


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that the Kafka tests were left out, for a green run without them proves little."""
    skipped = [test for test in terminalreporter.getreports("skipped") if "kafka" in test.keywords]
    deselected = [
        item
        for item in terminalreporter.stats.get("deselected", ())
        if item.get_closest_marker("kafka")
    ]
    reasons = {test.longrepr[2] for test in skipped if isinstance(test.longrepr, tuple)}
    if deselected:
        reasons.add("deselected")
    if reasons:
        terminalreporter.section("KAFKA TESTS LEFT OUT", sep="!", red=True, bold=True)
        count = len(skipped) + len(deselected)
        terminalreporter.line(f"{count} left out: {'; '.join(sorted(reasons))}", red=True)


def _need_broker(config: pytest.Config) -> None:
    """Skip for want of a broker, but not in CI: there it is a failure."""
    reason = available()
    if reason is not None and os.environ.get("CI"):
        pytest.fail(f"no Kafka broker: {reason}")
    if reason is not None:
        pytest.skip(f"no Kafka broker: {reason}")
    # What Maven is about takes seconds, and capturing would hide that it is said.
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        resolve()
