"""The demo's bot."""

from itertools import islice

from processor.demo.bot import events
from processor.demo.plan import Plan

_PLAN = Plan(seed=3, rate=5.0, healthy=60, incident=40)


def test_the_bot_goes_wrong_and_recovers_again_and_again() -> None:
    """Promises are invented in the incidents, and in no healthy turn."""
    stream = events(_PLAN, start=0.0)
    turns = [list(islice(stream, count)) for count in (60, 40, 60, 40)]
    invented = [sum("90 %" in event["response"] for event in turn) > 0 for turn in turns]

    assert invented == [False, True, False, True]


def test_no_event_has_the_id_of_another() -> None:
    """Neither within a run nor after a restart: what came once must not be taken for a repeat."""
    first, second = (list(islice(events(_PLAN, start=start), 250)) for start in (0.0, 1.0))

    assert len({event["id"] for event in first + second}) == 500
    assert not {e["conversation_id"] for e in first} & {e["conversation_id"] for e in second}


def test_the_bot_writes_in_the_time_of_its_rate() -> None:
    """Five answers a second lie a fifth of a second apart, also where the turns change."""
    times = [event["time"] for event in islice(events(_PLAN, start=1000.0), 201)]

    assert times[0] == 1000.0
    assert times[-1] == 1040.0
