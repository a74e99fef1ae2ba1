"""Fields that say yes, no or nothing: a clause that names one affirms or denies it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from detectors.record.check import Check, Reason, verdict
from detectors.record.fields import Field, Record, by_path, flag
from detectors.record.names import TYPES
from detectors.record.stance import BREAKS, Sentence, Stance
from detectors.record.terms import stem, stems

# Words of one key may stand so far apart: "parking in a garage".
_WINDOW = 4


# What everything has, so that to name it affirms nothing.
_QUALITIES = stems("ambience hour quality noise level price service")
# Keys that say how it is with the thing above them: {"insurance": {"included": true}}.
_STATES = stems(
    "enabled available included required active valid allowed supported open on present exists is "
    "has value verified confirmed"
)
# As nouns of their own they mean something else: "a street vendor", "a lot of".
_AMBIGUOUS = stems("street lot")
# Things that records list side by side. Where a record has two of a line, it would have said
# so if it knew of a third.
_FAMILIES = {
    stem(name): stems(words)
    for name, words in (
        ("park", "garage street lot valet validated"),
        ("ambience", "romantic intimate classy hipster divey touristy trendy upscale casual"),
        ("amenity", "wifi takeout delivery reservation patio music tv drivethru wheelchair"),
    )
}
_THINGS = frozenset(term for family in _FAMILIES.values() for term in family)
# "Your reservation" is a thing at hand, and no offer.
_GIVEN = stems("your my our the this that")
# "They deliver great food" offers no delivery.
_VERBS = frozenset({"deliver", "delivers", "delivered", "delivering", "book", "booked"})


class Flags(NamedTuple):
    """The fields of a record that can be affirmed, by the last word of their key."""

    fields: Mapping[str, Sequence[Field]]
    missing: Mapping[str, tuple[str, Reason]]
    open: frozenset[str]
    strings: str


def flags(record: Record) -> Flags:
    """Return what of a record can be affirmed or denied."""
    leaves = [field for field in record.leaves if _is_flag(field)]
    index: dict[str, list[Field]] = {}
    for field, values in by_path(leaves):
        if len(set(map(flag, values))) == 1:  # else of several items, whichever is meant
            index.setdefault(_names(field)[-1], []).append(field)
    return Flags(index, _missing(record, index), _open(leaves), f"{record.values}\n{record.prose}")


def _is_flag(field: Field) -> bool:
    has_flag = field.value is None or flag(field.value) is not None
    return has_flag and bool(field.terms) and not _QUALITIES.issuperset(field.terms)


def _open(leaves: Sequence[Field]) -> frozenset[str]:
    """Return the paths of empty fields that would hold yes or no, going by those beside them."""
    flagged = {_parent(field.path) for field in leaves if field.value is not None}
    empty = (f for f in leaves if f.value is None and f.terms[-1] not in TYPES)
    return frozenset(
        f.path for f in empty if _parent(f.path) in flagged or not _THINGS.isdisjoint(f.terms)
    )


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _missing(record: Record, index: Mapping[str, Sequence[Field]]) -> dict[str, tuple[str, Reason]]:
    """Return the things that the record would have named, where, and what it is to name them."""
    fields = (*record.leaves, *record.groups)
    named = {term for field in fields for term in field.terms}
    found: dict[str, tuple[str, Reason]] = {}
    for name, family in _FAMILIES.items():
        empty = [f.path for f in fields if f.value is None and name in f.terms]
        if empty:
            found.update(dict.fromkeys(family - named, (empty[0], "affirmed_null")))
        paths = [field.path for term in family & index.keys() for field in index[term]]
        if len(paths) > 1:
            parent = min(_parent(path) or path for path in paths)
            found.update(dict.fromkeys(family - named, (parent, "affirmed_missing")))
    return found


def flag_checks(sentence: Sentence, flags: Flags) -> Iterator[Check]:
    """Yield what a sentence says of these fields."""
    if sentence.terms.isdisjoint(flags.fields) and sentence.terms.isdisjoint(flags.missing):
        return
    done: set[tuple[str, Stance]] = set()
    for at, word in enumerate(sentence.words):
        for field in flags.fields.get(word.term, ()):
            places = _places(sentence, at, field)
            stance = _weakest(sentence, places)
            if places and (field.path, stance) not in done:
                done.add((field.path, stance))
                yield _check(sentence, at, stance, field, flags)
        if word.term in flags.missing and _is_meant(sentence, at, ("park",)):
            yield from _missing_check(sentence, at, flags)


def _places(sentence: Sentence, at: int, field: Field) -> list[int]:
    """Return where the words of a key stand, nothing unless all stand near this one."""
    named = _names(field)
    if len(named) == 1:
        return [at] if _is_meant(sentence, at, field.parent) else []
    near = range(max(0, at - _WINDOW), min(len(sentence.words), at + _WINDOW))
    found = [index for index in near if sentence.words[index].term in named]
    between = {word.term for word in sentence.words[found[0] : found[-1] + 1]}
    return found if between.issuperset(named) and between.isdisjoint(BREAKS) else []


def _weakest(sentence: Sentence, places: Sequence[int]) -> Stance:
    """Return the stance to a thing of several words: what is denied of one is denied of it."""
    found = {sentence.stances[place] for place in places}
    return 0 if 0 in found else -1 if -1 in found else 1


def _names(field: Field) -> tuple[str, ...]:
    """Return the words that name a field; of "enabled", those of the key above."""
    return field.parent if field.parent and _STATES.issuperset(field.terms) else field.terms


def _is_meant(sentence: Sentence, at: int, parent: Sequence[str]) -> bool:
    return sentence.words[at].term not in _AMBIGUOUS or any(
        word.term in parent for word in sentence.words
    )


def _check(sentence: Sentence, at: int, stance: Stance, field: Field, flags: Flags) -> Check:
    span, value = sentence.piece(at), flag(field.value)
    if value is None and _is_told(sentence, at, flags.strings):
        return Check(span, field.path, "unknown")
    if value is None and field.path not in flags.open:
        return Check(span, field.path, "unknown" if stance > 0 else "agree")
    if stance == 0:
        return Check(span, field.path, "agree" if value is None else "unknown")
    return verdict(span, field.path, _reason(value, stance))


def _reason(value: bool | None, stance: Stance) -> Reason | None:
    if value is None:
        return "affirmed_null" if stance > 0 else "denied_null"
    if value is (stance > 0):
        return None
    return "affirmed_false" if stance > 0 else "denied_true"


def _missing_check(sentence: Sentence, at: int, flags: Flags) -> Iterator[Check]:
    path, reason = flags.missing[sentence.words[at].term]
    is_offer = sentence.surface(at) not in _VERBS and (
        at == 0 or sentence.words[at - 1].term not in _GIVEN
    )
    if is_offer and sentence.stances[at] > 0 and not _is_told(sentence, at, flags.strings):
        yield verdict(sentence.piece(at), path, reason)


def _is_told(sentence: Sentence, at: int, strings: str) -> bool:
    """Whether the record names it in some other place, as reviews name what a place offers."""
    return stem(sentence.surface(at)) in strings
