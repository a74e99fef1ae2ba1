"""Whether a clause affirms or denies what it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from detectors.base import Span
from detectors.record.terms import Token, stems, tokens

# Affirmed, denied, or neither: asked, hedged, or said not to be known.
Stance = Literal[1, -1, 0]
# The stance a word gives to its clause before and after it, ``None`` to leave it.
_Cue = tuple[Stance | None, Stance | None]
_NOTHING: _Cue = (None, None)
_SILENCE: _Cue = (0, 0)
_HEDGE: _Cue = (None, 0)
_LATE: _Cue = (-1, None)

# After these a new thought begins, and a negation ends.
BREAKS = stems(
    "; ? : ( ) – — but however although though while whereas yet despite instead nevertheless"  # noqa: RUF001
) | {"\n"}
_NEGATORS = stems(
    "no not never without lack lacks lacking neither nor cannot none except excluding exclude "
    "excludes prohibit prohibits false"
)
# "Delivery is unavailable": what stands before is denied.
_LATE_NEGATORS = stems(
    "unavailable prohibited disabled excluded absent false inactive none ineligible"
)
_BE = stems("is are was were be been being isn't aren't wasn't weren't")
_OFFERED = stems(
    "available offered provided included allowed accepted permitted supported possible enabled "
    "present served option featured required active covered part"
)
_SILENT = stems(
    "specified specify mention mentioned state stated know known listed indicate indicated "
    "sure disclose disclosed detailed information info mentions detail details data indication "
    "report reported confirm confirmed"
)
_VAGUE = stems("unclear unknown unspecified unsure whether")
# What is asked, wished, or of another thing; it leaves open what follows.
_HEDGES = stems(
    "if might could would rather once when recommend recommends suggest suggests consider unlike"
)
_TURNED = stems("turned switched set toggled")
# "At no charge", "no doubt": these deny nothing that is named after them.
_HARMLESS = stems("charge cost fee doubt problem extra additional need matter wonder only surprise")
_RUN_OUT = stems("stock service order warranty")
_VERBS = _BE | stems(
    "has have had does do did offer offers provide provides feature features accept accepts take "
    "takes can will allow allows include includes serve serves welcome welcomes boast boasts "
    "doesn't don't there they it you customers guests patrons visitors"
)
# As far as a subject may stand from its verb, in words.
_REACH = 4


# What parts one item of a list or clause from the next.
_EDGES = frozenset({",", ";", ":", "(", ")", "–", "—", "\n", "and", "or", "but", "nor"})  # noqa: RUF001


@dataclass(frozen=True)
class Sentence:
    """One sentence of a response; it is read no further than it is asked for."""

    text: str
    start: int
    end: int

    @cached_property
    def words(self) -> Sequence[Token]:
        """The words and marks."""
        return tokens(self.text, self.start, self.end)

    @cached_property
    def terms(self) -> frozenset[str]:
        """All terms among the words."""
        return frozenset(word.term for word in self.words)

    @cached_property
    def stances(self) -> Sequence[Stance]:
        """For each word whether what it names is affirmed."""
        asks = self.text[self.end - 1] == "?"
        return [0] * len(self.words) if asks else stances(self.words)

    def surface(self, at: int) -> str:
        """Return a word as it stands, in lower case."""
        return self.text[self.words[at].start : self.words[at].end].lower()

    def piece(self, at: int) -> Span:
        """Return the item of a list or the part of a clause that holds a word."""
        return self._pieces[at]

    @cached_property
    def _pieces(self) -> Sequence[Span]:
        pieces: list[Span] = []
        for is_edge, run in groupby(self.words, key=lambda word: word.term in _EDGES):
            part = tuple(run)
            whole = Span(part[0].start, part[-1].end)
            pieces += [Span(w.start, w.end) if is_edge else whole for w in part]
        return pieces


def stances(words: Sequence[Token]) -> list[Stance]:
    """Return for each word of one sentence whether what it names is affirmed or denied.

    A negation reaches to the end of its clause, over lists too: "no WiFi, garage or valet".
    """
    found: list[Stance] = [1] * len(words)
    begin, verb = 0, False
    polarity: Stance = 1
    for at, word in enumerate(words):
        if _begins(words, at, verb=verb):
            begin, polarity, verb = at + 1, 1, False
        verb = verb or word.term in _VERBS
        before, after = _cue(words, at, begin)
        if before is not None:
            found[begin:at] = [before] * (at - begin)
        polarity = polarity if after is None else after
        found[at] = -1 if _term(words, at - 1) == "non" else polarity
    return found


def _begins(words: Sequence[Token], at: int, *, verb: bool) -> bool:
    term = words[at].term
    if term in BREAKS:
        return not (term in ":(" and _term(words, at + 1) in _NEGATORS)
    if term not in {",", "and"}:
        return False
    if _term(words, at + 1) == "with":
        return True
    return verb and any(_term(words, at + step) in _VERBS for step in range(1, _REACH + 1))


def _cue(words: Sequence[Token], at: int, begin: int) -> _Cue:
    """Return the stance that a word gives to what stands before it, and to what follows."""
    term = words[at].term
    if term in _VAGUE or (term == "only" and _term(words, at - 1) in _BE):
        return _SILENCE  # "is only part of another plan"
    if _is_hedge(words, at, begin):
        return _HEDGE
    if at > begin and (term in _LATE_NEGATORS or _is_off(words, at)):
        return _LATE
    return _negation(words, at, begin) if _negates(words, at) else _NOTHING


def _is_hedge(words: Sequence[Token], at: int, begin: int) -> bool:
    term = words[at].term
    if term == "may":
        return not _term(words, at + 1).isdigit()  # "on May 6"
    # "To raise the limit to $1,000, call us."
    return term in _HEDGES or (term == "to" and at == begin)


def _is_off(words: Sequence[Token], at: int) -> bool:
    """Whether something is off, unlike "20% off"."""
    return words[at].term == "off" and _term(words, at - 1) in _BE | _TURNED


def _negates(words: Sequence[Token], at: int) -> bool:
    term = words[at].term
    if term == "out":
        return _term(words, at + 1) == "of" and _term(words, at + 2) in _RUN_OUT
    return term in _NEGATORS or term.endswith("n't")


def _negation(words: Sequence[Token], at: int, begin: int) -> _Cue:
    following = {word.term for word in words[at + 1 : at + 1 + _REACH]}
    if following & _SILENT:
        return _SILENCE  # "does not say whether"
    if _term(words, at + 1) in _HARMLESS:
        return _NOTHING
    if at > begin and _is_predicate(words, at):
        return -1, (-1 if "for" in {_term(words, at + 2), _term(words, at + 3)} else 1)
    return None, -1


def _is_predicate(words: Sequence[Token], at: int) -> bool:
    """Whether a negation says of the subject that there is none: "is not available"."""
    term, last = words[at].term, _term(words, at - 1)
    if _term(words, at + 1) in {"", ",", ")", "\n", ";"}:
        return True
    is_copula = term in _BE or (term == "not" and (last in _BE or last in {"(", ":"}))
    return is_copula and bool({_term(words, at + 1), _term(words, at + 2)} & _OFFERED)


def _term(words: Sequence[Token], at: int) -> str:
    return words[at].term if 0 <= at < len(words) else ""
