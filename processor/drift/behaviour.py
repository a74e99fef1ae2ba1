"""How an answer is written: its length, format and style, from the text alone.

Models and system prompts differ more in their style than in what they say; a silent swap shows
here first. All are standard measures of stylometry, none is fitted.
"""

import math
import re

from detectors.base import Interaction

# What Markdown shows as structure: bullets, numbers, headings, quotes, fences, tables, bold.
_MARK = re.compile(
    r"^[ \t]*(?:[-*+•][ \t]|\d{1,3}[.)][ \t]|#{1,6}[ \t]|>|```|\|)|\*\*", re.MULTILINE
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_OPENING = re.compile(
    r"\s*(?:sure|here|certainly|of course|yes|no|thank|great|as an|i )", re.IGNORECASE
)
_CONTRACTION = re.compile(r"['\u2019](?:s|t|re|ll|ve|d|m)$")
_BE = frozenset(("is", "are", "was", "were", "be", "been"))
_FIRST = frozenset(("i", "me", "my", "mine", "i'm", "i'd", "i'll", "i've", "we", "our", "us"))
_SECOND = frozenset(("you", "your", "yours", "you're", "you'll"))
_PER_CHARACTERS = 100
# Beyond, an answer's style is known; a very long one must not hold up its partition.
_CHARACTERS = 20_000
# The share of distinct words falls with the length; so many words are compared.
_DISTINCT_OF = 100

SHAPE = ("log_length", "format_density")
STYLE = (
    "sentence_words",
    "line_density",
    "paragraph_density",
    "commas",
    "exclamations",
    "colons",
    "quotes",
    "capitals",
    "digits",
    "distinct_words",
    "word_length",
    "first_person",
    "second_person",
    "ends_sentence",
    "opening_phrase",
    "be_words",
    "contractions",
    "hyphens",
    "parentheses",
)


def shape(interaction: Interaction) -> dict[str, float]:
    r"""Return length and format of an answer that was logged whole, else nothing.

    ``log_length`` is the natural logarithm of one plus its characters, ``format_density`` its
    Markdown marks in 100 characters, without an upper bound.

    Examples:
        >>> shape(Interaction(id="1", response="- one\n- two"))
        {'log_length': 2.4849066497880004, 'format_density': 1.8018018018018016}
        >>> shape(Interaction(id="2", response="cut o", truncated=frozenset({"response"})))
        {}
    """
    text = _whole(interaction)
    if text is None:
        return {}
    marks = len(_MARK.findall(text, 0, _CHARACTERS))
    length = min(len(text), _CHARACTERS)
    return {
        "log_length": math.log1p(len(text)),
        "format_density": marks / (1 + length / _PER_CHARACTERS),
    }


def style(interaction: Interaction) -> tuple[float, ...]:
    """Return the measures that `STYLE` names, of an answer that was logged whole, else nothing.

    Densities are per word or per 100 characters, counts logarithmic, the rest 0 or 1.

    References:
        Abbasi and Chen, Writeprints, ACM TOIS 2008 (the kinds of measures).

    Examples:
        >>> dict(zip(STYLE, style(Interaction(id="1", response="Sure, you can!"))))["commas"]
        0.3333333333333333
    """
    whole = _whole(interaction)
    if whole is None:
        return ()
    text = whole[:_CHARACTERS]
    characters = max(1, len(text))
    words = [word.lower() for word in _WORD.findall(text)]
    count = max(1, len(words))
    first = words[:_DISTINCT_OF]
    return (
        count / max(1, len(_SENTENCE_END.findall(text))),
        text.count("\n") / characters * _PER_CHARACTERS,
        text.count("\n\n") / characters * _PER_CHARACTERS,
        text.count(",") / count,
        math.log1p(text.count("!")),
        math.log1p(text.count(":")),
        math.log1p(text.count('"')),
        sum(map(str.isupper, text)) / characters,
        sum(map(str.isdigit, text)) / characters,
        len(set(first)) / max(1, len(first)),
        sum(map(len, words)) / count,
        sum(word in _FIRST for word in words) / count,
        sum(word in _SECOND for word in words) / count,
        float(text.rstrip()[-1:] in {".", "!", "?"}),
        float(_OPENING.match(text) is not None),
        sum(word in _BE for word in words) / count,
        sum(_CONTRACTION.search(word) is not None for word in words) / count,
        text.count("-") / count,
        text.count("(") / count,
    )


def _whole(interaction: Interaction) -> str | None:
    """Return the answer, if it is what was said."""
    if "response" in interaction.truncated | interaction.redacted:
        return None
    return interaction.response
