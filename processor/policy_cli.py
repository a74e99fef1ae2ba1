"""The commands ``semwatch policy``: a rule file's own tests, and what hits a text."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detectors.base import Interaction, Passage, Violation
from detectors.embedding import Encoder
from detectors.policy.example import Result, results
from detectors.policy.pack import Pack, PackError, load
from detectors.policy.part import PartKind
from detectors.policy.rule import Kit
from detectors.policy_violation import PolicyViolation
from processor import config as settings
from processor.errors import ConfigError
from processor.explain import plain


def check(sources: Sequence[str], config: settings.Config, encoder: Callable[[], Encoder]) -> bool:
    """Run the examples of rule files, print what came of them, and say whether all went well.

    Raises:
        ConfigError: a file cannot be used.
    """
    pack = _load(sources, Kit(encoder, embeds=config.policy.embeddings))
    found = list(results(pack))
    wrong = [result for result in found if not result.is_as_said]
    console = Console(width=None, soft_wrap=True)
    for result in wrong:
        console.print(f"{result.rule}: {result.place}: {_fault(result)}", style="red", markup=False)
    console.print(
        f"{len(pack.entries)} rules, {len(found)} examples, {len(wrong)} not as they should be",
        highlight=False,
    )
    return not wrong


def _fault(result: Result) -> str:
    if result.failure:
        return f"the rule could not be run: {result.failure}"
    if result.place.startswith("counter"):
        return "breaks the rule, and should not"
    return "should break the rule, and does not"


def explain(
    text: str, part: PartKind, config: settings.Config, encoder: Callable[[], Encoder]
) -> None:
    """Print a text with what rules find in it marked.

    Raises:
        ConfigError: the rules cannot be used.
    """
    kit = Kit(encoder, embeds=config.policy.embeddings)
    pack = _load(config.policy.rules, kit, disabled=config.policy.disabled)
    [[signal]] = PolicyViolation(pack).detect_many([_interaction(text, part)])
    console = Console()
    shown = Text(plain(text))
    for violation in signal.violations:
        for span in violation.spans:
            shown.stylize("bold red underline", *span)
    console.print(shown)
    score = "" if signal.score is None else f" {signal.score:g}"
    console.print(f"\n{signal.label}{score}: {signal.explanation}", highlight=False)
    if signal.violations:
        console.print(_table(signal.violations, text, pack))
    for failure in signal.failures:
        console.print(f"{failure.rule}: could not be run: {failure.reason}", style="red")


def _table(violations: Sequence[Violation], text: str, pack: Pack) -> Table:
    meant = {entry.rule.id: entry.rule.description for entry in pack.entries}
    table = Table("rule", "severity", "where", "what", "meaning", box=None)
    for violation in violations:
        where = " ".join(f"{start}-{end}" for start, end in violation.spans)
        what = " … ".join(plain(text[start:end]) for start, end in violation.spans)
        meaning = " ".join(meant[violation.rule].split())
        table.add_row(violation.rule, violation.severity, where, Text(what), Text(meaning))
    return table


def _interaction(text: str, part: PartKind) -> Interaction:
    return Interaction(
        id="explain",
        prompt=text if part == "prompt" else None,
        response=text if part == "response" else None,
        system_prompt=text if part == "system" else None,
        passages=(Passage(text=text),) if part == "context" else (),
    )


def _load(sources: Sequence[str], kit: Kit, *, disabled: Sequence[str] = ()) -> Pack:
    try:
        return load(sources, kit, disabled=disabled)
    except PackError as error:
        raise ConfigError(str(error)) from error
