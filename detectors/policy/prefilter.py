"""Which rules a text can break at all: one pass for the keywords of all of them.

The only file that knows the Aho-Corasick library.
"""

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation


class Prefilter:
    """Finds the rules with a keyword in a text, and those that have none.

    Args:
        keywords: of each rule, folded and in lower case; empty for a rule that always runs.

    References:
        Aho and Corasick, Efficient string matching, CACM 18(6), 1975.
    """

    def __init__(self, keywords: Sequence[Sequence[str]]) -> None:
        self._always = frozenset(rule for rule, words in enumerate(keywords) if not words)
        owners: dict[str, set[int]] = {}
        for rule, words in enumerate(keywords):
            for word in words:
                owners.setdefault(word, set()).add(rule)
        self._owners = list(owners.values())
        self._automaton = (
            AhoCorasick(list(owners), implementation=Implementation.DFA) if owners else None
        )

    def candidates(self, lower: str) -> frozenset[int]:
        """Return the rules that must look at a text, given in lower case."""
        if self._automaton is None:
            return self._always
        found = {
            match[0] for match in self._automaton.find_matches_as_indexes(lower, overlapping=True)
        }
        return self._always.union(*(self._owners[word] for word in found))
