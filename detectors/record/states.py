"""Fields whose value is a word or a code: a status, a class, a name, a gate."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from detectors.base import Span
from detectors.record.check import Check, verdict
from detectors.record.choices import EARLIER, RIVALS
from detectors.record.fields import MAX_VALUE, Field, Record, by_path, is_hours
from detectors.record.names import TYPES, names
from detectors.record.stance import Sentence
from detectors.record.terms import stem, stems, terms, words_of

_VERBS = stems("is are was were has have had been being already currently now")
_NOT_YET = stems(
    "will to can cannot could should would must when once if until unless before after expected "
    "estimated scheduled due may might soon"
)
_LINKS = stems("is are was : # number no code id of at to the in")
# As verbs they tell of what happens some day, not of what is.
_PRESENT = frozenset(
    [
        "expires",
        "ships",
        "delivers",
        "returns",
        "cancels",
        "pauses",
        "fails",
        "opens",
        "closes",
        "arrives",
        "departs",
        "lands",
    ]
)
_ONGOING = stems("still currently being now")
# "We also sell it in blue."
_OFFERS = stems("also or either")
_BREAKS = frozenset({";", "but", "whil", "wherea", "however", "although"})
_FAR, _NEAR, _BEHIND = 6, 3, 2
# Of the words that exclude others.
_LONGEST = 24
# No date, price, or decimal.
_CODED = re.compile(r"(?!\d{4}-\d\d-\d\d)(?=\D*\d)[\w#][\w #/-]*")
_CODE = re.compile(r"#?[A-Za-z0-9][\w-]{0,39}")


class State(NamedTuple):
    """One field with a short value, or several: their words, and the words they exclude."""

    field: Field
    value: tuple[str, ...]
    rivals: frozenset[str]
    codes: frozenset[str]


class States(NamedTuple):
    """Fields with short values: by the last word of their name, and those that tell a status."""

    named: Mapping[str, Sequence[State]]
    status: Sequence[State]
    subjects: frozenset[str]


def states(record: Record) -> States:
    """Return what of a record can be compared by word."""
    named: dict[str, list[State]] = {}
    status: list[State] = []
    for field, values in by_path(filter(_is_short, record.leaves)):
        state = _state(field, values)
        if state.rivals or state.codes:
            for term in {names(field)[-1], field.terms[-1]}:
                named.setdefault(term, []).append(state)
            if state.rivals and _is_status(field):
                status.append(state)
    return States(named, status, _subjects(record))


def _is_short(field: Field) -> bool:
    value = field.value
    named = bool(field.terms) and not is_hours(field)
    return named and isinstance(value, str) and 0 < len(value) <= MAX_VALUE


def _state(field: Field, values: Sequence[str]) -> State:
    coded = all(_CODED.fullmatch(value) for value in values)
    words = [() if coded or len(value) > _LONGEST else words_of(value) for value in values]
    single = tuple(word[0] for word in words if len(word) == 1)
    # Only if each value is of a known choice is another word another value.
    known = [RIVALS.get(word, frozenset()) for word in single] if len(single) == len(words) else []
    rivals = frozenset.intersection(*known).difference(single) if known else frozenset()
    return State(field, single, rivals, frozenset(values) if coded else frozenset())


def _is_status(field: Field) -> bool:
    last = terms(field.path.rpartition(".")[2])[-1:]
    return bool(last) and last[0] in {stem("status"), stem("state")}


def _subjects(record: Record) -> frozenset[str]:
    """Return what a record without more words is about: "order_id", "flight": {...}."""
    found = {"it", "your", "package", stem("item"), stem("shipment")}
    for field in (*record.leaves, *record.groups):
        if field.depth == 0:
            found.update(term for term in field.terms if term not in TYPES)
    return frozenset(found)


def state_checks(sentence: Sentence, known: States) -> Iterator[Check]:
    """Yield what a sentence says of these fields in words."""
    if sentence.terms.isdisjoint(known.named) and not known.status:
        return
    done: set[str] = set()
    for at, word in enumerate(sentence.words):
        for state in known.named.get(word.term, ()):
            found = _said(sentence, at, state)
            if found:
                done.add(state.field.path)
                yield found
    for state in known.status:
        if state.field.path not in done:
            yield from _status(sentence, state, known.subjects)


def _said(sentence: Sentence, at: int, state: State) -> Check | None:
    words = sentence.words
    window = range(max(0, at - _BEHIND), min(len(words), at + _FAR + 1))
    near = {words[index].term for index in window}
    if not near.issuperset(names(state.field)):
        return None
    return _choice(sentence, at, window, state) or _code(sentence, at, state)


def _choice(sentence: Sentence, at: int, window: range, state: State) -> Check | None:
    """Judge the word beside the name of the field: "the noise level is quiet"."""
    words, rival = sentence.words, None
    for index in window:
        term = words[index].term
        if index > at and term in _BREAKS:
            break
        if index == at or not _is_so(sentence, index):
            continue
        if term in state.value and state.rivals:
            return verdict(Span(words[index].start, words[index].end), state.field.path, None)
        if term in state.rivals and rival is None:
            rival = index
    if rival is None or not _OFFERS.isdisjoint(word.term for word in words):
        return None
    span = Span(min(words[at].start, words[rival].start), max(words[at].end, words[rival].end))
    return _rival_check(sentence, rival, span, state)


def _code(sentence: Sentence, at: int, state: State) -> Check | None:
    """Judge a code or a name that follows the name of the field: "Gate: B12"."""
    words = sentence.words
    index = at + 1
    while index < len(words) and words[index].term in _LINKS and index - at <= _FAR:
        index += 1
    if index >= len(words) or not state.codes or sentence.stances[index] < 1:
        return None
    match = _CODE.match(sentence.text, words[index].start)
    if match is None or not any(mark.isdigit() for mark in match[0]):
        return None
    said, span = _plain(match[0]), Span(*match.span())
    parts = {part for code in state.codes for part in _parts(code)}
    if said in parts:
        return verdict(span, state.field.path, None)
    alike = any(_is_alike(said, part) for part in parts)
    return verdict(span, state.field.path, "wrong_value") if alike else None


def _is_alike(said: str, code: str) -> bool:
    """Whether both can be codes of one kind: as long, and both with letters or both without."""
    return len(said) == len(code) and said.isdigit() == code.isdigit()


def _parts(code: str) -> list[str]:
    """Return a code and its parts, for "QX 318" is also "flight 318"."""
    return [_plain(code), *re.split(r"[\W_]+", code.lower())]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _status(sentence: Sentence, state: State, subjects: frozenset[str]) -> Iterator[Check]:
    """Judge a status told by a verb alone: "your order has been delivered"."""
    words = sentence.words
    parents = subjects.union(state.field.parent, names(state.field))
    for index, word in enumerate(words):
        if word.term not in state.rivals and word.term not in state.value:
            continue
        before = {token.term for token in words[max(0, index - _NEAR) : index]}
        if not before & _VERBS or not _is_so(sentence, index):
            continue
        if parents.isdisjoint(token.term for token in words[:index]):
            continue
        span = Span(words[max(0, index - 2)].start, word.end)
        if word.term in state.value:
            yield verdict(span, state.field.path, None)
        else:
            yield _rival_check(sentence, index, span, state)


def _rival_check(sentence: Sentence, at: int, span: Span, state: State) -> Check:
    """Judge another value; what is delivered was shipped, but is not still being shipped."""
    words = sentence.words
    ongoing = any(word.term in _ONGOING for word in words[max(0, at - _BEHIND) : at])
    if words[at].term in EARLIER.get(state.value[0], frozenset()) and not ongoing:
        return Check(span, state.field.path, "unknown")
    return verdict(span, state.field.path, "wrong_value")


def _is_so(sentence: Sentence, at: int) -> bool:
    """Whether a word is said to hold, and to hold now."""
    before = sentence.words[max(0, at - _NEAR) : at]
    later = any(word.term in _NOT_YET for word in before) or sentence.surface(at) in _PRESENT
    return sentence.stances[at] > 0 and not later
