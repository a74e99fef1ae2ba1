"""What an amount is of: a discount, a refund or a price, by the words around it."""

import re
from typing import Literal

from detectors.commerce.reductions import DISCOUNT_AFTER, DISCOUNT_BEFORE, is_reduction
from detectors.commerce.trade import Amount

Kind = Literal["discount", "refund", "price", "deadline", "promo_code", "entitlement"]

_I = re.VERBOSE | re.IGNORECASE
# As far as a word may stand from the amount that it says something of, in characters and words.
_REACH = 80
_NEAR = r"(?:\ (?!(?:of|and|or|in|on|but|is|are)\b)[\w'-]++){0,2}?"
_FAR = r":?(?:\ ['\"(]?[\w'-]++:?){0,6}?[\ '\"(]*$"

_NO_CREDIT = r"(?!\ (?:card|scor|rating|limit|line|union))"
_REFUND_AFTER = re.compile(
    rf"""
    ['")]*(?:
        {_NEAR}\ (?:refunds?|back|reimbursements?|cash-?back|gift\ cards?|payout|vouchers?|coupons?
          |credit(?:s|ed)?\b{_NO_CREDIT}|goodwill|compensation|refunded|reimbursed)\b
      | \ of\ (?:your|the)\ (?:money|price|fare|amount|payment)\ back\b
      | (?:\ of|\ in|\ as){{1,2}}(?:\ (?:an?|your|store|shop|account|the))*+
          \ (?:credits?\b{_NO_CREDIT}|compensation|vouchers?|refunds?|reimbursement|goodwill
            |gift\ cards?)\b
      | \ (?:will|shall|can|is|are|has|have)\ (?:\w+\ ){{0,2}}?
          (?:waiting|paid\ (?:back|out)|refunded|reimbursed|credited|returned\ to\ your?)\b
      | \ (?:back\ )?to\ (?:you|your\ (?:account|card|bank|wallet))\b
    )
    """,
    _I,
)
_REFUND_BEFORE = re.compile(
    rf"""
    \b(?: refund(?:s|ed|ing)?(?!\ rate)|reimburs(?:e|es|ed|ing|ement)
      | compensat(?:e|es|ed|ing|ion)|credit(?:s|ed|ing)?\b{_NO_CREDIT}|cash-?back
      | vouchers?|coupons?|gift\ cards?|(?:pay|paid|paying|give|send|get|transfer)\ (?:\w+\ )?back
      | (?:we|I)(?:'ll|\ will|\ can)?\ cover | you(?:'ll|\ will|\ shall)\ (?:receive|get)(?=\ $)
      | (?:pay|send)\ you(?=\ $)
    )\b{_FAR}
    """,
    _I,
)
_BACK = re.compile(r"\ (?:refund|back\b|reimburse|of\ (?:your|the)\ \w+\ back\b)", _I)
_TAKING = re.compile(r"\b(?:charg(?:e|es|ed|ing)|debit(?:ed)?|bill(?:ed)?)\b", re.IGNORECASE)

_PRICE_BEFORE = re.compile(
    r"""
    (?: \b(?:costs|costing|(?:will|would|can|may|should|only|just|\w{2,}s)\ cost|charges?)
          (?:\ (?!(?:back|of)\b)[\w']++){0,3}?
      | \bprices?(?:\ (?:of|for)\ (?:[\w']++\ ){1,4}?|\ )
          (?:is|are|at|of|now|will\ be|drops\ to|starts?\ (?:at|from))(?:\ [\w']++){0,2}?
      | (?:^|\ )for\ (?:just|only|as\ little\ as|a\ mere)
      | \bpriced\ at(?:\ \w++){0,2}?
      | \b(?:prices?|cost)(?:\ \w++){0,2}:
      | \b(?:you(?:'ll|\ will|'d|\ can|\ would|\ only|\ just)*+|please|just|and|only)
          \ (?:only\ )?pay
          (?:\ (?:us|just|only|no|more|less|than|at|most|as|little|a|mere|the|price|of)){0,5}
      | \byou(?:\ \w+){0,2}\ (?:have|need)\ to\ pay(?:\ (?:only|just))?
      | ^\W*pay\ (?:just|only|no\ more\ than|as\ little\ as|a\ mere)
      | \b(?:sell|have|give\ (?:it|this|that|them)|gets?|buy|take|yours|own|book|yourself)\b
          (?:\ [\w']++){0,6}?\ (?:for|at)
          (?:\ (?:just|only|as\ little\ as|an?|the|mere|price|of)){0,3}
      | \b(?:plan|subscription|fee|fare|ticket|shipping|delivery|upgrade|membership)\ (?:is|of|:)
          (?:\ (?:just|only|now))?
    )\ ?$
    """,
    _I,
)
_PRICE_AFTER = re.compile(
    r"""
    \ for\ you\b
  | \ ?(?:(?:an?|per|each|every|for\ (?:each|every))\ |/\ ?)
      (?:month|mo|year|yr|night|person|head|piece|item|user|seat|segment|unit|pair|box|ticket)\b
    """,
    _I,
)
_EARNED = re.compile(
    r"""
    \b(?:salar\w+|earn\w*|wages?|incomes?|makes?|made|revenue|profits?|budget|donat\w+|worth
      |fine[sd]?|tax(?:es)?|GDP|spend|spends|spent|on\ average|average|median|typically
      |weight|lose|losing)\b
    """,
    _I,
)
# "He can save $1000 each month"
_PUT_BY = re.compile(rf"\bsav(?:e|es|ing)\b{_FAR}", _I)
# "A refund of 20 or 30 euros": what is said of one is said of the next.
_SAME = re.compile(r"\ ?(?:,|or|and|/|to|,\ or)\ (?:even\ )?(?:up\ to\ )?", _I)

# Nothing but these around an amount: the question, or the sentence before, says what it is of.
_FILLERS = """
it it's is that that's this how about make say just only up to a an the full whole whopping will be
get you and even now today for i can do we of at let's you'll sure yes ok okay exactly what hmm well
absolutely your my our off
"""
_FILLER = frozenset(_FILLERS.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_IMPLIES_DISCOUNT = re.compile(
    r"discount|rebate|\boff\b|voucher|coupon|promo|price|cheaper|deal", re.IGNORECASE
)
_IMPLIES_REFUND = re.compile(r"refund|reimburs|money back|compensat|credit", re.IGNORECASE)


def kind(before: str, amount: Amount, after: str) -> Kind | None:
    """Return what an amount of money or a percentage is of, or ``None`` outside of trade.

    ``before`` and ``after`` are of the amount's clause, and hold no other amount.
    """
    before, after = before[-_REACH:], after[:_REACH]
    if amount.use == "refund":
        return "refund"
    if amount.use == "discount":
        return "discount"
    if amount.quantity.kind == "percent":
        return _of_percent(before, after)
    return _of_money(before, after, named=amount.use != "coin")


def goes_on(between: str) -> bool:
    """Whether two amounts with these words between them are of one kind."""
    return _SAME.fullmatch(between) is not None


def implied(before: str, after: str, last: str) -> Kind | None:
    """Return what a bare "90 %." is of, by the question or the sentence before it."""
    if len(before) + len(after) > _REACH:
        return None
    words = _WORD.findall(f"{before} {after}".lower())
    if not _FILLER.issuperset(words):
        return None
    if _IMPLIES_DISCOUNT.search(last):
        return "discount"
    return "refund" if _IMPLIES_REFUND.search(last) else None


def _of_percent(before: str, after: str) -> Kind | None:
    if _BACK.match(after):
        return "refund"
    if DISCOUNT_AFTER.match(after):
        return "discount"
    if is_reduction(before, after):
        return "discount"
    refund, discount = _REFUND_BEFORE.search(before), DISCOUNT_BEFORE.search(before)
    if refund and (not discount or refund.start() > discount.start()):
        return "refund"
    return "discount" if discount else None


def _of_money(before: str, after: str, *, named: bool) -> Kind | None:
    if _PUT_BY.search(before) and _PRICE_AFTER.match(after):
        return None
    if _REFUND_AFTER.match(after):
        return None if _TAKING.search(before) else "refund"
    if DISCOUNT_AFTER.match(after):
        return "discount"
    cues: list[tuple[Kind, re.Match[str] | None]] = [
        ("refund", _REFUND_BEFORE.search(before)),
        ("discount", DISCOUNT_BEFORE.search(before)),
        ("price", _PRICE_BEFORE.search(before)),
    ]
    found = [(cue.start(), name) for name, cue in cues if cue]
    if found:
        return max(found)[1]
    priced = named and _PRICE_AFTER.match(after) and not _EARNED.search(before + after)
    return "price" if priced else None
