"""What comes of holding an answer against a record, statement by statement."""

from typing import Literal, NamedTuple

from detectors.base import Span

# affirmed_false, denied_true: the record says the opposite;
# affirmed_null, denied_null: the record has the field and leaves it open;
# affirmed_missing: the record tells of such things and not of this one;
# wrong_number, wrong_time, wrong_date, wrong_day, wrong_value: the record has another.
Reason = Literal[
    "affirmed_false",
    "denied_true",
    "affirmed_null",
    "denied_null",
    "affirmed_missing",
    "wrong_number",
    "wrong_time",
    "wrong_date",
    "wrong_day",
    "wrong_value",
]
Outcome = Literal["agree", "conflict", "unknown"]


class Check(NamedTuple):
    """One statement of a response about one field; ``reason`` for a conflict alone.

    ``path`` joins keys of the record by dots; items of a list share a path.
    """

    span: Span
    path: str
    outcome: Outcome
    reason: Reason | None = None


class Conflict(NamedTuple):
    """One statement of a response that the record contradicts or does not bear out."""

    span: Span
    path: str
    reason: Reason


def verdict(span: Span, path: str, reason: Reason | None) -> Check:
    """Return the check that found this wrong, or nothing wrong."""
    return Check(span, path, "conflict" if reason else "agree", reason)
