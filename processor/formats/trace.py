"""A batch of spans and log records: which are model calls, and what belongs to them.

Retrieved documents stand on other spans of the trace, and messages in log records of their own:
those that travel in the same batch are joined here.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from detectors.base import Interaction, Passage
from processor.formats import genai, openinference
from processor.formats.messages import Message
from processor.formats.part import Parts, joined, one
from processor.formats.span import Entry, unique

_Place = tuple[str | None, str | None]
_Search = tuple[float, tuple[Passage, ...]]

Inner = Callable[[object], Parts | None]
"""Reads a body that may hold an event of another format; ``None`` where it holds none."""


def decode(entries: Sequence[Entry], inner: Inner) -> Parts:
    """Read the model calls of a batch, in order.

    Args:
        entries: its spans and log records.
        inner: reads the bodies of log records that are no events of model calls.
    """
    searches = _searches(entries)
    said = _said(entries)
    return joined(_read(entry, searches, said, inner) for entry in entries)


def _read(
    entry: Entry,
    searches: dict[str, list[_Search]],
    said: dict[_Place, list[Message]],
    inner: Inner,
) -> Parts:
    passages = _before(entry, searches)
    if entry.is_log:
        return _log(entry, passages, said, inner)
    return one(lambda: _call(entry, passages)) if is_call(entry) else Parts(others=1)


def is_call(entry: Entry) -> bool:
    """Return whether a span is one call of a model."""
    kind = openinference.kind_of(entry)
    return kind == "LLM" or (kind is None and genai.is_inference(entry))


def retrieved(entry: Entry) -> tuple[Passage, ...]:
    """Return the documents that a span found."""
    return (*genai.retrieved(entry), *openinference.retrieved(entry))


def start_of(entry: Entry) -> float:
    """Return when a search began; where that is not said, before everything."""
    return entry.start or 0.0


def end_of(entry: Entry) -> float:
    """Return when a call ended; where that is not said, when it began, or after everything."""
    return entry.end or entry.start or float("inf")


def _call(entry: Entry, passages: tuple[Passage, ...]) -> Interaction:
    of_openinference = openinference.kind_of(entry) is not None
    draft = openinference.fill(entry) if of_openinference else genai.fill(entry)
    draft.passages = unique((*passages, *draft.passages))
    return draft.interaction()


def _log(
    entry: Entry,
    passages: tuple[Passage, ...],
    said: dict[_Place, list[Message]],
    inner: Inner,
) -> Parts:
    """Read a log record: the details of a call, its answer, or a line that another format wrote."""
    if entry.name == genai.DETAILS:
        return one(lambda: _told(entry, passages, []))
    if entry.name == genai.CHOICE:
        # The first of its choices speaks for the call; without an answer nothing is judged.
        messages = said.pop((entry.trace_id, entry.span_id), None)
        if messages is None:
            return Parts(others=1)
        return one(lambda: _told(entry, passages, messages))
    found = None if entry.name in genai.SAID else inner(entry.body)
    return found or Parts(others=1)


def _told(entry: Entry, passages: tuple[Passage, ...], messages: list[Message]) -> Interaction:
    entry = entry._replace(body=None) if messages else entry
    draft = genai.fill(entry, messages)
    draft.passages = unique((*passages, *draft.passages))
    return draft.interaction()


def _searches(entries: Sequence[Entry]) -> dict[str, list[_Search]]:
    """Return what was retrieved in each trace, and when."""
    found: dict[str, list[_Search]] = defaultdict(list)
    for entry in entries:
        if entry.trace_id and not entry.is_log and (passages := retrieved(entry)):
            found[entry.trace_id].append((start_of(entry), passages))
    return found


def _before(entry: Entry, searches: dict[str, list[_Search]]) -> tuple[Passage, ...]:
    """Return what was retrieved in the trace by the time that the call ended."""
    until = end_of(entry)
    return unique(
        passage
        for start, passages in searches.get(entry.trace_id or "", ())
        if start <= until
        for passage in passages
    )


def _said(entries: Sequence[Entry]) -> dict[_Place, list[Message]]:
    """Return the messages that log records carry, by the span that they belong to."""
    found: dict[_Place, list[Message]] = defaultdict(list)
    for entry in entries:
        if entry.is_log and entry.name in genai.SAID:
            message = genai.message_of(entry.name, entry.attributes, entry.body)
            if message:
                found[entry.trace_id, entry.span_id].append(message)
    return dict(found)
