"""Bedrock's invocation log is an interaction, whatever family the model is of."""

from typing import Any

import pytest

from processor.decode import decode
from tests.processor.formats.one import one, raw

LOG: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2023-11-14T22:13:20Z",
    "accountId": "123456789012",
    "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/help-bot/session"},
    "region": "eu-central-1",
    "requestId": "r-1",
    "operation": "Converse",
    "modelId": "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.small-v1",
    "requestMetadata": {"conversation_id": "c-1"},
    "input": {
        "inputContentType": "application/json",
        "inputBodyJson": {
            "messages": [{"role": "user", "content": [{"text": "Is shipping free?"}]}],
            "system": [{"text": "Be brief."}],
            "inferenceConfig": {"temperature": 0.5, "maxTokens": 9},
        },
        "inputTokenCount": 12,
    },
    "output": {
        "outputContentType": "application/json",
        "outputBodyJson": {
            "output": {"message": {"role": "assistant", "content": [{"text": "From 50 EUR on."}]}},
            "stopReason": "end_turn",
        },
        "outputTokenCount": 5,
    },
}


def bodies(asked: object, answered: object) -> dict[str, Any]:
    """Return a log with other bodies."""
    return LOG | {
        "operation": "InvokeModel",
        "input": {"inputBodyJson": asked},
        "output": {"outputBodyJson": answered},
    }


def test_a_log_of_converse_is_an_interaction() -> None:
    """The app is the role that called."""
    found = one(LOG)

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert found.system_prompt == "Be brief."
    assert (found.id, found.time, found.conversation_id) == ("r-1", 1_700_000_000, "c-1")
    assert (found.app, found.model) == ("help-bot", "anthropic.small-v1")
    assert (found.input_tokens, found.output_tokens) == (12, 5)
    assert found.provenance.sampling == {"temperature": 0.5, "max_tokens": 9}


_ASKED = {"messages": [{"role": "user", "content": "Is shipping free?"}]}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        pytest.param(
            _ASKED, {"content": [{"type": "text", "text": "From 50 EUR on."}]}, id="Anthropic"
        ),
        pytest.param(
            _ASKED,
            [
                {"type": "message_start", "message": {"content": []}},
                {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "From 50"}},
                {
                    "type": "content_block_delta",
                    "delta": {"type": "text_delta", "text": " EUR on."},
                },
            ],
            id="Anthropic, streamed",
        ),
        pytest.param(
            {"inputText": "Is shipping free?"},
            {"results": [{"outputText": "From 50 EUR on."}]},
            id="Titan",
        ),
        pytest.param(
            {"prompt": "Is shipping free?"}, {"generation": "From 50 EUR on."}, id="Llama"
        ),
        pytest.param(
            _ASKED,
            {"choices": [{"message": {"content": "From 50 EUR on."}}]},
            id="OpenAI's open models",
        ),
    ],
)
def test_bodies_of_each_family_are_read(asked: object, answered: object) -> None:
    """InvokeModel logs what the model itself takes and gives."""
    found = one(bodies(asked, answered))

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")


def test_bodies_in_s3_are_cut_off() -> None:
    """Only their addresses are here."""
    log = LOG | {
        "input": {"inputBodyS3Path": "s3://b/1"},
        "output": {"outputBodyS3Path": "s3://b/2"},
    }
    found = one(log)

    assert found.truncated == {"prompt", "history", "response"}


def test_an_embedding_is_passed_over() -> None:
    """It says nothing."""
    log = bodies({"inputText": "Is shipping free?"}, {"embedding": [0.5]})

    assert decode(raw(log | {"modelId": "amazon.titan-embed-text-v2:0"})) == ((), 1)
