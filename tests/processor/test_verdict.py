"""A verdict is a function of the event and the versions, and its JSON is a contract."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Evidence, Interaction, Provenance, RuleFailure, Signal, Span, Violation
from processor.verdict import Failure, Training, Verdict, conclude, encode, verdict_id

INTERACTION = Interaction(
    id="i-1",
    time=1.5,
    app="shop",
    route="refunds",
    model="m",
    conversation_id="c",
    prompt="a",
    trace_id="t",
    span_id="s",
    provenance=Provenance(model_hash="h", sampling={"seed": 7}),
)
SIGNAL = Signal(
    name="grounding",
    score=0.25,
    label="ungrounded",
    spans=(Span(0, 3),),
    explanation="e",
    evidence=(Evidence(span=Span(0, 3), reason="novel", passage="p", support=Span(1, 2)),),
    violations=(Violation(rule="r", severity="low", part="prompt", spans=(Span(4, 5),)),),
    failures=(RuleFailure(rule="q", reason="ValueError"),),
)
FAILURE = Failure(detector="grounding", reason="ValueError")


def test_the_json_of_a_verdict() -> None:
    """Consumers read these names; a change of them is a change of the schema's number."""
    training = Training(eligible=False, reasons=("grounding",))
    verdict = conclude(INTERACTION, (SIGNAL,), (), {"semwatch": "1", "embedding": "abc"}, training)

    assert msgspec.json.decode(encode(verdict)) == {
        "schema": 1,
        "id": hashlib.sha256(b'["shop","i-1"]').hexdigest()[:32],
        "event_id": "i-1",
        "app": "shop",
        "route": "refunds",
        "model": "m",
        "status": "scored",
        "signals": [
            {
                "name": "grounding",
                "score": 0.25,
                "label": "ungrounded",
                "spans": [[0, 3]],
                "explanation": "e",
                "evidence": [
                    {"span": [0, 3], "reason": "novel", "passage": "p", "support": [1, 2]}
                ],
                "violations": [
                    {
                        "rule": "r",
                        "severity": "low",
                        "part": "prompt",
                        "spans": [[4, 5]],
                        "score": None,
                        "echoed": False,
                        "excerpt": None,
                    }
                ],
                "failures": [{"rule": "q", "reason": "ValueError"}],
            }
        ],
        "time": 1.5,
        "conversation_id": "c",
        "trace_id": "t",
        "span_id": "s",
        "training": {"eligible": False, "reasons": ["grounding"]},
        "provenance": {
            "model_hash": "h",
            "prompt_version": None,
            "retrieval_snapshot": None,
            "sampling": {"seed": 7},
            "preprocessing_version": None,
        },
        "versions": {"semwatch": "1", "embedding": "abc"},
    }


def test_a_verdict_is_read_back() -> None:
    """What is written is all there is."""
    verdict = conclude(INTERACTION, (SIGNAL,), (FAILURE,), {"semwatch": "1"})

    assert msgspec.json.decode(encode(verdict), type=Verdict) == verdict


def test_what_is_absent_is_not_written() -> None:
    """A small event makes a small verdict."""
    document = msgspec.json.decode(encode(conclude(Interaction(id="1"), (), (), {})))

    assert set(document) == {
        "schema",
        "id",
        "event_id",
        "app",
        "route",
        "model",
        "status",
        "signals",
        "training",
        "provenance",
    }


def test_nobody_vouches_for_an_answer_that_nobody_looked_at() -> None:
    """It is not for training, and says so."""
    document = msgspec.json.decode(encode(conclude(Interaction(id="1"), (), (), {})))

    assert document["training"] == {"eligible": False, "reasons": ["unjudged"]}


def test_an_unverifiable_signal_has_a_null_score() -> None:
    """Missing is not zero, in JSON too."""
    signal = Signal(name="grounding", score=None, label="unverifiable")
    document = msgspec.json.decode(encode(conclude(INTERACTION, (signal,), (), {})))

    assert document["signals"][0]["score"] is None


@pytest.mark.parametrize(
    ("failures", "status"),
    [pytest.param((), "scored", id="none"), pytest.param((FAILURE,), "unscored", id="one")],
)
def test_a_failure_makes_the_verdict_unscored(failures: tuple[Failure, ...], status: str) -> None:
    """Whatever the other detectors said."""
    assert conclude(INTERACTION, (SIGNAL,), failures, {}).status == status


@given(id_=st.text(), app=st.text(), time=st.floats(), text=st.text())
def test_the_id_of_a_verdict_is_a_function_of_its_event(
    id_: str, app: str, time: float, text: str
) -> None:
    """Another detector, version or hour gives another verdict under the same id."""
    first = conclude(Interaction(id=id_, app=app), (), (), {})
    again = conclude(
        Interaction(id=id_, app=app, time=time, prompt=text), (SIGNAL,), (FAILURE,), {"a": text}
    )

    assert first.id == again.id == verdict_id(Interaction(id=id_, app=app))
    assert len(first.id) == 32


@pytest.mark.parametrize(
    ("app", "id_"),
    [
        pytest.param("shop", "2", id="another event"),
        pytest.param("bank", "1", id="another app"),
        pytest.param("shop1", "", id="the same letters"),
    ],
)
def test_other_events_have_other_verdicts(app: str, id_: str) -> None:
    """Two apps may count from one."""
    assert verdict_id(Interaction(id=id_, app=app)) != verdict_id(Interaction(id="1", app="shop"))


def test_no_text_moves_between_app_and_id() -> None:
    """Whatever characters they hold, other names give another id."""
    first = Interaction(app="a\0b", id="c", prompt="p")
    second = Interaction(app="a", id="b\0c", prompt="p")

    assert verdict_id(first) != verdict_id(second)
