"""Days and times as texts write them: "Mon-Fri 9am-5pm", "from 9 to 5 on weekdays", "closed"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from detectors.base import Span
from detectors.record.clock import Clock, Range, clock

WEEK = frozenset(range(7))
_DAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?\b\.?"
_ISO = "Mo|Tu|We|Th|Fr|Sa|Su"
_NUMBERS = {"mo": 0, "tu": 1, "we": 2, "th": 3, "fr": 4, "sa": 5, "su": 6}
_GROUPS = {"weekday": frozenset(range(5)), "weekend": frozenset({5, 6})}
_CLOCK = r"(?:\d{1,2}(?:[:.]\d{1,2})?(?:[ ]?[ap]\.?m\b\.?)?|noon|midday|midnight)"
_TO = r"[ ]?(?:-|–|—|\b(?:to|until|till|through|thru)\b)[ ]?"  # noqa: RUF001

_TOKEN = re.compile(
    rf"""
    (?P<closed_on>\bclosed[ ](?:on[ ]|every[ ]|all[ ]day[ ])?(?=(?:{_DAY})|week))
  | (?P<closed>\bclosed\b)
  | (?P<but>\b(?:except|excluding|besides)\b(?:[ ](?:on|for)\b)?)
  | (?P<always>\b24[ -]hours?\b(?:[ ]a[ ]day)?|\b24/7|\bround[ ]the[ ]clock)
  | (?P<all>(?-i:\bdaily\b)|\bevery[ ]?day\b  # not "The Daily Grind"
      | \b(?:seven|7)[ ]days(?:[ ](?:a|per|of[ ]the)[ ]week)?)
  | (?P<group>\bweek(?:day|end)s?\b)
  | \b(?P<first>{_DAY}){_TO}(?P<last>{_DAY})
  | \b(?P<day>{_DAY})
  | (?-i:\b(?P<iso>{_ISO})(?:-(?P<iso_last>{_ISO}))?\b)
  | (?:\bfrom[ ])?(?<![\d$.:])(?P<open>{_CLOCK}){_TO}(?P<close>{_CLOCK})(?![\d%])
  | \b(?P<bound>until|till|clos(?:es?|ing)[ ](?:at|by)|from|open(?:s|ing)?[ ]at|starting[ ]at)[ ]
        (?P<time>\d{{1,2}}(?:[:.]\d\d)?[ ]?[ap]\.?m\b\.?|\d{{1,2}}:\d\d|noon|midnight)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# "10 to 20" may be of anything, unlike "from 9 to 5": one side must look like a clock.
_LIKE_A_CLOCK = re.compile(r"[:apn]", re.IGNORECASE)
_JOINTS = frozenset({"", "and", "and on", "on", "or", "as well as"})


class Statement(NamedTuple):
    """What a text says: on these days (``None``: not said which) open so, or closed.

    ``loose`` is of "weekdays" and "weekends": to some Friday is one, to some the other.
    """

    span: Span
    days: frozenset[int] | None
    ranges: tuple[Range, ...]
    closed: bool
    loose: bool = False


class Item(NamedTuple):
    """One expression: ``days``, ``times``, ``closed``, ``closed_on`` or ``but``."""

    kind: str
    span: Span
    days: frozenset[int] = frozenset()
    times: Range | None = None
    loose: bool = False


def statements(text: str, start: int, end: int, *, iso: bool = False) -> tuple[Statement, ...]:
    """Return what a part of a text says of days and times; ``iso`` reads "Mo" and "We" as days."""
    closings, rest = _closings(items(text, start, end, iso=iso))
    pairs = _pairs(rest)
    named = [closing.days or frozenset() for closing in closings]
    named += [days.days for days, _ in pairs if days]
    opened = tuple(_statement(days, times, named) for days, times in pairs)
    # "Weekdays 9 to 5, except Thursday" leaves open what is on Thursday.
    told = any(statement.ranges for statement in opened)
    return opened + tuple(c for c in closings if not (told and c.ranges == _EXCEPTED))


def items(text: str, start: int, end: int, *, iso: bool = False) -> list[Item]:
    """Return the expressions for days and times, lists of days as one."""
    found: list[Item] = []
    for match in _TOKEN.finditer(text, start, end):
        item = _item(match, iso=iso)
        if item and found and _joins(found[-1], item, text):
            last = found.pop()
            item = Item("days", Span(last.span.start, item.span.end), last.days | item.days)
        if item:
            found.append(item)
    return found


def _item(match: "re.Match[str]", *, iso: bool) -> Item | None:
    span = Span(*match.span())
    for kind in ("closed_on", "closed", "but"):
        if match[kind]:
            return Item(kind, span)
    if match["always"] or match["open"] or match["bound"]:
        times = _times(match)
        return Item("times", span, times=times) if times else None
    if match["iso"] and not iso:
        return None
    return Item("days", span, _days(match), loose=match["group"] is not None)


def _joins(last: Item, item: Item, text: str) -> bool:
    gap = text[last.span.end : item.span.start].strip(" ,&/+").lower()
    return last.kind == item.kind == "days" and gap in _JOINTS and last.days != WEEK


def _days(match: "re.Match[str]") -> frozenset[int]:
    if match["all"]:
        return WEEK
    if match["group"]:
        return _GROUPS[match["group"].lower().rstrip("s")]
    first = match["first"] or match["day"] or match["iso"]
    last = match["last"] or match["iso_last"] or first
    begin, end = _NUMBERS[first[:2].lower()], _NUMBERS[last[:2].lower()]
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _times(match: "re.Match[str]") -> Range | None:
    if match["always"]:
        return Range(Clock(0, exact=True), Clock(0, exact=True))
    if match["bound"]:
        opens = match["bound"].lower().startswith(("from", "open", "start"))
        time = clock(match["time"])
        return Range(time, None) if opens else Range(None, time)
    is_from = match[0][:4].lower() == "from"
    if not is_from and not _LIKE_A_CLOCK.search(match["open"] + match["close"]):
        return None
    return Range(clock(match["open"]), clock(match["close"]))


# Marks a closing that only says "except".
_EXCEPTED: tuple[Range, ...] = (Range(None, None),)


def _closings(found: Sequence[Item]) -> tuple[list[Statement], list[Item]]:
    """Part what is closed from what is open: "closed on Monday", "Monday: closed"."""
    closings: list[Statement] = []
    rest: list[Item] = []
    mark: Item | None = None
    excepted = False
    for item in found:
        if item.kind == "times" and excepted:
            continue  # "except Friday, when it closes at 5"
        excepted = mark is not None and mark.kind == "but" and item.kind == "days"
        if mark and item.kind == "days":
            ranges = _EXCEPTED if mark.kind == "but" else ()
            span = Span(mark.span.start, item.span.end)
            closings.append(Statement(span, item.days, ranges, closed=True))
        elif item.kind == "closed" and rest and rest[-1].kind == "days":
            days = rest.pop()
            span = Span(days.span.start, item.span.end)
            closings.append(Statement(span, days.days, (), closed=True))
        elif item.kind in {"days", "times"}:
            rest.append(item)
        mark = item if item.kind in {"closed_on", "but"} else None
    return closings, rest


def _pairs(found: Sequence[Item]) -> list[tuple[Item | None, list[Item]]]:
    """Give each range its days: those before it, or after it if the first range comes first."""
    if len(found) > 2 and found[0].days == WEEK and _is_close(*found[1:3]):  # noqa: PLR2004
        return [(found[0], []), *_pairs(found[1:])]
    kinds = [item.kind for item in found]
    after = kinds[:1] == ["times"] and "days" in kinds
    return _groups(reversed(found) if after else found)


def _is_close(times: Item, days: Item) -> bool:
    """Whether days belong to the times before: "open daily, 9 to 5 on weekdays and ..."."""
    gap = days.span.start - times.span.end
    return times.kind == "times" and days.kind == "days" and gap <= len(" from ")


def _groups(found: Iterable[Item]) -> list[tuple[Item | None, list[Item]]]:
    groups: list[tuple[Item | None, list[Item]]] = []
    for item in found:
        if item.kind == "days":
            groups.append((item, []))
        elif groups and all(_alike(item, other) for other in groups[-1][1]):
            groups[-1][1].append(item)
        else:
            groups.append((None, [item]))
    return groups


def _alike(one: Item, other: Item) -> bool:
    """Whether both are whole ranges or both are ends: "9 to 5, on Fridays until 7" is neither."""
    return (None in (one.times or ())) == (None in (other.times or ()))


def _statement(
    days: Item | None, times: Sequence[Item], named: Sequence[frozenset[int]]
) -> Statement:
    parts = [*times, *([days] if days else [])]
    span = Span(min(part.span.start for part in parts), max(part.span.end for part in parts))
    ranges = tuple(_ranges(times))
    if days is None:
        return Statement(span, None, ranges, closed=False)
    return Statement(span, _without(days.days, named), ranges, closed=False, loose=days.loose)


def _without(days: frozenset[int], named: Sequence[frozenset[int]]) -> frozenset[int]:
    """Take away the days that the sentence tells of by themselves: "weekdays, but Friday"."""
    return days.difference(*(other for other in named if other < days))


def _ranges(times: Iterable[Item]) -> Iterator[Range]:
    """Yield the ranges, "opens at 9" and "closes at 5" as one."""
    held: Range | None = None
    for item in sorted(times, key=lambda item: item.span):
        if item.times is None:
            continue
        if held and held.close is None and item.times.open is None:
            held = Range(held.open, item.times.close)
        else:
            if held:
                yield held
            held = item.times
    if held:
        yield held
