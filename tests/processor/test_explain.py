"""What a person sees of a verdict: the answer, marked, and why."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from detectors.base import Evidence, Interaction, Passage, Signal, Span
from processor.explain import explain, plain
from processor.verdict import Failure, conclude

RESPONSE = "You get 90% off today. Shipping is free."
BLAMED = Span(8, 15)


def shown(interaction: Interaction, *signals: Signal, colour: bool = False) -> str:
    """Print an interaction whose verdict holds these signals."""
    verdict = conclude(interaction, signals, (Failure(detector="other", reason="Broken"),), {})
    out = io.StringIO()
    console = Console(file=out, width=200, color_system="standard" if colour else None)
    console.print(explain(interaction, verdict))
    return out.getvalue()


def blame(evidence: tuple[Evidence, ...] = ()) -> Signal:
    """Return a signal that blames the discount."""
    return Signal(
        name="claims", score=1.0, label="bad", spans=(BLAMED,), explanation="1", evidence=evidence
    )


def test_the_blamed_span_is_coloured() -> None:
    """And nothing beside it."""
    text = shown(Interaction(id="i", response=RESPONSE), blame(), colour=True)

    assert "You get \x1b[1;4;31m90% off\x1b[0m today. Shipping is free." in text


def test_evidence_shows_both_sides() -> None:
    """The words at fault, and the words of the passage that come closest, by its id."""
    passage = Passage(id="p7", text="Students get 10% off.")
    evidence = Evidence(span=BLAMED, reason="discount", passage="p7", support=Span(13, 20))
    text = shown(Interaction(id="i", response=RESPONSE, passages=(passage,)), blame((evidence,)))

    assert "discount: 90% off  ← p7: 10% off" in text


def test_passage_without_an_id_goes_by_its_position() -> None:
    """As detectors name it."""
    passages = (Passage(id="a", text="x"), Passage(text="10% off"))
    evidence = Evidence(span=BLAMED, reason="discount", passage="1", support=Span(0, 7))
    text = shown(Interaction(id="i", response=RESPONSE, passages=passages), blame((evidence,)))

    assert "← 1: 10% off" in text


def test_failure_is_shown() -> None:
    """A detector that could not measure is not passed over."""
    assert "Broken" in shown(Interaction(id="i", prompt="a"))


@given(st.text(st.characters()))
def test_plain_text_commands_no_terminal(text: str) -> None:
    """Escape sequences and bidirectional overrides go, the length stays."""
    safe = plain(text)

    assert len(safe) == len(text)
    assert not any(c in safe for c in "\x1b\x07\x9b\u202e\r")
    safe.encode()


@given(st.text(st.characters()))
def test_any_answer_can_be_explained(text: str) -> None:
    """Whatever it holds."""
    signal = Signal(name="s", score=0.0, label="bad", spans=(Span(0, len(text)),))

    assert shown(Interaction(id="i", response=text), signal)


def test_it_says_what_keeps_an_answer_out_of_training_data() -> None:
    """And of one that nothing keeps out, that too."""
    assert "no training data: unjudged" in shown(Interaction(id="i", response=RESPONSE))
