"""Rules of kind ``invisible``: text in characters that nobody sees."""

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from detectors.base import Span
from detectors.policy.part import Part
from detectors.policy.rule import Check, Hit, Kit, Rule, each, hit

# Unicode tags and variation selectors beyond the sixteenth can spell any text; zero-width marks
# and bidirectional controls hide or turn it. Emoji use single ones of these.
_INVISIBLE = (
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
)
# Unicode Technical Standard #51, ED-14a: the flag of a region is this and up to seven tags.
_BLACK_FLAG = "\U0001f3f4"
_LONGEST_REGION = 7


class Invisible(Rule, frozen=True, tag="invisible"):
    """Forbids runs of invisible characters of ``min_characters`` and more."""

    min_characters: Annotated[int, Meta(ge=2, le=1_000)] = 4

    def compile(self, kit: Kit) -> Check:
        """Compile the run."""
        del kit
        return Runs(self)


class Runs:
    """Finds runs of invisible characters.

    References:
        Unicode Technical Report #36, section 2.10 (tag characters); Boucher and Anderson, Trojan
        Source, 2021 (bidirectional controls).
    """

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Invisible) -> None:
        self._run = re.compile(f"[{_INVISIBLE}]{{{rule.min_characters},}}+")

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Search each part, as it came: folding takes these characters away."""
        return each(parts, self._find)

    def _find(self, part: Part) -> Hit | None:
        if part.text.isascii():
            return None
        found = (Span(*match.span()) for match in self._run.finditer(part.text))
        return hit([span for span in found if not _is_flag(part.text, span)])


def _is_flag(text: str, span: Span) -> bool:
    """Whether a run is the region of a flag, such as Scotland's."""
    return (
        text[max(0, span.start - 1) : span.start] == _BLACK_FLAG
        and span.end - span.start <= _LONGEST_REGION
    )
