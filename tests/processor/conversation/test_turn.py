"""What the conversation stage is told of an interaction."""

import pytest

from detectors.base import Feedback, Interaction, Outcome
from detectors.intent.reader import Reading
from processor.conversation.turn import Explicit, TurnError, decode, encode, turn_of
from processor.kafka import Record

RECORD = Record(topic="e", partition=3, offset=9, time=1000.0, key=None, value=b"")
READING = Reading("refund", 0.9, ("thanks",), b"\x01", b"\x02", 60.0)


def explicit(**fields: object) -> Explicit | None:
    """Return what an interaction tells of the outcome."""
    interaction = Interaction(id="1", **fields)  # type: ignore[arg-type] # the fields differ
    return turn_of(RECORD, interaction, READING).explicit


def test_a_turn_is_read_as_it_was_written() -> None:
    """And holds what the record, the interaction and the reading say."""
    interaction = Interaction(id="1", time=999.0, app="shop", route="chat", prompt="p")
    turn = turn_of(RECORD, interaction, READING)

    assert decode(encode(turn)) == turn
    assert (turn.partition, turn.offset, turn.logged, turn.time) == (3, 9, 1000.0, 999.0)
    assert (turn.intent, turn.cues, turn.window_seconds) == ("refund", ("thanks",), 60.0)
    assert (turn.asked, turn.answered) == (True, False)


@pytest.mark.parametrize(
    ("time", "stream"),
    [
        pytest.param(500.0, 500.0, id="logged later"),
        pytest.param(10.0**11, 1000.0, id="from the future"),
        pytest.param(None, 1000.0, id="not said"),
    ],
)
def test_no_event_makes_time_pass_for_all(time: float | None, stream: float) -> None:
    """A clock that is wrong by years would end every conversation."""
    assert turn_of(RECORD, Interaction(id="1", time=time), READING).time == stream


@pytest.mark.parametrize(
    ("feedback", "outcome"),
    [
        pytest.param(Feedback(label="Thumbs_Up"), "confirmed", id="label"),
        pytest.param(Feedback(label="down", score=1.0), "abandoned", id="label before score"),
        pytest.param(Feedback(score=1.0), "confirmed", id="one"),
        pytest.param(Feedback(score=0.0), "abandoned", id="zero"),
    ],
)
def test_a_thumb_is_not_final(feedback: Feedback, outcome: str) -> None:
    """It is about an answer, and the conversation may go on."""
    told = explicit(feedback=feedback)

    assert told
    assert (told.outcome, told.final) == (outcome, False)


@pytest.mark.parametrize(
    "feedback",
    [
        pytest.param(Feedback(score=5.0), id="stars"),
        pytest.param(Feedback(score=-1.0), id="another scale"),
        pytest.param(Feedback(score=0.5), id="neither"),
        pytest.param(Feedback(score=float("nan")), id="no number"),
        pytest.param(Feedback(label="blue"), id="another word"),
        pytest.param(Feedback(comment="great"), id="words"),
    ],
)
def test_what_is_no_thumb_tells_nothing(feedback: Feedback) -> None:
    """Nobody guesses at scales."""
    assert explicit(feedback=feedback) is None


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        pytest.param(Outcome(kind="ticket_opened"), "escalated", id="ticket"),
        pytest.param(Outcome(kind="handoff"), "escalated", id="handoff"),
        pytest.param(Outcome(kind="task_result", success=True), "confirmed", id="success"),
        pytest.param(Outcome(kind="task_result", success=False), "abandoned", id="no success"),
    ],
)
def test_what_a_system_tells_is_final(outcome: Outcome, word: str) -> None:
    """And goes before a thumb."""
    told = explicit(outcome=outcome, feedback=Feedback(label="up"))

    assert told
    assert (told.outcome, told.final) == (word, True)


def test_a_result_without_a_result_tells_nothing() -> None:
    """Missing is not failure."""
    assert explicit(outcome=Outcome(kind="task_result")) is None


def test_what_could_not_be_read_is_a_turn_all_the_same() -> None:
    """A detector that failed leaves a question of which nothing is known."""
    turn = turn_of(RECORD, Interaction(id="1", prompt="p", response="r"), None)

    assert (turn.intent, turn.prompt, turn.asked, turn.answered) == ("unscored", b"", True, True)


@pytest.mark.parametrize("raw", [None, b"", b"{}", b"\xc1", b"\x93\x01\x02\x03"])
def test_another_record_is_no_turn(raw: bytes | None) -> None:
    """It may be of another version."""
    with pytest.raises(TurnError):
        decode(raw)
