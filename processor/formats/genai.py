"""OpenTelemetry's `gen_ai.*` attributes and events, in all generations that still run.

Content stands as structured values or as JSON in a string, flat with numbers in the names, in
events of the span, or in log records beside it; by default it is not there at all.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from processor.formats.draft import Draft, proxy, sampling
from processor.formats.marks import is_cut_json
from processor.formats.messages import Message, answers, dialogue, documents, read, text_of
from processor.formats.span import Entry, draft, numbered
from processor.formats.values import fields, first, first_count, items

DETAILS = "gen_ai.client.inference.operation.details"
CHOICE = "gen_ai.choice"
SAID = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    CHOICE: "assistant",
}
_INFERENCE = ("chat", "generate_content", "text_completion", "completion")
_INPUT = ("gen_ai.input.messages", "ai.prompt.messages", "langfuse.observation.input")
_OUTPUT = ("gen_ai.output.messages", "ai.response.text", "langfuse.observation.output")
_CONVERSATION = (
    "gen_ai.conversation.id",
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.chat_id",
)


def is_inference(entry: Entry) -> bool:
    """Return whether a span is one call of a model, not an agent, a tool or a search."""
    get = entry.attributes.get
    if operation := get("gen_ai.operation.name"):
        return operation in _INFERENCE
    if kind := get("langfuse.observation.type"):
        return bool(kind == "generation")
    if kind := get("llm.request.type"):
        return bool(kind in ("chat", "completion"))
    # Before operations had names; the spans around it carry no model.
    return "gen_ai.request.model" in entry.attributes and not get("traceloop.span.kind")


def retrieved(entry: Entry) -> Iterable[Any]:
    """Return the documents that a retrieval span found."""
    yield from documents(entry.attributes.get("gen_ai.retrieval.documents"))
    for event in entry.events:
        if event.name == "db.query.result":  # OpenLLMetry's, one event a document
            yield from documents([dict(_named(event.attributes, "db.query.result."))])


def fill(entry: Entry, messages: Iterable[Message] = ()) -> Draft:
    """Return the draft of a model call.

    Args:
        entry: its span, or the log record of its details.
        messages: of the log records that belong to the span.
    """
    found = draft(entry)
    _describe(found, entry.attributes)
    attributes = entry.attributes
    if isinstance(entry.body, dict):
        attributes = {**entry.body, **attributes}
    asked, answered = _content(found, attributes)
    by_event, choices = _events(entry)
    said = [*asked, *_indexed(attributes, "gen_ai.prompt"), *by_event, *messages]
    found.hear(dialogue(m for m in said if not _is_choice(m)))
    if system := text_of(_structured(attributes.get("gen_ai.system_instructions"))):
        found.system_prompt = system
    choices = [*answered, *_indexed(attributes, "gen_ai.completion"), *choices]
    found.answer(answers([*choices, *filter(_is_choice, said)]))
    if not said and not choices and not found.truncated:
        found.redacted |= {"prompt", "response"}  # content is captured on request only
    return found


def message_of(event: str, attributes: Mapping[str, Any], body: object) -> Message | None:
    """Return what one event of the generation of `gen_ai.user.message` says."""
    told = fields(body) or fields(attributes.get("gen_ai.event.content"))
    role = SAID[event]
    found = read([told], role) if told else []
    if not found:
        return None
    return found[0]._replace(role=CHOICE if event == CHOICE else found[0].role)


def _is_choice(message: Message) -> bool:
    return message.role == CHOICE


def _describe(found: Draft, attributes: Mapping[str, Any]) -> None:
    """Take what surrounds the content: model, tokens, conversation, provenance."""
    get = attributes.get
    found.model = first(
        get("gen_ai.response.model"),
        get("gen_ai.request.model"),
        get("langfuse.observation.model.name"),
    )
    found.conversation_id = first(*map(get, _CONVERSATION))
    found.input_tokens = first_count(
        get("gen_ai.usage.input_tokens"), get("gen_ai.usage.prompt_tokens")
    )
    found.output_tokens = first_count(
        get("gen_ai.usage.output_tokens"), get("gen_ai.usage.completion_tokens")
    )
    found.model_hash = proxy(
        "system_fingerprint",
        first(
            get("openai.response.system_fingerprint"),
            get("gen_ai.openai.response.system_fingerprint"),
        ),
    )
    found.retrieval_snapshot = proxy("data_source", get("gen_ai.data_source.id"))
    found.prompt_version = _prompt_version(get)
    found.sampling = sampling(
        fields(get("langfuse.observation.model.parameters"))
        or dict(_named(attributes, "gen_ai.request."))
    )


def _prompt_version(get: Any) -> str | None:
    """Return name and version of the prompt, of the conventions or of those who were first."""
    for name_key, version_key in (
        ("gen_ai.prompt.name", "gen_ai.prompt.version"),
        ("traceloop.prompt.key", "traceloop.prompt.version"),
        ("langfuse.observation.prompt.name", "langfuse.observation.prompt.version"),
    ):
        if version := first(get(version_key)):
            name = first(get(name_key))
            return f"{name}@{version}"[:256] if name else version
    return proxy("version_hash", get("traceloop.prompt.version_hash"))


def _named(attributes: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    return ((k[len(prefix) :], v) for k, v in attributes.items() if k.startswith(prefix))


def _content(found: Draft, attributes: Mapping[str, Any]) -> tuple[list[Message], list[Message]]:
    """Return what was asked and answered; mark what is cut, or lies elsewhere."""
    asked = _messages(found, attributes, _INPUT, "user", {"prompt", "history"})
    answered = _messages(found, attributes, _OUTPUT, "assistant", {"response"})
    return asked, answered


def _messages(
    found: Draft,
    attributes: Mapping[str, Any],
    keys: tuple[str, ...],
    role: str,
    places: set[str],
) -> list[Message]:
    value = next((attributes[key] for key in keys if attributes.get(key)), None)
    if value is None:
        if attributes.get(f"{keys[0]}.ref"):
            found.redacted |= places  # a claim check: the text lies in a store of the sender
        return []
    if is_cut_json(value):
        found.truncated |= places
        return []
    return read(value, role)


def _structured(value: object) -> object:
    return items(value) or fields(value) or value


def _indexed(attributes: Mapping[str, Any], prefix: str) -> list[Message]:
    """Read messages with numbers in their names, of OpenLLMetry's first generations."""
    role = "user" if prefix.endswith("prompt") else "assistant"
    found = [m for m in numbered(attributes, prefix) if isinstance(m, dict)]
    return read([{**m, "content": _parts(m.get("content"))} for m in found], role)


def _parts(content: object) -> object:
    """Return the parts of a content that was written as JSON in a string."""
    if isinstance(content, str) and content.startswith('[{"'):
        parts = items(content)
        if parts and all(isinstance(part, dict) and "type" in part for part in parts):
            return parts
    return content


def _events(entry: Entry) -> tuple[list[Message], list[Message]]:
    """Read the content that stands in events of the span: what was asked, what was answered."""
    asked: list[Message] = []
    choices: list[Message] = []
    for name, attributes in entry.events:
        if name in SAID:
            if message := message_of(name, attributes, None):
                (choices if name == CHOICE else asked).append(message)
        elif name == "gen_ai.content.prompt":
            asked += read(attributes.get("gen_ai.prompt"))
        elif name == "gen_ai.content.completion":
            choices += read(attributes.get("gen_ai.completion"), "assistant")
        elif name == DETAILS:
            asked += read(attributes.get(_INPUT[0]))
            choices += read(attributes.get(_OUTPUT[0]), "assistant")
    return asked, choices
