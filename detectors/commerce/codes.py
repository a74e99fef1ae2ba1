"""Promotion codes, and how they differ from all that is called a code as well."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from detectors.base import Span

_I = re.VERBOSE | re.IGNORECASE

# Capitals, or small letters with a digit: "code trail90", but not "code of conduct".
_WRITTEN = r"""(?:(?-i:(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{3,23})
  |(?=[a-z0-9-]*[a-z])(?=[a-z-]*\d)[a-z0-9][a-z0-9-]{3,23})"""
_CODE = re.compile(
    rf"""
    \b(?: (?:promo(?:tion(?:al)?)?|discount|voucher|coupon|gift|referral)\ codes?|coupons?
        | vouchers?|promo
        | (?<!error\ )(?<!postal\ )(?<!post\ )(?<!zip\ )(?<!area\ )(?<!country\ )(?<!tracking\ )
          (?<!status\ )(?<!order\ )(?<!product\ )(?<!dress\ )(?<!source\ )(?<!qr\ )(?<!access\ )
          (?<!security\ )(?<!bar\ )(?<!pin\ )(?<!airport\ )(?<!verification\ )(?P<bare>codes?)
      )\ ?(?:is\ |of\ |called\ |:\ ?|=\ ?)?["'(]?(?P<named>{_WRITTEN})\b
  | \b(?:enter|use|apply|type(?:\ in)?|redeem|with)\ (?:the\ )?["']?(?P<entered>{_WRITTEN})["']?
      \ (?:at|in|during|on|for)\ (?:the\ |your\ )?
      (?:check-?out|cart|basket|till|payment|order|\d+\ ?%)
    """,
    _I,
)
# What makes a plain "code" one of promotion, and what another's.
_USED = re.compile(
    r"""
    \b(?:us(?:e|ing)|enter|apply|type|check-?out|redeem|discount|off|sav(?:e|es|ing)|voucher
      |exclusive|special|basket|shop)\b | %
    """,
    _I,
)
_OTHER = re.compile(
    r"""
    \b(?:phone|sms|text\ message|verif\w+|log\ ?in|sign\ in|authenticat\w+|errors?|status|line|print
      |function|airport|postal)\b
    """,
    _I,
)


class Code(NamedTuple):
    """A promotion code in capitals, and where it is written."""

    code: str
    span: Span


def codes(text: str) -> Iterator[Code]:
    """Return the promotion codes of a sentence, in order.

    Examples:
        >>> list(codes("Just enter SAVE45 at checkout."))
        [Code(code='SAVE45', span=Span(start=11, end=17))]
        >>> list(codes("The error has code HTTP404."))
        []
    """
    for match in _CODE.finditer(text):
        name = "named" if match["named"] else "entered"
        if not match["bare"] or (_USED.search(text) and not _OTHER.search(text)):
            yield Code(match[name].upper(), Span(*match.span(name)))
