"""The input formats that token classifiers were trained with."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from detectors.transformer.classifier import Encoded, Ints

_MAX_QUESTION = 2_000
# More passages than there can be: their number takes the most tokens.
_MANY = 99_999


class Prompt(NamedTuple):
    """How a token classifier was shown a question and its passages when it was trained.

    ``asked`` is what goes before the question, between it and the passages, and after them;
    ``bare`` is the same where there is no question, and ``asked`` is ``None`` for a model that
    never sees one. ``{passages}`` is their number. ``passage`` goes before each.
    """

    asked: tuple[str, str, str] | None = None
    bare: tuple[str, str, str] = ("", "", "")
    passage: str = ""

    def around(
        self, question: str, passages: int, tokenize: Callable[[str], Encoded], limit: int
    ) -> tuple[Ints, Ints]:
        """Return the tokens before and after the passages, ``limit`` of the question at most."""
        asked = tokenize(question[:_MAX_QUESTION]).ids[:limit]
        form = self.asked if len(asked) else None
        lead, link, after = (
            tokenize(part.format(passages=passages)).ids for part in form or self.bare
        )
        return np.concatenate([lead, asked if form else asked[:0], link]), after

    def overhead(self, tokenize: Callable[[str], Encoded]) -> int:
        """Return the most tokens that it takes beside question and passages."""
        sizes = [
            sum(len(tokenize(part.format(passages=_MANY)).ids) for part in form)
            for form in (self.asked or (), self.bare)
        ]
        return max(sizes)


# The input formats of the models of KRLabsOrg/LettuceDetect, versions 1 and 2.
PROMPTS: Mapping[str, Prompt] = {
    "plain": Prompt(),
    "lettucedetect": Prompt(
        asked=(
            "Briefly answer the following question:\n",
            (
                "\nBear in mind that your response should be strictly based on the following "
                "{passages} passages:\n"
            ),
            (
                "In case the passages do not contain the necessary information to answer the "
                'question, please reply with: "Unable to answer based on given passages."\noutput:'
            ),
        ),
        bare=("Summarize the following text:\n", "", "output:"),
        passage="passage {number}: ",
    ),
    "lettucedetect-v2": Prompt(asked=("User request: ", "\n\n", "")),
}
