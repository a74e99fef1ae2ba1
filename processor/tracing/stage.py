"""What becomes of a trace: stored state and pieces in; new state and the calls that are due out."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from processor.applied import NOTHING
from processor.tracing.outcome import HandedOn, Ignored
from processor.tracing.part import Part
from processor.tracing.state import Held, State, decode, encode

MAX_HELD = 100
"""Calls of one trace; further ones do not wait: what is handed on at a time must have a bound."""

MAX_REVISIONS = 3
"""Of one call; each is judged anew, so what one trace can cost must have a bound."""


class Call(NamedTuple):
    """A call of a model on its way to be judged, with the documents of its trace.

    ``revision`` is 0 at first, and one more each time that documents came late.
    """

    place: bytes
    content: bytes
    has_documents: bool
    revision: int

    @property
    def outcome(self) -> HandedOn:
        """Return how it goes on."""
        if self.revision:
            return "revised"
        return "joined" if self.has_documents else "alone"

    @property
    def key(self) -> bytes:
        """Return what names it and no other, revisions of the same call among them."""
        return self.place if self.revision == 0 else b"%b/%d" % (self.place, self.revision)


class Advance(NamedTuple):
    """What an update of a trace gives; without a state it is forgotten.

    ``due`` is the stream's time of its next timer.
    """

    state: bytes | None
    due: float
    calls: tuple[Call, ...]
    ignored: Counter[Ignored]


class TraceStage:
    """Advances the state of traces; keeps nothing itself.

    Args:
        wait: how long a call waits for its documents, and a revision for more that are late, in
            seconds of the stream.
        memory: how long a trace is kept after its last piece, in seconds of the stream.
        max_bytes: what the documents of a trace may hold together, what its calls may,
            and what a call is given documents up to. A call that is longer goes on at once.
    """

    def __init__(self, *, wait: float, memory: float, max_bytes: int) -> None:
        self._wait = wait
        self._memory = memory
        self._max_bytes = max_bytes

    def advance(self, stored: bytes | None, parts: Iterable[tuple[Part, float]]) -> Advance:
        """Take pieces of one trace, each with the stream's time when it came.

        Raises:
            StateError: the state is damaged or of another version.
        """
        state, ignored = decode(stored), Counter[Ignored]()
        calls = [call for part, now in parts if (call := self._take(state, part, now, ignored))]
        return self._result(state, calls, ignored)

    def pass_time(self, stored: bytes, now: float) -> Advance:
        """Hand on the calls whose time has come; forget a trace whose memory is over.

        Raises:
            StateError: as for `advance`.
        """
        state, ignored = decode(stored), Counter[Ignored]()
        calls = self._hand_on(state, now)
        is_waiting = any(call.due is not None for call in state.calls)
        is_over = not is_waiting and now >= state.touched + self._memory
        if is_over and not state.calls and not state.gone:
            ignored["unmatched"] += len(state.documents)
        advance = self._result(state, calls, ignored)
        return advance._replace(state=None) if is_over else advance

    def due(self, stored: bytes) -> float:
        """Return the stream's time of the next timer of a stored trace.

        Raises:
            StateError: as for `advance`.
        """
        return self._due(decode(stored))

    def _take(self, state: State, part: Part, now: float, ignored: Counter[Ignored]) -> Call | None:
        """Take a part; return it if it is a call for which there is no room to wait."""
        applied = state.applied.get(part.partition, NOTHING)
        if applied.covers(part.offset, part.logged):
            ignored["repeated"] += 1
            return None
        state.applied[part.partition] = applied.with_record(part.offset, part.logged)
        state.touched = max(state.touched, now)
        if part.is_call:
            call = Held(part.place, part.content, part.time, now + self._wait)
            return self._let_wait(state, call)
        if sum(map(len, state.documents)) + len(part.content) > self._max_bytes:
            ignored["too_large"] += 1
        else:
            state.documents.append(part.content)
            state.calls = [self._revised(call, part, now) for call in state.calls]
            ignored["late"] += state.gone > 0
        return None

    def _revised(self, call: Held, documents: Part, now: float) -> Held:
        """Let a call that has gone on wait once more, if it may be made of these documents."""
        is_late = call.due is None and documents.time <= call.ended
        return replace(call, due=now + self._wait) if is_late else call

    def _let_wait(self, state: State, call: Held) -> Call | None:
        """Hold a call; those that have gone on make room for it. Without room it goes on."""
        gone_on = [held for held in state.calls if held.due is None]
        while gone_on and not self._has_room(state, call):
            state.calls.remove(gone_on.pop(0))
            state.gone += 1
        if self._has_room(state, call):
            state.calls.append(call)
            return None
        state.gone += 1
        return self._call(state, call)

    def _has_room(self, state: State, call: Held) -> bool:
        held = sum(len(other.content) for other in state.calls)
        return len(state.calls) < MAX_HELD and held + len(call.content) <= self._max_bytes

    def _hand_on(self, state: State, now: float) -> list[Call]:
        calls: list[Call] = []
        held: list[Held] = []
        for call in state.calls:
            if call.due is None or call.due > now:
                held.append(call)
                continue
            calls.append(self._call(state, call))
            if call.times < MAX_REVISIONS:
                held.append(replace(call, due=None, times=call.times + 1))
            else:
                state.gone += 1
        state.calls = held
        return calls

    def _call(self, state: State, call: Held) -> Call:
        room = self._max_bytes - len(call.content)
        documents = []
        for document in state.documents:
            if len(document) <= room:
                documents.append(document)
                room -= len(document)
        content = b"".join((*documents, call.content))
        return Call(call.place, content, has_documents=bool(documents), revision=call.times)

    def _result(self, state: State, calls: list[Call], ignored: Counter[Ignored]) -> Advance:
        return Advance(encode(state), self._due(state), tuple(calls), +ignored)

    def _due(self, state: State) -> float:
        dues = (call.due for call in state.calls if call.due is not None)
        return min(dues, default=state.touched + self._memory)


def alone(part: Part) -> Call:
    """Return a call that nothing is kept for: it goes on at once, as it is."""
    return Call(part.place, part.content, has_documents=False, revision=0)
