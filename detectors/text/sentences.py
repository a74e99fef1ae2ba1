"""Where the sentences are: Markdown blocks first, then the sentences in each."""
# ruff: noqa: RUF001 - the punctuation of other scripts is what this file is about

import re
from collections.abc import Iterator
from typing import NamedTuple

from detectors.base import Span

# The longest span: about 150 tokens of English, which a small encoder reads whole.
# It bounds the cost of text that never comes to a full stop.
MAX_CHARACTERS = 600

# UAX #29 SB6: these end a sentence only before a space (`3.14`, `v2.0.1`, `example.com/?q`) ...
_SPACED = ".!?…؟۔։"
# ... and these do without, for their scripts put none.
_UNSPACED = "。！？｡।॥．"
# What cannot open a sentence (SContinue and SATerm of the annex).
_CONTINUES = frozenset(_SPACED + _UNSPACED + ",;:-–—，、；：")
_OPENERS = "\"'“‘„«‹¿¡([{*_~「『（【《〈〔"
_QUOTES = ("」", "』", "”", "’", '"', "'")

_ABBREVIATION = re.compile(
    r"""
    (?P<title>                                  # a name follows
        Mr|Mrs|Ms|Mx|Dr|Prof|Gen|Col|Capt|Lt|Sgt|Rev|Hon|Gov|Sen|Rep|Pres|Messrs|Mt|Ft
      | vs|cf|viz|ca|approx|e\.g|i\.e )
  | (?P<counted>(?i:                            # "No. 5", but "No. It is not."
        nos?|nr|figs?|eqs?|sec|ch|vol|pp|art|ref
      | jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec ))
  | (?P<number>\d\d?)                           # "Steps: 1. Mix. 2. Bake."
  | (?P<either>                                 # "the U.S. Senate", "in the U.S. It is"
        Inc|Ltd|Co|Corp|Bros|Jr|Sr|St|Ave|Blvd|Rd|Ph\.D|Univ|Dept|al
      | (?:[^\W\d_]\.)*[^\W\d_] )
    """,
    re.VERBOSE,
)
# Longer than any abbreviation, so that a stop costs the same wherever it stands.
_LOOKBEHIND = 12
_STARTER = re.compile(
    "An?|And|As|At|But|For|Her?|His|However|I|If|In|Its?|My|On|Our|She|That|The|Their|There"
    "|These|They|This|Those|We|What|When|While|Your?"
)

# In these, what could meet itself again is possessive (`*+`): the time stays linear.
_LINE = re.compile(
    r"""
    (?P<markers>(?:[ \t]*+(?:
        >
      | [-*+•‣◦▪●–—](?=[ \t])
      | \[[ xX]\](?=[ \t])
      | (?:\d{1,3}[.)]|[A-Za-z]\))(?=[ \t]+\S)  # "1985." is a year, "42." alone an answer
    ))*+[ \t]*+)
    (?: (?P<fence>`{3,}+|~{3,}+)[^`\n]*+(?:\n|\Z)
        (?P<code>(?s:.*?))
        (?:^[ \t>]*+(?P=fence)[`~]*+[ \t\r]*+$|\Z)
      | \#{1,6}[ \t](?P<heading>.*+)
      | \|[| \t]*+(?P<row>.*[^|\s])[ \t]*+\|[| \t\r]*+$
      | (?P<rule>(?:[^\w\n]|_)*+)$(?:\n[ \t\r]*+(?=\n))*+  # nothing to read: blank, "---"
      | (?P<text>.*+)
    )\n?
    """,
    re.VERBOSE | re.MULTILINE,
)
_STOP = re.compile(
    rf"""
    [^`{_SPACED}{_UNSPACED}]*+
    (?: `++(?:[^`\n]*+`++)?                     # inline code is opaque
      | (?P<mark>(?:[{_SPACED}{_UNSPACED[:-1]}]|．(?![\dA-Za-z]))++)
        (?P<close>(?:["'”’»›)\]}}*_~」』）】》〉〕]
          | [“‘«‹](?!\w) | \s»(?!\w)           # „Ja.“ »Ja.« « Oui. »
          | [ ]?[\[【]\^?\d[^\]】\n]{{0,20}}[\]】]  # citations: [1] [^1] 【4†web】
        )*+)
        (?P<gap>(?:\n[ \t]*+>[> \t]*+|\s)*+)    # with the marker of a quotation's next line
        (?=[\s{re.escape(_OPENERS)}]*+(?P<after>\w{{1,12}}+\.?|.?))
      | .?                                      # no stop; to fail would be to search again
    )
    """,
    re.VERBOSE,
)
_PIECE = re.compile(
    rf"\S(?:.{{0,{MAX_CHARACTERS - 2}}}\S)?(?!\S)|\S{{{MAX_CHARACTERS}}}", re.DOTALL
)
_READABLE = re.compile(r"[^\W_]")


class _Block(NamedTuple):
    """A range that no sentence crosses; ``whole`` says that none ends within it either."""

    start: int
    end: int
    whole: bool


def split(text: str) -> tuple[Span, ...]:
    r"""Return where the sentences of an answer or a passage are.

    Spans are in order, disjoint, without surrounding space or Markdown markers, hold a letter
    or a digit, and are at most ``MAX_CHARACTERS`` long. List items, table rows, headings and
    fenced code end at their own end; the last three are not split further. In doubt, as after
    an abbreviation, the text stays together. The time is linear in the length of the text.

    Examples:
        >>> split("Yes. No.")
        (Span(start=0, end=4), Span(start=5, end=8))
        >>> answer = "Dr. Lee saw 3.14, e.g. in\nv2.0. Why?\n\n1. Look it up.\n2. Cite it"
        >>> [answer[start:end] for start, end in split(answer)]
        ['Dr. Lee saw 3.14, e.g. in\nv2.0.', 'Why?', 'Look it up.', 'Cite it']

    References:
        Unicode Standard Annex #29, Unicode Text Segmentation, section 5: rules SB6 to SB11.
        CommonMark 0.31.2 and GitHub Flavored Markdown 0.29 for the blocks, loosely.
    """
    return tuple(
        piece
        for block in _blocks(text)
        for sentence in _sentences(text, block)
        for piece in _pieces(text, sentence)
    )


def _blocks(text: str) -> Iterator[_Block]:
    start = end = 0  # of the open paragraph or list item, if any
    quoted = False
    for line in _LINE.finditer(text):
        kind, markers = line.lastgroup, line["markers"]
        was_quoted, quoted = quoted, ">" in markers
        if kind == "text" and start < end and quoted == was_quoted and not markers.strip("> \t"):
            end = line.end()
            continue
        if start < end:
            yield _Block(start, end, whole=False)
        start = end = line.end()
        if kind == "text":
            start = line.start(kind)
        elif kind and kind != "rule":
            yield _Block(*line.span(kind), whole=True)
    yield _Block(start, end, whole=False)


def _sentences(text: str, block: _Block) -> Iterator[Span]:
    start, end, whole = block
    for stop in () if whole else _STOP.finditer(text, start, end):
        if stop["mark"] and _ends(text, start, stop):
            yield Span(start, stop.end("close"))
            start = stop.end()
    yield Span(start, end)


def _ends(text: str, start: int, stop: re.Match[str]) -> bool:
    mark, close, gap, after = stop.group("mark", "close", "gap", "after")
    if not after:
        return True
    if after[0] in _CONTINUES:  # SB8a
        return False
    if not gap:  # SB6 and SB7; and a quotation in a sentence that goes on
        return mark[-1] in _UNSPACED and not (
            close.endswith(_QUOTES) and text[stop.end()].isalpha()
        )
    if (close or mark[-1] in ".…") and _is_lower(after):  # SB8; and `"Stop!" she said`
        return False
    return mark != "." or not _abbreviates(text, start, stop.start("mark"), after)


def _is_lower(word: str) -> bool:
    # By title case, for Georgian letters are lower-case without one. "iPhone" may open a sentence.
    return word[0] != word[0].title() and not word[1:2].isupper()


def _abbreviates(text: str, start: int, at: int, after: str) -> bool:
    words = text[max(start, at - _LOOKBEHIND) : at].split()
    word = words[-1] if words else ""
    found = _ABBREVIATION.fullmatch(word.lstrip(_OPENERS))
    match found and found.lastgroup:
        case "title":
            return True
        case "counted":
            return after[0].isdigit()
        case "number":
            return start + len(word) == at or text.endswith(": 1", start, at)
        case "either":
            return _STARTER.fullmatch(after) is None
        case _:
            return False


def _pieces(text: str, span: Span) -> Iterator[Span]:
    for piece in _PIECE.finditer(text, *span):
        if _READABLE.search(text, *piece.span()):
            yield Span(*piece.span())
