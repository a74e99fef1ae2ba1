"""Numbers, prices, times and dates: those an answer gives beside the names of a record's fields."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from detectors.base import Span
from detectors.record.check import Check, Reason, verdict
from detectors.record.compare import Said, compare
from detectors.record.fields import MAX_VALUE, Field, Record, is_hours
from detectors.record.figures import figures, has_figure
from detectors.record.names import names
from detectors.record.stance import Sentence
from detectors.record.terms import stem, stems
from detectors.text.quantities import Quantity

# Words that tell of a field by what it does: "it weighs", "the flight takes".
_ALSO = {
    stem(word): stem(meant)
    for word, meant in (
        *(("takes", "duration"), ("lasts", "duration"), ("weighs", "weight"), ("leaves", "depart")),
        *(("lands", "arrive"), ("arrive", "delivery"), ("delivery", "arrive")),
        *(("receive", "delivery"), ("charged", "total"), ("expires", "expiry"), ("price", "total")),
        *(("stars", "rated"), ("rated", "stars")),
    )
}
# Between a name and its number: "rating of about 4.5", "price is $20".
_FILLERS = stems(
    "is was are were of at to be been a an the just only exactly about around approximately nearly "
    "roughly almost over under currently total average overall on for by comes stand stands from "
    "more less than least most up set listed priced rated : ("
)
_BREAKS = stems("; but while whereas however although so then which")
_ENDS = _BREAKS | {",", "and"}
# "7 seats left" are not the seats.
_REST = stems("left remaining more other extra additional further another")
# What costs, if it is not named in the record: "shipping costs $6" is not the price.
_SUBJECTS = frozenset(
    [
        "it",
        "this",
        "that",
        "they",
        "product",
        "item",
        "order",
        "plan",
        "room",
        "rooms",
        "flight",
        "ticket",
        "service",
        "subscription",
        "membership",
        "package",
    ]
)
_FAR, _NEAR, _AFTER, _SCALE = 8, 3, 3, 10
_LARGEST = 1e15


class Amounts(NamedTuple):
    """The fields of a record that hold quantities, by the last word of their name."""

    fields: Mapping[str, Sequence[Field]]
    record: Record


class _Place(NamedTuple):
    """Where in a sentence a quantity is: the words it begins and ends with, and the one before."""

    first: int
    after: int
    barrier: int


def amounts(record: Record) -> Amounts:
    """Return what of a record can be compared by number."""
    index: dict[str, list[Field]] = {}
    for field in (*record.leaves, *record.groups):
        if field.terms and not is_hours(field) and _holds(field.value):
            index.setdefault(names(field)[-1], []).append(field)
    return Amounts(index, record)


def _holds(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_VALUE and any(mark.isdigit() for mark in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return -_LARGEST < value < _LARGEST  # not so: infinite, or no number
    return value is None or isinstance(value, list | tuple)


def amount_checks(sentence: Sentence, known: Amounts) -> Iterator[Check]:
    """Yield what a sentence says of these fields in numbers."""
    named = not (sentence.terms.isdisjoint(known.fields) and sentence.terms.isdisjoint(_ALSO))
    if not named or not has_figure(sentence.terms):
        return
    part = sentence.text[sentence.start : sentence.end]
    barriers: dict[str, int] = {}
    for quantity in figures(part):
        first = _word_at(sentence, quantity.span.start)
        after = _word_at(sentence, quantity.span.end)
        if not _is_other(part, quantity.span):
            place = _Place(first, after, barriers.get(quantity.kind, 0))
            yield from _check(sentence, known, quantity, place)
        barriers[quantity.kind] = after


def _word_at(sentence: Sentence, offset: int) -> int:
    return bisect_left(sentence.words, sentence.start + offset, key=lambda word: word.start)


def _is_other(part: str, span: Span) -> bool:
    """Whether a number is a scale ("out of 5") or part of a code ("15C")."""
    before = part[max(0, span.start - _SCALE) : span.start].rstrip()
    return before.endswith(("out of", "/", "#", "no.")) or part[span.end : span.end + 1].isalnum()


def _check(
    sentence: Sentence, known: Amounts, quantity: Quantity, place: _Place
) -> Iterator[Check]:
    span = Span(*(sentence.start + edge for edge in quantity.span))
    said = Said(quantity, sentence.text[slice(*span)].lower(), _hedges(sentence, place))
    if _is_name(sentence, known, said, place):
        return
    for side in _sides(sentence, known, quantity, place):
        found = _judge(said, known, side)
        if found is not None:
            field, reason = found
            asserted = sentence.stances[min(place.first, len(sentence.words) - 1)] > 0
            if asserted and not (reason and said.surface in known.record.prose):
                yield verdict(span, field.path, reason)
            else:
                yield Check(span, field.path, "unknown")
            return


def _hedges(sentence: Sentence, place: _Place) -> frozenset[str]:
    begin = max(place.barrier, place.first - _NEAR)
    return frozenset(word.term for word in sentence.words[begin : place.first])


def _is_name(sentence: Sentence, known: Amounts, said: Said, place: _Place) -> bool:
    """Whether the number is part of a name that the record has: "the Trailhead 40"."""
    if said.quantity.kind != "number" or place.first == 0:
        return False
    return f"{sentence.surface(place.first - 1)} {said.surface}" in known.record.values


def _sides(
    sentence: Sentence, known: Amounts, quantity: Quantity, place: _Place
) -> Iterator[set[str]]:
    """Yield the words that may name a quantity, the likelier side first."""
    bare = quantity.kind == "number"
    behind, before = _behind(sentence, place), _before(sentence, known, place, tight=bare)
    if bare and "address" in before:
        return
    yield from (behind, before) if bare else (before, behind)


def _behind(sentence: Sentence, place: _Place) -> set[str]:
    words = sentence.words[place.first : place.after + _AFTER]
    length = place.after - place.first
    ends = (at for at, word in enumerate(words) if at >= length and word.term in _ENDS)
    return {word.term for word in words[: next(ends, None)]}


def _before(sentence: Sentence, known: Amounts, place: _Place, *, tight: bool) -> set[str]:
    words, at = sentence.words, place.first
    while tight and at > place.barrier and words[at - 1].term in _FILLERS:
        at -= 1
    found: set[str] = set()
    for index in range(
        place.first - 1, max(place.barrier, at - (_NEAR if tight else _FAR)) - 1, -1
    ):
        if words[index].term in (_ENDS if tight else _BREAKS):
            break
        if not _is_foreign_cost(sentence, known, index):
            found.add(words[index].term)
    return found


def _is_foreign_cost(sentence: Sentence, known: Amounts, at: int) -> bool:
    """Whether something costs that the record does not tell of."""
    if sentence.surface(at) not in {"cost", "costs"} or at == 0:
        return False
    subject = sentence.surface(at - 1)
    return subject not in _SUBJECTS and subject not in known.record.values


def _judge(said: Said, known: Amounts, side: set[str]) -> tuple[Field, Reason | None] | None:
    """Return the field that is meant and what is wrong; none if no field can be meant."""
    wide = side | {_ALSO[term] for term in side & _ALSO.keys()}
    fields = (field for term in wide & known.fields.keys() for field in known.fields[term])
    meant = (field for field in fields if not (side & _REST).difference(field.terms))
    judged = [(f, right) for f in meant if (right := compare(said, f)) is not None]
    if not judged:
        return None
    judged.sort(key=lambda pair: (-len(side.intersection(pair[0].terms)), pair[0].depth))
    for field, right in judged:
        if right:
            return field, None
    field = judged[0][0]
    if not wide.issuperset(names(field)):
        return None
    if field.value is None:
        return field, "affirmed_null"
    return field, _REASONS.get(said.quantity.kind, "wrong_number")


_REASONS: Mapping[str, Reason] = {"time": "wrong_time", "date": "wrong_date"}
