"""Answers that claim nothing: refusals, greetings, thanks, and that nothing was found."""

import re
from collections.abc import Iterable

from detectors.base import Span

# Each part of a sentence must be one of these from end to end: in doubt, it is a claim.
_TALK = r"""
    (?:hi|hello|hey|greetings|welcome|good[ ](?:morning|afternoon|evening|day)|bye|goodbye)
      (?:[ ](?:there|again|everyone|back))?
  | (?:(?:many[ ])?thanks|thank[ ]you)(?:[ ](?:so[ ]much|very[ ]much|a[ ]lot))?
      (?:[ ]for[ ](?:asking|reaching[ ]out|contacting[ ]us|your[ ]\w{1,15}))?
  | you(?:'re|[ ]are)[ ](?:very[ ]|most[ ])?welcome | my[ ]pleasure | no[ ]problem
  | sure | certainly | of[ ]course | okay | ok | great | absolutely | unfortunately | apologies
  | have[ ]a[ ](?:nice|good|great|lovely)[ ](?:day|evening|weekend)
  | (?:is[ ]there[ ])?anything[ ]else(?:[ ](?:I|we)[ ](?:can|may)[ ](?:do|help)[\w ]{0,40})?
  | how[ ](?:can|may)[ ](?:I|we)[ ](?:help|assist)[\w ]{0,30}
  | (?:please[ ])?(?:let[ ]me[ ]know|feel[ ]free[ ]to[ ]ask)[\w' ]{0,60}
  | (?:I(?:'m|[ ]am)[ ]|we(?:'re|[ ]are)[ ])?(?:happy|glad)[ ]to[ ]help(?:[ ]you)?
  | (?:(?:I(?:'m|[ ]am)|we(?:'re|[ ]are))[ ])?(?:(?:very|so|really)[ ])?(?:sorry|afraid)
      (?:[ ]for[ ](?:the|any)[ ]\w{1,15})?
  | (?:I|we)[ ]apologi[sz]e(?:[ ]for[ ](?:the|any)[ ]\w{1,15})?
  | (?:I(?:'m|[ ]am)[ ])?not[ ]sure(?:[ ]about[ ][\w ]{0,40})?
  | (?:please[ ])?(?:try|ask)[ ]again[\w ]{0,20}
"""
_SOURCES = r"(?:passages?|documents?|contexts?|texts?|sources?|information|articles?|data|results?)"
_NEVER = r"(?:n't|[ ]not|[ ]?not)"
_NOTHING = rf"""
    (?:(?:I(?:'m|[ ]am)[ ]|we(?:'re|[ ]are)[ ])?(?:sorry|afraid)(?:[ ]that)?[ ]|unfortunately[ ])?
    (?: (?:I|we)[ ](?:ca(?:n't|nnot|n[ ]not)|could{_NEVER}|do{_NEVER}|did{_NEVER}|wo{_NEVER}
              |will[ ]not|was[ ]unable[ ]to|was[ ]not[ ]able[ ]to)[ ](?:be[ ]able[ ]to[ ])?
          (?:find|locate|determine|answer|help|assist|comply|confirm|verify|provide|share|discuss
            |do[ ](?:that|this)|know|have[ ](?:any|enough|sufficient|access|that|this|specific))\b
      | (?:(?:it[ ]is|I(?:'m|[ ]am)|we(?:'re|[ ]are))[ ])?
          (?:unable|not[ ]able|not[ ]possible)[ ]to[ ]
          (?:find|locate|determine|answer|help|assist|comply|confirm|verify|provide|share|discuss)\b
      | there[ ](?:is|was|are|were)(?:n't[ ]any|[ ]not[ ](?:any|enough)|[ ]no)[ ](?:\w+[ ]){{0,2}}
          (?:information|mention|answer|details?)\b
      | (?:the|these|this|those|your)[ ](?:[\w]+[ ]){{0,2}}{_SOURCES}(?:[ ]provided|[ ]given)?[ ]
          (?:do|does|did){_NEVER}[ ](?:seem[ ]to[ ])?
          (?:mention|contain|provide|specify|include|say|state|address|answer|discuss|cover)\b
    )[^.!?,;:\n]{{0,160}}
"""
_BASED = rf"""
    (?:based[ ]on|according[ ]to|in|from)[ ](?:(?:the|these|this|your)[ ])?(?:\w+[ ]){{0,2}}
    {_SOURCES}
"""
_PART = re.compile(rf"(?:{_TALK}|{_BASED}|{_NOTHING})", re.VERBOSE | re.IGNORECASE)
_PARTS = re.compile(r"[,;:.!?\n–—]+|\bbut\b|\band\b")  # noqa: RUF001
_LONGEST = 400


def claims_nothing(text: str, sentences: Iterable[Span]) -> bool:
    """Whether every sentence only refuses, greets, thanks, or says that nothing was found.

    Examples:
        >>> claims_nothing("Sorry, I could not find that.", [Span(0, 29)])
        True
        >>> claims_nothing("Sorry, we are closed on Mondays.", [Span(0, 32)])
        False
    """
    return all(end - start <= _LONGEST and _is_talk(text[start:end]) for start, end in sentences)


def _is_talk(sentence: str) -> bool:
    parts = _PARTS.split(sentence.replace("’", "'"))  # noqa: RUF001
    return all(_PART.fullmatch(stripped) for part in parts if (stripped := part.strip(" \t\"'*")))
