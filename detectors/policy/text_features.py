"""Features of a text for the learned rules: hashed runs of characters and words, and cues.

Runs are hashed so that a model file holds no text that it was fitted on.
"""

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]

# Longer runs of characters hardly come twice; shorter ones tell nothing.
_SHORTEST, _LONGEST = 2, 4
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
# Odd multipliers that mix well: a prime, and 2**64 divided by the golden ratio (Knuth 6.4).
_STEP = np.uint64(1_000_003)
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)

_CUES = {
    "you_shall": r"\byou (?:are|will|can|must|should|have)\b",
    "role": r"\bpretend|act as|role-?play|role play|simulat|imagine\b",
    "ignore": r"\bignore|disregard|forget|bypass\b",
    "no_limits": r"\b(?:no|without|any) (?:rules|restrictions?|limits?|filters?|guidelines|censor)",
    "never": r"\b(?:never|always|cannot|must not|do not|don't|won't)\b",
    "known_names": r"\bjailbreak|dan\b|do anything now|developer mode|unfiltered|uncensored",
    "model_names": r"\bopenai|chatgpt|gpt|language model\b",
    "forbidden": r"\billegal|immoral|unethical|harmful|offensive|dangerous\b",
    "refuse": r"\brefuse|decline|apolog|sorry|comply|obey\b",
    "character": r"\bstay in character|break character|in character|persona\b",
    "from_now_on": r"\bi am going to|from now on|respond|answer (?:as|every|all|with)",
    "fiction": r"\bhypothetical|fiction|story|character\b",
    "own_output": r"\b(?:your|the) (?:answer|response|reply|output|instructions?|prompt)\b",
    "question": r"\?",
    "address": r"[|@]|http",
    "digit": r"\d",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _CUES.items()}
# English verbs that tell somebody, or a machine, what to do.
_VERBS = frozenset(
    """
    add adjust alter analyze answer append apply arrange ask attach avoid begin build
    calculate change check choose combine compare complete compose compute convert copy count
    craft create decode define delete describe design detail determine develop discuss display
    do draft draw edit emphasize encode encourage end ensure establish estimate evaluate
    examine exclude execute explain explore express extract fetch fill find follow forget
    format forward generate get give guide help hide highlight identify ignore illustrate
    implement include incorporate inform insert install instruct integrate interpret introduce
    invent leave limit list locate look make mention mix modify monitor name offer omit open
    order organize outline output override paraphrase perform persuade place plan play post
    predict prepare present print produce promote prompt propose provide publish put query
    quote randomize rank read recommend record redirect refer rename repeat rephrase replace
    reply report request respond retrieve return reveal reverse review revise rewrite run save
    say scan scramble search select send set share show simulate sort speak spell start state
    stop store substitute suggest summarise summarize swap switch take teach tell transform
    translate transmit try turn type update upload use utilize verify write
    """.split()  # noqa: SIM905 - as a list it would take pages
)
CUES: tuple[str, ...] = (*_CUES, "length", "upper", "imperative", "imperative_output")
"""The names of the cues, in the order of their values."""


class Runs(NamedTuple):
    """A sparse unit vector: the buckets that occur, and their values."""

    at: npt.NDArray[np.intp]
    value: Array

    def dot(self, weights: Array) -> float:
        """Return the product with a dense vector."""
        return float((weights[self.at] * self.value).sum())


def characters(text: str, buckets: int) -> Runs:
    """Return how often runs of two to four characters occur, by bucket.

    Args:
        text: any.
        buckets: a power of two.
    """
    padded = f" {_SPACE.sub(' ', text.lower()).strip()} "
    codes = np.frombuffer(padded.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    shift = np.uint64(64 - buckets.bit_length() + 1)
    runs = [
        ((_hashes(codes, length) + np.uint64(length)) * _MIX) >> shift
        for length in range(_SHORTEST, min(_LONGEST, len(codes)) + 1)
    ]
    return _unit(np.concatenate(runs).astype(np.intp))


def words(text: str, buckets: int) -> Runs:
    """Return how often words and pairs of words occur, by bucket."""
    tokens = ["^", *_TOKEN.findall(text.lower())]
    if _first(tokens) in _VERBS:
        tokens.append("<imperative>")
    pairs = (f"{one} {two}" for one, two in pairwise(tokens))
    runs = [zlib.crc32(run.encode("utf-8", "replace")) % buckets for run in (*tokens, *pairs)]
    return _unit(np.array(runs, np.intp))


def cues(text: str) -> Array:
    """Return the logarithm of how often each cue occurs, and the length and share of capitals."""
    lower = text.lower()
    counts = [len(pattern.findall(lower)) for pattern in _PATTERNS.values()]
    upper = sum(map(str.isupper, text))
    is_imperative = _first(["^", *_TOKEN.findall(lower[:_OPENING])]) in _VERBS
    asks_output = is_imperative and counts[list(_CUES).index("own_output")] > 0
    return np.array(
        [
            *np.log1p(counts),
            np.log1p(len(text)) / 2,
            5 * upper / max(1, len(text)),
            float(is_imperative),
            float(asks_output),
        ]
    )


# As far as an opening "please" and its verb can reach, in characters.
_OPENING = 100


def _first(tokens: Sequence[str]) -> str:
    """Return the first word that is not "please"."""
    return next((word for word in tokens[1:] if word != "please"), "")


def _hashes(codes: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.uint64]:
    """Return a hash of each run of characters of a length."""
    count = len(codes) - length + 1
    hashes = np.zeros(count, np.uint64)
    for at in range(length):
        hashes = hashes * _STEP + codes[at : at + count]
    return hashes


def _unit(hashed: npt.NDArray[np.intp]) -> Runs:
    at, counts = np.unique(hashed, return_counts=True)
    dampened = np.log1p(counts)
    return Runs(at, dampened / np.sqrt((dampened * dampened).sum()))
