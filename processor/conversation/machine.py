"""The machine: a conversation and its next turn, or the passing of time, to what follows of it.

Pure, O(1) a turn. Time is the stream's own. Turns wait a moment for those that were said before
them and come after them; what comes later still changes nothing but counts. A repeat changes
nothing at all. So an outcome is a function of the turns, whatever order they came in within that
moment, and a replay gives the same.
"""

from bisect import insort
from collections import Counter
from typing import Literal, NamedTuple, Protocol

from msgspec.structs import replace

from detectors.intent.evidence import Weights
from detectors.intent.vectors import cosine
from processor.applied import NOTHING
from processor.conversation.segment import Segment, add, begin, count, is_about, outcome_of
from processor.conversation.state import Ending, State
from processor.conversation.turn import Explicit, Turn, Word

Reason = Literal["recontact", "told_otherwise", "went_on"]
"""Why an outcome no longer holds: the user came back with it; somebody told of another; or the
conversation went on after all, within its window."""

Ignored = Literal["repeat", "late", "unmatched"]

_MAX_PENDING = 8
_MAX_RECENT = 16
_MAX_ENDINGS = 8
_MAX_SOURCES = 64
# The same question again, in other words or the same ones.
_SAME_QUESTION = 0.75
_DIGITS = 4
_SETTLED = frozenset({"confirmed", "assumed"})


class Revocation(NamedTuple):
    """An ending that no longer holds."""

    ending: Ending
    reason: Reason


class Steps:
    """What was done, for the counters.

    ``ignored`` are turns that changed no outcome: repeats, late ones, and what was told of a
    conversation that nothing is known of.
    """

    def __init__(self) -> None:
        self.endings: list[Ending] = []
        self.revocations: list[Revocation] = []
        self.rephrases: list[Segment] = []
        self.ignored: Counter[Ignored] = Counter()


class Judge(Protocol):
    """Says how likely a segment was settled, if it can say."""

    def chance(self, segment: Segment) -> float | None:
        """Return the probability in [0, 1]."""
        ...


class Machine:
    """Advances conversations; keeps nothing itself.

    Args:
        window_seconds: after so long without a word an intent has ended, if it has no window of
            its own.
        memory_seconds: how long the user may come back with an intent and revoke its outcome.
        lateness_seconds: how long a turn waits for those that were said before it.
        weights: of the evidence.
        model: says how likely an intent was settled; without one the rules alone decide.
    """

    def __init__(
        self,
        *,
        window_seconds: float = 86_400.0,
        memory_seconds: float = 604_800.0,
        lateness_seconds: float = 30.0,
        weights: Weights | None = None,
        model: Judge | None = None,
    ) -> None:
        self._window = window_seconds
        self._memory = memory_seconds
        self._lateness = lateness_seconds
        self._weights = weights or Weights()
        self._model = model

    def take(self, state: State, turn: Turn, now: float, steps: Steps) -> None:
        """Take the next turn into the state, in place.

        Args:
            state: of the turn's conversation.
            turn: may be late, or come again.
            now: the stream's time, no earlier than the turn.
            steps: what is done is added here.
        """
        if _is_repeat(state, turn):
            steps.ignored["repeat"] += 1
            return
        _note(state, turn)
        state.touched = max(state.touched, now)
        insort(state.pending, turn, key=_order)
        settled = state.pending[-1].time - self._lateness
        while state.pending and (
            state.pending[0].time <= settled or len(state.pending) > _MAX_PENDING
        ):
            self._apply(state, state.pending.pop(0), steps)

    def due(self, state: State) -> float:
        """Return the stream's time from which on `pass_time` has something to do."""
        if any(turn.explicit and turn.explicit.final for turn in state.pending):
            return state.touched + self._lateness
        if state.pending or state.segment:
            return state.touched + self._window_of(state.segment)
        return state.touched + self._memory

    def pass_time(self, state: State, now: float, steps: Steps) -> bool:
        """Let time pass in the state, in place; return whether anything is left to remember."""
        if now < self.due(state):
            return True
        while state.pending:
            self._apply(state, state.pending.pop(0), steps)
        if state.segment and now >= state.touched + self._window_of(state.segment):
            state.asleep = self._conclude(state, steps)
        return state.segment is not None or now < state.touched + self._memory

    def _apply(self, state: State, turn: Turn, steps: Steps) -> None:
        if _order(turn) < state.frontier:
            steps.ignored["late"] += 1
            if state.segment and turn.time >= state.segment.opened:
                count(state.segment, turn)
        else:
            state.frontier = _order(turn)
            self._wake(state, turn, steps)
            if turn.asked or turn.answered:
                self._say(state, turn, steps)
        if turn.explicit:
            self._tell(state, turn.explicit, steps)

    def _say(self, state: State, turn: Turn, steps: Steps) -> None:
        """Take a turn of the user or the bot, in its order."""
        segment = state.segment
        if segment and (
            turn.time - segment.last >= self._window_of(segment) or not is_about(segment, turn)
        ):
            self._conclude(state, steps)
        if state.segment is None:
            if "thanks" in turn.cues and state.segments:
                return  # a late word of thanks opens nothing
            self._recontact(state, turn, steps)
            state.segments += 1
            state.segment = begin(state.segments, turn)
        if add(state.segment, turn, self._weights):
            steps.rephrases.append(state.segment)

    def _tell(self, state: State, explicit: Explicit, steps: Steps) -> None:
        """Take what somebody told of the outcome: of what is open, else of what ended last."""
        if state.segment:
            state.segment.explicit = explicit
            if explicit.final:
                self._conclude(state, steps)
            return
        if not state.endings:
            steps.ignored["unmatched"] += 1
            return
        last = state.endings[-1]
        if last.explicit and last.outcome == explicit.outcome:
            return
        steps.revocations.append(Revocation(last, "told_otherwise"))
        told = replace(last, outcome=explicit.outcome, explicit=True)
        state.endings[-1] = told
        state.asleep = None
        steps.endings.append(told)

    def _wake(self, state: State, turn: Turn, steps: Steps) -> None:
        """Go on with what time has ended, when the next turn was said within its window.

        The stream's time may run ahead of a conversation: its partitions are read side by side.
        """
        segment, state.asleep = state.asleep, None
        if segment and turn.time - segment.last < self._window_of(segment):
            steps.revocations.append(Revocation(state.endings.pop(), "went_on"))
            state.segment = segment

    def _recontact(self, state: State, turn: Turn, steps: Steps) -> None:
        """Revoke the outcome of the same question, if the user was taken to be content."""
        for ending in reversed(state.endings):
            again = (
                not ending.revoked
                and ending.outcome in _SETTLED
                and ending.intent == turn.intent
                and turn.time - ending.last <= self._memory
                and cosine(turn.prompt, ending.opening) >= _SAME_QUESTION
            )
            if again:
                ending.revoked = "recontact"
                steps.revocations.append(Revocation(ending, "recontact"))
                return

    def _conclude(self, state: State, steps: Steps) -> Segment:
        segment = state.segment
        assert segment is not None  # noqa: S101 - the callers looked
        chance = self._model.chance(segment) if self._model else None
        outcome, explicit = outcome_of(segment, chance)
        ending = _ending(segment, outcome, explicit=explicit, chance=chance)
        state.endings = [*state.endings, ending][-_MAX_ENDINGS:]
        state.segment = None
        steps.endings.append(ending)
        return segment

    def _window_of(self, segment: Segment | None) -> float:
        return (segment.window_seconds if segment else None) or self._window


def _order(turn: Turn) -> tuple[float, float, int]:
    """Order by what was said first; at the same moment, by what was logged first."""
    return turn.time, turn.logged, turn.offset


def _is_repeat(state: State, turn: Turn) -> bool:
    """Return whether it was taken: by its place, or logged twice under the same id."""
    last = state.applied.get(turn.partition, NOTHING)
    return last.covers(turn.offset, turn.logged) or turn.event in state.recent


def _note(state: State, turn: Turn) -> None:
    last = state.applied.pop(turn.partition, NOTHING)
    state.applied[turn.partition] = last.with_record(turn.offset, turn.logged)
    while len(state.applied) > _MAX_SOURCES:
        del state.applied[next(iter(state.applied))]
    state.recent = [*state.recent, turn.event][-_MAX_RECENT:]


def _ending(segment: Segment, outcome: Word, *, explicit: bool, chance: float | None) -> Ending:
    tally = segment.tally
    return Ending(
        number=segment.number,
        app=segment.app,
        route=segment.route,
        intent=segment.intent,
        outcome=outcome,
        explicit=explicit,
        opened=segment.opened,
        last=segment.last,
        turns=segment.turns,
        rephrases=tally.rephrases,
        failures=tally.failure,
        negatives=tally.negative,
        frustration=round(tally.frustration / max(segment.turns, 1), _DIGITS),
        chance=chance,
        opening=segment.opening,
    )
