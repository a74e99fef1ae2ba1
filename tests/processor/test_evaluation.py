"""The JSON of evaluations is OTLP: the protobuf classes of opentelemetry-proto read it."""

import base64
from typing import Any

import msgspec
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from detectors.base import Interaction, Signal
from processor.evaluation import evaluations, otlp_json, span_place
from processor.verdict import Failure, Verdict, conclude

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def verdict(*signals: Signal, failures: tuple[Failure, ...] = (), **fields: Any) -> Verdict:
    """Return a verdict with these signals."""
    versions = {"semwatch": "1.2.3"}
    return conclude(Interaction(id="e1", **fields), signals, failures, versions)


def parse(content: bytes) -> Any:
    """Read OTLP JSON strictly; its ids are hex where protobuf's own JSON has base64."""
    document = msgspec.json.decode(content)
    for resource in document["resourceLogs"]:
        for scope in resource["scopeLogs"]:
            for record in scope["logRecords"]:
                for name in ("traceId", "spanId"):
                    if name in record:
                        record[name] = base64.b64encode(bytes.fromhex(record[name])).decode()
    return json_format.ParseDict(document, ExportLogsServiceRequest())


def test_a_verdict_is_one_request_of_a_record_a_signal() -> None:
    """With the ids of the span, the service and the scores that there are."""
    content = otlp_json(
        verdict(
            Signal(name="grounding", score=1.0, label="grounded"),
            Signal(name="citations", score=None, label="unverifiable"),
            failures=(Failure(detector="neural", reason="ValueError"),),
            trace_id=TRACE,
            span_id=SPAN,
        ),
        time_ns=7,
    )
    [resource] = parse(content).resource_logs
    [scope] = resource.scope_logs
    values = [{a.key: a.value for a in record.attributes} for record in scope.log_records]
    names = [value["gen_ai.evaluation.name"].string_value for value in values]

    assert {a.key: a.value.string_value for a in resource.resource.attributes} == {
        "service.name": "semwatch",
        "service.version": "1.2.3",
    }
    assert {(r.trace_id.hex(), r.span_id.hex()) for r in scope.log_records} == {(TRACE, SPAN)}
    assert {r.event_name for r in scope.log_records} == {"gen_ai.evaluation.result"}
    assert {r.time_unix_nano for r in scope.log_records} == {7}
    assert names == ["grounding", "citations", "neural"]
    assert values[0]["gen_ai.evaluation.score.value"].double_value == 1.0
    assert "gen_ai.evaluation.score.value" not in values[1]
    assert values[2]["error.type"].string_value == "ValueError"


_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    ids=st.tuples(st.none() | _text, st.none() | _text),
    score=st.none() | st.floats(0, 1),
    texts=st.tuples(_text, _text, _text),
)
def test_whatever_a_verdict_holds_is_otlp(
    ids: tuple[str | None, str | None], score: float | None, texts: tuple[str, str, str]
) -> None:
    """Any ids and any names."""
    signal = Signal(name=texts[0], score=score, label=texts[1], explanation=texts[2])
    made = verdict(signal, trace_id=ids[0], span_id=ids[1], conversation_id=texts[0])

    assert len(parse(otlp_json(made, time_ns=1)).resource_logs) == 1


def test_a_whole_score_is_a_double() -> None:
    """As the convention has it: a reader of 1 and 1.0 would see two types."""
    [found] = evaluations(verdict(Signal(name="a", score=1, label="b")))

    assert isinstance(found["gen_ai.evaluation.score.value"], float)


def test_a_revision_says_so() -> None:
    """A reader tells by it which of two evaluations of a span holds; the first has no number."""
    signal = Signal(name="a", score=0.5, label="b")
    [first] = evaluations(verdict(signal))
    raw = otlp_json(replace(verdict(signal), revision=2), time_ns=7)
    [log] = parse(raw).resource_logs[0].scope_logs[0].log_records
    values = {attribute.key: attribute.value for attribute in log.attributes}

    assert "semwatch.verdict.revision" not in first
    assert values["semwatch.verdict.revision"].int_value == 2


def test_a_span_id_means_nothing_without_its_trace() -> None:
    """Ids of other kinds are left out."""
    assert span_place(verdict(span_id=SPAN)) == (None, None)
    assert span_place(verdict(trace_id=TRACE.upper(), span_id="x")) == (TRACE, None)
    assert span_place(verdict(trace_id=TRACE, span_id=SPAN)).is_whole
