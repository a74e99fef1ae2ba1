"""The embedded broker: librdkafka's mock cluster, for the demo and fast tests.

It lives in the memory of this process, gives every topic four partitions when it is first asked
for, keeps about 5 MB a partition and drops what is older, and knows no transactions, no
compaction and no commands for topics. It is no place for data that matters.
"""

from confluent_kafka.admin import AdminClient

PARTITIONS = 4


class EmbeddedBroker:
    """A Kafka broker in this process; it ends with it."""

    def __init__(self) -> None:
        # A client with this setting starts a mock cluster and connects to it.
        self._client = AdminClient({"test.mock.num.brokers": 1, "log_level": 3})
        broker = next(iter(self._client.list_topics(timeout=10).brokers.values()))
        self.bootstrap_servers = f"{broker.host}:{broker.port}"

    def create_topics(self, names: tuple[str, ...]) -> None:
        """Make the topics known; asking for one creates it."""
        for name in names:
            self._client.list_topics(name, timeout=10)
