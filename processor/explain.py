"""An interaction on the terminal, with what its verdict blames marked in colour."""

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from detectors.base import Evidence, Interaction, Passage, Signal, Span, Turn
from processor.verdict import Verdict

# Told apart on dark and light terminals; a detector keeps its colour within one verdict.
_STYLES = ("bold red", "bold magenta", "bold yellow", "bold cyan", "bold blue", "bold green")
# What a terminal would obey; line feed and tab are harmless.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_SNIPPET = 160


def explain(interaction: Interaction, verdict: Verdict) -> RenderableType:
    """Return the answer with its spans marked, the signals, and the evidence of each."""
    styles = _styles(verdict)
    parts: list[RenderableType] = [
        Rule(Text(plain(verdict.event_id), style="bold")),
        _marked(interaction.response or "", verdict, styles),
        _signals(verdict, styles),
        _training(verdict),
    ]
    for signal in verdict.signals:
        parts += _evidence(signal, interaction, styles.get(signal.name, ""))
    return Group(*parts)


def plain(text: str) -> str:
    """Replace what a terminal would obey, character for character, so that spans still fit."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _styles(verdict: Verdict) -> dict[str, str]:
    blaming = [signal.name for signal in verdict.signals if signal.spans]
    return {name: _STYLES[i % len(_STYLES)] for i, name in enumerate(blaming)}


def _marked(response: str, verdict: Verdict, styles: dict[str, str]) -> Padding:
    text = Text(plain(response))
    for signal in verdict.signals:
        for span in signal.spans:
            text.stylize(f"{styles[signal.name]} underline", *span)
    return Padding(text, (1, 2))


def _signals(verdict: Verdict, styles: dict[str, str]) -> Table:
    table = Table("signal", "score", "label", "why", box=None, padding=(0, 2, 0, 0))
    for signal in verdict.signals:
        score = "" if signal.score is None else f"{signal.score:.2f}"
        name = Text(signal.name, style=styles.get(signal.name, ""))
        table.add_row(name, score, signal.label, Text(signal.explanation))
    for failure in verdict.failures:
        table.add_row(failure.detector, "", "unscored", failure.reason)
    return table


def _training(verdict: Verdict) -> Text:
    if verdict.training.eligible:
        return Text("  may become training data", style="dim")
    return Text(f"  no training data: {', '.join(verdict.training.reasons)}", style="dim")


def _evidence(signal: Signal, interaction: Interaction, style: str) -> Iterator[Text]:
    for evidence in signal.evidence:
        line = Text(f"  {evidence.reason}: ")
        line.append(_snippet(interaction.response or "", evidence.span), style=style)
        if support := _support(evidence, interaction):
            line.append(f"  ← {plain(evidence.passage or '')}: {support}", style="dim")
        yield line


def _support(evidence: Evidence, interaction: Interaction) -> str:
    """Return the words of a passage that come closest to what is blamed."""
    source = _sources(interaction).get(evidence.passage or "")
    if source is None or evidence.support is None:
        return ""
    return _snippet(source.text, evidence.support)


def _sources(interaction: Interaction) -> dict[str, Passage | Turn]:
    """Return what evidence may name: passages by id or else position, turns by position."""
    turns = {f"history:{place}": turn for place, turn in enumerate(interaction.history)}
    return turns | {p.id or str(place): p for place, p in enumerate(interaction.passages)}


def _snippet(text: str, span: Span) -> str:
    return " ".join(plain(text[span.start : span.end][:_SNIPPET]).split())
