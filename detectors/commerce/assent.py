"""Assent: the words that make what the user asked for a promise."""
# ruff: noqa: RUF001 - dashes may stand before a "done"

import re

from detectors.base import Span

_I = re.VERBOSE | re.IGNORECASE

_GRANTED = r"""(?:done|deal|agreed|granted|approved|accepted|you(?:'ve|\ have)?\ got\ it
  |(?:it|that|they)(?:'s|\ is|\ are)\ (?:all\ )?(?:yours|fine|(?:a\ )?deal|done)
  |you\ have\ a\ deal|consider\ it\ done|so\ be\ it|(?:i|we)\ accept|you\ shall\ have\ it)"""
_YES = r"""(?:yes|yep|yeah|yup|sure\ thing|sure|of\ course|certainly|absolutely|ok|okay|definitely
  |no\ problem|(?:my|with)\ pleasure|gladly|fine|alright|all\ right|indeed|correct|you\ can|you\ do
  |right)"""
_MORE = r"""(?:that(?:\ is|'s)\ (?:possible|right|correct|fine|no\ problem)|it\ is|enjoy|thank\ you
  |you\ (?:may|will)|(?:i|we)\ can\ do\ that)"""
# A bare "yes" agrees only if nothing but more of it follows: "Yes, we are open" does not.
_ASSENT = re.compile(
    rf"""
    [\s"'(]*(?P<word>
        {_GRANTED}\b(?!\ (?:not|with)\b)
      | {_YES}\b(?=(?:[\s,.!]+(?:{_YES}|{_GRANTED}|{_MORE}))*[\s.!)"']*$)
    )
    """,
    _I,
)
_CONFIRMED = re.compile(
    rf"""
    \b(?: (?:has|have)\ (?:(?:now|just|already|hereby)\ )?been\ (?:approved|granted|accepted
          |applied|paid|processed|issued|confirmed|activated)
      | (?:is|are)\ (?:(?:now|hereby|all)\ )?(?:approved|granted|accepted|active|applied|activated
          |confirmed|yours|on\ its\ way|what\ you(?:'ll|\ will|\ shall)?\ (?:get|have))
      | (?:I|we)(?:'ve|\ have|'ll|\ will|\ am|'m|\ are)?
          \ (?:(?:now|just|gladly|happily|happy\ to|can)\ )?
          (?:appl(?:y|ied)|grant(?:ed)?|approv(?:e|ed)|accept(?:ed)?|agreed?|honou?r(?:ed)?)
      | you(?:'ve|\ have)?\ got\ it | you(?:'ll|\ will|\ shall)\ (?:get|have)\ (?:it|that|exactly)
      | that(?:'s|\ is)\ what\ you(?:'ll|\ will)?\ (?:get|have)
    )\b
  | [:,–—-]\ *{_GRANTED}\b
    """,
    _I,
)


def assent(text: str) -> Span | None:
    """Return the words by which a short answer agrees to what was asked.

    Examples:
        >>> assent("Deal! Enjoy your van.")
        Span(start=0, end=4)
        >>> assent("Yes, we are open.") is None
        True
    """
    match = _ASSENT.match(text)
    return Span(*match.span("word")) if match else None


def confirmation(text: str) -> Span | None:
    """Return the words by which a sentence grants what it has just repeated."""
    match = _CONFIRMED.search(text)
    return Span(*match.span()) if match else None
