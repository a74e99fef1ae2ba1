"""What is published of a conversation, and that its stored state is sound."""

import msgspec
import pytest

from processor.conversation.machine import Machine
from processor.conversation.stage import ConversationStage, ConversationVerdict
from processor.conversation.state import State, decode, encode
from processor.conversation.turn import Turn
from processor.seal import StateError
from tests.processor.conversation.talk import DAY, thanks, turn

STAGE = ConversationStage(Machine())


def arrivals(*turns: Turn) -> list[tuple[Turn, float]]:
    """Return turns that come when they are said."""
    return [(said, said.time) for said in turns]


def test_a_verdict_tells_how_each_segment_ended() -> None:
    """With its evidence, and without a text."""
    taken = STAGE.advance(b"c-1", None, arrivals(turn(100, cues=("failure",)), turn(160)))
    assert taken.state
    ended = STAGE.pass_time(b"c-1", taken.state, 160 + DAY)
    verdict = msgspec.json.decode(ended.verdict or b"", type=ConversationVerdict)

    assert taken.verdict is None
    assert (verdict.conversation_id, verdict.app, verdict.route) == ("c-1", "shop", "chat")
    [segment] = verdict.segments
    assert (segment.intent, segment.outcome) == ("refund", "abandoned")
    assert segment.resolution_source == "inferred"
    assert (segment.turns, segment.seconds, segment.revoked) == (2, 60, None)
    assert (segment.evidence.failures, segment.evidence.rephrases) == (1, 1)
    assert segment.chance is None
    assert 0.5 < segment.frustration < 1


def test_nothing_is_published_while_nothing_has_ended() -> None:
    """The topic holds verdicts, no turns."""
    assert STAGE.advance(b"c", None, arrivals(turn(0), thanks(60))).verdict is None


def test_a_forgotten_conversation_leaves_no_state() -> None:
    """Its place in the changelog becomes a tombstone; should it come back it is a new one."""
    taken = STAGE.advance(b"c", None, arrivals(turn(0)))
    assert taken.state
    ended = STAGE.pass_time(b"c", taken.state, DAY)
    assert ended.state
    forgotten = STAGE.pass_time(b"c", ended.state, 7 * DAY)

    assert (forgotten.state, forgotten.verdict) == (None, None)


def test_how_the_turns_were_batched_leaves_no_trace() -> None:
    """A timer that came due between two turns is as good as one that was served."""
    turns = [turn(0), turn(60), thanks(2 * DAY), turn(9 * DAY), turn(9 * DAY + 60)]
    state = None
    for said in turns:
        state = STAGE.advance(b"c", state, arrivals(said)).state

    assert state == STAGE.advance(b"c", None, arrivals(*turns)).state


def test_a_state_is_read_as_it_was_written() -> None:
    """Vectors, pending turns and all."""
    taken = STAGE.advance(b"c", None, arrivals(turn(0), turn(DAY), turn(DAY + 9)))

    assert encode(decode(taken.state)) == taken.state
    assert decode(None) == State()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda raw: raw[:-1], id="cut"),
        pytest.param(lambda raw: raw[:-9] + b"x" + raw[-8:], id="a byte changed"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b'{"version": 1}', id="JSON"),
        pytest.param(lambda _: msgspec.msgpack.encode((2, 0, b"")), id="another version"),
    ],
)
def test_a_damaged_state_is_not_read(damage: object) -> None:
    """What is wrong with it must not be counted."""
    raw = STAGE.advance(b"c", None, arrivals(turn(0))).state
    assert callable(damage)

    with pytest.raises(StateError):
        STAGE.advance(b"c", damage(raw), [])
