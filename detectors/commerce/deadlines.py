"""What a time is promised for: a delivery, a refund, a return, a reply."""

import re
from functools import lru_cache

from detectors.commerce.trade import Amount

_I = re.VERBOSE | re.IGNORECASE

# How long the customer has: longer promises more. Of the others, shorter does.
WINDOWS = frozenset({"return", "warranty", "cancel", "trial"})

_TOPICS = re.compile(
    r"""
    \b(?:
      (?P<delivery>deliver(?:y|ies|ed|s|ing)?|ship(?:ping|ped|s|ment)?|arriv(?:e|es|al|ing)
        |dispatch(?:ed)?|parcels?|packages?|courier|with\ you|at\ your\ door|postage
        |(?:have|get|receive)\ it\ (?:in|within|by|on|tomorrow|today))
    | (?P<refund>refund(?:s|ed|ing)?|reimburs\w+|money\ (?:will\ be\ |is\ )?back
        |pa(?:y|id|ys)\ (?:\w+\ )?back|payouts?|credited|compensat\w+)
    | (?P<return>return(?:s|ed|ing|able)?|sen[dt]\ (?:\w+\ ){0,3}?back
        |br(?:ing|ought)\ (?:\w+\ ){0,2}?back|exchange[sd]?|money[ -]back\ guarantee)
    | (?P<reply>reply|replies|respon[ds]e?s?|get\ back\ to\ you|call\ you(?:\ back)?|contact\ you
        |hear\ (?:back\ )?from\ us|answers?)
    | (?P<warranty>warrant(?:y|ies)|guarantees?)
    | (?P<cancel>cancel(?:s|led|ed|lation)?)
    | (?P<repair>repair(?:s|ed)?|replace(?:d|s|ment)?)
    | (?P<trial>trial)
    )\b
    """,
    _I,
)
# News, too, arrive and return; a shop says whose and what.
_COMMERCE = re.compile(
    r"""
    \b(?:yours?|you|we|our|I|it\ will|it'll|they\ will|guaranteed|orders?|parcels?|packages?|items?
      |products?|purchases?|deliver(?:y|ies)|shipping|refunds?|returns|warranty|guarantee|trial
      |customers?|ships\ (?:with)?in)\b
    """,
    _I,
)
_BEFORE = re.compile(
    r"""
    (?: \b(?: within|in|inside|under|up\ to|at\ most|no\ (?:later|longer|more)\ than|less\ than
          | takes?|taking|have|has|needs?|lasts?|for|by|after|extend(?:ed)?\ (?:it\ )?to
          | (?:window|period|deadline|limit|warrant\w+|guarantee|trial|time)\ (?:is|of)
        )\b
      | \b(?:delivery|shipping|refund|returns?|warranty|reply):
    )(?:\ (?:about|only|just|an?|the|approximately|around|roughly|next|usually|between|up\ to|full
      |of|maximum|max|another|or|less|it|him|them|here|first)){0,3}\ ?$
    """,
    _I,
)
# As in "five-year warranty", "30-day returns", "90 days to send it back".
_AFTER = re.compile(
    r"""
    [ -](?:\w+[ -]){0,2}?(?:warrant\w+|guarantee|returns?|return\ (?:window|period|policy)|delivery
      |shipping|refunds?|trial|money|exchange|cancellation)\b
  | \ (?:\w+\ )?(?:to|for)\ (?:the\ |your\ )?(?:return|send|bring|exchange|cancel|change|get)
  | \ (?:at\ (?:the\ )?(?:most|latest)|or\ less|max)\b
    """,
    _I,
)
_NEVER_AFTER = re.compile(
    r"""
    \ (?:ago|old|earlier|later|before|prior|of\ (?:experience|use|work|sale|age)
      |a\ (?:week|day|year))
    """,
    _I,
)
_NEVER_BEFORE = re.compile(
    r"""
    \b(?:since|last|past|previous|these|every|each|first|another|(?:not|n't)\ (?:\w+\ ){0,3}after
      |for\ over|(?:delayed|late)\ by)\ $
    """,
    _I,
)
# What has been, what is counted, and what the customer owes.
_PAST = re.compile(
    r"""
    \b(?:was|were|had|took|arrived|ordered|you\ (?:returned|sent|received)|percent\ of
      |(?:has|have|had|having)\ (?:already\ |now\ |just\ )?(?:been|arrived|shipped|left|taken)
      |due|payable|invoices?|expires?|customers\ (?!can|may|will|have|must|should))\b
  | %\ of\b
    """,
    _I,
)
_FUTURE = re.compile(r"\b(?:will|shall|can|may|must|guarantee\w*|promise|going\ to)\b|'ll\b", _I)
# What comes "tomorrow", and what the customer is told to do then.
_COMES = re.compile(
    r"""
    \b(?:deliver(?:y|ed|s)?|shipping|shipped|ships|dispatch(?:ed)?|arriv(?:e|es|ing)|be\ with\ you
      |refund(?:ed)?|reimbursed|paid|get\ back\ to\ you|call\ you|receive|reply|have\ it|get\ it
      |money)\b
    """,
    _I,
)
_ACTS = re.compile(
    r"""
    \b(?:order|buy|book|call|contact|subscribe|act|sign\ up|shop|cancel|write|ask|purchase)
      (?:\ \w+){0,2}\ $
    """,
    _I,
)
_TIMES = frozenset({"time", "date", "duration"})
_BY_DATE = re.compile(r"\b(?:by|on|before|until|at|no\ later\ than)(?:\ the)?\ ?$", _I)


def topics(text: str) -> frozenset[str]:
    """Return what the deadlines of a text may be of.

    Examples:
        >>> sorted(topics("Refunds are paid within 5 days of the return."))
        ['refund', 'return']
    """
    return frozenset(match.lastgroup for match in _TOPICS.finditer(text) if match.lastgroup)


@lru_cache(maxsize=64)
def _is_of_trade(sentence: str, clause: str) -> bool:
    """Whether a clause may set a deadline; remembered, for it is asked for each of its amounts."""
    return bool(topics(clause) and _COMMERCE.search(sentence) and not _PAST.search(clause))


def is_deadline(sentence: str, clause: str, before: str, amount: Amount, after: str) -> bool:
    """Whether a time in a sentence says until when something will be done.

    ``before`` and ``after`` are what its clause has on either side of it.
    """
    if amount.quantity.kind not in {"time", "date", "duration"} or not _is_of_trade(
        sentence, clause
    ):
        return False
    if amount.use == "deadline":
        comes = _AFTER.match(after) or _COMES.search(before)
        return comes is not None and not _ACTS.search(before)
    if amount.quantity.kind in {"time", "date"}:
        return bool(_BY_DATE.search(before) and _COMES.search(clause) and _FUTURE.search(clause))
    if _NEVER_AFTER.match(after) or _NEVER_BEFORE.search(before):
        return False
    is_range = amount.quantity.low < amount.quantity.high
    return bool(is_range or _BEFORE.search(before) or _AFTER.match(after))
