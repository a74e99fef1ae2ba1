"""Clock times, also where morning or afternoon is left open."""

import re
from typing import NamedTuple

_NOON, _HALF, _FULL = 720, 720, 1440
_DIGITS = re.compile(r"(\d+)(?:[:.](\d+))?")


class Clock(NamedTuple):
    """Minutes since midnight; not ``exact`` where morning or afternoon was left open."""

    minutes: int
    exact: bool

    def agrees(self, minutes: int) -> bool:
        """Whether the clock can show this."""
        return (self.minutes - minutes) % (_FULL if self.exact else _HALF) == 0


class Range(NamedTuple):
    """From opening to closing; ``None`` where the text names only the other."""

    open: Clock | None
    close: Clock | None


def clock(text: str) -> Clock:
    """Read "5", "5:30", "5 pm", "17:00", "noon"."""
    digits = _DIGITS.match(text)
    if digits is None:
        return Clock(0 if text.lower() == "midnight" else _NOON, exact=True)
    hour, minute = int(digits[1]), int(digits[2] or 0)
    half = text[digits.end() :].strip()[:1].lower()
    if half and hour <= 12:  # noqa: PLR2004 - "22:00 pm" is 22:00
        return Clock(hour % 12 * 60 + minute + _HALF * (half == "p"), exact=True)
    # "17:00" and "09:00" are of 24 hours, "5" may be either.
    return Clock(hour % 24 * 60 + minute, exact=hour > 12 or text.startswith("0"))  # noqa: PLR2004
