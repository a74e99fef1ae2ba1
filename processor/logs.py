"""Logging: starts, stops, rebalances and what goes wrong; nothing per event, never text."""

import logging
import time

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_QUIET = (
    "processor",
    "faust",
    "mode",
    "aiokafka",
    "kafka",
    "sentence_transformers",
    "transformers",
    "httpx",
    "opentelemetry",
)
_REPEAT_SECONDS = 10.0


class Throttle(logging.Filter):
    """Lets a library's message through once in a while.

    Without a broker, the Kafka clients repeat theirs a hundred times a second. Messages are told
    apart by logger and format, not by their arguments.
    """

    def __init__(self, seconds: float = _REPEAT_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the message was not let through a moment ago."""
        if record.name.startswith("semwatch"):
            return True
        key = (record.name, str(record.msg))
        now = time.monotonic()
        if now - self._last.get(key, -self._seconds) < self._seconds:
            return False
        self._last[key] = now
        return True


def configure() -> None:
    """Send our log and the libraries' warnings to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(Throttle())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
