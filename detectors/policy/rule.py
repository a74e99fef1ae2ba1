"""What every rule says of itself, whatever its kind; and what a kind must be able to do."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, get_args

import msgspec
from msgspec import Meta

from detectors.base import Severity, Span
from detectors.embedding import Encoder
from detectors.policy.part import Part, PartKind

SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Text = Annotated[str, Meta(min_length=1, max_length=4_000)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=64)]
Share = Annotated[float, Meta(ge=0, le=1)]


class RuleError(ValueError):
    """A rule that cannot be used; ``path`` leads to the key, such as ``("pattern", 0)``."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An example that needs more than one text."""

    app: str = "unknown"
    prompt: Text | None = None
    response: Text | None = None
    system: Text | None = None
    context: tuple[Text, ...] = ()


class Hit(NamedTuple):
    """Where a rule finds a violation in a part; several spans, or none for what is missing.

    ``score`` is how sure the rule is, in [0, 1], where it is not simply so.
    """

    spans: tuple[Span, ...]
    score: float | None = None


class Check(Protocol):
    """A compiled rule.

    ``keywords`` are folded and in lower case; without one of them in the text a part need not be
    looked at. Empty means that every part must be.
    """

    keywords: tuple[str, ...]

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Return for each part what violates the rule; company changes nothing."""
        ...


def no_encoder() -> Encoder:
    """Refuse to embed.

    Raises:
        ValueError: always.
    """
    raise ValueError("no sentence encoder at hand")


class Kit(NamedTuple):
    """What rules may need beside themselves.

    ``encoder`` raises ``ValueError`` where there is none; ``directory`` is the rule file's;
    ``embeds`` says whether learned rules read the embedding of a text too.
    """

    encoder: Callable[[], Encoder] = no_encoder
    directory: Path = Path()
    embeds: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One rule: what is forbidden or required, where, and how bad it is.

    ``apps`` are the apps that it holds for, all if empty. ``unless_in`` names parts: what stands
    there too is echoed, and no violation. ``examples`` break the rule, ``counterexamples`` do not.
    """

    id: Name
    description: Text
    severity: Severity
    applies_to: Annotated[tuple[PartKind, ...], Meta(min_length=1)] = ("response",)
    apps: tuple[str, ...] = ()
    unless_in: tuple[PartKind, ...] = ()
    tags: tuple[Text, ...] = ()
    examples: Annotated[tuple[Text | Case, ...], Meta(min_length=1)]
    counterexamples: Annotated[tuple[Text | Case, ...], Meta(min_length=1)]

    def compile(self, kit: Kit) -> Check:
        """Make the rule ready.

        Raises:
            RuleError: it cannot be used; the message says why.
        """
        raise NotImplementedError


def each(parts: Sequence[Part], find: Callable[[Part], Hit | None]) -> list[Hit | None]:
    """Look at parts one by one."""
    return [find(part) for part in parts]


def hit(spans: Sequence[Span], score: float | None = None) -> Hit | None:
    """Return a hit for spans, or ``None`` without any."""
    return Hit(tuple(spans), score) if spans else None
