"""Reductions: the words that make an amount one that is taken off a price."""
# ruff: noqa: RUF001 - minus signs are what this file is about

import re

_I = re.VERBOSE | re.IGNORECASE
# Between an amount and its noun, words that do not begin another thought.
_NEAR = r"(?:\ (?!(?:of|and|or|in|on|but|is|are)\b)[\w'-]++){0,2}?"
_FAR = r":?(?:\ ['\"(]?[\w'-]++:?){0,6}?[\ '\"(]*$"
_BASKET = r"(?:orders?|basket|cart|purchases?|price|bill|items?|tents?|everything)"

# "10% off its highs" is said of shares.
DISCOUNT_AFTER = re.compile(
    rf"""
    ['")]*(?:
        {_NEAR}\ ?off\b(?!-)(?!\ (?:its|their|the|his|her)\ (?:\w+\ )?(?:highs?|peaks?|lows?
          |records?|coast))
      | {_NEAR}\ (?:discounts?|rebates?|cheaper|mark-?downs?|vouchers?|coupons?|promo\w*|sale|deals?
          |offers?|savings|price\ (?:cut|drop|reduction)|codes?|loyalty\ bonus)\b
      | {_NEAR}\ reductions?\b(?!\ (?:in|of)\b)
      | \ less\ for\b
      | \ on\ (?:everything|all\b|(?:your|the\ whole|the\ entire)\ (?:\w+\ )?
          (?:orders?|basket|cart|purchases?|shop|store))
    )
    """,
    _I,
)
DISCOUNT_BEFORE = re.compile(
    rf"""
    \b(?: discount(?:s|ed)?|rebates?|vouchers?|coupons?|promotions?|reductions?\ (?:of|by)
      | mark(?:ed)?\ down|knock|cheaper|sav(?:e|es)|savings?\ of|offers?\ of|deals?\ of )\b{_FAR}
    """,
    _I,
)
# Whose saving is no concern of a shop.
_SAVED = re.compile(
    r"""
    \ (?:of|in|more|less)(?:\ (?:the|your|their))?\ (?:water|energy|power|electricity|fuel|gas|time
      |space|memory|battery|calories|weight|tax)
    """,
    _I,
)
_LOWERED = re.compile(
    rf"\b(?:reduc\w+|lower\w*|cut|cuts|cutting|drops?|dropped|slash\w*|down)\b{_FAR}", _I
)
_ON_SALE = re.compile(
    r"""
    \b(?:everything|all|tents?|items?|products?|shoes|it|this|that|lamps?|boots|jackets?)\b
      .{0,24}\b(?:is|are)\ (?:now\ )?reduced\ by\ $
    """,
    _I,
)
_LESS = re.compile(r"\ (?:less|lower|reduced)\b", _I)
_PAYING = re.compile(r"\b(?:pay|price|cost|costs|charge)\b", _I)
_PRICED = re.compile(
    r"""
    \b(?:price[sd]?|fares?|fees?|bill|invoice|pay|plans?|subscriptions?|basket|cart|rrp
      |your\ order)\b
    """,
    _I,
)
# "I can do 45 percent on that": a verb that needs no noun of trade.
_GIVEN = re.compile(
    r"""
    \b(?:I|we|manager|boss)\b [^.;]{0,24}
      \b(?:do|go(?:\ (?:down|up))?(?:\ (?:to|by))?|give|offer|grant|allow|take|get
        |make\ (?:it|that))
      (?:\ you)?(?:\ (?:up\ to|as\ much\ as|only|just|at\ most|even|an?|another|the\ full|is)){0,2}
      [\ '"(]*$
  | \b(?:can|could|may)\ (?:do|offer|give|go)(?:\ you)?\ is(?:\ only|\ just)?\ $
    """,
    _I,
)
_ALONE = re.compile(
    r"""
    ['")]*\ ?(?:$|[.!?,;:)]|(?:on|for|if|today|now|instead|here|at\ most|max|tops|as|when|to\ you
      |no\ more)\b)
    """,
    _I,
)
# "You get 90% of your order": an f short, unless the order has already gone somewhere.
_TAKEN = re.compile(
    r"\b(?:get|gets|take|have|save|enjoy|receive|give\ you)(?:\ [\w']++){0,2}?\ $", _I
)
_OF_ORDER = re.compile(
    rf"""
    \ of\ (?:your|the|any|every|all|this|that)\ (?:\w++\ )?{_BASKET}\b
      (?!\ (?:has|have|is|was|are|were|by|in)\b)
    """,
    _I,
)
_MINUS = re.compile(r"(?:^|\ )(?:minus\ |[-−–])$", _I)
_ENDS = re.compile(r"\W*(?:$|on\b)", _I)


def is_reduction(before: str, after: str) -> bool:
    """Whether a percentage without a noun of its own is taken off a price."""
    if _SAVED.match(after):
        return False
    if _LESS.match(after):
        return _PAYING.search(before) is not None
    pairs = ((_TAKEN, _OF_ORDER), (_GIVEN, _ALONE), (_MINUS, _ENDS))
    if any(one.search(before) and other.match(after) for one, other in pairs):
        return True
    lowered = _LOWERED.search(before) and _PRICED.search(before + after)
    return bool(lowered or _ON_SALE.search(before))
