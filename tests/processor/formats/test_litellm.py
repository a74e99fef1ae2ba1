"""LiteLLM's logging payload is an interaction, alone or in the lists that it sends."""

from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from detectors.base import Interaction, Passage
from processor.decode import decode
from tests.processor.formats.one import one, raw
from tests.processor.formats.test_openai_pair import RESPONSE

PAYLOAD: dict[str, Any] = {
    "id": "chatcmpl-1",
    "trace_id": "t-1",
    "litellm_call_id": "call-1",
    "call_type": "acompletion",
    "status": "success",
    "stream": False,
    "startTime": 1_700_000_000.25,
    "endTime": 1_700_000_001.75,
    "completionStartTime": 1_700_000_000.5,
    "response_time": 1.5,
    "model": "small-1",
    "model_id": "dep-7",
    "model_group": "chat",
    "custom_llm_provider": "openai",
    "hidden_params": {"litellm_model_name": "openai/small-1"},
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Is shipping free?"},
    ],
    "response": RESPONSE,
    "model_parameters": {"temperature": 0.5, "stop": "words"},
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "request_tags": ["a"],
    "metadata": {
        "user_api_key_alias": "help-bot",
        "prompt_management_metadata": {"prompt_id": "help", "prompt_variables": None},
        "vector_store_request_metadata": [
            {
                "vector_store_id": "kb-9",
                "query": "shipping",
                "vector_store_search_response": {
                    "data": [
                        {
                            "score": 0.5,
                            "filename": "terms",
                            "file_id": "f1",
                            "content": [{"type": "text", "text": "Free from 50 EUR."}],
                        }
                    ]
                },
            }
        ],
    },
}


def test_a_payload_is_an_interaction() -> None:
    """With the passages of its vector store, and stand-ins that say what they are."""
    found = one(PAYLOAD)

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert found.system_prompt == "Be brief."
    assert found.passages == (
        Passage(id="f1", text="Free from 50 EUR.", score=0.5, source="terms"),
    )
    assert (found.id, found.trace_id, found.conversation_id) == ("chatcmpl-1", "t-1", None)
    assert (found.time, found.latency_seconds) == (1_700_000_000.25, 1.5)
    assert (found.app, found.model) == ("help-bot", "openai/small-1")
    assert (found.input_tokens, found.output_tokens) == (12, 5)
    assert found.provenance.sampling == {"temperature": 0.5}
    assert found.provenance.model_hash == "system_fingerprint:fp_1"
    assert found.provenance.retrieval_snapshot == "vector_store:kb-9"
    assert found.provenance.prompt_version == "prompt_id:help"


def test_a_list_of_payloads_is_many_interactions() -> None:
    """So its generic callback writes by default."""
    found = decode(raw([PAYLOAD, PAYLOAD | {"id": "2"}, PAYLOAD | {"call_type": "aembedding"}]))

    assert [part.id for part in found.parts if isinstance(part, Interaction)] == ["chatcmpl-1", "2"]
    assert found.others == 1


@pytest.mark.parametrize(
    ("fields", "redacted", "truncated"),
    [
        pytest.param(
            {
                "messages": [{"role": "user", "content": "redacted-by-litellm"}],
                "response": {"text": "redacted-by-litellm"},
            },
            {"prompt", "response"},
            set(),
            id="redacted",
        ),
        pytest.param(
            {"messages": "redacted-by-litellm", "response": "redacted-by-litellm"},
            {"prompt", "response"},
            set(),
            id="redacted texts",
        ),
        pytest.param(
            {"response": "Free ... (litellm_truncated 912 chars) ... EUR."},
            set(),
            {"response"},
            id="cut in the middle",
        ),
    ],
)
def test_what_is_redacted_or_cut_is_said_to_be_so(
    fields: dict[str, Any], redacted: AbstractSet[str], truncated: AbstractSet[str]
) -> None:
    """Its stand-in is not what was said."""
    found = one(PAYLOAD | fields)

    assert (found.redacted, found.truncated) == (redacted, truncated)


def test_a_failed_call_has_no_response() -> None:
    """Nothing was said."""
    found = one(PAYLOAD | {"status": "failure", "response": {}, "error_str": "busy"})

    assert (found.prompt, found.response) == ("Is shipping free?", None)
    assert not found.redacted
