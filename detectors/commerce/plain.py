"""Text as a reader takes it: without marks, look-alikes, and slips in the words of trade."""
# ruff: noqa: RUF001 - look-alikes are what this file is about

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from string import ascii_lowercase
from typing import NamedTuple

from detectors.base import Span

# What is not seen, or only as emphasis: zero-width characters, soft hyphens, Markdown.
_UNSEEN = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e*`~")
_LIKE = {
    **dict.fromkeys("‘’‛′＇", "'"),
    **dict.fromkeys("“”„‟«»″＂", '"'),
    **dict.fromkeys("٪﹪％", "%"),
    **dict.fromkeys("\t\n\r\f\v\u2028\u2029", " "),
}
# One character that stands for more (an Arabic phrase for 18) is no look-alike.
_LONGEST_LIKE = 4
_ODD = re.compile(r"[^ -)+-_a-}]")  # all but plain ASCII without "*", "`" and "~"
_EMPHASIS = re.compile(r"(?<!\w)_++(?=\w)|(?<=\w)_++(?!\w)|</?(?:b|i|u|em|strong|span|br|p)\s?/?>")

_TRADE = """
discount discounts percent refund refunded refunds voucher vouchers coupon coupons credit credited
delivery delivered shipping upgrade upgrades upgraded cashback warranty guarantee guaranteed
reimburse reimbursed compensate compensation promotion lifetime cannot complimentary dollars euros
twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
"""
# Short words are one slip away from too many others, so theirs are listed.
_SLIPS = {
    **dict.fromkeys(("pirce", "prcie", "priec"), "price"),
    **dict.fromkeys(("freee", "fre"), "free"),
    **{word.replace("'", ""): word for word in ("can't", "don't", "won't", "isn't", "doesn't")},
    **{word.replace("'", ""): word for word in ("aren't", "couldn't", "wouldn't", "didn't")},
}
# Words of their own that are one slip away from one above.
_REAL = """
shopping skipping slipping sipping snipping vouched vouches warrants warrant thirsty eight eights
delivers deliver credits edited guarantees compensated compensates reimburses promotions upgrader
discounted hundreds thousands percents euro dollar present complementary fort eros
"""
# A substituted letter makes another word of a short one (fifty, fifth).
_SUBSTITUTED = 8
_WORD = re.compile(r"(?<![^\W_])[A-Za-z]{3,14}+(?![^\W_])")
_NUMBER = re.compile(
    r"""
    (?<![^\W_])(?=[OolI]{0,11}\d)[\dOolI]{2,12}(?=\ ?(?:%|percent\b|per\ cent\b|pct\b|[€£$¥]
        |(?:euros?|eur|dollars?|usd|pounds?|gbp|days?|hours?|weeks?|months?)\b))
  | (?<=[€£$¥])(?=[OolI]{0,11}\d)[\dOolI]{2,12}(?![^\W_])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGITS = str.maketrans("OolI", "0011")


class Plain(NamedTuple):
    """A plain text, and for each of its characters where it stood in the original."""

    text: str
    origins: range | list[int]

    def span(self, start: int, end: int) -> Span:
        """Return where a range of at least one character of the plain text stood."""
        return Span(self.origins[start], self.origins[end - 1] + 1)


def plain(text: str, span: Span) -> Plain:
    """Return a range of a text in plain letters; spans count from the text's beginning.

    The time is linear in the length of the range.
    """
    shown = text[span.start : span.end]
    made = Plain(shown, range(span.start, span.end))
    if _ODD.search(shown) or _EMPHASIS.search(shown):
        made = _without(_seen(made), _EMPHASIS)
    made = _spelled(made)
    return Plain(_NUMBER.sub(_digits, made.text), made.origins)


def _seen(given: Plain) -> Plain:
    letters: list[str] = []
    origins: list[int] = []
    for letter, origin in zip(given.text, given.origins, strict=True):
        like = letter if " " <= letter <= "}" and letter not in _UNSEEN else _like(letter)
        letters.append(like)
        origins += [origin] * len(like)
    return Plain("".join(letters), origins)


def _like(letter: str) -> str:
    if letter in _UNSEEN:
        return ""
    if letter in _LIKE:
        return _LIKE[letter]
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    like = unicodedata.normalize("NFKC", letter)
    return like if len(like) <= _LONGEST_LIKE else letter


def _without(given: Plain, unwanted: "re.Pattern[str]") -> Plain:
    kept = [range(len(given.text))]
    for match in unwanted.finditer(given.text):
        last = kept.pop()
        kept += [range(last.start, match.start()), range(match.end(), last.stop)]
    return Plain(
        "".join(given.text[part.start : part.stop] for part in kept),
        [given.origins[at] for part in kept for at in part],
    )


def _spelled(given: Plain) -> Plain:
    """Mend the words that are one slip away from a word of trade."""
    slips = [
        (match, right)
        for match in _WORD.finditer(given.text)
        if (right := _misspellings().get(match[0].lower())) is not None
    ]
    if not slips:
        return given
    parts: list[str] = []
    origins: list[int] = []
    end = 0
    for match, right in slips:
        parts += [given.text[end : match.start()], right]
        origins += given.origins[end : match.start()]
        origins += _stretched(given.origins[match.start() : match.end()], len(right))
        end = match.end()
    return Plain("".join((*parts, given.text[end:])), [*origins, *given.origins[end:]])


def _stretched(origins: "range | list[int]", length: int) -> list[int]:
    """Spread the origins of a word over another one: the first to the first, the last last."""
    last = len(origins) - 1
    return [*(origins[min(at, last)] for at in range(length - 1)), origins[last]]


def _digits(match: "re.Match[str]") -> str:
    # "2l" are litres, and "II" is Roman.
    return match[0] if match[0][-1] == "l" else match[0].translate(_DIGITS)


@cache
def _misspellings() -> dict[str, str]:
    """Return every slip that is mended, with what it is mended to."""
    trade = _TRADE.split()
    right = {*trade, *_REAL.split()}
    slips = {slip: word for word in trade for slip in _variants(word) if slip not in right}
    return slips | _SLIPS


def _variants(word: str) -> Iterator[str]:
    """Write all texts at one edit (or one swap) from a word that begin with its first letter."""
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in ascii_lowercase if tail or letter != "s")
        if tail:
            yield head + tail[1:]
            yield head + tail[1:2] + tail[0] + tail[2:]
        if tail and len(word) >= _SUBSTITUTED:
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
