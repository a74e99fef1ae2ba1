"""A call waits for its documents, and goes on once."""

from collections import Counter

import pytest

from processor.seal import StateError
from processor.tracing.part import Part
from processor.tracing.stage import Advance, TraceStage
from processor.tracing.state import State, decode, encode

STAGE = TraceStage(wait=10.0, memory=60.0, max_bytes=100)


def call(offset: int, content: bytes = b"call", ended: float = 100.0) -> Part:
    """Return a call at a place."""
    return Part(0, offset, float(offset), is_call=True, content=content, time=ended)


def documents(offset: int, content: bytes = b"docs", begun: float = 99.0) -> Part:
    """Return documents at a place."""
    return Part(0, offset, float(offset), is_call=False, content=content, time=begun)


def at(*parts: tuple[Part, float], stored: bytes | None = None) -> bytes:
    """Return the state after parts, each at a time of the stream."""
    state = STAGE.advance(stored, parts).state

    assert state is not None

    return state


def contents(advance: Advance) -> list[bytes]:
    """Return what is handed on."""
    return [call.content for call in advance.calls]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([documents(1), call(2)], id="documents first"),
        pytest.param([call(1), documents(2)], id="call first"),
    ],
)
def test_a_call_goes_on_with_its_documents_when_its_wait_is_over(parts: list[Part]) -> None:
    """Whichever came first; not a moment before."""
    stored = at(*((part, 0.0) for part in parts))

    assert contents(STAGE.pass_time(stored, 9.9)) == []
    assert contents(STAGE.pass_time(stored, 10.0)) == [b"docscall"]


def test_a_call_without_documents_goes_on_as_it_is() -> None:
    """After the same wait; that it had none is told."""
    [handed] = STAGE.pass_time(at((call(1), 0.0)), 10.0).calls

    assert handed.content == b"call"
    assert not handed.has_documents


def test_a_call_goes_on_once() -> None:
    """Time that passes again finds nothing to hand on."""
    first = STAGE.pass_time(at((documents(1), 0.0), (call(2), 0.0)), 10.0)
    assert first.state is not None

    assert contents(STAGE.pass_time(first.state, 11.0)) == []


def test_each_call_of_a_trace_has_its_own_wait_and_all_documents() -> None:
    """An agent that searches and answers twice: the second answer has both searches."""
    stored = at((documents(1, b"a"), 0.0), (call(2, b"1"), 0.0), (call(3, b"2"), 5.0))
    first = STAGE.pass_time(stored, 10.0)
    assert first.state is not None
    later = at((documents(4, b"b"), 12.0), stored=first.state)

    assert contents(first) == [b"a1"]
    assert contents(STAGE.pass_time(later, 15.0)) == [b"ab2"]


def test_a_repeat_changes_nothing() -> None:
    """A part that is sent again after a crash neither waits nor is joined a second time."""
    stored = at((documents(1), 0.0), (call(2), 0.0))
    again = STAGE.advance(stored, [(documents(1), 1.0), (call(2), 1.0)])
    assert again.state is not None

    assert again.ignored == Counter(repeated=2)
    assert contents(STAGE.pass_time(again.state, 10.0)) == [b"docscall"]


def later(stored: bytes | None, parts: list[Part], arrive: float, until: float) -> Advance:
    """Return what time brings by the one moment after parts arrived at the other."""
    state = STAGE.advance(stored, [(part, arrive) for part in parts]).state
    assert state is not None

    return STAGE.pass_time(state, until)


def test_a_call_goes_on_again_with_documents_that_came_late() -> None:
    """Once for all that came within another wait, and named apart from the first time."""
    first = STAGE.pass_time(at((call(1), 0.0)), 10.0)
    late = [documents(2, b"a"), documents(3, b"b")]
    second = later(first.state, late, arrive=11.0, until=21.0)
    [before], [after] = first.calls, second.calls

    assert later(first.state, late, arrive=11.0, until=20.9).calls == ()
    assert (after.content, after.revision) == (b"abcall", 1)
    assert (before.revision, before.key) == (0, before.place)
    assert after.place == before.place
    assert after.key != before.key


def test_what_was_searched_for_after_the_answer_revises_nothing() -> None:
    """The next search of an agent is not what its last answer was made of."""
    first = STAGE.pass_time(at((call(1, ended=100.0), 0.0)), 10.0)

    assert later(first.state, [documents(2, begun=100.1)], arrive=11.0, until=50.0).calls == ()
    assert later(first.state, [documents(2, begun=100.0)], arrive=11.0, until=50.0).calls != ()


def test_a_call_is_revised_a_few_times_at_most() -> None:
    """Documents after that are late, and counted so; they are kept all the same."""
    state = at((call(1), 0.0))
    revisions = []
    for number in range(5):
        advance = later(state, [documents(2 + number, b"d")], 20.0 * number, 20.0 * number + 10.0)
        assert advance.state is not None
        state = advance.state
        revisions += [handed.revision for handed in advance.calls]
    late = STAGE.advance(state, [(documents(9, b"docs"), 101.0)])

    assert revisions == [0, 1, 2, 3]
    assert late.ignored == Counter(late=1)
    assert decode(late.state).documents[-1] == b"docs"


def test_calls_that_have_gone_on_make_room_for_those_that_wait() -> None:
    """The oldest first; documents for what is not held any more are late."""
    first = STAGE.pass_time(at((call(1, b"a" * 40), 0.0), (call(2, b"b" * 40), 0.0)), 10.0)
    third = STAGE.advance(first.state, [(call(3, b"c" * 40), 11.0)])
    late = STAGE.advance(third.state, [(documents(4), 12.0)])

    assert third.calls == ()
    assert [held.content[:1] for held in decode(third.state).calls] == [b"b", b"c"]
    assert late.ignored == Counter(late=1)


def test_documents_that_nobody_asked_for_are_counted_when_they_are_forgotten() -> None:
    """After the memory, not after the wait."""
    stored = at((documents(1), 0.0))

    assert STAGE.pass_time(stored, 59.0).state is not None
    over = STAGE.pass_time(stored, 60.0)

    assert over.state is None
    assert over.ignored == Counter(unmatched=1)


def test_a_trace_is_not_forgotten_while_a_call_waits() -> None:
    """However long nothing came."""
    stage = TraceStage(wait=100.0, memory=100.0, max_bytes=100)
    stored = stage.advance(None, [(documents(1), 0.0), (call(2), 50.0)]).state
    assert stored is not None

    assert stage.pass_time(stored, 149.0).state is not None


def test_a_trace_that_is_used_is_remembered() -> None:
    """Its memory begins anew with each part."""
    stored = at((call(1), 0.0), (documents(2), 55.0))

    assert STAGE.pass_time(stored, 114.0).state is not None
    assert STAGE.pass_time(stored, 115.0).state is None


def test_documents_take_no_more_room_than_there_is() -> None:
    """What is too much is counted, and what a call leaves no room for stays behind."""
    stored = STAGE.advance(None, [(documents(1, b"d" * 90), 0.0), (documents(2, b"e" * 20), 0.0)])
    long = at((call(3, b"c" * 50), 0.0), stored=stored.state)
    [handed] = STAGE.pass_time(long, 10.0).calls

    assert stored.ignored == Counter(too_large=1)
    assert handed.content == b"c" * 50
    assert not handed.has_documents


def test_of_very_many_calls_some_do_not_wait() -> None:
    """What one trace keeps has a bound."""
    stage = TraceStage(wait=10.0, memory=60.0, max_bytes=1000)
    advance = stage.advance(None, [(call(n, b"%d" % n), 0.0) for n in range(1, 103)])

    assert contents(advance) == [b"101", b"102"]
    assert len(decode(advance.state).calls) == 100


def test_what_would_be_too_much_to_keep_does_not_wait() -> None:
    """It goes on with the documents that are there, as far as they have room."""
    advance = STAGE.advance(
        None,
        [
            (documents(1), 0.0),
            (call(2, b"a" * 60), 0.0),
            (call(3, b"b" * 60), 0.0),
            (call(4, b"c" * 200), 0.0),
        ],
    )

    assert contents(advance) == [b"docs" + b"b" * 60, b"c" * 200]
    assert [held.content for held in decode(advance.state).calls] == [b"a" * 60]


def test_the_next_timer_is_that_of_the_first_call() -> None:
    """And without one, the end of the memory."""
    assert STAGE.due(at((call(1), 3.0), (call(2), 5.0))) == 13.0
    assert STAGE.due(at((documents(1), 3.0))) == 63.0


def test_damaged_state_is_refused() -> None:
    """Nothing is read from it."""
    stored = encode(State(documents=[b"docs"]))

    for damaged in (stored[:-1], b"", b"\x09" + stored[1:]):
        with pytest.raises(StateError):
            STAGE.due(damaged)
