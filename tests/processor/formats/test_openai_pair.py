"""A request and its response are an interaction, whole or in the chunks of a stream."""

import json
from typing import Any

import pytest

from detectors.base import Passage, Turn
from tests.processor.formats.one import one

REQUEST: dict[str, Any] = {
    "model": "small-1",
    "messages": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Is shipping free?"},
                {"type": "image_url", "image_url": {"url": "http://x/y.png"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [{"id": "t1", "function": {}}]},
        {"role": "tool", "tool_call_id": "t1", "content": "Free from 50 EUR."},
    ],
    "temperature": 0.5,
    "max_completion_tokens": 9,
    "stop": ["words"],
    "metadata": {"conversation_id": "c-1", "semwatch.route": "returns"},
}
RESPONSE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "created": 1_700_000_000,
    "model": "small-1-2026-05-01",
    "system_fingerprint": "fp_1",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "From 50 EUR on."}},
        {"index": 1, "message": {"role": "assistant", "content": "Above 50 EUR."}},
    ],
    "usage": {"prompt_tokens": 12, "completion_tokens": 5},
}
ASKED = {"model": "small-1", "input": "Is shipping free?", "instructions": "Be brief."}
OUTPUT = [
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Shipping."}]},
    {"type": "message", "content": [{"type": "output_text", "text": "From 50 EUR on."}]},
]


def chunk(**delta: str) -> dict[str, Any]:
    """Return one chunk of a streamed chat completion."""
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta}]}


CHUNKS = [
    chunk(role="assistant", content=""),
    chunk(content="From 50"),
    chunk(content=" EUR on."),
    chunk(),
]


def test_a_chat_completion_is_an_interaction() -> None:
    """With its samples, its tool's result, and what it says of its making."""
    found = one({"request": REQUEST, "response": RESPONSE})

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert found.samples == ("Above 50 EUR.",)
    assert found.system_prompt == "Be brief."
    assert found.history == (Turn(role="user", text="Hello"), Turn(role="assistant", text="Hi."))
    assert found.passages == (Passage(id="t1", text="Free from 50 EUR.", source="tool"),)
    assert (found.id, found.time, found.model) == (
        "chatcmpl-1",
        1_700_000_000,
        "small-1-2026-05-01",
    )
    assert (found.conversation_id, found.route) == ("c-1", "returns")
    assert (found.input_tokens, found.output_tokens) == (12, 5)
    assert found.provenance.sampling == {"temperature": 0.5, "max_tokens": 9}
    assert found.provenance.model_hash == "system_fingerprint:fp_1"


@pytest.mark.parametrize(
    "response",
    [
        pytest.param({"output": OUTPUT}, id="responses"),
        pytest.param({"output_text": "From 50 EUR on."}, id="text of responses"),
        pytest.param(CHUNKS, id="chunks"),
        pytest.param(
            "".join(f"data: {json.dumps(c)}\n\n" for c in CHUNKS) + "data: [DONE]\n\n",
            id="server-sent events",
        ),
        pytest.param(
            [
                {"type": "response.created", "response": {"output": []}},
                {"type": "response.output_text.delta", "delta": "From 50"},
                {"type": "response.output_text.delta", "delta": " EUR on."},
            ],
            id="chunks of responses",
        ),
        pytest.param(
            [
                {"type": "response.output_text.delta", "delta": "From"},
                {"type": "response.completed", "response": {"output": OUTPUT}},
            ],
            id="completed responses",
        ),
        pytest.param({"content": [{"type": "text", "text": "From 50 EUR on."}]}, id="Anthropic"),
        pytest.param(
            {
                "candidates": [
                    {"content": {"role": "model", "parts": [{"text": "From 50 EUR on."}]}}
                ]
            },
            id="Gemini",
        ),
        pytest.param({"choices": [{"text": "From 50 EUR on."}]}, id="completions"),
        pytest.param("From 50 EUR on.", id="text"),
        pytest.param(json.dumps(RESPONSE), id="JSON in a string"),
        pytest.param({"status": 200, "body": RESPONSE}, id="body"),
    ],
)
def test_the_answer_is_read_from_any_response(response: object) -> None:
    """Thoughts are no part of it."""
    found = one({"request": ASKED, "response": response})

    assert (found.system_prompt, found.prompt) == ("Be brief.", "Is shipping free?")
    assert found.response == "From 50 EUR on."


@pytest.mark.parametrize(
    "names", [("request", "response"), ("request_body", "response_body"), ("req", "resp")]
)
def test_the_pair_has_several_names(names: tuple[str, str]) -> None:
    """There is no standard for them."""
    assert one({names[0]: REQUEST, names[1]: RESPONSE}).response == "From 50 EUR on."


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({"instructions": "Be brief."}, id="responses"),
        pytest.param({"system": [{"type": "text", "text": "Be brief."}]}, id="Anthropic"),
        pytest.param({"systemInstruction": {"parts": [{"text": "Be brief."}]}}, id="Gemini"),
    ],
)
def test_instructions_are_the_system_prompt(rules: dict[str, Any]) -> None:
    """Where the messages hold none."""
    contents = [{"role": "user", "parts": [{"text": "Is shipping free?"}]}]
    found = one({"request": rules | {"contents": contents}, "response": "From 50 EUR on."})

    assert (found.system_prompt, found.prompt) == ("Be brief.", "Is shipping free?")


def test_a_refusal_is_an_answer() -> None:
    """It stands in a field of its own."""
    message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    found = one({"request": ASKED, "response": {"choices": [{"message": message}]}})

    assert found.response == "I cannot help with that."


def test_a_call_without_an_answer_has_no_response() -> None:
    """It failed, or called a tool: nothing is made up."""
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "t1"}]}
    for response in ({"choices": [{"message": message}]}, {"error": {"message": "busy"}}, None):
        found = one({"request": ASKED, "response": response})

        assert (found.prompt, found.response) == ("Is shipping free?", None)
        assert not found.redacted
