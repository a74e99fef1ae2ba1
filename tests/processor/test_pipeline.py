"""Every interaction gets its verdict, and a detector that fails blinds nobody else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Feedback, Interaction, Passage, Signal, Turn
from detectors.embedding import Vectors
from detectors.grounding import Grounding
from processor.pipeline import Pipeline
from processor.verdict import Failure, Verdict, encode

MARKER = "zqxjk"


class Brittle:
    """Answers each interaction with its id as the label, but raises over some."""

    version = ""

    def __init__(self, culprits: Sequence[str] = (), name: str = "brittle") -> None:
        self.name = name
        self.batches: list[int] = []
        self._culprits = set(culprits)

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Raise when one of the culprits is there."""
        self.batches.append(len(batch))
        for interaction in batch:
            if interaction.id in self._culprits:
                raise LookupError(interaction.prompt)
        return [(Signal(name=self.name, score=1.0, label=i.id),) for i in batch]


class One:
    """An encoder for which all texts are the same."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a constant vector for each."""
        return np.ones((len(texts), 1), np.float32)


def batch(size: int) -> list[Interaction]:
    """Return interactions named by their place."""
    return [Interaction(id=str(number), prompt="a") for number in range(size)]


def judge(size: int, *detectors: Brittle) -> list[Verdict]:
    """Judge a batch."""
    return Pipeline(detectors, versions={}).judge(batch(size))


def test_verdicts_come_in_the_order_of_the_interactions() -> None:
    """The caller knows them by their place."""
    verdicts = judge(5, Brittle())

    assert [v.event_id for v in verdicts] == ["0", "1", "2", "3", "4"]
    assert [v.signals[0].label for v in verdicts] == ["0", "1", "2", "3", "4"]


def test_an_empty_batch_asks_no_detector() -> None:
    """There is nothing to judge."""
    detector = Brittle()

    assert judge(0, detector) == []
    assert detector.batches == []


def test_a_good_batch_is_given_whole() -> None:
    """Detectors batch better than we could."""
    detector = Brittle()
    judge(64, detector)

    assert detector.batches == [64]


@given(size=st.integers(1, 20), data=st.data())
def test_a_failure_marks_its_interaction_alone(size: int, data: st.DataObject) -> None:
    """However many there are and wherever they stand."""
    culprits = data.draw(st.sets(st.integers(0, size - 1).map(str)))
    verdicts = judge(size, Brittle(list(culprits)))

    assert {v.event_id for v in verdicts if v.status == "unscored"} == culprits
    for number, verdict in enumerate(verdicts):
        failed = verdict.event_id in culprits
        assert verdict.event_id == str(number)
        assert verdict.failures == (
            (Failure(detector="brittle", reason="LookupError"),) if failed else ()
        )
        assert [signal.label for signal in verdict.signals] == ([] if failed else [str(number)])


def test_a_culprit_is_found_by_halving() -> None:
    """One bad event of 64 costs twelve calls more, not 64."""
    detector = Brittle(["37"])
    judge(64, detector)

    assert sorted(detector.batches) == [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64]


def test_a_failure_leaves_the_other_detectors_signals() -> None:
    """The verdict holds what could be measured, and says what could not."""
    [verdict] = judge(1, Brittle(["0"], name="a"), Brittle(name="b"))

    assert verdict.status == "unscored"
    assert [signal.name for signal in verdict.signals] == ["b"]
    assert verdict.failures == (Failure(detector="a", reason="LookupError"),)


def test_signals_come_in_the_order_of_the_detectors() -> None:
    """As they are configured."""
    [verdict] = judge(1, Brittle(name="b"), Brittle(name="a"))

    assert [signal.name for signal in verdict.signals] == ["b", "a"]


def test_verdicts_name_the_version_that_they_were_made_with() -> None:
    """A catalogue may change while the worker runs."""
    detector = Brittle()
    pipeline = Pipeline((detector,), versions={"semwatch": "1"})
    before = pipeline.judge(batch(1))[0].versions
    detector.version = "abc"

    assert before == {"semwatch": "1"}
    assert pipeline.judge(batch(1))[0].versions == {"semwatch": "1", "brittle": "abc"}


def test_an_interrupt_is_no_failure() -> None:
    """Who wants to end the process ends it."""

    class Interrupted(Brittle):
        def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
            raise KeyboardInterrupt(len(batch))

    with pytest.raises(KeyboardInterrupt):
        judge(1, Interrupted())


def test_each_run_of_a_detector_is_observed_once() -> None:
    """Also where it is halved: the time is the batch's."""
    seen: list[tuple[str, float]] = []
    pipeline = Pipeline(
        (Brittle(["3"], name="a"), Brittle(name="b")),
        versions={},
        observe=lambda name, seconds: seen.append((name, seconds)),
    )
    pipeline.judge(batch(8))

    assert [name for name, _ in seen] == ["a", "b"]
    assert all(seconds >= 0.0 for _, seconds in seen)


def test_verdicts_name_the_versions() -> None:
    """A score can be traced to what made it."""
    [verdict] = Pipeline((), versions={"semwatch": "1"}).judge(batch(1))

    assert verdict.versions == {"semwatch": "1"}


_texts = st.text(max_size=20).map(lambda text: f"{MARKER}{text}{MARKER}. {text}{MARKER}")


@given(texts=st.lists(_texts, min_size=12, max_size=12), evidence=st.booleans())
def test_a_verdict_holds_no_text(texts: list[str], evidence: bool) -> None:
    """Not of the prompt, the answer or anything around them, not even after a failure."""
    interaction = Interaction(
        id="1",
        prompt=texts[0],
        system_prompt=texts[1],
        response=texts[2],
        passages=(Passage(id=texts[3], text=texts[4], source=texts[5]),) if evidence else (),
        history=(Turn(role="user", text=texts[6]),),
        context={texts[7]: texts[8]} if evidence else None,
        samples=(texts[9],),
        feedback=Feedback(comment=texts[10]),
        unknown={texts[11]: texts[11]},
    )
    detectors: list[Any] = [Grounding(One()), Brittle(["1"])]
    [verdict] = Pipeline(detectors, versions={}).judge([interaction])

    assert MARKER.encode() not in encode(verdict)
    assert MARKER not in repr(verdict)


class Broken:
    """Answers with whatever it was given."""

    name = "broken"
    version = ""

    def __init__(self, rows: Sequence[tuple[Signal, ...]]) -> None:
        self._rows = list(rows)

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return the rows, whatever the batch."""
        del batch
        return self._rows


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="no row"),
        pytest.param([(), ()], id="a row too many"),
        pytest.param([(Signal(name="a", score=float("nan"), label="bad"),)], id="NaN"),
        pytest.param([(Signal(name="a", score=1.5, label="good"),)], id="above 1"),
        pytest.param([(Signal(name="a", score=-0.1, label="bad"),)], id="below 0"),
    ],
)
def test_an_answer_against_the_contract_is_a_failure(rows: Sequence[tuple[Signal, ...]]) -> None:
    """What is no measurement must not look like one, nor end the worker."""
    [verdict] = Pipeline([Broken(rows)], versions={}).judge(batch(1))

    assert verdict.status == "unscored"
    assert verdict.failures == (Failure(detector="broken", reason="InvalidSignal"),)
