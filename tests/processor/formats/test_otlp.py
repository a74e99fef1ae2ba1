"""Model calls are read from OTLP batches, whatever generation of names a sender speaks."""

import json
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from detectors.base import Interaction, Passage, Provenance, Turn
from processor.decode import decode
from processor.errors import Undecodable
from tests.processor.formats.one import one, raw
from tests.processor.formats.otel import SPAN, TRACE, log, logs, protobuf, span, spans

CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "small-1",
    "gen_ai.request.temperature": 0.25,
    "gen_ai.request.seed": 7,
    "gen_ai.request.stop_sequences": ["secret words"],
    "gen_ai.response.model": "small-1-2026-05-01",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.conversation.id": "c-1",
    "gen_ai.agent.name": "returns",
    "gen_ai.prompt.name": "help",
    "gen_ai.prompt.version": "v3",
    "gen_ai.data_source.id": "kb-9",
    "openai.response.system_fingerprint": "fp_1",
    "semwatch.preprocessing_version": "p2",
}
ASKED = [
    {"role": "user", "parts": [{"type": "text", "content": "Hello"}]},
    {"role": "assistant", "parts": [{"type": "text", "content": "Hi."}]},
    {
        "role": "user",
        "parts": [
            {"type": "text", "content": "Is shipping"},
            {"type": "blob", "mime_type": "image/png", "content": "AAAA"},
            {"type": "text", "content": "free?"},
        ],
    },
]
ANSWERED = [
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "They ask of shipping."},
            {"type": "text", "content": "From 50 EUR on."},
        ],
        "finish_reason": "stop",
    }
]
SYSTEM = [{"type": "text", "content": "Be brief."}]
CONTENT = {
    "gen_ai.input.messages": json.dumps(ASKED),
    "gen_ai.output.messages": json.dumps(ANSWERED),
    "gen_ai.system_instructions": json.dumps(SYSTEM),
}
EXPECTED = Interaction(
    id=f"{TRACE.lower()}:{SPAN.lower()}",
    time=1_700_000_000.0,
    app="help-bot",
    route="returns",
    model="small-1-2026-05-01",
    conversation_id="c-1",
    prompt="Is shipping\nfree?",
    system_prompt="Be brief.",
    response="From 50 EUR on.",
    history=(Turn(role="user", text="Hello"), Turn(role="assistant", text="Hi.")),
    input_tokens=12,
    output_tokens=5,
    latency_seconds=1.5,
    trace_id=TRACE.lower(),
    span_id=SPAN.lower(),
    provenance=Provenance(
        model_hash="system_fingerprint:fp_1",
        prompt_version="help@v3",
        retrieval_snapshot="data_source:kb-9",
        sampling={"temperature": 0.25, "seed": 7},
        preprocessing_version="p2",
    ),
)
QUESTION, ANSWER = "Is shipping free?", "From 50 EUR on."


def test_a_span_is_an_interaction() -> None:
    """Every field that the conventions name; the picture, the thought and the stop words not."""
    assert one(spans(span(CALL | CONTENT))) == EXPECTED


def test_protobuf_says_the_same() -> None:
    """The same batch in the Collector's default encoding."""
    assert one(protobuf(spans(span(CALL | CONTENT))), format="otlp_proto") == EXPECTED


@pytest.mark.parametrize("encoded", [True, False], ids=["JSON in a string", "structured"])
@pytest.mark.parametrize("proto", [True, False], ids=["protobuf", "JSON"])
def test_the_event_of_the_details_is_an_interaction(*, encoded: bool, proto: bool) -> None:
    """On events the messages are structured; some senders keep to strings."""
    content = (
        CONTENT
        if encoded
        else {
            "gen_ai.input.messages": ASKED,
            "gen_ai.output.messages": ANSWERED,
            "gen_ai.system_instructions": SYSTEM,
        }
    )
    batch = logs(log("gen_ai.client.inference.operation.details", CALL | content))
    found = one(protobuf(batch), format="otlp_proto") if proto else one(batch)

    assert (found.prompt, found.response) == (EXPECTED.prompt, EXPECTED.response)
    assert (found.system_prompt, found.history) == (EXPECTED.system_prompt, EXPECTED.history)
    assert found.id == EXPECTED.id


OLD_CALL = {"gen_ai.system": "openai", "gen_ai.request.model": "small-1"}
GENERATIONS = [
    pytest.param(
        spans(
            span(
                OLD_CALL
                | {
                    "llm.request.type": "chat",
                    "gen_ai.prompt.0.role": "system",
                    "gen_ai.prompt.0.content": "Be brief.",
                    "gen_ai.prompt.1.role": "user",
                    "gen_ai.prompt.1.content": QUESTION,
                    "gen_ai.completion.0.role": "assistant",
                    "gen_ai.completion.0.content": ANSWER,
                    "gen_ai.usage.prompt_tokens": 12,
                    "gen_ai.usage.completion_tokens": 5,
                }
            )
        ),
        id="OpenLLMetry",
    ),
    pytest.param(
        spans(
            span(
                CALL,
                events=[
                    (
                        "gen_ai.content.prompt",
                        {"gen_ai.prompt": json.dumps([{"role": "user", "content": QUESTION}])},
                    ),
                    (
                        "gen_ai.content.completion",
                        {
                            "gen_ai.completion": json.dumps(
                                [{"role": "assistant", "content": ANSWER}]
                            )
                        },
                    ),
                ],
            )
        ),
        id="events of content",
    ),
    pytest.param(
        spans(
            span(
                CALL,
                events=[
                    (
                        "gen_ai.user.message",
                        {"gen_ai.event.content": json.dumps({"content": QUESTION})},
                    ),
                    (
                        "gen_ai.choice",
                        {"gen_ai.event.content": json.dumps({"message": {"content": ANSWER}})},
                    ),
                ],
            )
        ),
        id="events of messages",
    ),
    pytest.param(
        logs(
            log("gen_ai.system.message", CALL, {"content": "Be brief."}),
            log("gen_ai.user.message", CALL, {"content": QUESTION}),
            log(
                "gen_ai.choice",
                CALL,
                {"index": 0, "finish_reason": "stop", "message": {"content": ANSWER}},
            ),
        ),
        id="log records",
    ),
    pytest.param(
        logs(
            log("", CALL | {"event.name": "gen_ai.user.message"}, {"content": QUESTION}),
            log("", CALL | {"event.name": "gen_ai.choice"}, {"message": {"content": ANSWER}}),
        ),
        id="log records named by an attribute",
    ),
    pytest.param(
        spans(
            span(
                OLD_CALL
                | {
                    "ai.prompt.messages": json.dumps(
                        [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
                    ),
                    "ai.response.text": ANSWER,
                }
            )
        ),
        id="Vercel",
    ),
    pytest.param(
        spans(
            span(
                {
                    "langfuse.observation.type": "generation",
                    "langfuse.observation.model.name": "small-1",
                    "langfuse.observation.input": json.dumps(
                        [{"role": "user", "content": QUESTION}]
                    ),
                    "langfuse.observation.output": ANSWER,
                }
            )
        ),
        id="Langfuse",
    ),
]


@pytest.mark.parametrize("batch", GENERATIONS)
@pytest.mark.parametrize("proto", [True, False], ids=["protobuf", "JSON"])
def test_every_generation_is_read(batch: dict[str, Any], *, proto: bool) -> None:
    """Bots are updated late, or never."""
    found = one(protobuf(batch), format="otlp_proto") if proto else one(batch)

    assert (found.prompt, found.response) == (QUESTION, ANSWER)
    assert found.id == EXPECTED.id
    assert found.model.startswith("small-1")
    assert not found.redacted


def test_messages_of_a_call_may_stand_among_those_of_others() -> None:
    """They belong together by trace and span."""
    other = "00000000000000ff"
    found = decode(
        raw(
            logs(
                log("gen_ai.user.message", {}, {"content": "one"}),
                log("gen_ai.user.message", {}, {"content": "two"}, span_id=other),
                log("gen_ai.choice", {}, {"message": {"content": "to two"}}, span_id=other),
                log("gen_ai.choice", {}, {"message": {"content": "to one"}}),
            )
        )
    )

    said = [(part.prompt, part.response) for part in found.parts if isinstance(part, Interaction)]
    assert said == [("two", "to two"), ("one", "to one")]
    assert found.others == 2


def test_choices_beside_the_first_are_samples() -> None:
    """The first one is what the user saw."""
    choices = [{"role": "assistant", "parts": [{"type": "text", "content": t}]} for t in "abc"]
    found = one(spans(span(CALL | {"gen_ai.output.messages": json.dumps(choices)})))

    assert (found.response, found.samples) == ("a", ("b", "c"))


def test_what_a_tool_returned_after_the_question_is_a_passage() -> None:
    """It is what the answer was made of; `result` is the older name of `response`."""
    calls = [
        {"type": "tool_call", "id": "t1", "name": "orders", "arguments": {"id": 4}},
        {"type": "tool_call", "id": "t2", "name": "orders", "arguments": {"id": 5}},
    ]
    results = [
        {"type": "tool_call_response", "id": "t1", "response": {"paid": True}},
        {"type": "tool_call_response", "id": "t2", "result": "sent"},
    ]
    said = [*ASKED, {"role": "assistant", "parts": calls}, {"role": "tool", "parts": results}]
    found = one(spans(span(CALL | {"gen_ai.input.messages": json.dumps(said)})))

    assert found.prompt == EXPECTED.prompt
    assert found.passages == (
        Passage(id="t1", text='{"paid":true}', source="tool"),
        Passage(id="t2", text="sent", source="tool"),
    )


RETRIEVAL = {
    "gen_ai.operation.name": "retrieval",
    "gen_ai.retrieval.query.text": "shipping",
    "gen_ai.retrieval.documents": json.dumps(
        [
            {"id": "d1", "score": 0.5, "content": "Free from 50 EUR.", "metadata": {"source": "t"}},
            {"id": "d2", "score": 0.25},
        ]
    ),
}


def test_documents_of_the_trace_are_passages() -> None:
    """They stand on another span of the batch; one without a text says nothing."""
    found = decode(
        raw(
            spans(
                span(RETRIEVAL, span_id="01" * 8), span(CALL | CONTENT, start=1_700_000_001 * 10**9)
            )
        )
    )
    [part] = found.parts

    assert isinstance(part, Interaction)
    assert part.passages == (Passage(id="d1", text="Free from 50 EUR.", score=0.5, source="t"),)
    assert found.others == 1


def test_documents_of_another_trace_or_of_later_are_no_passages() -> None:
    """An answer is not held against what its bot had not read."""
    for search in (
        span(RETRIEVAL, trace_id="01" * 16),
        span(RETRIEVAL, start=1_700_000_009 * 10**9),
    ):
        [part] = decode(raw(spans(search, span(CALL | CONTENT)))).parts

        assert isinstance(part, Interaction)
        assert part.passages == ()


def test_documents_in_events_of_a_search_are_passages() -> None:
    """OpenLLMetry writes one event a document."""
    of_event = {"db.query.result.id": "d1", "db.query.result.document": "Free from 50 EUR."}
    search = span({"db.system": "chroma"}, events=[("db.query.result", of_event)])
    [part] = decode(raw(spans(search, span(CALL | CONTENT)))).parts

    assert isinstance(part, Interaction)
    assert [passage.text for passage in part.passages] == ["Free from 50 EUR."]


@pytest.mark.parametrize(
    ("attributes", "redacted", "truncated"),
    [
        pytest.param({}, {"prompt", "response"}, set(), id="content is off"),
        pytest.param(
            {
                "gen_ai.input.messages.ref": "s3://store/1",
                "gen_ai.output.messages.ref": "s3://store/2",
            },
            {"prompt", "history", "response"},
            set(),
            id="references",
        ),
        pytest.param(
            CONTENT | {"gen_ai.input.messages": CONTENT["gen_ai.input.messages"][:80]},
            set(),
            {"prompt", "history"},
            id="question is cut",
        ),
        pytest.param(
            CONTENT | {"gen_ai.output.messages": CONTENT["gen_ai.output.messages"][:80]},
            set(),
            {"response"},
            id="answer is cut",
        ),
    ],
)
def test_content_that_is_not_there_is_said_to_be_so(
    attributes: dict[str, Any], redacted: AbstractSet[str], truncated: AbstractSet[str]
) -> None:
    """Nothing is concluded from it; a limit on attributes cuts JSON amid a string."""
    found = one(spans(span(CALL | attributes)))

    assert (found.redacted, found.truncated) == (redacted, truncated)


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({"http.request.method": "GET"}, id="HTTP"),
        pytest.param({"gen_ai.operation.name": "embeddings", **OLD_CALL}, id="embedding"),
        pytest.param({**CALL, "gen_ai.operation.name": "invoke_agent"}, id="agent"),
        pytest.param({"gen_ai.operation.name": "execute_tool"}, id="tool"),
        pytest.param({**OLD_CALL, "llm.request.type": "embedding"}, id="old embedding"),
        pytest.param({**OLD_CALL, "traceloop.span.kind": "workflow"}, id="workflow"),
        pytest.param({"openinference.span.kind": "CHAIN", "input.value": "a"}, id="chain"),
    ],
)
def test_other_spans_are_passed_over(attributes: dict[str, Any]) -> None:
    """They are neither interactions nor faults; an agent's calls have spans of their own."""
    assert decode(raw(spans(span(attributes)))) == ((), 1)


def test_other_log_records_are_passed_over() -> None:
    """A topic of logs holds all that a program says."""
    batch = logs(log("", {}, "GET /healthz 200"), log("session.start"), log("", {}, {"a": 1}))

    assert decode(raw(batch)) == ((), 3)


def test_a_log_record_may_hold_an_event_of_another_format() -> None:
    """The Collector's file receiver puts a line into the body."""
    native = {"id": "n", "prompt": QUESTION, "response": ANSWER}

    assert one(logs(log("", {}, json.dumps(native)))).id == "n"
    assert one(logs(log("", {}, native))).id == "n"


def test_each_call_of_a_batch_is_judged_for_itself() -> None:
    """One that holds no text spoils none of the others."""
    empty = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": '[{"role": "user"}]'}
    batch = spans(span(CALL | CONTENT), span(empty, span_id="02" * 8), span(CALL | CONTENT))
    kinds = [type(part) for part in decode(raw(batch)).parts]

    assert kinds == [Interaction, Undecodable, Interaction]


@pytest.mark.parametrize(
    "batch",
    [
        {"resourceSpans": 7},
        {"resourceSpans": [7]},
        {"resourceSpans": [{"scopeSpans": {"spans": []}}]},
        {"resourceSpans": [{"scopeSpans": [{"spans": "many"}]}]},
        {"resourceLogs": [{"resource": [], "scopeLogs": [{"logRecords": [None]}]}]},
    ],
)
def test_a_batch_of_another_shape_is_refused(batch: dict[str, Any]) -> None:
    """Its spans cannot be told."""
    [part] = decode(raw(batch)).parts

    assert isinstance(part, Undecodable)
    assert part.reason == "wrong_type"


def test_a_service_that_nobody_named_has_no_name() -> None:
    """The SDKs' stand-in is no bot."""
    batch = spans(span(CALL | CONTENT), resource={"service.name": "unknown_service:python"})

    assert one(batch).app == "unknown"
