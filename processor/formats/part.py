"""What a record holds: interactions, each with its own verdict or rejection."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from detectors.base import Interaction
from processor.errors import Undecodable

Part = Interaction | Undecodable
"""One interaction of a record, or why it is none."""


class Parts(NamedTuple):
    """The interactions of a record, in order.

    ``others`` counts what is no interaction and no fault either: spans of other kinds, ordinary
    log records, observations that no model made.
    """

    parts: tuple[Part, ...] = ()
    others: int = 0


def one(read: Callable[[], Interaction]) -> Parts:
    """Return the one interaction that is read, or the reason why it is none."""
    return attempt_all(lambda: Parts((read(),)))


def attempt_all(read: Callable[[], Parts]) -> Parts:
    """Return what is read, or the one reason why it is nothing."""
    try:
        return read()
    except Undecodable as error:
        return rejected(error)


def rejected(error: Undecodable) -> Parts:
    """Return the parts of what is no interaction as a whole."""
    return Parts((error.with_traceback(None),))  # its frames would keep the texts


def joined(several: Iterable[Parts]) -> Parts:
    """Return the parts of several, one after the other."""
    found = list(several)
    return Parts(
        tuple(part for parts, _ in found for part in parts), sum(others for _, others in found)
    )
