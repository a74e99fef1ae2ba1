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
_FLUSH_SECONDS = 30.0


class Load:
    """Produces from a thread of its own.

    Every fiftieth record is no event. The scores fall half-way, so that every series raises
    alarms that a crash could lose or double.

    Args:
        config: where to.
        events: how many records.
        rate: records a second; 0 for all at once.
        first: the number in the first id.
    """

    def __init__(self, config: Config, *, events: int, rate: float = 0.0, first: int = 0) -> None:
        self.ids = [f"e{number}" for number in range(first, first + events)]
        self._topic = config.topics.events
        self._rate = rate
        self._random = random.Random(first)
        self._producer = producer(config.kafka.bootstrap_servers)
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
        for number, name in enumerate(self.ids):
            value = b"{ no event" if number % 50 == 49 else self._event(number)
            self._producer.produce(self._topic, value, key=name.encode())
            self._producer.poll(0)
            if self._rate and number % 10 == 0:
                time.sleep(max(0.0, start + number / self._rate - time.monotonic()))

    def _event(self, number: int) -> bytes:
        support = 0.9 if 2 * number < len(self.ids) else 0.3
        words = [self._word(support * self._random.random()) for _ in range(8)]
        return event(self.ids[number], app=self._random.choice(_APPS), response=" ".join(words))

    def _word(self, support: float) -> str:
        if self._random.random() < support:
            return self._random.choice(_PASSAGE.split())
        return f"w{self._random.randrange(1000)}"


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
