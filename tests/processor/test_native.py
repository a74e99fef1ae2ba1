"""The native event is read field by field, and its schema says the same as its code."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from detectors.base import Feedback, Interaction, Outcome, Passage, Provenance, Turn
from processor import decode as decoder
from processor.errors import Undecodable
from processor.formats import native

FULL: dict[str, Any] = {
    "id": "i-1",
    "time": 1_700_000_000.5,
    "app": "shop",
    "route": "refunds",
    "conversation_id": "c-1",
    "prompt": "Can I return it?",
    "system_prompt": "Be kind.",
    "response": "Yes.",
    "passages": [{"text": "You can.", "id": "p", "score": 0.5, "source": "faq"}, {"text": "a"}],
    "history": [{"role": "user", "text": "Hi"}],
    "context": {"order": {"status": "shipped"}},
    "samples": ["No.", "Yes!"],
    "logprobs": [-0.5, -1],
    "redacted": ["prompt"],
    "truncated": ["passages"],
    "model": "m-1",
    "input_tokens": 10,
    "output_tokens": 2,
    "latency_seconds": 0.25,
    "trace_id": "t" * 32,
    "span_id": "s" * 16,
    "model_hash": "h",
    "prompt_version": "v3",
    "retrieval_snapshot": "r",
    "sampling": {"temperature": 0.2, "seed": 10**25},
    "preprocessing_version": "1",
    "feedback": {"score": 1, "label": "up", "comment": "thanks"},
    "outcome": {"kind": "task_result", "success": True},
}

GOOD = [
    pytest.param(FULL, id="every field"),
    pytest.param({"prompt": "a"}, id="prompt alone"),
    pytest.param({"response": "a"}, id="response alone"),
    pytest.param({"response": ""}, id="empty response"),
    pytest.param({"conversation_id": "c", "feedback": {"label": "up"}}, id="feedback alone"),
    pytest.param({"conversation_id": "c", "outcome": {"kind": "handoff"}}, id="outcome alone"),
    pytest.param({"prompt": "a", "x": 1, "feedback": {"by": "me"}}, id="unknown fields"),
    pytest.param(
        dict.fromkeys(FULL)
        | {"prompt": "a", **{k: [] for k in ("passages", "history", "samples")}},
        id="nulls",
    ),
    pytest.param({"prompt": "\x00\u2028\U0001f600"}, id="odd characters"),
    pytest.param({"prompt": "a", "id": "i" * 256}, id="longest name"),
    pytest.param({"prompt": "a", "time": 0}, id="epoch"),
    pytest.param({"prompt": "a", "time": "2023-11-14T22:13:20Z"}, id="RFC 3339"),
]
BAD = [
    pytest.param([], id="list"),
    pytest.param({"prompt": 1}, id="prompt"),
    pytest.param({"prompt": "a", "id": ""}, id="empty name"),
    pytest.param({"prompt": "a", "id": "i" * 257}, id="long name"),
    pytest.param({"prompt": "a", "id": 7}, id="number for a name"),
    pytest.param({"prompt": "a", "app": ["shop"]}, id="list for a name"),
    pytest.param({"prompt": "a", "time": -1}, id="before the epoch"),
    pytest.param({"prompt": "a", "time": 1_700_000_000_000}, id="milliseconds"),
    pytest.param({"prompt": "a", "time": True}, id="boolean"),
    pytest.param({"prompt": "a", "passages": {"text": "a"}}, id="one passage"),
    pytest.param({"prompt": "a", "passages": ["a"]}, id="passage as text"),
    pytest.param({"prompt": "a", "passages": [{"id": "p"}]}, id="passage without text"),
    pytest.param({"prompt": "a", "history": [{"text": "a"}]}, id="turn without role"),
    pytest.param({"prompt": "a", "context": "order"}, id="record as text"),
    pytest.param({"prompt": "a", "samples": [None]}, id="sample"),
    pytest.param({"prompt": "a", "logprobs": [0.5]}, id="logprob"),
    pytest.param({"prompt": "a", "redacted": "prompt"}, id="redacted"),
    pytest.param({"prompt": "a", "input_tokens": -1}, id="fewer than no tokens"),
    pytest.param({"prompt": "a", "input_tokens": 1.5}, id="half a token"),
    pytest.param({"prompt": "a", "latency_seconds": -0.1}, id="negative latency"),
    pytest.param({"prompt": "a", "feedback": {"label": ""}}, id="empty label"),
    pytest.param({"prompt": "a", "outcome": {"kind": "sold"}}, id="another outcome"),
]


def decode(raw: bytes) -> Interaction:
    """Return the one event of a record, or raise why it is none."""
    [part] = decoder.decode(raw, format="native").parts
    if isinstance(part, Undecodable):
        raise part
    return part


def read(**event: Any) -> Interaction:
    """Decode an event with a prompt and these fields."""
    return decode(msgspec.json.encode({"prompt": "a", **event}))


def valid(event: object) -> bool:
    """Say what the JSON Schema says."""
    return Draft202012Validator(native.schema()).is_valid(event)


def test_every_field_arrives() -> None:
    """Nothing is dropped, and lists become tuples."""
    assert decode(msgspec.json.encode(FULL)) == Interaction(
        id="i-1",
        time=1_700_000_000.5,
        app="shop",
        route="refunds",
        model="m-1",
        conversation_id="c-1",
        prompt="Can I return it?",
        system_prompt="Be kind.",
        response="Yes.",
        passages=(
            Passage(id="p", text="You can.", score=0.5, source="faq"),
            Passage(text="a"),
        ),
        history=(Turn(role="user", text="Hi"),),
        context={"order": {"status": "shipped"}},
        samples=("No.", "Yes!"),
        logprobs=(-0.5, -1.0),
        redacted=frozenset({"prompt"}),
        truncated=frozenset({"passages"}),
        input_tokens=10,
        output_tokens=2,
        latency_seconds=0.25,
        trace_id="t" * 32,
        span_id="s" * 16,
        provenance=Provenance(
            model_hash="h",
            prompt_version="v3",
            retrieval_snapshot="r",
            sampling={"temperature": 0.2, "seed": 10**25},
            preprocessing_version="1",
        ),
        feedback=Feedback(score=1.0, label="up", comment="thanks"),
        outcome=Outcome(kind="task_result", success=True),
    )


def test_the_example_names_every_field() -> None:
    """A new field comes into these tests."""
    assert FULL.keys() == set(native.NativeEvent.__struct_fields__)


def test_a_small_event_is_enough() -> None:
    """What is not logged is absent or unknown, never zero."""
    raw = b'{"response": "Yes."}'

    assert decode(raw) == Interaction(
        id=hashlib.sha256(raw).hexdigest()[:32], response="Yes.", app="unknown", model="unknown"
    )


def test_unknown_fields_are_kept_apart() -> None:
    """A sender may log more than we read."""
    interaction = read(app="shop", tenant={"id": 1}, Prompt="b")

    assert interaction.unknown == {"tenant": {"id": 1}, "Prompt": "b"}
    assert interaction.prompt == "a"


def test_an_id_is_kept() -> None:
    """The sender's name for an interaction goes before ours."""
    assert read(id="i", trace_id="t", span_id="s").id == "i"


def test_without_an_id_trace_and_span_name_the_event() -> None:
    """Other telemetry knows it by them."""
    assert read(trace_id="t", span_id="s").id == "t:s"


@pytest.mark.parametrize("half", ["trace_id", "span_id"])
def test_a_trace_alone_names_no_event(half: str) -> None:
    """A trace has many spans, and a span without its trace is not unique."""
    raw = msgspec.json.encode({"prompt": "a", half: "x"})

    assert decode(raw).id == hashlib.sha256(raw).hexdigest()[:32]


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in a place that is not on UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param(0, 0.0, id="epoch"),
        pytest.param(1_700_000_000, 1_700_000_000.0, id="integer"),
        pytest.param(1_700_000_000.123, 1_700_000_000.123, id="fraction"),
        pytest.param("2023-11-14T22:13:20Z", 1_700_000_000.0, id="Zulu"),
        pytest.param("2023-11-14T22:13:20.250+00:00", 1_700_000_000.25, id="with a fraction"),
        pytest.param("2023-11-15T03:43:20+05:30", 1_700_000_000.0, id="with an offset"),
        pytest.param("2023-11-14T22:13:20", 1_700_000_000.0, id="without an offset"),
        pytest.param("2023-11-14 22:13:20", 1_700_000_000.0, id="with a space"),
    ],
)
@pytest.mark.usefixtures("new_york")
def test_times_are_seconds_since_the_epoch(written: object, expected: float | None) -> None:
    """However they are written; without an offset they are UTC, wherever this runs."""
    assert read(time=written).time == expected


@pytest.mark.parametrize(
    "written", ["2023-11-14", "1700000000", "yesterday", "2023-02-30T00:00:00Z"]
)
def test_other_times_are_refused(written: str) -> None:
    """A guess could be wrong by hours."""
    with pytest.raises(Undecodable, match=r"wrong_type: .* at `\$.time`"):
        read(time=written)


@pytest.mark.parametrize("event", GOOD)
def test_the_schema_accepts_what_is_read(event: dict[str, Any]) -> None:
    """A sender who checks against the schema is not turned away here."""
    assert valid(event)
    assert isinstance(decode(msgspec.json.encode(event)), Interaction)


@pytest.mark.parametrize("event", BAD)
def test_the_schema_rejects_what_is_refused(event: object) -> None:
    """The schema and the code are one."""
    assert not valid(event)
    with pytest.raises(Undecodable, match="wrong_type"):
        decode(msgspec.json.encode(event))


def test_the_schema_is_one() -> None:
    """Validators refuse to work with a schema that is not."""
    Draft202012Validator.check_schema(native.schema())

    assert native.schema()["$ref"] == "#/$defs/NativeEvent"
