"""Policy violations: the rules of a compliance team, held against every text of an interaction."""

from collections.abc import Callable, Sequence

from detectors.base import (
    Evidence,
    Interaction,
    RuleFailure,
    Severity,
    Signal,
    Span,
    Violation,
)
from detectors.policy.echo import Echoes
from detectors.policy.masking import Masking, excerpt
from detectors.policy.pack import Pack
from detectors.policy.part import FIELDS
from detectors.policy.run import Finding, Outcome, Runner, Tally

# How bad the worst violation makes the interaction.
WEIGHTS: dict[Severity, float] = {
    "info": 0.0,
    "low": 0.25,
    "medium": 0.5,
    "high": 0.75,
    "critical": 1.0,
}
# More than a person reads; the score and the counts cover all.
_MAX_VIOLATIONS = 64
_MAX_SPANS = 16
_DIGITS = 4


class PolicyViolation:
    """The severity of the worst violation of a set of rules.

    The score is 0.0 without any (``passed``), else by severity: ``low`` 0.25, ``medium`` 0.5,
    ``high`` 0.75, ``critical`` 1.0 (``violated``). Violations of severity ``info``, and those
    that are echoed, are listed and do not count. The spans are of the violations in the response,
    the evidence names their rules.

    A rule that could not be run is a failure of that rule, never a pass: without a violation the
    answer is then ``unscored``, and so it is where a part that rules look at was masked or cut.
    ``unverifiable`` is an interaction that no rule looks at.

    Args:
        rules: the rules, or a function that returns them as they are now.
        masking: what the excerpts of violations show.
        clock: seconds, to time the rules by.
        report: called once a batch with what each rule did.
    """

    name = "policy_violation"

    def __init__(
        self,
        rules: Pack | Callable[[], Pack],
        *,
        masking: Masking = "off",
        clock: Callable[[], float] = lambda: 0.0,
        report: Callable[[Sequence[Tally]], None] = lambda _: None,
    ) -> None:
        self._rules = rules
        self._masking = masking
        self._clock = clock
        self._report = report
        self._runner = Runner(self._current(), clock=clock)

    @property
    def version(self) -> str:
        """Digest of the rules that the last batch was judged by, and of their models."""
        return self._runner.pack.version

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal for each interaction; a batch is judged by one state of the rules."""
        pack = self._current()
        if pack is not self._runner.pack:
            self._runner = Runner(pack, clock=self._clock)
        outcomes, tallies = self._runner.run(batch)
        self._report(tallies)
        return [
            (self._judge(interaction, outcome),)
            for interaction, outcome in zip(batch, outcomes, strict=True)
        ]

    def _current(self) -> Pack:
        return self._rules() if callable(self._rules) else self._rules

    def _judge(self, interaction: Interaction, outcome: Outcome) -> Signal:
        if not outcome.applied:
            return self._signal(None, "unverifiable", "no text that a rule looks at")
        echoes = Echoes(interaction)
        found = [v for f in outcome.findings for v in self._violations(f, echoes)]
        found.sort(key=lambda v: (v.echoed, -WEIGHTS[v.severity]))
        blamed = [v for v in found if not v.echoed and WEIGHTS[v.severity]]
        failures = tuple(dict.fromkeys(outcome.failures))
        why = f"violations: {len(blamed)}, rules that failed: {len(failures)}"
        if blamed:
            return self._signal(WEIGHTS[blamed[0].severity], "violated", why, found, failures)
        if failures:
            return self._signal(None, "unscored", why, found, failures)
        if hidden := _hidden(interaction, outcome):
            return self._signal(None, "unscored", f"{hidden} redacted or cut", found)
        return self._signal(0.0, "passed", why, found)

    def _violations(self, finding: Finding, echoes: Echoes) -> list[Violation]:
        """Return what a finding comes to: its own part, and apart what is only echoed."""
        (rule, _), part, hit = finding
        echoed = [s for s in hit.spans if echoes.repeats(part, s, rule.unless_in)]
        own = [span for span in hit.spans if span not in echoed]
        return [
            Violation(
                rule=rule.id,
                severity=rule.severity,
                part=part.name,
                spans=tuple(spans[:_MAX_SPANS]),
                score=None if hit.score is None else round(hit.score, _DIGITS),
                echoed=is_echo,
                excerpt=excerpt(part.text, spans, self._masking),
            )
            for spans, is_echo in ((own, False), (echoed, True))
            if spans or (not hit.spans and not is_echo)
        ]

    def _signal(
        self,
        score: float | None,
        label: str,
        why: str,
        violations: Sequence[Violation] = (),
        failures: tuple[RuleFailure, ...] = (),
    ) -> Signal:
        evidence = _evidence(violations)
        return Signal(
            name=self.name,
            score=score,
            label=label,
            spans=tuple(item.span for item in evidence),
            explanation=why,
            evidence=evidence,
            violations=tuple(violations[:_MAX_VIOLATIONS]),
            failures=failures,
        )


def _hidden(interaction: Interaction, outcome: Outcome) -> str:
    """Name a part that rules looked at, and that is not what was said."""
    cut = interaction.redacted | interaction.truncated
    return next((kind for kind in sorted(outcome.applied) if FIELDS[kind] in cut), "")


def _evidence(violations: Sequence[Violation]) -> tuple[Evidence, ...]:
    """Return what is blamed in the response, in order; of two that overlap, the worse."""
    spans: list[tuple[Span, str]] = []
    for violation in violations:
        if violation.part != "response" or violation.echoed or not WEIGHTS[violation.severity]:
            continue
        for span in violation.spans:
            if all(span.end <= other.start or other.end <= span.start for other, _ in spans):
                spans.append((span, violation.rule))
    return tuple(Evidence(span=s, reason=rule) for s, rule in sorted(spans)[:_MAX_SPANS])
