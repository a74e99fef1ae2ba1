"""One timer a key, whenever it was set."""

from hypothesis import given
from hypothesis import strategies as st

from processor.timers import Timers


def test_a_timer_that_was_set_earlier_goes_off_once() -> None:
    """What it was before is forgotten."""
    timers = Timers()
    timers.set(0, b"a", 9.0)
    timers.set(0, b"a", 5.0)

    assert list(timers.expired(0, 6.0, limit=9)) == [b"a"]
    assert list(timers.expired(0, 10.0, limit=9)) == []


def test_what_is_over_the_limit_goes_off_the_next_time() -> None:
    """A pause in the stream does not end in one endless batch."""
    timers = Timers()
    for key in (b"a", b"b", b"c"):
        timers.set(0, key, 1.0)

    assert [list(timers.expired(0, 1.0, limit=2)) for _ in range(2)] == [[b"a", b"b"], [b"c"]]


@given(
    settings=st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.floats(0, 9))),
    now=st.floats(0, 9),
)
def test_those_go_off_whose_last_time_has_come(
    settings: list[tuple[bytes, float]], now: float
) -> None:
    """Each once."""
    timers = Timers()
    for key, due in settings:
        timers.set(0, key, due)
    last = dict(settings)

    found = list(timers.expired(0, now, limit=100))
    assert sorted(found) == sorted(key for key, due in last.items() if due <= now)
