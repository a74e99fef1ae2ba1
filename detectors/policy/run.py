"""Runs the rules of a pack over a batch: each once, on the parts where it may find something."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from detectors.base import Interaction, RuleFailure
from detectors.policy.pack import Entry, Pack
from detectors.policy.part import Part, PartKind, parts_of
from detectors.policy.prefilter import Prefilter
from detectors.policy.rule import Hit


class Tally(NamedTuple):
    """What one rule did in one batch: parts it was held against, and the seconds it took."""

    rule: str
    evaluations: int
    seconds: float


class Finding(NamedTuple):
    """A rule that a part breaks."""

    entry: Entry
    part: Part
    hit: Hit


@dataclass(slots=True)
class Outcome:
    """What the rules say of one interaction; ``applied`` are the kinds of parts they looked at."""

    findings: list[Finding] = field(default_factory=list)
    failures: list[RuleFailure] = field(default_factory=list)
    applied: set[PartKind] = field(default_factory=set)


class Runner:
    """The rules of a pack, sorted by what they look at.

    Args:
        pack: the rules.
        clock: seconds, for the tallies.
    """

    def __init__(self, pack: Pack, *, clock: Callable[[], float]) -> None:
        self._pack = pack
        self._clock = clock
        self._prefilter = Prefilter([entry.check.keywords for entry in pack.entries])
        self._scopes: dict[tuple[PartKind, str], frozenset[int]] = {}

    @property
    def pack(self) -> Pack:
        """The rules."""
        return self._pack

    def run(self, batch: Sequence[Interaction]) -> tuple[list[Outcome], list[Tally]]:
        """Return an outcome for each interaction, in order, and a tally for each rule that ran."""
        outcomes = [Outcome() for _ in batch]
        evaluations: Counter[int] = Counter()
        wanted: dict[int, list[tuple[Part, Outcome]]] = {}
        for interaction, outcome in zip(batch, outcomes, strict=True):
            for part in parts_of(interaction):
                scope = self._scope(part)
                if not scope:
                    continue
                outcome.applied.add(part.kind)
                evaluations.update(scope)
                for rule in scope & self._prefilter.candidates(part.lower):
                    wanted.setdefault(rule, []).append((part, outcome))
        seconds = {rule: self._apply(rule, where) for rule, where in sorted(wanted.items())}
        tallies = [
            Tally(self._pack.entries[rule].rule.id, count, seconds.get(rule, 0.0))
            for rule, count in sorted(evaluations.items())
        ]
        return outcomes, tallies

    def _scope(self, part: Part) -> frozenset[int]:
        """Return the rules that hold for such a part of such an app."""
        key = part.kind, part.interaction.app
        if key not in self._scopes:
            if len(self._scopes) > _MAX_SCOPES:
                self._scopes.clear()
            self._scopes[key] = frozenset(
                number
                for number, (rule, _) in enumerate(self._pack.entries)
                if part.kind in rule.applies_to and (not rule.apps or key[1] in rule.apps)
            )
        return self._scopes[key]

    def _apply(self, rule: int, where: Sequence[tuple[Part, Outcome]]) -> float:
        """Note what a rule finds, or that it failed; return the seconds it took."""
        start = self._clock()
        entry = self._pack.entries[rule]
        for (part, outcome), hit in zip(
            where, _isolated(entry, [p for p, _ in where]), strict=True
        ):
            if isinstance(hit, RuleFailure):
                outcome.failures.append(hit)
            elif hit is not None:
                outcome.findings.append(Finding(entry, part, hit))
        return self._clock() - start


# Apps are as many as there are names in the events.
_MAX_SCOPES = 10_000


def _isolated(entry: Entry, parts: Sequence[Part]) -> list[Hit | RuleFailure | None]:
    """Run a rule on all parts; if that fails, on each alone, so that one blinds no other."""
    try:
        return list(entry.check.find_many(parts))
    except Exception as error:  # noqa: BLE001 - any error of a rule becomes a failure of that rule
        if len(parts) == 1:
            return [RuleFailure(rule=entry.rule.id, reason=type(error).__name__)]
    return [outcome for part in parts for outcome in _isolated(entry, [part])]
