"""LiteLLM's StandardLoggingPayload, as its generic callback and its own code write it."""

from typing import Any

from detectors.base import Passage
from processor.formats.draft import Draft, proxy, sampling
from processor.formats.messages import text_of
from processor.formats.openai_pair import fill
from processor.formats.part import Parts, one
from processor.formats.values import (
    Fields,
    at,
    count,
    fields,
    first,
    items,
    name,
    number,
    seconds,
    time,
)

# Within the names of calls that answer nothing.
_OTHER_CALLS = (
    "transcription",
    "speech",
    "moderation",
    "embedding",
    "image",
    "rerank",
    "file",
    "batch",
)


def is_payload(document: Fields) -> bool:
    """Return whether an object is a payload, by the keys that no other format has."""
    if "litellm_call_id" in document:
        return True
    return "call_type" in document and ("model_parameters" in document or "messages" in document)


def decode(document: Fields) -> Parts:
    """Read a payload; a call that answers nothing, such as an embedding, is no interaction."""
    call = name(document.get("call_type")) or ""
    if any(word in call for word in _OTHER_CALLS):
        return Parts(others=1)
    return one(lambda: _draft(document).interaction())


def _draft(document: Fields) -> Draft:
    get, metadata = document.get, fields(document.get("metadata"))
    start, end = time(get("startTime")), time(get("endTime"))
    took = seconds(get("response_time"))
    if took is None and start and end:
        took = seconds(end - start)
    stores = [
        s for s in items(metadata.get("vector_store_request_metadata")) if isinstance(s, dict)
    ]
    found = Draft(
        id=first(get("id"), get("litellm_call_id")),
        time=start,
        app=first(metadata.get("user_api_key_alias"), metadata.get("user_api_key_team_alias")),
        # Without a session every call has a trace of its own, which is no conversation.
        conversation_id=first(get("session_id"), metadata.get("session_id")),
        trace_id=first(get("trace_id")),
        passages=tuple(p for store in stores for p in _passages(store)),
        extensions={
            **fields(metadata.get("requester_metadata")),
            **fields(metadata.get("spend_logs_metadata")),
            **metadata,
        },
    )
    response = get("response")
    fill(found, _request(document), response)
    found.latency_seconds = took
    found.model = first(
        at(document, "hidden_params", "litellm_model_name"), get("model"), get("model_group")
    )
    found.input_tokens = count(get("prompt_tokens"))
    found.output_tokens = count(get("completion_tokens"))
    found.sampling = sampling(fields(get("model_parameters")))
    found.model_hash = found.model_hash or proxy("model_id", get("model_id"))
    found.retrieval_snapshot = next(
        (proxy("vector_store", s.get("vector_store_id")) for s in stores), None
    )
    found.prompt_version = proxy(
        "prompt_id", at(metadata, "prompt_management_metadata", "prompt_id")
    )
    return found


def _request(document: Fields) -> dict[str, Any]:
    messages = document.get("messages")
    return {"messages": messages} if messages else {}


def _passages(store: Fields) -> list[Passage]:
    found = at(store, "vector_store_search_response", "data")
    results = [fields(result) for result in items(found)]
    return [
        Passage(
            id=first(result.get("file_id"), result.get("filename")),
            text=said,
            score=number(result.get("score")),
            source=first(result.get("filename"), store.get("vector_store_id")),
        )
        for result in results
        if (said := text_of(result.get("content")))
    ]
