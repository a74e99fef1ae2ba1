"""Fixtures for the stream tests: a line of topics of one's own, on either broker."""

from typing import Any, Protocol

import pytest

from processor.broker import EmbeddedBroker
from processor.config import Config
from tests.broker import External, Kafka, available, external
from tests.integration.stream import create_topics, settings

# The shortest session that a broker takes unless it is told otherwise.
_UNTUNED = {"session_timeout_seconds": 6.0}


class Line(Protocol):
    """Makes topics and returns the settings that name them."""

    def __call__(self, **sections: dict[str, Any]) -> Config:
        """Make a line; the sections are what a test wants otherwise."""
        ...


@pytest.fixture(scope="session")
def embedded() -> EmbeddedBroker:
    """The broker of the demo; it lives in this process, so no worker takes it along."""
    return EmbeddedBroker()


@pytest.fixture
def embedded_line(embedded: EmbeddedBroker) -> Line:
    """Lines on the embedded broker."""

    def make(**sections: dict[str, Any]) -> Config:
        config = settings(embedded.bootstrap_servers, **sections)
        create_topics(config, embedded)
        return config

    return make


@pytest.fixture
def kafka_line(kafka: Kafka | External) -> Line:
    """Lines on the Kafka that all tests share."""

    def make(**sections: dict[str, Any]) -> Config:
        if isinstance(kafka, External):
            sections["kafka"] = sections.get("kafka", {}) | _UNTUNED
        config = settings(kafka.bootstrap, **sections)
        create_topics(config)
        return config

    return make


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Line:
    """Lines on Kafka where it can be had, else on the embedded broker."""
    has_kafka = external() is not None or available() is None
    made: Line = request.getfixturevalue("kafka_line" if has_kafka else "embedded_line")
    return made
