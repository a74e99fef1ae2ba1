"""Fixtures for every test: the Kafka to talk to, and word of the tests that had none."""

import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

from detectors.embedding import Model, load
from tests.broker import External, Kafka, available, external, resolve, running

# On a busy machine any example may be slow; what is slow for a reason is not found by time.
settings.register_profile("semwatch", deadline=None)
settings.load_profile("semwatch")


@pytest.fixture(scope="session")
def model() -> Model:
    """The packaged encoder on torch; no cache, so every call computes; one thread, to be gentle."""
    return load(threads=1, cache_texts=0)


@pytest.fixture(scope="session")
def openvino_model() -> Model:
    """The same on OpenVINO, where that is installed."""
    pytest.importorskip("openvino")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's tracing is deprecated and not sure of itself
        return load(backend="openvino", threads=1, cache_texts=0)


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


@pytest.fixture(scope="session")
def kafka_at_hand(request: pytest.FixtureRequest) -> None:
    """For tests that start brokers of their own: skip where that cannot be, fail in CI."""
    _need_broker(request.config)


@pytest.fixture(scope="module")
def own_kafka(kafka_at_hand: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """The module's own broker: its tests may kill and freeze it, and restart it after."""
    del kafka_at_hand
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
