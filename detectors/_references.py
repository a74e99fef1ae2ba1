"""Where an answer names its sources: ``[2]``, ``[^1]``, ``【3】``, ``(Source: X)``, links."""
# ruff: noqa: RUF001 - brackets and dashes of other scripts are what is looked for

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from detectors.base import Span

Kind = Literal["position", "id", "source", "url"]


class Reference(NamedTuple):
    """One source that an answer names: a position ``3``, an id ``doc-12``, a name, or a URL."""

    kind: Kind
    value: str
    span: Span


# What a passage is called in answers; a number after it is its position.
PASSAGE = r"(?:passage|document|doc|source|src|excerpt|snippet|chunk|context|reference|ref)"
_URL = r"(?:https?://|www\.)[^\s<>\"`|\\^{}\[\]()（）【】，。]{1,2000}+"
_NUMBERS = r"\d{1,3}(?:(?:[ ]?[,;][ ]?|[ ]?[-–—][ ]?|,?[ ](?:and|or|&)[ ])\d{1,3}){0,15}"

_LABEL = r"(?:sources?|references?|refs?)[ ]?:[ ]?"
_ID = r"[A-Za-z]\w{0,40}[-_:#.]\w{1,40}(?:[-.]\w{1,40}){0,4}"

# In these, what could meet itself again is possessive or bounded: the time stays linear.
_CODE = re.compile(
    r"^[ \t>]*+(?P<fence>`{3,}+|~{3,}+)[^\n]*+(?:\n|\Z)(?s:.*?)(?:^[ \t>]*+(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`++)[^`\n]++(?P=ticks)(?!`)",
    re.MULTILINE,
)
_REFERENCE = re.compile(
    rf"""
    \[[^\[\]\n]{{0,200}}\]\(
        <?(?P<link>{_URL}(?:\([^\s()]{{0,100}}\)[^\s()]{{0,200}})?)[^()\n]{{0,200}}+\)
  | (?P<url>(?<![\w@/]){_URL}(?:\([^\s()]{{0,100}}\))?)
  | \[\^(?P<note>\w{{1,32}})\]
  | [【〔](?P<lens>[^【】〔〕\n]{{1,100}})[】〕]
  | \[(?P<square>[^\[\]\n]{{1,200}})\](?!\()
  | \((?P<round>{_LABEL}(?:(?!://)[^()\[\]\n]){{1,200}}
        |{PASSAGE}s?[ ]?\#?[ ]?{_NUMBERS} | {_ID})\)
  | ^[ \t>*_-]{{0,16}}(?:sources?|references?)[*_]{{0,2}}:[*_]{{0,2}}[ \t]{{0,4}}
        (?=[^\s\[(])(?P<line>(?:(?!https?://)[^\n\[\]()]){{1,200}})$
  | (?P<spoken>\b{PASSAGE}s?[ ](?:(?:no\.|number|nr\.)[ ]|\#)?(?P<spoken_numbers>{_NUMBERS})\b)
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_NAMED = re.compile(rf"{_LABEL}(?P<name>.+)", re.IGNORECASE)
_NUMBERED = re.compile(rf"(?:{PASSAGE}s?[ ]?#?[ ]?)?(?P<numbers>{_NUMBERS})", re.IGNORECASE)
_TOOL = re.compile(r"(?P<position>\d{1,3})(?::\d{1,3})?(?:†(?P<name>.{1,100}))?")
_DEFINITION = re.compile(
    r"""
    ^[ \t>*-]{0,16}
    \[(?:\^|(?=\d{1,3}\])|(?=\w{1,32}\]:))(?P<label>\w{1,32})\]:?[ \t]{1,8}
    (?P<text>\S[^\n]{0,300})
    """,
    re.VERBOSE | re.MULTILINE,
)
_AFTER_URL = ".,;:!?'\"*_~"

# "document 3" alone may be an order to sign it; these say that it is leant on.
_CUE = re.compile(
    r"\b(?:to|per|see|in|from|by|cf\.?|via|of|on|the|and|as|both)[ ]$|[(\[\"*]$", re.IGNORECASE
)
_SAYS = re.compile(
    r"[ ](?:also[ ])?(?:say|state|mention|note|show|describe|explain|confirm|indicate|do|list)",
    re.IGNORECASE,
)
_INTERVAL = re.compile(
    r"""(?:\b(?:range|interval|domain|list|array|tuple|vector|values?|numbers?|is|are|of|in)
    |[=∈:(])[ ]?$""",
    re.VERBOSE | re.IGNORECASE,
)
# What is indexed in prose about programs.
_INDEXED = frozenset(
    (
        *("list", "array", "arr", "data", "items", "args", "argv", "matrix", "row", "rows"),
        *("vector", "values"),
    )
)
_IDENTIFIER = re.compile(r"[\w$]{1,40}\Z")
_USED = re.compile(r"\]?(?:\.[a-z_]|\[[a-z'\"]|[ ]?(?:[=+*/%<]|-[^ -]))")


def references(text: str) -> Iterator[Reference]:
    """Yield what an answer names as its sources, in order; code is not looked at.

    Examples:
        >>> [reference.value for reference in references("Yes [1], as passage 2 says. `a[3]`")]
        ['1', '2']
    """
    prose = _CODE.sub(lambda match: " " * len(match[0]), text)
    indexed_until = -1
    for match in _REFERENCE.finditer(prose):
        if match["square"] and _is_index(prose, match, indexed_until):
            indexed_until = match.end()
        else:
            yield from _read(prose, match)


def definitions(text: str) -> dict[str, str]:
    """Return the footnotes and reference lists of an answer: label to text."""
    return {match["label"]: match["text"] for match in _DEFINITION.finditer(text)}


def is_url(text: str) -> bool:
    """Whether a text is one URL."""
    return re.fullmatch(_URL, text, re.IGNORECASE) is not None


def _is_index(text: str, match: "re.Match[str]", indexed_until: int) -> bool:
    """Whether a bracket is an array index, as in ``a[1]``, and not ``the capital[1]``."""
    start = match.start()
    if start == indexed_until or text.endswith("()", 0, start):
        return True
    word = _IDENTIFIER.search(text, max(0, start - 40), start)
    if word is None:
        return False
    plain = word[0].isalpha() and (word[0][1:].islower() or word[0].isupper())
    return (
        len(word[0]) == 1
        or not plain
        or word[0].lower() in _INDEXED
        or _USED.match(text, match.end()) is not None
    )


def _read(text: str, match: "re.Match[str]") -> Iterator[Reference]:
    kind, span = match.lastgroup, Span(*match.span())
    if kind == "link":
        yield Reference("url", match[kind], span)
    elif kind == "url":
        url = match[kind].rstrip(_AFTER_URL)
        yield Reference("url", url, Span(span.start, span.start + len(url)))
    elif kind == "note":
        yield Reference("position" if match[kind].isdecimal() else "id", match[kind], span)
    elif kind == "lens":
        yield from _tool(match[kind].strip(), span)
    elif kind == "line":
        yield Reference("source", match[kind].strip(), Span(*match.span(kind)))
    elif kind == "spoken":
        if _CUE.search(text, max(0, span.start - 8), span.start) or _SAYS.match(text, span.end):
            yield from _positions(match["spoken_numbers"], match.start("spoken_numbers"))
    else:
        yield from _bracket(text, match)


def _tool(content: str, span: Span) -> Iterator[Reference]:
    """Read ``3†name`` and ``4:0†name``, as hosted assistants cite; ``source`` stands for none."""
    found = _TOOL.fullmatch(content)
    if found is None:
        yield Reference("source", content, span)
    elif found["name"] not in {None, "source"} and not found["name"].startswith("L"):
        yield Reference("source", found["name"], span)
    elif ":" not in content:
        yield Reference("position", found["position"], span)


def _bracket(text: str, match: "re.Match[str]") -> Iterator[Reference]:
    group = "square" if match["square"] else "round"
    content, start = match[group].strip(), match.start(group)
    if named := _NAMED.fullmatch(content):
        yield Reference("source", named["name"].strip(" []"), Span(*match.span()))
    elif numbered := _NUMBERED.fullmatch(content):
        bare = numbered.start("numbers") == 0
        if group == "square" or not bare:
            offset = start + match[group].index(numbered["numbers"])
            if not (bare and _is_interval(text, match, numbered["numbers"])):
                yield from _positions(numbered["numbers"], offset)
    else:  # who knows the ids decides whether it is one: "[Your name]" is not
        yield Reference("id", content, Span(*match.span()))


def _is_interval(text: str, match: "re.Match[str]", numbers: str) -> bool:
    values = re.findall(r"\d+", numbers)
    if len(values) == 1:
        return False
    return (
        "0" in values
        or _INTERVAL.search(text, max(0, match.start() - 12), match.start()) is not None
    )


def _positions(numbers: str, start: int) -> Iterator[Reference]:
    for number in re.finditer(r"\d+", numbers):
        span = Span(start + number.start(), start + number.end())
        yield Reference("position", number[0], span)
