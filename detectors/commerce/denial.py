"""Denials: the words by which an offer is not made."""

import re

_I = re.VERBOSE | re.IGNORECASE

_TRADE = r"""(?:discounts?|refunds?|vouchers?|coupons?|codes?|deals?|offers?|free|upgrades?|rebates?
  |credit|compensation|reductions?|promo\w*|sales?|off|guarantees?|warrant\w+|legally|binding
  |lifetime)"""
_NEGATOR = re.compile(
    rf"""
    \b(?: not|never|cannot|\w+n't|unable|neither|nor|nobody|nothing(?=\ (?:I|we)\b)|hardly
      | no\ (?:longer|one|way|such|information|records?|knowledge|trace|mention|sign)
      | refuse[sd]?|refusing|declin(?:e|ed|ing)|reject(?:ed|ing)?|den(?:y|ied)
      | (?:instead\ of|rather\ than)(?=\D{{0,25}}$)
      | impossible|unavailable|expired|(?:has|have|is|are|was)\ (?:over|ended|invalid)
      | ended|withdrawn|discontinued|invalid|fake|scam(?:mers?)?|ignore|disregard
      | beware|phishing|stopp(?:ed|ing)|no(?=\ $)
      | beyond\ (?:what|my|our|the)|out\ of\ the\ question
      | (?:no|without|any\ other)(?=(?:\ [\w'%,-]++){{0,3}}?\ {_TRADE}\b)
    )(?!\w)
    """,
    _I,
)
# "Not only do you get ...", "you can't go wrong with ...": these deny nothing of the offer.
_HARMLESS = re.compile(
    r"""
    \ (?: only|just\ |than\b|every\ (?:day|week)|else\b|seen|before|been|a\ joke|so\ fast|too\ late
      | (?:codes?|vouchers?|coupons?)\ (?:is\ |are\ )?(?:needed|required|necessary)
      | (?:to\ )?(?:go|be)\ (?:wrong|disappointed|sorry)|be\ surprised|miss\w*|regret|forget|wait
      | hesitate|believe|worry|need|have\ to|mind|think\ twice|mention|beat|thank|pass\ up|let
      | find\ (?:it|a|this|that|them)\ (?:\w+\ ){0,3}?(?:cheaper|better)|want\ you\ to\ miss
      | (?:more|longer|later|less|fewer|higher|above|over)\b|a\ problem|to\ mention|matter
      | long\ until
    )
    """,
    _I,
)
_WHY = re.compile(r"\bwhy $", re.IGNORECASE)
# What stands after the offer must say that there is none: "cannot be combined" does not.
_LATE = re.compile(
    r"""
    \b(?:is|are|was|were|am|does|do|will|can|could|has|have|had|would|cannot|\w+n't)
      (?:\ not|\ never|\ no\ longer)?\ (?:\w+\ ){0,2}?
      (?: exist|possible|available|valid|appl(?:y|ies)(?!\ to\ (?!you|this|it))|offered|permitted
        | allowed|part\ of|granted|approved|on\ offer|something|what\ we|one\ (?:I|we|of\ ours)
        | in\ our|feasible|realistic|real|genuine|true|correct|right|from\ us|be\ given|be\ done
        | included|ours)\b
    """,
    _I,
)
_NOT = re.compile(r"n't\b|\bnot\b|\bnever\b|\bcannot\b|\bno\ longer\b", _I)
_GONE = re.compile(
    r"""
    ^\ (?:not|never)\b
  | \b(?:impossible|unavailable|expired|ended|invalid|out\ of\ the\ question|fake|a\ scam|declined
      |out\ of\ stock|sold\ out|rejected|refused|denied|pending|under\ review
      |beyond\ (?:what|my|our|the)|(?:is|was)\ (?:over|a\ mistake|an\ error|wrong))\b
    """,
    _I,
)
_OPEN_ENDED = re.compile(r"(?:\b(?:not|never|cannot|unable\ to)|n't)$", _I)
_VERB = re.compile(
    r"""
    \b(?:I|you|we|it|they|this|that|there|is|are|will|can|get|gets|take|costs?|here|enjoy|have
      |use)\b
  | '(?:ll|s)\b
    """,
    _I,
)
_LISTED = re.compile(rf"\b{_TRADE}\b", _I)


def negates(text: str) -> bool:
    """Whether words deny what comes after them in their clause."""
    return any(
        not _HARMLESS.match(text, match.end()) and not _WHY.search(text, 0, match.start())
        for match in _NEGATOR.finditer(text)
    )


def has_not(text: str) -> bool:
    """Whether a text holds a plain negation."""
    return _NOT.search(text) is not None


def is_denied(before: str, after: str) -> bool:
    """Whether an offer is denied by what is before or after it in its clause."""
    late = _LATE.search(after)
    return negates(before) or _GONE.search(after) is not None or bool(late and has_not(late[0]))


def goes_on(last: str, clause: str) -> bool:
    """Whether the denial of a clause reaches over the next: "no refunds, vouchers, or ..."."""
    words = last.rstrip(" ,")
    if _OPEN_ENDED.search(words):
        return True
    if not last.endswith(", ") or _VERB.search(clause):
        return False
    return _LISTED.search(words) is not None and negates(words)
