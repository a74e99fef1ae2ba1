"""What becomes of a trace: stored state and pieces in; new state and the calls that are due out."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from processor.applied import NOTHING
from processor.tracing.part import Part
from processor.tracing.state import State, Waiting, decode, encode

MAX_WAITING = 100
"""Of one trace; further calls do not wait, for what is handed on at a time must have a bound."""

Ignored = Literal["repeated", "late", "unmatched", "too_large", "max_traces", "unreadable"]
"""Why documents, or a piece that came again, changed nothing."""


class Call(NamedTuple):
    """A call of a model on its way to be judged, with the documents of its trace."""

    place: bytes
    content: bytes
    has_documents: bool


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
        wait: how long a call waits for its documents, in seconds of the stream.
        memory: how long a trace is kept after its last piece, in seconds of the stream.
        max_bytes: what the documents of a trace may hold together, what its waiting calls may,
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
        is_over = not state.waiting and now >= state.touched + self._memory
        if is_over and not state.handed_on:
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
            return self._let_wait(state, Waiting(part.place, now + self._wait, part.content))
        if sum(map(len, state.documents)) + len(part.content) > self._max_bytes:
            ignored["too_large"] += 1
        else:
            state.documents.append(part.content)
            ignored["late"] += bool(state.handed_on)
        return None

    def _let_wait(self, state: State, call: Waiting) -> Call | None:
        held = sum(len(waiting.content) for waiting in state.waiting)
        if len(state.waiting) < MAX_WAITING and held + len(call.content) <= self._max_bytes:
            state.waiting.append(call)
            return None
        state.handed_on += 1
        return self._call(state, call)

    def _hand_on(self, state: State, now: float) -> list[Call]:
        calls = [self._call(state, waiting) for waiting in state.waiting if waiting.due <= now]
        state.waiting = [waiting for waiting in state.waiting if waiting.due > now]
        state.handed_on += len(calls)
        return calls

    def _call(self, state: State, waiting: Waiting) -> Call:
        room = self._max_bytes - len(waiting.content)
        documents = []
        for document in state.documents:
            if len(document) <= room:
                documents.append(document)
                room -= len(document)
        content = b"".join((*documents, waiting.content))
        return Call(waiting.place, content, has_documents=bool(documents))

    def _result(self, state: State, calls: list[Call], ignored: Counter[Ignored]) -> Advance:
        return Advance(encode(state), self._due(state), tuple(calls), +ignored)

    def _due(self, state: State) -> float:
        return min((w.due for w in state.waiting), default=state.touched + self._memory)


def alone(part: Part) -> Call:
    """Return a call that nothing is kept for: it goes on at once, as it is."""
    return Call(part.place, part.content, has_documents=False)
