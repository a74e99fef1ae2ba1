"""The texts of an interaction that rules are held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from detectors.base import Interaction
from detectors.policy.folding import Folded, fold

PartKind = Literal["prompt", "response", "context", "system"]
# What an interaction calls the fields that make a part, in its own marks of masked or cut text.
FIELDS: Mapping[PartKind, str] = {
    "prompt": "prompt",
    "response": "response",
    "context": "passages",
    "system": "system_prompt",
}
# As many passages as a person could have looked at.
_MAX_PASSAGES = 64


@dataclass(frozen=True)
class Part:
    """One text of an interaction, folded when first asked.

    ``name`` is the kind, and for a passage ``context:`` and its id, or else its position.
    ``memo`` is for what several rules would work out alike.
    """

    kind: PartKind
    name: str
    text: str = field(repr=False)
    interaction: Interaction = field(repr=False)
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def folded(self) -> Folded:
        """The text as rules read it."""
        return fold(self.text)

    @cached_property
    def lower(self) -> str:
        """The folded text in lower case; its offsets are no longer the text's."""
        return self.folded.text.lower()


def parts_of(interaction: Interaction) -> Iterator[Part]:
    """Yield the parts that hold text."""
    named = (
        ("prompt", "prompt", interaction.prompt),
        ("response", "response", interaction.response),
        ("system", "system", interaction.system_prompt),
        *(
            ("context", f"context:{passage.id or place}", passage.text)
            for place, passage in enumerate(interaction.passages[:_MAX_PASSAGES])
        ),
    )
    for kind, name, text in named:
        if text:
            yield Part(kind, name, text, interaction)  # type: ignore[arg-type] # one of the four


def haystack(interaction: Interaction, kinds: tuple[PartKind, ...]) -> str:
    """Return all text that an answer may merely repeat, folded and in lower case.

    With the prompt go the earlier turns, with the passages the record.
    """
    return "\n".join(
        fold(text).text.lower() for kind in kinds for text in _texts(interaction, kind)
    )


def _texts(interaction: Interaction, kind: PartKind) -> Iterator[str]:
    match kind:
        case "prompt":
            yield interaction.prompt or ""
            yield from (turn.text for turn in interaction.history)
        case "response":
            yield interaction.response or ""
        case "system":
            yield interaction.system_prompt or ""
        case "context":
            yield from (passage.text for passage in interaction.passages)
            yield from _strings(interaction.context)


def _strings(value: Any) -> Iterator[str]:
    """Yield the leaves of a JSON record."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
    elif value is not None:
        yield str(value)
