"""From interactions to turns, and from the lines of a file to what its conversations came to."""

from typing import Any

from detectors.base import Feedback, Interaction, Outcome
from detectors.intent.reader import Reader
from processor.conversation.follow import Followed
from processor.conversation.machine import Machine
from processor.conversation.observe import Turns
from processor.conversation.stage import ConversationStage
from processor.conversation.turn import decode
from processor.judged import Judged
from processor.kafka import Record
from processor.verdict import Failure, Verdict, conclude
from tests.detectors.bags import Bags

HANDOFF = Outcome(kind="handoff")
TURNS = Turns(Reader(Bags()), "turns")


def interaction(number: int, **fields: Any) -> Interaction:
    """Return an interaction of a conversation, a minute after the last."""
    default = {"conversation_id": "c", "time": 60.0 * number, "prompt": "a", "response": "b"}
    return Interaction(**{"id": f"e{number}", **default, **fields})


def verdict(of: Interaction, *failed: str) -> Verdict:
    """Return its verdict, with the detectors that failed on it."""
    failures = tuple(Failure(detector=name, reason="ValueError") for name in failed)
    return conclude(of, (), failures, {})


def messages(*judged: tuple[Interaction, Verdict]) -> list[tuple[bytes | None, str, bool]]:
    """Return key, intent, and whether there is a vector, of each turn."""
    record = Record("e", 0, 0, 1e9, None, None)
    sent = TURNS.messages([Judged(record, said, v) for said, v in judged])
    return [(m.key, decode(m.value).intent, bool(decode(m.value).prompt)) for m in sent]


def test_a_turn_is_keyed_by_its_conversation() -> None:
    """Whatever the key of the event was; what belongs to none makes no turn."""
    said = [interaction(1), interaction(2, conversation_id=None), interaction(3)]

    assert messages(*((i, verdict(i)) for i in said)) == [(b"c", "unverifiable", True)] * 2


def test_what_the_detector_failed_on_is_not_read_again() -> None:
    """It would fail here too, and hold up the stream; others' failures do not count."""
    broken, fine = interaction(1), interaction(2)
    told = messages(
        (broken, verdict(broken, "intent_resolution")), (fine, verdict(fine, "grounding"))
    )

    assert told == [(b"c", "unscored", False), (b"c", "unverifiable", True)]


def outcomes(*said: Interaction) -> list[tuple[str, str, str, int]]:
    """Return what the conversations of a file came to."""
    followed = Followed(TURNS, ConversationStage(Machine()))
    followed.take([(i, verdict(i)) for i in said])
    return [
        (v.conversation_id, segment.outcome, segment.resolution_source, segment.turns)
        for v in followed.conclude()
        for segment in v.segments
    ]


def test_every_conversation_of_a_file_has_its_outcome() -> None:
    """Also those that nothing was said in after."""
    said = [
        interaction(1),
        interaction(2, conversation_id="d"),
        interaction(3, prompt="Thanks!"),
        interaction(4, conversation_id="d", prompt=None, response=None, outcome=HANDOFF),
    ]

    assert outcomes(*said) == [("c", "confirmed", "inferred", 2), ("d", "escalated", "explicit", 1)]


def test_without_a_time_a_line_is_as_old_as_the_last() -> None:
    """A file need not say when."""
    said = [interaction(n, time=None) for n in (1, 2)]
    thumb = interaction(3, time=None, prompt=None, response=None, feedback=Feedback(label="up"))

    assert outcomes(*said, thumb) == [("c", "confirmed", "explicit", 2)]
