"""Langfuse's generations are interactions, from its ingestion, its exports and its API."""

from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from detectors.base import Interaction, Passage
from processor.decode import decode
from tests.processor.formats.one import one, raw

BODY: dict[str, Any] = {
    "id": "g-1",
    "traceId": "t-1",
    "name": "answer",
    "startTime": "2023-11-14T22:13:20.000Z",
    "endTime": "2023-11-14T22:13:21.500Z",
    "model": "small-1",
    "modelParameters": {"temperature": 0.5, "stop": "words"},
    "input": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Is shipping free?"},
    ],
    "output": {"role": "assistant", "content": "From 50 EUR on."},
    "usageDetails": {"input": 12, "output": 5},
    "promptName": "help",
    "promptVersion": 3,
    "metadata": {"app": "help-bot"},
}
TRACE = {"id": "t-1", "name": "returns", "sessionId": "c-1"}
FOUND = {"id": "s-1", "traceId": "t-1", "output": [{"id": "d1", "content": "Free from 50 EUR."}]}


def batch(*events: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a batch of the ingestion API."""
    return {
        "batch": [
            {"id": f"e{n}", "timestamp": BODY["endTime"], "type": kind, "body": body}
            for n, (kind, body) in enumerate(events)
        ],
        "metadata": {"sdk_name": "python"},
    }


WHOLE = batch(("trace-create", TRACE), ("retriever-create", FOUND), ("generation-create", BODY))


def test_a_generation_of_a_batch_is_an_interaction() -> None:
    """With what its trace and a retriever say of it."""
    found = decode(raw(WHOLE))
    [part] = found.parts

    assert isinstance(part, Interaction)
    assert (part.prompt, part.response) == ("Is shipping free?", "From 50 EUR on.")
    assert part.system_prompt == "Be brief."
    assert part.passages == (Passage(id="d1", text="Free from 50 EUR."),)
    assert (part.id, part.trace_id, part.conversation_id) == ("g-1", "t-1", "c-1")
    assert (part.app, part.route, part.model) == ("help-bot", "returns", "small-1")
    assert (part.time, part.latency_seconds) == (1_700_000_000, 1.5)
    assert (part.input_tokens, part.output_tokens) == (12, 5)
    assert part.provenance.prompt_version == "help@3"
    assert part.provenance.sampling == {"temperature": 0.5}
    assert found.others == 2


def test_the_two_events_of_a_generation_are_one_interaction() -> None:
    """Its beginning says what was asked, its end what was answered."""
    begun = {k: v for k, v in BODY.items() if k not in ("output", "endTime", "usageDetails")}
    ended = {k: BODY[k] for k in ("id", "traceId", "output", "endTime")} | {"input": None}
    found = one(batch(("generation-create", begun), ("generation-update", ended)))

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")


def test_a_generation_that_only_began_is_passed_over() -> None:
    """Its end will come, and is judged then."""
    begun = {k: v for k, v in BODY.items() if k not in ("output", "endTime")}

    assert decode(raw(batch(("generation-create", begun)))) == ((), 1)


ROW: dict[str, Any] = {
    "id": "g-1",
    "trace_id": "t-1",
    "project_id": "p",
    "type": "GENERATION",
    "start_time": "2023-11-14 22:13:20.000000",
    "end_time": "2023-11-14 22:13:21.500000",
    "provided_model_name": "small-1",
    "model_parameters": '{"temperature": 0.5}',
    "input": '[{"role": "user", "content": "Is shipping free?"}]',
    "output": '{"role": "assistant", "content": "From 50 EUR on."}',
    "usage_details": {"input": 12, "output": 5},
    "prompt_name": "help",
    "prompt_version": 3,
    "latency": 1.5,
}
OBJECT = BODY | {
    "type": "GENERATION",
    "providedModelName": "small-1",
    "sessionId": "c-1",
    "input": "Is shipping free?",
    "output": "From 50 EUR on.",
}


@pytest.mark.parametrize("document", [ROW, OBJECT], ids=["export", "API"])
def test_an_observation_is_an_interaction(document: dict[str, Any]) -> None:
    """Snake case in exports, camel case in the API; texts, or JSON in strings."""
    found = one(document)

    assert (found.prompt, found.response) == ("Is shipping free?", "From 50 EUR on.")
    assert (found.model, found.latency_seconds) == ("small-1", 1.5)
    assert (found.input_tokens, found.provenance.prompt_version) == (12, "help@3")
    assert found.time == 1_700_000_000


def test_other_observations_are_passed_over() -> None:
    """No model made them."""
    assert decode(raw(ROW | {"type": "SPAN"})) == ((), 1)


@pytest.mark.parametrize(
    ("fields", "redacted", "truncated"),
    [
        pytest.param(
            {"output": "<truncated due to size exceeding limit>"},
            set(),
            {"response"},
            id="too large",
        ),
        pytest.param(
            {"input": "<fully masked due to failed mask function>"}, {"prompt"}, set(), id="masked"
        ),
        pytest.param({"input": ROW["input"][:30]}, set(), {"prompt", "history"}, id="cut"),
    ],
)
def test_what_is_masked_or_cut_is_said_to_be_so(
    fields: dict[str, Any], redacted: AbstractSet[str], truncated: AbstractSet[str]
) -> None:
    """The SDK leaves out what is too large, and what it could not mask."""
    found = one(ROW | fields)

    assert (found.redacted, found.truncated) == (redacted, truncated)
