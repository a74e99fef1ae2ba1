"""The promises of an answer: of what kind, how much, and whose word they are."""

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import NamedTuple

from detectors.base import Span
from detectors.commerce.assent import assent
from detectors.commerce.benefits import Benefit, benefits
from detectors.commerce.codes import Code, codes
from detectors.commerce.deadlines import is_deadline, topics
from detectors.commerce.kinds import Kind, goes_on, implied, kind
from detectors.commerce.plain import Plain, plain
from detectors.commerce.trade import Amount, amounts
from detectors.commerce.voice import Sentence, Stance
from detectors.text.sentences import split

# What a person would still call an answer; both bound what one event costs.
_MAX_SENTENCES = 4_096
_MAX_CHARACTERS = 100_000
_MAX_PROMISES = 64
# The end of a prompt is what is answered.
_MAX_QUESTION = 4_096
# The last sentence of a prompt that holds fewer words is a farewell.
_MIN_WORDS = 3
# As far as words of its clause may stand from an amount that they say something of.
_REACH = 160

# A sentence without any of these makes no promise that could be told here.
_TRIGGER = re.compile(
    r"""
    [\d%$€£¥₹]|per\ ?cent|half|third|quarter|tenth|hundred|thousand|dollar|euro|pound|buck|quid|free
    |gratis|complimentary|lifetime|life-?long|unlimited|waive|binding|guarantee|hereby|contractual
    |code|coupon|voucher|promo|bogo|buy\ one|price\ of|charge|on\ us\b|on\ the\ house|money\ back
    |refund|reimburs|in\ full|tomorrow|today|tonight|overnight|day|week|month|year|hour|minute
    """,
    re.VERBOSE | re.IGNORECASE,
)
# "Orders above 60 euros": a condition, no promise.
_THRESHOLD = re.compile(
    r"""
    \b(?: (?:orders?|purchases?|baskets?|carts?|amounts?|totals?|refunds?|claims?|items?|bookings?
          |credits?|value|anything)\ (?:is\ |of\ |worth\ |that\ (?:is|are)\ )?
          (?:above|over|more\ than|at\ least|under|below|exceed(?:s|ing)?|less\ than|from|beyond)
      | (?:orders?|purchases?|baskets?|bookings?)\ (?:of|worth|for|totall?ing)
          (?:\ (?:at\ least|more\ than|over|above))?
      | (?:spend(?:s|ing)?|order(?:ing)?\ for)(?:\ (?:at\ least|more\ than|over|above))?
      | minimum\ (?:order|purchase|spend|basket)(?:\ value)?(?:\ (?:of|is))?
    )\ ?$
    """,
    re.VERBOSE | re.IGNORECASE,
)

_NOWHERE = Span(0, 0)

_What = Amount | Benefit | Code


class Promise(NamedTuple):
    """One promise: what it is of, whose word it is, and where in the response it stands.

    ``sentence`` is its sentence in plain letters; ``topics`` say what a deadline is of.
    """

    kind: Kind
    what: _What
    stance: Stance
    span: Span
    sentence: str
    topics: frozenset[str] = frozenset()


def promises(response: str, prompt: str = "") -> tuple[Promise, ...]:
    """Return the promises of an answer, in order, also those that are not the bot's own word.

    The time is linear in the length of both; of a very long answer the first 100,000 characters
    are read.
    """
    return tuple(islice(_promises(response, prompt), _MAX_PROMISES))


def _promises(response: str, prompt: str) -> Iterator[Promise]:
    response = response[:_MAX_CHARACTERS]
    spans = split(response)[:_MAX_SENTENCES]
    last = _question(prompt)
    yield from _agreed(response, spans, last)
    for span, after in zip_longest(spans, spans[1:], fillvalue=_NOWHERE):
        made = plain(response, span)
        if _TRIGGER.search(made.text):
            yield from _of_sentence(made, last, response[after.start : after.end])
        last = made.text


def _question(prompt: str) -> str:
    """Return the last sentence of a prompt that asks something."""
    end = prompt[-_MAX_QUESTION:]
    asked = [end[start:stop] for start, stop in split(end)]
    return next((text for text in asked[::-1] if len(text.split()) >= _MIN_WORDS), "")


def _agreed(response: str, spans: tuple[Span, ...], question: str) -> Iterator[Promise]:
    """Return what the user asked for, if the answer is that they may have it."""
    made = plain(response, spans[0]) if spans else Plain("", [])
    word = assent(made.text)
    if word is None or not question:
        return
    for promise in _of_sentence(plain(question, Span(0, len(question)))):
        if promise.stance != "denied" and promise.kind != "deadline":
            yield promise._replace(stance="promised", span=made.span(*word))
            return  # one word, one promise


def _of_sentence(made: Plain, last: str = "", following: str = "") -> Iterator[Promise]:
    sentence = Sentence(made.text, following)
    found = [*_amounts(sentence, last), *_others(made.text)]
    end = 0
    for name, what in sorted(found, key=lambda item: item[1].span):
        if what.span.start >= end:
            end = what.span.end
            yield _promise(made, sentence, name, what)


def _promise(made: Plain, sentence: Sentence, name: Kind, what: _What) -> Promise:
    stance = sentence.stance(what.span)
    span = made.span(*what.span)
    if name != "deadline":
        return Promise(name, what, stance, span, made.text)
    if stance == "supposed":
        stance = "promised"  # "if you return it within 60 days": so there are 60
    start, end = sentence.clause(what.span.start)
    return Promise(name, what, stance, span, made.text, topics(made.text[start:end]))


def _others(text: str) -> Iterator[tuple[Kind, _What]]:
    yield from (("entitlement", benefit) for benefit in benefits(text))
    yield from (("promo_code", code) for code in codes(text))


def _amounts(sentence: Sentence, last: str) -> Iterator[tuple[Kind, _What]]:
    text = sentence.text
    found = amounts(text)
    ends = [*(amount.span.start for amount in found[1:]), len(text)]
    end, name = 0, None
    for amount, after in zip(found, ends, strict=False):
        room = Span(end, after)
        if name is None or not goes_on(text[end : amount.span.start]):
            name = _kind(sentence, amount, room, last)
        end = amount.span.end
        if name is not None:
            yield name, amount


def _kind(sentence: Sentence, amount: Amount, room: Span, last: str) -> Kind | None:
    """Return what an amount is of; ``room`` is what lies between the two beside it."""
    text, (start, end) = sentence.text, amount.span
    clause = sentence.clause(start)
    before = text[max(clause.start, start - _REACH) : start]
    after = text[end : min(clause.end, end + _REACH)]
    if _THRESHOLD.search(before):
        return None
    if amount.quantity.kind not in {"percent", "money"}:
        due = is_deadline(text, text[clause.start : clause.end], before, amount, after)
        return "deadline" if due else None
    near = text[max(clause.start, room.start) : start]
    beyond = text[end : max(end, min(clause.end, room.end))]
    return kind(near, amount, beyond) or implied(text[:start], text[end:], last)
