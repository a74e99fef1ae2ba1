"""Lists of chat messages, whoever wrote them, to what was asked, answered and looked up.

One reader for OpenTelemetry parts, OpenAI chat and responses, Anthropic and Bedrock content
blocks, and Gemini parts: they differ in the names of a text, and agree in all else.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from detectors.base import Passage, Turn
from processor.formats.values import at, fields, first, items, name, number, text

_SYSTEM = frozenset({"system", "developer"})
_TOOL = frozenset({"tool", "function"})
# Names of a text within a part, by format.
_TEXTS = ("text", "content", "parts", "refusal")
# Kinds of parts that are said; pictures, thoughts and calls of tools are not.
_SAID = frozenset({"text", "input_text", "output_text", "refusal", "message"})
_RESULTS = frozenset({"tool_call_response", "tool_result", "function_call_output"})
_MAX_DEPTH = 6


class Message(NamedTuple):
    """One message: who, what, and what a tool gave with it."""

    role: str
    text: str | None
    results: tuple[Passage, ...] = ()


class Dialogue(NamedTuple):
    """A list of messages by what they are to the answer; ``history`` is all before the prompt."""

    system_prompt: str | None = None
    history: tuple[Turn, ...] = ()
    prompt: str | None = None
    passages: tuple[Passage, ...] = ()


def read(value: object, role: str = "user") -> list[Message]:
    """Return the messages of a list, an object or a text; what cannot be read is left out.

    Args:
        value: a list of messages, one message, a text, or one of them as JSON in a string.
        role: of a message that names none.
    """
    if isinstance(value, str):
        value = items(value) or fields(value) or [value]
    if isinstance(value, dict):
        value = value.get("messages") or value.get("contents") or [value]
    if not isinstance(value, list):
        return []
    return [message for item in value if (message := _message(item, role))]


def dialogue(messages: Iterable[Message]) -> Dialogue:
    """Sort the messages: the last one of the user is the prompt.

    What tools returned after it are passages; what they returned before is history.
    """
    said = list(messages)
    system = [m.text for m in said if m.role in _SYSTEM and m.text]
    talk = [m for m in said if m.role not in _SYSTEM]
    asked = [n for n, m in enumerate(talk) if m.role in ("user", "human") and m.text is not None]
    last = asked[-1] if asked else -1
    before = talk[:last] if asked else []
    return Dialogue(
        system_prompt="\n".join(system) or None,
        history=tuple(Turn(role=m.role, text=m.text) for m in before if m.text),
        prompt=talk[last].text if asked else None,
        passages=tuple(passage for m in talk[last + 1 :] for passage in m.results),
    )


def answers(messages: Iterable[Message]) -> tuple[str, ...]:
    """Return the texts of the messages, the empty ones too."""
    return tuple(m.text for m in messages if m.text is not None)


def _message(item: object, role: str) -> Message | None:
    if isinstance(item, str):
        return Message(role, item)
    if not isinstance(item, dict):
        return None
    item = item.get("message", item) if isinstance(item.get("message"), dict) else item
    kind = item.get("type")
    if _is_result(kind):
        return Message("tool", None, (_result(item),) if _output(item) else ())
    if kind in ("function_call", "reasoning"):
        return None
    speaker = (name(item.get("role")) or role).casefold()
    content = next((item[k] for k in ("parts", "contents", "content", "text") if k in item), None)
    said = text_of(content)
    if speaker in _TOOL:
        passages = _results(content) or ((_tool(said, item),) if said else ())
        return Message("tool", said, passages)
    if said is None:
        said = text(item.get("refusal"))
    return Message(speaker, said, _results(content))


def text_of(content: object, depth: int = _MAX_DEPTH) -> str | None:
    """Return the text of a content: a string, or the texts of its parts, one a line."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        found = [said for part in content if (said := text_of(part, depth - 1)) and depth]
        return "\n".join(found) if found else None
    if not depth or not isinstance(content, dict) or not _is_said(content.get("type")):
        return None
    inner = content.get("message_content") or next(
        (content[key] for key in _TEXTS if content.get(key)), None
    )
    if isinstance(inner, dict) and isinstance(inner.get("value"), str):  # an assistant's text
        return text(inner["value"])
    return text_of(inner, depth - 1)


def _is_said(kind: object) -> bool:
    return kind is None or (isinstance(kind, str) and kind in _SAID)


def _results(content: object) -> tuple[Passage, ...]:
    """Return what tools gave, from the parts of a message."""
    if not isinstance(content, list):
        return ()
    # Anthropic and OpenTelemetry name the kind of a part, Bedrock makes it the part's one key.
    parts = [
        part.get("toolResult") if isinstance(part.get("toolResult"), dict) else part
        for part in content
        if isinstance(part, dict)
        and (_is_result(part.get("type")) or isinstance(part.get("toolResult"), dict))
    ]
    return tuple(_result(part) for part in parts if isinstance(part, dict) and _output(part))


def _is_result(kind: object) -> bool:
    return isinstance(kind, str) and kind in _RESULTS


def _result(part: dict[str, object]) -> Passage:
    return _tool(_output(part) or "", part)


def _tool(said: str, part: dict[str, object]) -> Passage:
    named = first(
        *(part.get(key) for key in ("tool_call_id", "tool_use_id", "toolUseId", "call_id", "id"))
    )
    return Passage(id=named, text=said, source=name(part.get("name")) or "tool")


def _output(part: dict[str, object]) -> str | None:
    """Return what a tool gave as a text; an object is given as its JSON."""
    for key in ("response", "result", "output", "content"):
        value = part.get(key)
        if value is None:
            continue
        said = text_of(value)
        return said if said is not None else _json(value)
    return None


def _json(value: object) -> str | None:
    try:
        return msgspec.json.encode(value).decode()
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def documents(value: object) -> tuple[Passage, ...]:
    """Return retrieved documents as passages; one without a text says nothing."""
    return tuple(p for item in items(value) if (p := _document(item)))


def _document(item: object) -> Passage | None:
    if isinstance(item, str):
        return Passage(text=item)
    document = fields(item)
    document = fields(document.get("document")) or document
    said = next(
        (
            t
            for k in ("content", "text", "page_content", "document")
            if (t := text_of(document.get(k)))
        ),
        None,
    )
    if not said:
        return None
    metadata = fields(document.get("metadata"))
    return Passage(
        id=first(document.get("id"), document.get("doc_id"), metadata.get("id")),
        text=said,
        score=number(document.get("score")),
        source=first(document.get("source"), metadata.get("source"), at(metadata, "file_name")),
    )
