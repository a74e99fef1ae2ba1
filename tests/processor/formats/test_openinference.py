"""OpenInference's LLM spans are interactions, its retrievers and rerankers give their passages."""

import json
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from detectors.base import Interaction, Passage, Turn
from processor.decode import decode
from tests.processor.formats.one import one, raw
from tests.processor.formats.otel import protobuf, span, spans

CALL: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "small-1",
    "llm.invocation_parameters": '{"temperature": 0.5, "max_tokens": 9, "stop": ["words"]}',
    "llm.token_count.prompt": 12,
    "llm.token_count.completion": 5,
    "llm.prompt_template.version": "v3",
    "session.id": "c-1",
}
MESSAGES = {
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be brief.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.content": "Hello",
    "llm.input_messages.2.message.role": "assistant",
    "llm.input_messages.2.message.content": "Hi.",
    "llm.input_messages.3.message.role": "user",
    "llm.input_messages.3.message.contents.0.message_content.type": "text",
    "llm.input_messages.3.message.contents.0.message_content.text": "Is shipping free?",
    "llm.input_messages.3.message.contents.1.message_content.type": "image",
    "llm.input_messages.3.message.contents.1.message_content.image.image.url": "http://x/y.png",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "From 50 EUR on.",
}
RAW = {
    "input.mime_type": "application/json",
    "input.value": json.dumps({"messages": [{"role": "user", "content": "Is shipping free?"}]}),
    "output.mime_type": "application/json",
    "output.value": json.dumps({"choices": [{"message": {"content": "From 50 EUR on."}}]}),
}


@pytest.mark.parametrize("proto", [True, False], ids=["protobuf", "JSON"])
def test_an_llm_span_is_an_interaction(*, proto: bool) -> None:
    """Messages are spread over attributes with numbers in their names."""
    batch = spans(span(CALL | MESSAGES))
    found = one(protobuf(batch), format="otlp_proto") if proto else one(batch)

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert found.system_prompt == "Be brief."
    assert found.history == (Turn(role="user", text="Hello"), Turn(role="assistant", text="Hi."))
    assert (found.model, found.conversation_id, found.app) == ("small-1", "c-1", "help-bot")
    assert (found.input_tokens, found.output_tokens) == (12, 5)
    assert found.provenance.sampling == {"temperature": 0.5, "max_tokens": 9}
    assert found.provenance.prompt_version == "v3"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(RAW, id="JSON"),
        pytest.param(
            {"input.value": "Is shipping free?", "output.value": "From 50 EUR on."}, id="text"
        ),
    ],
)
def test_without_messages_the_raw_values_speak(content: dict[str, Any]) -> None:
    """They hold the request and the response as they were, or their texts."""
    found = one(spans(span(CALL | content)))

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [("RETRIEVER", "retrieval.documents"), ("RERANKER", "reranker.output_documents")],
)
def test_documents_of_the_trace_are_passages(kind: str, prefix: str) -> None:
    """In the order of their numbers, of which there may be ten and more."""
    search = {"openinference.span.kind": kind}
    for n in range(11):
        search |= {f"{prefix}.{n}.document.id": f"d{n}", f"{prefix}.{n}.document.content": f"t{n}"}
    found = decode(raw(spans(span(search, span_id="01" * 8), span(CALL | MESSAGES))))
    [part] = found.parts

    assert isinstance(part, Interaction)
    assert part.passages == tuple(Passage(id=f"d{n}", text=f"t{n}") for n in range(11))
    assert found.others == 1


@pytest.mark.parametrize(
    ("content", "redacted", "truncated"),
    [
        pytest.param(
            {"input.value": "__REDACTED__", "output.value": "__REDACTED__"},
            {"prompt", "response"},
            set(),
            id="hidden",
        ),
        pytest.param({}, {"prompt", "response"}, set(), id="left out"),
        pytest.param(
            RAW | {"input.value": RAW["input.value"][:40]}, set(), {"prompt", "history"}, id="cut"
        ),
    ],
)
def test_content_that_is_not_there_is_said_to_be_so(
    content: dict[str, Any], redacted: AbstractSet[str], truncated: AbstractSet[str]
) -> None:
    """Senders may hide inputs and outputs, and limits cut them."""
    found = one(spans(span(CALL | content)))

    assert (found.redacted, found.truncated) == (redacted, truncated)
    assert found.prompt is None
