"""Which answers must not become training data, and why.

A bot that is tuned on its own inventions invents more. What could not be judged excludes as what
was found bad does: nobody vouches for it.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from detectors.base import Interaction, Signal
from processor.conversation.turn import told
from processor.judgement import judgement
from processor.verdict import Failure, Training

Doubt = Literal["no_answer", "altered", "echoed", "failed", "unjudged", "unresolved"]
"""A reason that is no bad signal: there is no response; it was masked or cut; it repeats what a
policy rule would not let the bot say by itself; a detector or a rule failed; a required signal
did not judge; the event itself tells that it did not help."""


class Curation:
    """Says of an answer whether it may become training data.

    Args:
        signals: one of these that is bad excludes; any does if ``None``.
        required: one of these that has not judged excludes.

    Examples:
        >>> curation = Curation(required=("hallucination",))
        >>> curation(Interaction(id="1", response="Hello."), (), ())
        Training(eligible=False, reasons=('unjudged',))
    """

    def __init__(
        self, *, signals: Collection[str] | None = None, required: Collection[str] = ()
    ) -> None:
        self._signals = None if signals is None else frozenset(signals)
        self._required = frozenset(required)

    def __call__(
        self, interaction: Interaction, signals: Sequence[Signal], failures: Sequence[Failure]
    ) -> Training:
        """Return the decision on one answer with every reason against it."""
        said = {signal.name: judgement(signal) for signal in signals}
        judged = {name for name, word in said.items() if word != "unknown"}
        reasons = (
            *(name for name, word in said.items() if word == "bad" and self._counts(name)),
            *_doubts(interaction, signals, failures, is_judged=self._required <= judged),
        )
        return Training(eligible=not reasons, reasons=reasons)

    def _counts(self, signal: str) -> bool:
        return self._signals is None or signal in self._signals


def _doubts(
    interaction: Interaction,
    signals: Sequence[Signal],
    failures: Sequence[Failure],
    *,
    is_judged: bool,
) -> Iterator[Doubt]:
    if not interaction.response:
        yield "no_answer"
    if "response" in interaction.redacted | interaction.truncated:
        yield "altered"
    if any(v.echoed and v.severity != "info" for s in signals for v in s.violations):
        yield "echoed"
    if failures or any(signal.failures for signal in signals):
        yield "failed"
    if not is_judged:
        yield "unjudged"
    if (said := told(interaction)) and said.outcome != "confirmed":
        yield "unresolved"
