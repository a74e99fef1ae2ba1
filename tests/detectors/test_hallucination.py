"""Hallucination: what is new or contradicted is blamed, what is supported is not."""

import json
from importlib import resources
from typing import Any

import pytest

from detectors.base import Interaction, Passage, Signal, Turn
from detectors.claims.layers import load, parse
from detectors.claims.score import kind_of
from detectors.hallucination import Hallucination

FACTS = (
    "The Linden museum opened in 1951 and holds four hundred clocks. "
    "It is closed on Mondays. A ticket costs 12 euros. Children under ten enter free."
)
COPY = "The museum opened in 1951 and holds four hundred clocks. A ticket costs 12 euros."
INVENTED = (
    "The museum was designed by the celebrated architect Hugo Brandt and won a national prize. "
    "Its rooftop restaurant serves award-winning seafood, and guided boat tours leave hourly."
)


def judge(
    response: str | None, *, detector: Hallucination | None = None, **other: Any
) -> dict[str, Signal]:
    """Return the signals by name, with the facts as the passage unless told otherwise."""
    fields: dict[str, Any] = {
        "prompt": "What is there to know?",
        "passages": (Passage(text=FACTS),),
    }
    interaction = Interaction(id="1", response=response, **{**fields, **other})
    [row] = (detector or Hallucination()).detect_many([interaction])
    return {signal.name: signal for signal in row}


def test_the_five_signals_come_in_order() -> None:
    """Whoever reads them may count on all."""
    assert list(judge(COPY)) == [
        *("hallucination", "novel_content", "novel_numbers", "record_conflicts"),
        "unsupported_claims",
    ]


def test_invention_scores_higher_than_a_copy() -> None:
    """And it is labelled so."""
    copy, invented = judge(COPY)["hallucination"], judge(INVENTED)["hallucination"]

    assert copy.label == "supported"
    assert not copy.spans
    assert invented.label == "hallucinated"
    assert invented.spans
    assert (copy.score or 0.0) < 0.3
    assert (invented.score or 0.0) > 0.5


def test_evidence_names_the_reason_and_the_nearest_passage() -> None:
    """The wrong number is found, and where the right one stands."""
    response = "A ticket costs 15 euros."
    signal = judge(response, passages=(Passage(id="fees", text=FACTS),))["novel_numbers"]
    (found,) = signal.evidence

    assert response[slice(*found.span)] == "15"
    assert (found.reason, found.passage) == ("novel_number", "fees")
    assert found.support is not None
    assert FACTS[slice(*found.support)] == "A ticket costs 12 euros."


def test_a_passage_without_an_id_is_named_by_its_position() -> None:
    """So it can be found all the same."""
    passages = (Passage(text="Bears eat fish."), Passage(text=FACTS))
    signal = judge("A ticket costs 15 euros.", passages=passages)["novel_numbers"]

    assert signal.evidence[0].passage == "1"


def test_novel_content_is_the_share_of_new_content_words() -> None:
    """What the user said counts as neither new nor known; new words alone are no fault."""
    signal = judge("The museum sells purple tickets.", prompt="purple?")["novel_content"]

    assert (signal.score, signal.label) == (0.25, "measured")


def test_the_record_is_evidence_and_may_contradict() -> None:
    """Both ways of being told are judged."""
    record = {"name": "Linden", "OutdoorSeating": False, "WiFi": True}
    good = judge("Linden has WiFi.", passages=(), context=record)["record_conflicts"]
    bad = judge("Linden has outdoor seating.", passages=(), context=record)["record_conflicts"]

    assert (good.score, good.label) == (0.0, "supported")
    assert (bad.score, bad.label) == (1.0, "conflicting")
    assert [(e.reason, e.passage) for e in bad.evidence] == [("record_conflict", "context")]


def test_a_share_of_nothing_is_unverifiable() -> None:
    """No number in the answer, and no record."""
    signals = judge("The museum is closed on Mondays.")

    assert signals["novel_numbers"].label == "unverifiable"
    assert signals["record_conflicts"].label == "unverifiable"
    assert signals["hallucination"].score is not None


@pytest.mark.parametrize(
    ("response", "passages", "explanation"),
    [
        ("It rains.", (), "no evidence"),
        ("It rains.", (Passage(text=" "),), "no evidence"),
        ("", (Passage(text=FACTS),), "no response"),
        (None, (Passage(text=FACTS),), "no response"),
    ],
)
def test_without_two_sides_nothing_is_verifiable(
    response: str | None, passages: tuple[Passage, ...], explanation: str
) -> None:
    """The prompt is no evidence."""
    signals = judge(response, passages=passages).values()

    assert {(s.score, s.label, s.explanation) for s in signals} == {
        (None, "unverifiable", explanation)
    }


@pytest.mark.parametrize("field", ["response", "passages", "context"])
@pytest.mark.parametrize("state", ["redacted", "truncated"])
def test_what_was_masked_or_cut_is_not_scored(field: str, state: str) -> None:
    """A score of half a text would be wrong without saying so."""
    signals = judge(COPY, detector=None, **{state: frozenset({field})}).values()

    assert {(s.score, s.label, s.explanation) for s in signals} == {
        (None, "unscored", f"{field} {state}")
    }


@pytest.mark.parametrize(
    "response",
    [
        "Hello! How can I help you today?",
        "Thank you for your patience. Have a nice day!",
        "I could not find that in the documents.",
        "I'm sorry, but I cannot help with that request.",
        "The passages do not mention a discount.",
        "Based on the provided passages, I am unable to answer.",
        "There is no information about parking.",
    ],
)
def test_what_claims_nothing_is_supported(response: str) -> None:
    """Refusals, greetings and "not found" are no hallucinations."""
    signals = judge(response)

    assert signals["hallucination"].label == "supported"
    assert signals["hallucination"].score == 0.01
    assert signals["unsupported_claims"].score == 0.0


@pytest.mark.parametrize(
    "response",
    [
        "Sorry, the museum moved to Vienna in 2003.",
        "Hello! The curator is Hugo Brandt.",
        "I could not find the price, but the curator is Hugo Brandt.",
        "I do not think that Hugo Brandt founded the museum.",
    ],
)
def test_a_claim_behind_small_talk_is_judged(response: str) -> None:
    """Politeness is no cover."""
    assert judge(response)["hallucination"].explanation != "nothing is claimed"


def test_the_threshold_can_be_set() -> None:
    """The score stays as it is."""
    strict = judge(COPY, detector=Hallucination(threshold=0.0))["hallucination"]
    loose = judge(INVENTED, detector=Hallucination(threshold=1.0))["hallucination"]

    assert (strict.label, loose.label) == ("hallucinated", "supported")
    assert strict.score == judge(COPY)["hallucination"].score


def test_a_threshold_is_a_probability() -> None:
    """Anything else is an error at the start."""
    with pytest.raises(ValueError, match="threshold"):
        Hallucination(threshold=1.5)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"context": {"a": 1}}, "data_to_text"),
        ({"prompt": "Please summarise the text."}, "summary"),
        ({"prompt": "When does it open?"}, "qa"),
        ({"prompt": "And then?", "history": (Turn(role="user", text="Hi"),)}, "dialogue"),
        ({}, "unknown"),
        ({"context": {"a": 1}, "passages": (Passage(text="x"),), "prompt": "Why?"}, "qa"),
    ],
)
def test_the_kind_is_told_by_what_was_asked(fields: dict[str, Any], kind: str) -> None:
    """The coefficients hang on it."""
    assert kind_of(Interaction(id="1", **fields)) == kind


def test_the_model_is_in_the_package() -> None:
    """It says what it was fitted on, and its version is a digest."""
    text = (resources.files("detectors") / "models" / "hallucination.json").read_text()

    assert json.loads(text)["data"]["answers"]["ragtruth"] > 0
    assert Hallucination().version == load().version == parse(text).version


@pytest.mark.parametrize("text", ["{}", '{"layers": {}}', "[]", '{"layers": []}'])
def test_what_is_no_model_is_refused(text: str) -> None:
    """At the start, with a message."""
    with pytest.raises(ValueError, match="no model"):
        parse(text)


def test_a_feature_that_the_model_does_not_know_is_no_harm() -> None:
    """A layer reads the features that it names, so an old file stands beside new code."""
    model = load()

    assert set(model.claim.features) >= {"novel", "cover_weight", "names_apart"}
    assert judge(COPY, detector=Hallucination(model)) == judge(COPY)
