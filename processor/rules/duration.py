"""Durations as Prometheus writes them, and a clock that can run faster for a test."""

from collections.abc import Callable

Clock = Callable[[str], str]
"""Returns the duration to write for a duration that is meant."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds(duration: str) -> float:
    """Return a duration such as ``5m`` in seconds.

    Examples:
        >>> seconds("5m")
        300
    """
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def clock(speed: float = 1.0) -> Clock:
    """Return a clock that runs so many times faster; a rule keeps its name and its meaning.

    Examples:
        >>> clock()("1h"), clock(60)("1h"), clock(60)("15s")
        ('1h', '1m', '250ms')
    """

    def duration(meant: str) -> str:
        if speed == 1:
            return meant
        milliseconds = max(1, round(seconds(meant) * 1000 / speed))
        whole, rest = divmod(milliseconds, 60_000)
        return f"{whole}m" if not rest else f"{milliseconds}ms"

    return duration
