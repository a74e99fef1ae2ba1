"""Opening hours of a record, under any usual shape, against what a sentence says of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from detectors.record.check import Check, Reason, verdict
from detectors.record.clock import Clock, Range
from detectors.record.fields import Record
from detectors.record.schedule import WEEK, Statement, items, statements
from detectors.record.stance import Sentence

# Minutes since midnight of opening and closing; -1 for what is not said.
_Shift = tuple[int, int]
# For each day from Monday on: its shifts, none if closed, ``None`` if the record does not tell.
Week = tuple[tuple[_Shift, ...] | None, ...]

_ALL_ZERO = ((0, 0),)
_KEYS = frozenset({"hour", "schedul", "opentim"})
_OPENS = ("open", "opens", "start", "from", "opening")
_CLOSES = ("close", "closes", "end", "to", "closing")
_SHUT = ("closed", "is_closed", "isclosed")
_NAMES = ("day", "dayofweek", "weekday", "days")
_MAX_VALUE, _MAX_LINES, _MAX_SHIFTS = 200, 14, 4
# Without one of these a sentence with days or times tells of something else ...
_ABOUT = re.compile(r"\b(?:open|clos|hour|operat|business|daily)", re.IGNORECASE)
# ... as it does with one of these.
_OTHER = re.compile(
    r"\b(?:happy[ ]hour|brunch|lunch|dinner|breakfast|review|visited|kitchen|deliver)",
    re.IGNORECASE,
)
# "Hours vary between 9 am and 7 pm": the ends of the week, on no one day.
_VARIES = re.compile(
    r"\b(?:var(?:y|ies|ied|ying)|rang(?:e|es|ing)|depend|extended|late|most|main|typical|general|usual)",
    re.IGNORECASE,
)
# Friday and Sunday.
_EITHER = frozenset({4, 6})
_NUMBER = re.compile(r"\d+")


class Hours(NamedTuple):
    """The hours that a record states, ``None`` for a field that is left open."""

    weeks: Sequence[tuple[str, Week | None]]
    strings: str


def hours(record: Record) -> Hours:
    """Return all opening hours of a record."""
    weeks = []
    for field in (*record.groups, *record.leaves):
        if not _KEYS.isdisjoint(field.terms) or _names_days(field.value):
            week = _week(field.value)
            if week or field.value is None:
                weeks.append((field.path, week))
    return Hours(weeks, f"{record.values}\n{record.prose}")


def hour_checks(sentence: Sentence, known: Hours) -> Iterator[Check]:
    """Yield what a sentence says of opening days and times."""
    text, start, end = sentence.text, sentence.start, sentence.end
    if not known.weeks or not _ABOUT.search(text, start, end) or _OTHER.search(text, start, end):
        return
    varies = _VARIES.search(text, start, end) is not None
    for statement in statements(text, start, end):
        found = [_check(statement, path, week, varies=varies) for path, week in known.weeks]
        check = next((check for check in found if check.outcome == "agree"), found[0])
        if check.reason == "affirmed_null" and _is_told(sentence, check, known.strings):
            check = Check(check.span, check.path, "unknown")
        yield check


def _is_told(sentence: Sentence, check: Check, strings: str) -> bool:
    number = _NUMBER.search(sentence.text, check.span.start, check.span.end)
    return number is not None and number[0] in strings


def _check(statement: Statement, path: str, week: Week | None, *, varies: bool) -> Check:
    if week is None:
        return verdict(statement.span, path, "affirmed_null")
    named = WEEK if statement.days is None else statement.days
    days = [week[day] for day in sorted(named - _EITHER if statement.loose else named)]
    reason = _reason(statement, days)
    if varies and reason == "wrong_time" and _spans(statement.ranges, days):
        return Check(statement.span, path, "unknown")
    if reason is None and None in days and statement.days is not None:
        return Check(statement.span, path, "unknown")
    return verdict(statement.span, path, reason)


def _reason(statement: Statement, days: Sequence[tuple[_Shift, ...] | None]) -> Reason | None:
    if statement.closed:
        return "wrong_day" if any(days) else None
    if statement.days is None:
        known = [day for day in days if day]
        return (
            "wrong_time" if known and not any(_fits(statement.ranges, d) for d in known) else None
        )
    if () in days:
        return "wrong_day"
    wrong = any(day and not _fits(statement.ranges, day) for day in days)
    return "wrong_time" if wrong else None


def _fits(ranges: Iterable[Range], day: Sequence[_Shift]) -> bool:
    return all(any(_shows(r.open, o) and _shows(r.close, c) for o, c in day) for r in ranges)


def _spans(ranges: Iterable[Range], days: Iterable[tuple[_Shift, ...] | None]) -> bool:
    """Whether each end of the ranges is one of some day."""
    shifts = [shift for day in days for shift in day or ()]
    return all(
        any(_shows(r.open, o) for o, _ in shifts) and any(_shows(r.close, c) for _, c in shifts)
        for r in ranges
    )


def _shows(clock: Clock | None, minutes: int) -> bool:
    return clock is None or minutes < 0 or clock.agrees(minutes)


def _names_days(value: Any) -> bool:
    return isinstance(value, Mapping) and any(
        str(key)[:3].lower() in {"mon", "tue", "sat"} for key in islice(value, 7)
    )


def _week(value: Any) -> Week | None:
    if isinstance(value, str):
        return _read([value])
    if isinstance(value, Mapping):
        shifts = _shifts(value) if not _names_days(value) else None
        return (shifts,) * 7 if shifts else _by_day(value.items())
    if isinstance(value, list | tuple) and value:
        if isinstance(value[0], str):
            return _read([line for line in value if isinstance(line, str)])
        return _by_day((_day_of(item), item) for item in value if isinstance(item, Mapping))
    return None


def _day_of(item: Mapping[Any, Any]) -> Any:
    return next((named for key, named in item.items() if str(key).lower() in _NAMES), "")


def _by_day(pairs: Iterable[tuple[Any, Any]]) -> Week | None:
    days: list[tuple[_Shift, ...] | None] = [()] * 7
    seen = 0
    for key, item in pairs:
        for day in _days(str(key)[:_MAX_VALUE]):
            days[day] = _shifts(item)
            seen += 1
    # "0:00-0:00" is a closed day beside others, and round the clock or nothing where all are so.
    usual = any(day and day != _ALL_ZERO for day in days)
    zero = () if usual else None
    return tuple(zero if day == _ALL_ZERO else day for day in days) if seen > 1 else None


@lru_cache(maxsize=256)
def _days(key: str) -> frozenset[int]:
    found = items(key, 0, len(key), iso=True)
    return found[0].days if found else frozenset()


def _read(lines: Sequence[str]) -> Week | None:
    days: list[tuple[_Shift, ...] | None] = [()] * 7
    seen = False
    for line in lines[:_MAX_LINES]:
        for said in statements(line[:_MAX_VALUE], 0, len(line[:_MAX_VALUE]), iso=True):
            for day in said.days or WEEK:
                days[day] = () if said.closed else tuple(map(_shift, said.ranges))
                seen = True
    return tuple(days) if seen else None


def _shift(times: Range) -> _Shift:
    return (times.open.minutes if times.open else -1, times.close.minutes if times.close else -1)


def _shifts(value: Any) -> tuple[_Shift, ...] | None:
    """Return the shifts of one day; ``None`` if the record does not tell."""
    if isinstance(value, Mapping):
        return _from_ends({str(key).lower(): item for key, item in value.items()})
    if isinstance(value, list | tuple):
        flat = (item for item in value[:_MAX_SHIFTS] if not isinstance(item, list | tuple))
        found = [shift for item in flat for shift in _shifts(item) or ()]
        return tuple(found) if found or not value else None
    if not isinstance(value, str):
        return None
    expressions = items(value, 0, _MAX_VALUE)
    if any(item.kind == "closed" for item in expressions):
        return ()
    return tuple(_shift(item.times) for item in expressions if item.times) or None


def _from_ends(value: Mapping[str, Any]) -> tuple[_Shift, ...] | None:
    if any(value.get(key) is True for key in _SHUT):
        return ()
    ends = [next((value[k] for k in keys if k in value), "") for keys in (_OPENS, _CLOSES)]
    return _shifts(" - ".join(str(end)[:_MAX_VALUE] for end in ends)) if all(ends) else None
