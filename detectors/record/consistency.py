"""What an answer says of a record's fields, against the record, whatever its schema."""

from collections.abc import Mapping
from typing import Any

from detectors.record.amounts import amount_checks, amounts
from detectors.record.check import Check, Conflict, Outcome, Reason
from detectors.record.fields import read
from detectors.record.flags import flag_checks, flags
from detectors.record.hours import hour_checks, hours
from detectors.record.stance import Sentence
from detectors.record.states import state_checks, states
from detectors.text.sentences import split

__all__ = ["Check", "Conflict", "Outcome", "Reason", "checks", "conflicts"]

# Enough for any answer that a person reads; beyond it an event could hold up its partition.
_MAX_SENTENCES = 64
_MAX_CHARACTERS = 40_000


def conflicts(text: str, record: Mapping[str, Any]) -> tuple[Conflict, ...]:
    """Return the statements that the record contradicts or does not bear out, in order.

    Examples:
        >>> record = {"wifi": False, "room": {"price": 120, "breakfast_included": True}}
        >>> for span, path, reason in conflicts("It has WiFi. The room costs $150.", record):
        ...     print(*span, path, reason)
        0 11 wifi affirmed_false
        28 32 room.price wrong_number
    """
    return tuple(
        Conflict(check.span, check.path, check.reason)
        for check in checks(text, record)
        if check.reason
    )


def checks(text: str, record: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return all statements about fields of the record that could be read, in order.

    No check means that nothing was said of any field, or nothing that is understood here; the
    words are English. Of a long text the first sentences are read, of a record the first fields.
    """
    text = text[:_MAX_CHARACTERS]
    fields = read(record)
    known = flags(fields), amounts(fields), states(fields), hours(fields)
    found: set[Check] = set()
    for start, end in split(text)[:_MAX_SENTENCES]:
        sentence = Sentence(text, start, end)
        found.update(flag_checks(sentence, known[0]))
        found.update(amount_checks(sentence, known[1]))
        found.update(state_checks(sentence, known[2]))
        found.update(hour_checks(sentence, known[3]))
    return tuple(sorted(found, key=lambda check: (check.span, check.path)))
