"""Rules of kind ``required``: what must be said, always or where a topic comes up."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from detectors.policy.expression import Expression
from detectors.policy.folding import fold
from detectors.policy.part import Part, PartKind
from detectors.policy.rule import Check, Hit, Kit, Rule, Text

_Patterns = Annotated[tuple[Text, ...], Meta(min_length=1)]


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic: any of the patterns, in any of the parts."""

    patterns: _Patterns
    parts: tuple[PartKind, ...] = ("prompt", "response")


class Required(Rule, frozen=True, tag="required"):
    """Demands that a text holds one of ``any_of``, if ``when`` holds.

    The violation has no span: it is of what is missing.
    """

    any_of: _Patterns
    when: When | None = None

    def compile(self, kit: Kit) -> Check:
        """Compile the patterns."""
        del kit
        return Demand(self)


class Demand:
    """Compiled patterns of what must be there."""

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Required) -> None:
        when = rule.when
        self._any_of = [Expression(p, "any_of", n) for n, p in enumerate(rule.any_of)]
        self._topics = [
            Expression(p, "when", "patterns", n)
            for n, p in enumerate(when.patterns if when else ())
        ]
        self._parts = when.parts if when else ()

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Look at each part."""
        return [
            Hit(()) if self._applies(part) and not self._is_said(part) else None for part in parts
        ]

    def _is_said(self, part: Part) -> bool:
        return any(expression.is_in(part.folded) for expression in self._any_of)

    def _applies(self, part: Part) -> bool:
        if not self._topics:
            return True
        texts = {
            "prompt": part.interaction.prompt,
            "response": part.interaction.response,
            "system": part.interaction.system_prompt,
            "context": "\n".join(passage.text for passage in part.interaction.passages),
        }
        folded = [fold(texts[kind] or "") for kind in self._parts]
        return any(topic.is_in(text) for topic in self._topics for text in folded)
