"""The brokers to measure on: the embedded one of `semwatch demo`, and a real Apache Kafka."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from processor.broker import PARTITIONS, EmbeddedBroker
from processor.config import Config, Topics
from processor.topics import create, wanted
from tests.broker import available, external, running

Name = Literal["embedded", "kafka"]


class Broker(NamedTuple):
    """Where to connect; ``embedded`` takes no commands for topics."""

    bootstrap: str
    partitions: int
    embedded: EmbeddedBroker | None = None

    def create_topics(self, config: Config) -> None:
        """Create the topics of one run."""
        if self.embedded is None:
            create(config)
        else:
            self.embedded.create_topics(tuple(topic.name for topic in wanted(config)))


@contextmanager
def start(name: Name) -> Iterator[Broker]:
    """A broker of one's own, or the one that SEMWATCH_TEST_KAFKA names.

    Raises:
        RuntimeError: there is no Java or no Maven to start Kafka with.
    """
    named = external()
    if name == "embedded":
        broker = EmbeddedBroker()
        yield Broker(broker.bootstrap_servers, PARTITIONS, broker)
    elif named is not None:
        yield Broker(named.bootstrap, Topics().partitions)
    else:
        if reason := available():
            raise RuntimeError(f"no Kafka broker: {reason}")
        with tempfile.TemporaryDirectory() as directory, running(Path(directory) / "kafka") as own:
            yield Broker(own.bootstrap, Topics().partitions)
