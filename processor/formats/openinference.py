"""OpenInference's attributes: messages with numbers in their names, or the raw request."""

from collections.abc import Iterable, Mapping
from typing import Any

from processor.formats.draft import Draft, sampling
from processor.formats.marks import is_cut_json
from processor.formats.messages import Message, answers, dialogue, documents, read
from processor.formats.openai_pair import answers_of
from processor.formats.span import Entry, draft, numbered
from processor.formats.values import count, fields, first, text

KIND = "openinference.span.kind"
_JSON = "application/json"
_RETRIEVED = ("retrieval.documents", "reranker.output_documents")


def kind_of(entry: Entry) -> str | None:
    """Return the kind of a span, or ``None`` for one of another convention."""
    return first(entry.attributes.get(KIND))


def retrieved(entry: Entry) -> Iterable[Any]:
    """Return the documents that a retriever or reranker span found."""
    for prefix in _RETRIEVED:
        yield from documents(numbered(entry.attributes, prefix))


def fill(entry: Entry) -> Draft:
    """Return the draft of an LLM span."""
    found, get = draft(entry), entry.attributes.get
    found.model = first(
        get("llm.response.model_name"), get("llm.model_name"), get("llm.request.model_name")
    )
    found.conversation_id = first(get("session.id"))
    found.input_tokens = count(get("llm.token_count.prompt"))
    found.output_tokens = count(get("llm.token_count.completion"))
    found.sampling = sampling(fields(get("llm.invocation_parameters")))
    found.prompt_version = first(get("llm.prompt_template.version"), get("prompt.id"))
    found.hear(dialogue(_asked(found, entry.attributes)))
    found.answer(_answered(found, entry.attributes))
    hidden = found.redacted or found.truncated
    if found.prompt is None and found.response is None and not hidden and not entry.failed:
        found.redacted |= {"prompt", "response"}  # the sender was told to hide inputs and outputs
    return found


def _asked(found: Draft, attributes: Mapping[str, Any]) -> list[Message]:
    messages = read(numbered(attributes, "llm.input_messages"))
    if messages:
        return messages
    value = attributes.get("input.value")
    if attributes.get("input.mime_type") == _JSON and is_cut_json(value):
        found.truncated |= {"prompt", "history"}
        return []
    return read(value)


def _answered(found: Draft, attributes: Mapping[str, Any]) -> tuple[str, ...]:
    messages = read(numbered(attributes, "llm.output_messages"), "assistant")
    if messages:
        return answers(messages)
    value = attributes.get("output.value")
    if attributes.get("output.mime_type") == _JSON:
        if is_cut_json(value):
            found.truncated.add("response")
            return ()
        if told := fields(value):
            return answers_of(told)
    said = text(value)
    return (said,) if said is not None else ()
