"""A sentence is as grounded as its best evidence, a response as its sentences on average."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detectors.base import Interaction, Passage, Signal
from detectors.embedding import Model, Vectors
from detectors.grounding import Grounding


class Table:
    """An encoder that knows the vectors of a few texts; for any other it is at a loss."""

    def __init__(self, vectors: Mapping[str, tuple[float, ...]]) -> None:
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Look the vectors up."""
        return np.array([self._vectors[text] for text in texts], np.float32)


class Constant:
    """An encoder for which all texts are one; it remembers what it was asked for."""

    def __init__(self, *, cosine: float = 1.0) -> None:
        self.texts: list[str] = []
        self._vector = (np.sqrt(cosine), 0.0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the same vector for each; its square is the cosine."""
        self.texts += texts
        return np.array([self._vector] * len(texts), np.float32)


def interaction(
    response: str | None = None, *passages: str, context: Mapping[str, Any] | None = None
) -> Interaction:
    """Return an interaction with that evidence."""
    return Interaction(
        id="1",
        response=response,
        passages=tuple(Passage(text=text) for text in passages),
        context=context,
    )


def judge(detector: Grounding, given: Interaction) -> Signal:
    """Return the one signal of one interaction."""
    [[signal]] = detector.detect_many([given])
    return signal


PASSAGE = (
    "Orders placed before noon ship the same day. Standard delivery takes three to five days. "
    "Refunds are paid to the original card within ten days of the return."
)


@pytest.mark.parametrize(
    ("supported", "invented"),
    [
        pytest.param(
            "Refunds go back to the card you paid with, within ten days.",
            "Refunds are paid in gold coins by our branch on the moon.",
            id="refund",
        ),
        pytest.param(
            "If you order before noon, it ships the same day.",
            "Our founder was born in Lisbon in 1931.",
            id="founder",
        ),
        pytest.param(
            "Standard delivery takes between three and five days.",
            "You should take two tablets with water after every meal.",
            id="medicine",
        ),
    ],
)
def test_a_supported_answer_outscores_an_invented_one(
    model: Model, supported: str, invented: str
) -> None:
    """That is what the score is for."""
    detector = Grounding(model.embedding)
    good, bad = (judge(detector, interaction(text, PASSAGE)) for text in (supported, invented))

    assert good.score is not None
    assert bad.score is not None
    assert good.score > bad.score
    assert (good.label, bad.label) == ("grounded", "ungrounded")


def test_the_spans_are_the_invented_sentences(model: Model) -> None:
    """Whoever reads the verdict is shown what to look at."""
    response = (
        "Standard delivery takes three to five days. Our founder was born in Lisbon in 1931. "
        "Refunds are paid to your card within ten days."
    )
    signal = judge(Grounding(model.embedding), interaction(response, PASSAGE))

    assert [response[start:end] for start, end in signal.spans] == [
        "Our founder was born in Lisbon in 1931."
    ]


def test_a_record_is_evidence(model: Model) -> None:
    """An answer may follow from the structured context alone."""
    record = {"order": {"status": "shipped", "carrier": "DHL", "delivery date": "Monday, 3 May"}}
    detector = Grounding(model.embedding)
    right = judge(detector, interaction("The delivery date is Monday, 3 May.", context=record))
    wrong = judge(detector, interaction("Whales are mammals.", context=record))

    assert (right.label, wrong.label) == ("grounded", "ungrounded")


@pytest.mark.parametrize(
    ("given", "explanation"),
    [
        pytest.param(interaction(None, "Evidence."), "no response", id="no response"),
        pytest.param(interaction("", "Evidence."), "no response", id="empty response"),
        pytest.param(interaction(" ...\n", "Evidence."), "no response", id="no sentence"),
        pytest.param(interaction("Yes."), "no evidence", id="no evidence"),
        pytest.param(interaction("Yes.", "", " "), "no evidence", id="empty passages"),
        pytest.param(interaction("Yes.", context={}), "no evidence", id="empty record"),
        pytest.param(interaction("Yes.", context={"a": [None, {}]}), "no evidence", id="nulls"),
        pytest.param(interaction(), "no response", id="neither"),
    ],
)
def test_what_cannot_be_judged_is_unverifiable(given: Interaction, explanation: str) -> None:
    """There is no score then, and the encoder is not asked."""
    encoder = Constant()
    signal = judge(Grounding(encoder), given)

    assert signal == Signal(
        name="grounding", score=None, label="unverifiable", explanation=explanation
    )
    assert encoder.texts == []


def test_the_score_is_the_mean_of_the_best_cosines() -> None:
    """Each sentence takes the evidence that suits it best."""
    encoder = Table(
        {
            "Alpha.": (1.0, 0.0),
            "Beta.": (0.0, 1.0),
            "One.": (0.8, 0.6),
            "Two.": (-1.0, 0.0),
        }
    )
    signal = judge(Grounding(encoder, threshold=0.65), interaction("Alpha. Beta.", "One.", "Two."))

    assert signal == Signal(
        name="grounding",
        score=0.7,
        label="grounded",
        spans=((7, 12),),  # type: ignore[arg-type] # a span equals its pair
        explanation="1 of 2 sentences supported less than 0.65, the least 0.60",
    )


def test_contradicting_vectors_are_no_worse_than_none() -> None:
    """A negative cosine counts as no support: the score ends at 0."""
    encoder = Table({"Yes.": (1.0, 0.0), "No.": (-1.0, 0.0)})

    assert judge(Grounding(encoder), interaction("Yes.", "No.")).score == 0.0


def test_a_score_at_the_threshold_is_grounded() -> None:
    """The threshold is the lowest good score, for the label as for the spans."""
    signal = judge(Grounding(Constant(cosine=0.25), threshold=0.25), interaction("Yes.", "No."))

    assert (signal.score, signal.label, signal.spans) == (0.25, "grounded", ())


def test_the_score_has_four_digits() -> None:
    """Finer ones are noise of the encoder."""
    encoder = Table({"Yes.": (1.0, 0.0), "No.": (0.123456, 0.9)})

    assert judge(Grounding(encoder), interaction("Yes.", "No.")).score == 0.1235


def test_a_record_is_read_line_by_line() -> None:
    """Each value stands with the keys that lead to it, each sentence of it alone."""
    encoder = Constant()
    record = {
        "order": {"id": 17, "items": ["cup", {"size": "Large. Red."}]},
        "paid": True,
        "x": None,
    }
    judge(Grounding(encoder), interaction("Yes.", context=record))

    assert encoder.texts == [
        "Yes.",
        "order id: 17",
        "order items: cup",
        "order items size: Large.",
        "order items size: Red.",
        "paid: True",
    ]


def test_passages_and_record_are_evidence_together() -> None:
    """The passages come first."""
    encoder = Constant()
    judge(Grounding(encoder), interaction("Yes.", "One. Two.", context={"a": 1}))

    assert encoder.texts == ["Yes.", "One.", "Two.", "a: 1"]


def test_a_long_answer_costs_no_more_than_its_beginning() -> None:
    """64 sentences are judged, against 512 of evidence; 16 are shown."""
    encoder = Constant(cosine=0.25)
    signal = judge(Grounding(encoder), interaction("No. " * 100, "Yes. " * 600))

    assert len(encoder.texts) == 64 + 512
    assert len(signal.spans) == 16
    assert signal.explanation.startswith("64 of 64 sentences")


def test_a_batch_is_one_call_of_the_encoder() -> None:
    """The encoder batches better than we could, so it is given everything at once."""
    encoder = Constant()
    Grounding(encoder).detect_many(
        [interaction("A.", "B."), interaction(None, "C."), interaction("D.", "E.")]
    )

    assert encoder.texts == ["A.", "B.", "D.", "E."]


@pytest.mark.parametrize("place", ["response", "passages"])
def test_what_was_masked_or_cut_is_unscored(place: str) -> None:
    """The text is not what was said, so nothing is concluded from it."""
    given = interaction("Orders ship.", "Orders ship.")
    masked = replace(given, redacted=frozenset({place}))
    cut = replace(given, truncated=frozenset({place}))
    first, second = judge(Grounding(Constant()), masked), judge(Grounding(Constant()), cut)

    assert (first.score, first.label, first.explanation) == (None, "unscored", f"{place} redacted")
    assert (second.score, second.label) == (None, "unscored")
    assert second.explanation == f"{place} truncated"
