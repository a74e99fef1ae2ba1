"""Traffic for the stream tests: good events, some that are none, and scores that drift."""

import json
import random
import threading
import time
from typing import Any, Self

from confluent_kafka import Producer

from processor.config import Config

_APPS = ("shop", "bank", "port")
_PASSAGE = "Refunds are paid within five days of the return. Shipping is free above 50 EUR."
_FLUSH_SECONDS = 120.0


class Load:
    """Produces from a thread of its own.

    Every fiftieth record is no event. The scores fall half-way, so that every series raises
    alarms that a crash could lose or double.

    Args:
        config: where to.
        events: how many records.
        rate: records a second; 0 for all at once.
        first: the number in the first id.
        bundle: how many events a record holds; then the topics of events take turns.
    """

    def __init__(
        self,
        config: Config,
        *,
        events: int,
        rate: float = 0.0,
        first: int = 0,
        bundle: int = 1,
    ) -> None:
        self._names = [f"e{number}" for number in range(first, first + events)]
        self._bundle = bundle
        self._topics = config.topics.sources
        self._rate = rate
        self._random = random.Random(first)
        self._producer = producer(config.kafka.bootstrap_servers)
        self.ids = [name for n in range(events) for name in self._ids(n)]
        self._thread = threading.Thread(target=self._produce, daemon=True)

    def start(self) -> Self:
        """Begin to produce."""
        self._thread.start()
        return self

    def join(self) -> list[str]:
        """Wait until the broker has acknowledged all; return the ids."""
        self._thread.join()

        assert self._producer.flush(_FLUSH_SECONDS) == 0

        return self.ids

    def _produce(self) -> None:
        start = time.monotonic()
        for number, name in enumerate(self._names):
            topic = self._topics[number % len(self._topics)]
            self._producer.produce(topic, self._value(number), key=name.encode())
            self._producer.poll(0)
            if self._rate and number % 10 == 0:
                time.sleep(max(0.0, start + number / self._rate - time.monotonic()))

    def _value(self, number: int) -> bytes:
        if _is_broken(number):
            return b"{ no event"
        events = [self._event(number, name) for name in self._ids(number)]
        return events[0] if self._bundle == 1 else b"[" + b",".join(events) + b"]"

    def _ids(self, number: int) -> list[str]:
        name = self._names[number]
        if self._bundle == 1 or _is_broken(number):
            return [name]
        return [f"{name}.{part}" for part in range(self._bundle)]

    def _event(self, number: int, name: str) -> bytes:
        support = 0.9 if 2 * number < len(self._names) else 0.3
        words = [self._word(support * self._random.random()) for _ in range(8)]
        return event(name, app=self._random.choice(_APPS), response=" ".join(words))

    def _word(self, support: float) -> str:
        if self._random.random() < support:
            return self._random.choice(_PASSAGE.split())
        return f"w{self._random.randrange(1000)}"


def _is_broken(number: int) -> bool:
    return number % 50 == 49


def event(name: str, **fields: Any) -> bytes:
    """Return the JSON of an event that can be scored."""
    default = {
        "id": name,
        "prompt": "When do I get my money back?",
        "response": "Refunds are paid within five days.",
        "passages": [{"text": _PASSAGE}],
    }
    return json.dumps(default | fields).encode()


def producer(bootstrap: str, **options: str | int) -> Producer:
    """Return a producer that outlasts a broker that is away, and hashes keys as Java's do."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "log_level": 0,
        }
        | {name.replace("_", "."): value for name, value in options.items()}
    )
