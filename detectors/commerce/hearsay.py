"""Hearsay: what others say, what has been, and what the user asked for."""

import re

from detectors.commerce.clauses import GIVES

_I = re.VERBOSE | re.IGNORECASE

# The bot's own side ("my manager", "our terms") is left out: its word is the shop's.
_OTHERS = r"""(?:customers?|clients?|reviews?|reviewers?|readers?|users?|buyers?|guests?|leaflets?
  |competitors?|e?-?mails?|messages?|forum|newspapers?|papers?|articles?|blogs?|posts?|tweets?
  |commenters?|friends?|someone|somebody|people|websites?|he|she|they|visitors?|shoppers?
  |rumou?rs?|press|callers?)"""
_SAY = r"""(?:says?|said|wrote|writes|claim(?:s|ed)?|told|tells|asked|asks|report(?:s|ed)?|posted
  |puts?|reads?|states?|mention(?:s|ed)?|insist(?:s|ed)?|complain(?:s|ed)|boasts?)"""
REPORTED = re.compile(
    rf"""
    \b(?: (?<!my\ )(?<!our\ ){_OTHERS}\b(?:\ (?!who\b|that\b)[\w'-]++){{0,4}}?,?\ {_SAY}
      | in\ your\ (?:own\ )?words | {_SAY}\ (?:the|an?|one)\ {_OTHERS}
      | (?P<source>according\ to\ (?:an?\ |the\ |one\ |some\ )?{_OTHERS})
      | competitors?|rivals?|elsewhere|(?:phrase|words|expression)(?=\ ")
      | other\ (?:shops?|stores?|retailers?|companies|airlines|providers|sellers|brands)
      | reportedly|allegedly|supposedly|rumou?r\ has\ it
    )\b
    """,
    _I,
)
REPORTED_AFTER = re.compile(rf'[^"]{{0,40}}",?\ (?:{_SAY}\b|the\ \w+\ {_SAY})', _I)
# From the cue to the quotation: "wrote:", "puts it,".
QUOTES = re.compile(r'[^".;!?]{0,24}"')

_GAVE = r"""(?:sold|gave|offered|were|was|had|ran|used|paid|cost|got|received|saved|rose|fell
  |dropped|ordered|bought)"""
_ONCE = r"""(?:(?:last|previous)\ (?:spring|summer|autumn|fall|winter|year|month|week|season
    |christmas)|in\ (?:19|20)\d\d|years\ ago|used\ to|back\ then|at\ (?:the|that)\ time|formerly
    |in\ the\ past)"""
PAST = re.compile(
    rf"""
    \b(?: {_ONCE}\b.{{0,80}}?\b{_GAVE} | {_GAVE}\b.{{0,60}}?\b{_ONCE}
      | (?:would|could|might|should)(?:\ have|'ve)\ (?:\w+\ )?(?:been|got|gotten|had|received|saved
          |paid|given|cost|refunded)
      | to\ (?:work\ out|calculate|compute|figure\ out) | multipl(?:y|ied)
      | you(?:'ve|\ have|\ had)?\ already\ (?:received|got|had)
      | (?:gift\ card|account|wallet|balance|voucher|card)\ (?:had|held|was)
    )\b
    """,
    _I,
)

ECHO = re.compile(
    r"""
    \b(?: you(?:'ve|'d|'re|\ have|\ had|\ also|\ are|\ just|\ were|\ would|\ actually|\ only)*+
        \ (?: ask(?:ed|ing|s)?|mention(?:ed|ing)?|sa(?:y|id|ying)|wr(?:ite|ote|iting)|wanted
          | request(?:ed|ing)?|claim(?:ed|ing)?|saw|heard|expect(?:ed|ing)?|hop(?:e|ed|ing)
          | demand(?:ed|ing)?|propos(?:e|ed|ing)|suggest(?:ed)?|referr?(?:ed|ing)?\ to|told
          | promised|read|thought|believed?|described?|looking\ for|after|insist(?:ed)?|found
          | seek(?:ing)?|appl(?:y|ied)\ for )
      | your\ (?:request|question|wish|demand|message|claim|proposal|e?-?mail|note|[ei]nquiry
          |suggestion|idea|hope)\ (?:for|about|of|to|on|regarding|that|with)
      | (?:asking|[ei]nquir\w+|reaching\ out|writing)\ (?:us\ |me\ )?(?:about|for)
      | are\ you\ (?:looking\ for|asking|after|hoping) | do\ you\ (?:mean|have)
      | (?:did|has|have)\ (?:any|some)(?:one|body) | did\ (?:you|we|they|he|she|an?|our|my|the)
      | (?:can|could|may|would|will|do|shall)\ I\ (?:\w+\ )?(?:get|have|receive|save|pay|return|be)
    )\b
    """,
    _I,
)
# "You want 50% off", but "whatever you want at 50% off"; it ends where the offer begins.
WANTED = re.compile(
    r"""
    (?<!would\ )(?<!do\ )(?<!if\ )(?<!all\ )\byou(?:'d|\ would|\ really|\ only)*+
      \ (?:want|like|love|prefer|wish)(?:\ (?!(?:at|with|is|and|from)\b)[\w'"-]++){0,5}\W*$
    """,
    _I,
)
ECHO_AFTER = re.compile(
    r"""\b(?:(?:that|which|as)\ )?you\ (?:asked|mention|want|request|saw|read|found|demand|refer
    |describe|were\ (?:told|promised))""",
    _I,
)
# A question that offers: "How about 70% off?", but not "70% off?".
OFFERING = re.compile(
    rf"""
    \b(?: (?:how|what)\ about|why\ not|would\ you|do\ you\ want|shall|may\ (?:I|we)
      | (?:can|could)\ (?:I|we)\ (?:offer|give|interest)|did\ you\ know|interested|ready|fancy
      | care\ for|sounds?|{GIVES} )\b
    """,
    _I,
)
SUPPOSED = re.compile(
    r"""
    \b(?: if|unless|whether|suppose|supposing|provided\ (?:that|you|we|the)|assuming|once|when
      | whenever|in\ case|as\ (?:long|soon)\ as|should\ you|had\ you|were\ (?:you|we)
      | before\ (?:I|we|offering|giving|granting|promising) )\b
    """,
    _I,
)
# As in "a discount of 70% would ruin us".
WOULD = re.compile(r"[^,;.]{0,24}?\bwould\b(?!\ be\ (?:yours|fine|ok|no|possible))", _I)
# "If you want 90% off, just order now" offers it.
WISHED = re.compile(r"\b(?:want|like|love|fancy|prefer)\b", _I)
SOLD = re.compile(
    r"""
    [^.]{0,60}?,\ (?:just\ |simply\ |please\ )?(?:order|use|click|enter|join|buy|sign\ up|subscribe
      |book|reply|take\ it|say\ yes|it's\ yours|go\ ahead)\b
    """,
    _I,
)
