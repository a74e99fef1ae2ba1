"""How a conversation ends, rule by rule; and that neither order nor repetition changes it."""

import random
from collections import Counter
from itertools import zip_longest

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.conversation.machine import Machine, Steps
from processor.conversation.model import Features, Model
from processor.conversation.state import State, decode, encode
from processor.conversation.turn import Turn
from tests.processor.conversation.talk import (
    DAY,
    HOUR,
    Result,
    logged,
    net,
    outcomes,
    run,
    thanks,
    told,
    turn,
    vector,
)

_LATENESS = 30.0


def test_what_ends_without_a_word_is_assumed_settled() -> None:
    """The user had an answer and left."""
    assert outcomes([turn(0)]) == [("refund", "assumed")]


def test_thanks_after_an_answer_confirms() -> None:
    """The last thing the user said was that it helped."""
    assert outcomes([turn(0), thanks(60)]) == [("refund", "confirmed")]


def test_thanks_after_a_failure_confirms_nothing() -> None:
    """It is courtesy towards a bot that could not help."""
    assert outcomes([turn(0, cues=("failure",)), thanks(60)]) == [("refund", "assumed")]


def test_thanks_before_the_last_question_confirms_nothing() -> None:
    """What counts is how it ended."""
    assert outcomes([turn(0), thanks(60), turn(120)]) == [("refund", "assumed")]


def test_thanks_without_an_answer_before_confirm_nothing() -> None:
    """There is nothing that they could be for."""
    assert outcomes([thanks(0)]) == [("out_of_scope", "assumed")]


@pytest.mark.parametrize("cue", ["negative", "failure"])
def test_what_ends_badly_is_abandoned(cue: str) -> None:
    """The last exchange speaks against the bot, and the user left."""
    assert outcomes([turn(0), turn(60, cues=(cue,))]) == [("refund", "abandoned")]


def test_what_ended_well_after_all_is_not_abandoned() -> None:
    """A complaint that was followed by an answer is no ending."""
    turns = [turn(0, cues=("negative",)), turn(60, response=vector(9, 10))]

    assert outcomes(turns) == [("refund", "assumed")]


def test_a_question_without_an_answer_is_abandoned() -> None:
    """The user is left waiting."""
    unanswered = turn(60, answered=False, response=b"")

    assert outcomes([turn(0), unanswered]) == [("refund", "abandoned")]


def test_thanks_need_no_answer() -> None:
    """Nobody is left waiting for one."""
    turns = [turn(0, cues=("failure",)), thanks(60, answered=False, response=b"")]

    assert outcomes(turns) == [("refund", "assumed")]


def test_a_late_word_of_thanks_opens_nothing() -> None:
    """It is about what has ended."""
    assert outcomes([turn(0), thanks(2 * DAY)]) == [("refund", "assumed")]


def test_a_repeat_is_told_by_its_place_however_long_ago_it_was() -> None:
    """After a crash much may be read again."""
    turns = logged([turn(60 * n, prompt=vector(n % 6)) for n in range(40)])
    result = run([*turns, *turns])

    assert result.steps.ignored == Counter({"repeat": 40})
    assert result.standing[0].turns == 40


@pytest.mark.parametrize("cue", ["escalation", "handover"])
def test_a_human_anywhere_is_an_escalation(cue: str) -> None:
    """Asked for or handed to: thanks afterwards are not the bot's."""
    assert outcomes([turn(0, cues=(cue,)), turn(60), thanks(120)]) == [("refund", "escalated")]


def test_a_rephrase_without_progress_at_the_end_is_abandoned() -> None:
    """The same question again after a failure, and no better answer is known."""
    result = run([turn(0, cues=("failure",)), turn(60)])

    assert result.outcomes == [("refund", "abandoned")]
    assert len(result.steps.rephrases) == 1


def test_the_same_question_after_an_answer_is_no_rephrase() -> None:
    """Only want of progress makes it one: the bot failed, or says the same again."""
    progress = run([turn(0), turn(60, response=vector(9, 10))])
    repetition = run([turn(0), turn(60)])

    assert progress.steps.rephrases == []
    assert len(repetition.steps.rephrases) == 1


def test_another_question_is_no_rephrase() -> None:
    """The user goes on, though the bot has failed."""
    assert run([turn(0, cues=("failure",)), turn(60, prompt=vector(5))]).steps.rephrases == []


def test_another_intent_is_another_segment() -> None:
    """Each ends by itself."""
    turns = [turn(0, cues=("escalation",)), turn(60, "parcel"), thanks(120)]

    assert outcomes(turns) == [("refund", "escalated"), ("parcel", "confirmed")]


def test_another_intent_in_much_the_same_words_is_the_same_segment() -> None:
    """A label that wavers is no change of the subject."""
    turns = [turn(0, prompt=vector(0, 1)), turn(60, "parcel", prompt=vector(0, 1, 2))]

    assert outcomes(turns) == [("refund", "assumed")]


def test_what_has_no_intent_goes_on_with_the_segment() -> None:
    """Such as the number of the order."""
    turns = [turn(0), turn(60, "out_of_scope", prompt=vector(5)), turn(120)]

    assert outcomes(turns) == [("refund", "assumed")]


def test_a_greeting_takes_the_first_intent_that_follows() -> None:
    """It is about that, from its first turn on."""
    result = run([turn(0, "out_of_scope", prompt=vector(5)), turn(60, "fee")])

    assert result.outcomes == [("fee", "assumed")]
    assert (result.standing[0].opened, result.standing[0].turns) == (0, 2)


def test_after_the_window_it_is_another_segment() -> None:
    """Whether or not the stream's time told so in between."""
    assert outcomes([turn(0), turn(DAY, prompt=vector(5))]) == [("refund", "assumed")] * 2
    assert outcomes([turn(0), turn(DAY - 1, prompt=vector(5))]) == [("refund", "assumed")]


def test_an_intent_may_have_a_window_of_its_own() -> None:
    """A ticket waits for longer than a chat."""
    slow = [turn(0, window_seconds=3 * DAY), turn(2 * DAY, prompt=vector(5))]

    assert len(outcomes(slow)) == 1


def test_nothing_ends_before_its_window() -> None:
    """The user may be typing."""
    early = run([turn(0)], until=DAY - 1)
    due = run([turn(0)], until=DAY)

    assert early.standing == []
    assert due.outcomes == [("refund", "assumed")]


@pytest.mark.parametrize("outcome", ["escalated", "confirmed", "abandoned"])
def test_what_is_told_overrides_what_is_inferred(outcome: str) -> None:
    """And it is marked as told."""
    [ending] = run([turn(0, cues=("negative",)), told(60, outcome)]).standing

    assert (ending.outcome, ending.explicit) == (outcome, True)


def test_what_is_final_ends_the_segment_at_once() -> None:
    """When those that may come before it have had their time; the next turn is a new segment."""
    early = run([turn(0), told(60, "escalated")], until=60 + _LATENESS - 1)
    due = run([turn(0), told(60, "escalated")], until=60 + _LATENESS)

    assert early.standing == []
    assert due.outcomes == [("refund", "escalated")]
    assert len(outcomes([turn(0), told(60, "escalated"), turn(600)])) == 2


def test_a_thumb_ends_nothing() -> None:
    """It is about an answer; the last one counts when the segment ends."""
    turns = [
        turn(0),
        told(9, "abandoned", final=False),
        turn(60),
        told(99, "confirmed", final=False),
    ]
    [ending] = run(turns).standing

    assert (ending.outcome, ending.explicit, ending.turns) == ("confirmed", True, 2)


def test_what_is_told_later_revokes_what_was_inferred() -> None:
    """By a counter of its own; nothing is taken back from a counter."""
    machine, state, steps = Machine(), State(), Steps()
    machine.take(state, turn(0), 0, steps)
    machine.pass_time(state, DAY, steps)
    machine.take(state, told(DAY + HOUR, "abandoned"), DAY + HOUR, steps)
    machine.pass_time(state, 2 * DAY, steps)

    assert [(e.outcome, e.explicit) for e in steps.endings] == [
        ("assumed", False),
        ("abandoned", True),
    ]
    [revoked] = steps.revocations
    assert (revoked.ending.outcome, revoked.reason) == ("assumed", "told_otherwise")


def test_what_is_told_twice_counts_once() -> None:
    """Two systems may tell the same."""
    result = run([turn(0), told(60, "escalated"), told(600, "escalated"), turn(DAY * 2)])

    assert [e.outcome for e in result.steps.endings] == ["escalated", "assumed"]
    assert result.steps.revocations == []


def test_what_is_told_of_nothing_is_counted() -> None:
    """No conversation is made up for it."""
    result = run([told(0, "escalated")])

    assert result.steps.endings == []
    assert result.steps.ignored == Counter({"unmatched": 1})


@pytest.mark.parametrize(("after", "revoked"), [(6 * DAY, 1), (8 * DAY, 0)])
def test_the_same_question_within_the_memory_revokes_its_outcome(
    after: float, revoked: int
) -> None:
    """The user came back with it: it was not settled."""
    result = run([turn(0), thanks(60), turn(after)])

    assert [r.reason for r in result.steps.revocations] == ["recontact"] * revoked
    assert len(result.steps.endings) == 2


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(turn(2 * DAY, "fee", prompt=vector(0)), id="another intent"),
        pytest.param(turn(2 * DAY, prompt=vector(0, 5)), id="other words"),
    ],
)
def test_another_question_revokes_nothing(back: Turn) -> None:
    """Both must be the same: the intent, and about the words."""
    assert run(logged([turn(0), back])).steps.revocations == []


def test_only_what_was_taken_for_settled_is_revoked() -> None:
    """That an escalation comes back is no news."""
    assert run([turn(0, cues=("escalation",)), turn(2 * DAY)]).steps.revocations == []


def test_an_outcome_is_revoked_once() -> None:
    """However often the user comes back with it."""
    result = run([turn(0), turn(2 * DAY), turn(4 * DAY), turn(6 * DAY)])

    assert [r.ending.number for r in result.steps.revocations] == [1, 2, 3]


def test_a_conversation_that_went_on_after_all_is_not_cut() -> None:
    """Partitions are read side by side: the stream's time may run ahead of a conversation."""
    machine, state, steps = Machine(), State(), Steps()
    machine.take(state, turn(0, cues=("escalation",)), 0, steps)
    machine.pass_time(state, 2 * DAY, steps)
    machine.take(state, turn(600), 2 * DAY, steps)
    machine.pass_time(state, 30 * DAY, steps)

    assert [r.reason for r in steps.revocations] == ["went_on"]
    assert (steps.endings[-1].outcome, steps.endings[-1].turns) == ("escalated", 2)


def test_a_thumb_does_not_end_what_goes_on() -> None:
    """Not either when the stream's time has run ahead."""
    machine, state, steps = Machine(), State(), Steps()
    machine.take(state, turn(0), 0, steps)
    machine.pass_time(state, 2 * DAY, steps)
    machine.take(state, told(60, "abandoned", final=False), 2 * DAY, steps)
    machine.take(state, turn(600), 2 * DAY, steps)
    machine.pass_time(state, 30 * DAY, steps)

    assert [(e.outcome, e.explicit, e.turns) for e in state.endings] == [("abandoned", True, 2)]


def test_a_model_decides_between_assumed_and_abandoned() -> None:
    """And leaves alone what is certain."""
    zero = Features(**dict.fromkeys(Features.__struct_fields__, 0.0))
    doubtful = Machine(model=Model(version=1, conversations=9, bias=-1.0, weights=zero))

    assert outcomes([turn(0)], doubtful) == [("refund", "abandoned")]
    assert outcomes([turn(0), thanks(60)], doubtful) == [("refund", "confirmed")]
    assert run([turn(0)], doubtful).standing[0].chance == pytest.approx(0.2689)


def test_a_state_is_forgotten_after_the_memory() -> None:
    """A conversation that never comes back costs nothing any more."""
    machine, state, steps = Machine(), State(), Steps()
    machine.take(state, turn(0), 0, steps)

    assert machine.pass_time(state, DAY, steps)
    assert machine.due(state) == 7 * DAY
    assert not machine.pass_time(state, 7 * DAY, steps)


def _conversation(seed: int, turns: int = 25) -> list[Turn]:
    """Return turns of all kinds, in order, six seconds to two days apart."""
    rng = random.Random(seed)
    time, said = 0.0, []
    for _ in range(turns):
        time += rng.choice([6.0, 10.0, 25.0, 400.0, HOUR, 2 * DAY])
        intent = rng.choice(["refund", "refund", "parcel", "fee", "out_of_scope"])
        cues = rng.choice([(), (), ("failure",), ("negative",), ("thanks",), ("escalation",)])
        kind = rng.random()
        if kind < 0.1:
            said.append(told(time, rng.choice(["confirmed", "abandoned"]), final=kind < 0.05))
        else:
            words = vector(*rng.sample(range(6), 2))
            said.append(turn(time, intent, cues=cues, prompt=words, answered=kind < 0.9))
    return said


def _told(result: Result) -> list[tuple[object, ...]]:
    return [
        (e.number, e.intent, e.outcome, e.explicit, e.opened, e.last, e.turns, e.revoked)
        for e in result.state.endings
    ]


@settings(max_examples=200)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_turns_that_overtake_each_other_change_nothing(seed: int, data: st.DataObject) -> None:
    """As long as each comes within the lateness that is waited for."""
    turns = _conversation(seed)
    delays = data.draw(
        st.lists(
            st.floats(0, _LATENESS, exclude_max=True), min_size=len(turns), max_size=len(turns)
        )
    )
    arrivals = sorted(zip(turns, delays, strict=True), key=lambda pair: pair[0].time + pair[1])
    shuffled = logged([said for said, _ in arrivals])

    assert _told(run(shuffled)) == _told(run(logged(turns)))


@settings(max_examples=100)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_turns_that_come_again_change_nothing(seed: int, data: st.DataObject) -> None:
    """After a crash from an earlier place on, or logged a second time."""
    turns = logged(_conversation(seed))
    delivered: list[Turn] = []
    for position, said in enumerate(turns):
        delivered.append(said)
        back = data.draw(st.integers(0, 6))
        delivered += turns[max(0, position - back) : position + 1] if back > 3 else []
        if back == 1:  # logged again: another place, the same event
            delivered.append(msgspec.structs.replace(said, partition=1, offset=position))

    assert _told(run(delivered)) == _told(run(turns))


@settings(max_examples=100)
@given(seed=st.integers(0, 10_000), skew=st.lists(st.sampled_from([0.0, DAY, 3 * DAY])))
def test_time_that_runs_ahead_changes_nothing(seed: int, skew: list[float]) -> None:
    """Other conversations of the partition may be read days ahead, at any moment."""
    turns = logged(_conversation(seed))
    machine, state, steps = Machine(memory_seconds=365 * DAY), State(), Steps()
    now = 0.0
    for said, ahead in zip_longest(turns, skew[: len(turns)], fillvalue=0.0):
        assert isinstance(said, Turn)
        now = max(now, said.time + float(ahead))
        machine.pass_time(state, now, steps)
        machine.take(state, said, now, steps)
    machine.pass_time(state, now + 30 * DAY, steps)
    punctual = run(turns, Machine(memory_seconds=365 * DAY))

    assert _told(Result(steps, state, net(steps))) == _told(punctual)
    assert len(net(steps)) == len(punctual.standing)


@settings(max_examples=100)
@given(seed=st.integers(0, 10_000), order=st.randoms())
def test_any_order_is_survived(seed: int, order: random.Random) -> None:
    """However late, each turn is taken once and the state stays small."""
    turns = _conversation(seed, turns=60)
    order.shuffle(turns)
    machine, state, steps = Machine(), State(), Steps()
    now, largest = 0.0, 0
    for said in logged(turns):
        now = max(now, said.time)
        machine.take(state, said, now, steps)
        state = decode(encode(state))
        largest = max(largest, len(encode(state)))
    machine.pass_time(state, now + 30 * DAY, steps)

    assert steps.ignored["repeat"] == 0
    assert largest < 5_000
    assert state.pending == []
