"""What of a hit may be shown: nothing, its shape, or its ends."""

from collections.abc import Sequence
from typing import Literal

from detectors.base import Span

Masking = Literal["off", "shape", "ends"]

# What fits on a line of a report.
_LONGEST = 60
_ENDS = 2
# Of a shorter hit the ends would be half of it.
_SHORTEST_WITH_ENDS = 12


def excerpt(text: str, spans: Sequence[Span], masking: Masking) -> str | None:
    """Return the first hit with its letters and digits masked; ``None`` if nothing may be shown.

    ``shape`` keeps the case of letters and all marks; ``ends`` keeps the first and last two
    characters of a long hit beside.

    Examples:
        >>> excerpt("Call Ann on 555-0100.", [Span(5, 20)], "shape")
        'Xxx xx 000-0000'
        >>> excerpt("Call Ann on 555-0100.", [Span(5, 20)], "ends")
        'Anx xx 000-0000'
    """
    if masking == "off" or not spans:
        return None
    found = text[spans[0].start : spans[0].end][:_LONGEST]
    hidden = "".join(map(_masked, found))
    if masking == "shape" or len(found) < _SHORTEST_WITH_ENDS:
        return hidden
    return found[:_ENDS] + hidden[_ENDS:-_ENDS] + found[-_ENDS:]


def _masked(character: str) -> str:
    if character.isupper():
        return "X"
    if character.isalpha():
        return "x"
    if character.isnumeric():
        return "0"
    return character if character.isascii() else "?"
