"""What may become training data: only what was judged, and found good."""

from typing import Any

import pytest

from detectors.base import Feedback, Interaction, Outcome, RuleFailure, Severity, Signal, Violation
from processor.config import Config
from processor.training import Curation
from processor.verdict import Failure, Training

ANSWER = Interaction(id="1", response="Returns are free within 14 days.")
GOOD = (
    Signal(name="hallucination", score=0.1, label="supported"),
    Signal(name="policy_violation", score=0.0, label="passed"),
)
CURATION = Curation(signals=Config().training.signals, required=Config().training.required)


def answer(**fields: Any) -> Interaction:
    """Return an answer that is otherwise fine."""
    return Interaction(**{"id": "1", "response": "Returns are free."} | fields)


def reasons(interaction: Interaction, *signals: Signal) -> tuple[str, ...]:
    """Return what speaks against an answer of which all else is good."""
    names = {signal.name for signal in signals}
    others = tuple(signal for signal in GOOD if signal.name not in names)
    return CURATION(interaction, (*others, *signals), ()).reasons


def test_an_answer_found_good_may() -> None:
    """All that is required judged it, and nothing speaks against it."""
    assert CURATION(ANSWER, GOOD, ()) == Training(eligible=True, reasons=())


@pytest.mark.parametrize("name", Config().training.signals)
def test_a_bad_signal_excludes(name: str) -> None:
    """By its name."""
    assert reasons(ANSWER, Signal(name=name, score=0.9, label="bad")) == (name,)


def test_a_signal_that_is_not_asked_excludes_nobody() -> None:
    """Every new number is `novel`, and many are right."""
    assert reasons(ANSWER, Signal(name="novel_numbers", score=0.9, label="novel")) == ()


def test_any_bad_signal_excludes_where_none_is_named() -> None:
    """Nobody is let through for want of a list."""
    signal = Signal(name="novel_numbers", score=0.9, label="novel")

    assert Curation()(ANSWER, (signal,), ()).reasons == ("novel_numbers",)


@pytest.mark.parametrize("label", ["unverifiable", "unscored"])
@pytest.mark.parametrize("name", Config().training.required)
def test_what_could_not_be_judged_excludes(name: str, label: str) -> None:
    """Missing is not good."""
    assert reasons(ANSWER, Signal(name=name, score=None, label=label)) == ("unjudged",)


def test_a_required_signal_that_was_not_made_excludes() -> None:
    """Its detector does not run."""
    assert CURATION(ANSWER, GOOD[:1], ()).reasons == ("unjudged",)


def test_personal_data_of_the_user_that_is_repeated_excludes() -> None:
    """It breaks no rule of conduct, and still must not be learned."""
    assert reasons(ANSWER, passed(echoed=True)) == ("echoed",)


def test_what_is_only_counted_excludes_nobody() -> None:
    """A rule of severity info blames nothing, echoed or not."""
    for echoed in (True, False):
        assert reasons(ANSWER, passed(severity="info", echoed=echoed)) == ()


def passed(*, severity: Severity = "high", echoed: bool) -> Signal:
    """Return a policy signal with a violation that does not count."""
    violation = Violation(rule="pii.email", severity=severity, part="response", echoed=echoed)
    return Signal(name="policy_violation", score=0.0, label="passed", violations=(violation,))


def test_a_failed_detector_excludes() -> None:
    """It might have found something."""
    failures = (Failure(detector="citations", reason="ValueError"),)

    assert CURATION(ANSWER, GOOD, failures).reasons == ("failed",)


def test_a_failed_rule_excludes() -> None:
    """It did not pass."""
    failed = (RuleFailure(rule="pii.card", reason="ValueError"),)
    signal = Signal(name="policy_violation", score=0.0, label="passed", failures=failed)

    assert reasons(ANSWER, signal) == ("failed",)


@pytest.mark.parametrize(
    ("interaction", "reason"),
    [
        pytest.param(answer(response=None, prompt="Hello?"), "no_answer", id="nothing said"),
        pytest.param(answer(response=""), "no_answer", id="empty"),
        pytest.param(answer(redacted=frozenset({"response"})), "altered", id="masked"),
        pytest.param(answer(truncated=frozenset({"response"})), "altered", id="cut"),
        pytest.param(answer(feedback=Feedback(label="down")), "unresolved", id="thumb down"),
        pytest.param(answer(feedback=Feedback(score=0.0)), "unresolved", id="low score"),
        pytest.param(answer(outcome=Outcome(kind="handoff")), "unresolved", id="handed over"),
        pytest.param(
            answer(outcome=Outcome(kind="task_result", success=False)), "unresolved", id="in vain"
        ),
    ],
)
def test_what_the_event_itself_tells_excludes(interaction: Interaction, reason: str) -> None:
    """Whatever the detectors think of it."""
    assert reasons(interaction) == (reason,)


@pytest.mark.parametrize(
    "interaction",
    [
        pytest.param(answer(redacted=frozenset({"prompt"})), id="masked prompt"),
        pytest.param(answer(feedback=Feedback(label="up")), id="thumb up"),
        pytest.param(answer(feedback=Feedback(label="no idea")), id="no thumb"),
        pytest.param(answer(outcome=Outcome(kind="task_result", success=True)), id="success"),
        pytest.param(answer(outcome=Outcome(kind="task_result")), id="success not said"),
    ],
)
def test_what_tells_nothing_bad_excludes_nobody(interaction: Interaction) -> None:
    """A masked prompt is the detectors' matter: what cannot be judged is not."""
    assert reasons(interaction) == ()


def test_every_reason_is_named() -> None:
    """Signals first."""
    bad = Signal(name="grounding", score=0.2, label="ungrounded")
    masked = answer(redacted=frozenset({"response"}), feedback=Feedback(label="down"))

    assert CURATION(masked, (bad,), ()).reasons == (
        *("grounding", "altered", "unjudged", "unresolved"),
    )
