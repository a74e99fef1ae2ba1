"""What is measured of an interaction goes to its series: no text, and nothing that is missing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detectors.base import Interaction, Provenance, Signal
from processor.drift.behaviour import STYLE, shape, style
from processor.drift.features import (
    Features,
    FeaturesError,
    Observation,
    Series,
    decode_features,
)
from processor.drift.measure import Measure, Vision
from processor.drift.projection import Projection
from processor.judged import Judged
from processor.kafka import Record
from processor.verdict import conclude


class Counting:
    """Embeds a text as its length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one unit vector a text."""
        self.asked += texts
        angles = np.array([len(text) for text in texts], np.float32)
        return np.stack((np.cos(angles), np.sin(angles)), axis=1)


def judged(offset: int = 0, *, score: float | None = 0.5, **fields: object) -> Judged:
    """Return an interaction with its record and verdict."""
    default = {"id": f"e{offset}", "app": "shop", "prompt": "why?", "response": "So it is."}
    interaction = Interaction(**(default | fields))  # type: ignore[arg-type] # of many types
    label = "unverifiable" if score is None else "grounded"
    signals = (Signal(name="grounding", score=score, label=label),)
    record = Record("events", 1, offset, 2.5, None, b"")
    return Judged(record, interaction, conclude(interaction, signals, (), {}))


def measured(measure: Measure, *several: Judged) -> list[Features]:
    """Return what was measured, read back."""
    return [decode_features(raw) for raw in measure(several).values()]


def one(measure: Measure, judgement: Judged) -> Observation:
    """Return the only observation."""
    [features] = measured(measure, judgement)
    [observation] = features.observations
    return observation


PLAIN = Measure(signals=("grounding",), rates={"bad": ("grounding", "ungrounded")})


def test_observations_are_grouped_by_series() -> None:
    """One message a series, in the order of the events."""
    found = measured(PLAIN, judged(1), judged(2, app="bank"), judged(3))

    assert [f.series for f in found] == [
        Series("shop", "unknown", "unknown"),
        Series("bank", "unknown", "unknown"),
    ]
    assert [o.offset for o in found[0].observations] == [1, 3]


def test_an_observation_names_its_place() -> None:
    """Partition, offset and time of the record, id of the event."""
    observation = one(PLAIN, judged(7))

    assert (observation.partition, observation.offset, observation.logged) == (1, 7, 2.5)
    assert observation.event_id == "e7"


def test_what_has_no_score_is_missing() -> None:
    """Missing is not zero, neither as a score nor as an outcome."""
    observation = one(PLAIN, judged(score=None))

    assert "grounding" not in observation.scores
    assert observation.outcomes == {}
    assert one(PLAIN, judged(score=0.0)).scores["grounding"] == 0.0
    assert one(PLAIN, judged()).outcomes == {"bad": False}


@pytest.mark.parametrize("how", ["redacted", "truncated"])
def test_nothing_is_measured_of_a_text_that_is_not_whole(how: str) -> None:
    """Its length would be that of the mask."""
    masked: dict[str, Any] = {how: frozenset({"response", "prompt"})}
    observation = one(PLAIN, judged(**masked))

    assert (observation.style, observation.prompt_length) == ((), None)
    assert observation.scores == {"grounding": 0.5}


def test_texts_are_embedded_once() -> None:
    """Also when they come again in the batch, and no text travels."""
    encoder = Counting()
    vision = Vision(encoder, Projection(np.eye(2)), name="x")
    raw = Measure(signals=(), vision=vision)([judged(1), judged(2)])
    [features] = [decode_features(value) for value in raw.values()]

    assert sorted(encoder.asked) == ["So it is.", "why?"]
    assert features.observations[0].prompt == features.observations[1].prompt
    assert features.observations[0].scores["prompt_cosine"] == pytest.approx(np.cos(5.0), abs=1e-6)
    assert features.observations[0].provenance["embedding_model"] == "x"
    assert b"So it is" not in b"".join(raw.values())


def test_without_an_encoder_nothing_is_embedded() -> None:
    """And no provenance claims one."""
    observation = one(PLAIN, judged(provenance=Provenance(prompt_version="v1")))

    assert (observation.prompt, observation.embedding) == (b"", "")
    assert observation.provenance == {"prompt_version": "v1"}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(b'{"series": ["a", "b", "c"], "observations": [{}]}', id="no place"),
        pytest.param(b'{"series": ["a", "b", "\xff"]}', id="no UTF-8"),
        pytest.param(b'{"x":' * 9999 + b"1" + b"}" * 9999, id="deep"),
    ],
)
def test_features_of_somebody_else_are_refused(raw: bytes | None) -> None:
    """The caller counts them and goes on."""
    with pytest.raises(FeaturesError):
        decode_features(raw)


@pytest.mark.parametrize("text", ["", " ", "\n", "\ud800", "…", "a" * 100_000, "- \n" * 50_000])
def test_any_answer_has_a_shape_and_a_style(text: str) -> None:
    """Finite numbers, as many as there are names."""
    interaction = Interaction(id="1", response=text)

    assert np.isfinite(list(shape(interaction).values())).all()
    assert len(style(interaction)) == len(STYLE)
    assert np.isfinite(style(interaction)).all()
