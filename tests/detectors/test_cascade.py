"""The slow detector runs where the fast one is undecided, and nowhere else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction, Signal
from detectors.cascade import Cascade

_responses = st.sampled_from(["0.0", "0.29", "0.3", "0.5", "0.7", "0.71", "1.0", ""])


class Reads:
    """A detector whose score the response spells; without a response it cannot judge."""

    def __init__(self, name: str, *, version: str = "") -> None:
        self.name = name
        self.version = version
        self.batches: list[list[str]] = []

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return the spelled score, and remember the ids that were asked for."""
        self.batches.append([interaction.id for interaction in batch])
        return [(self._read(interaction.response),) for interaction in batch]

    def _read(self, response: str | None) -> Signal:
        if not response:
            return Signal(name=self.name, score=None, label="unverifiable")
        return Signal(name=self.name, score=float(response), label="read")


def make(slow: Reads, *, band: tuple[float, float] = (0.3, 0.7)) -> Cascade:
    """Return a cascade before that detector."""
    return Cascade(Reads("hallucination"), slow, band=band)


def interactions(*responses: str) -> list[Interaction]:
    """Return one interaction a response, its id the position."""
    return [Interaction(id=str(index), response=text) for index, text in enumerate(responses)]


def test_only_the_undecided_are_run() -> None:
    """The ends of the band belong to it; a missing score is no doubt."""
    slow = Reads("slow")
    make(slow).detect_many(interactions("0.1", "0.3", "0.5", "0.7", "0.9", ""))

    assert slow.batches == [["1", "2", "3"]]


def test_what_was_not_needed_makes_no_signal() -> None:
    """A measurement nobody asked for is neither a zero nor a missing one."""
    rows = make(Reads("slow")).detect_many(interactions("0.1", "0.5"))

    assert [[signal.name for signal in row] for row in rows] == [
        ["hallucination"],
        ["hallucination", "slow"],
    ]


def test_nothing_undecided_leaves_the_slow_alone() -> None:
    """It is not asked about an empty batch."""
    slow = Reads("slow")
    make(slow).detect_many(interactions("0.1", "0.9"))

    assert slow.batches == []


@given(responses=st.lists(_responses))
def test_a_batch_is_judged_as_one_by_one(responses: list[str]) -> None:
    """Neighbours neither take an event's turn nor give it one."""
    cascade = make(Reads("slow"))
    batch = interactions(*responses)

    assert cascade.detect_many(batch) == [cascade.detect_many([one])[0] for one in batch]


@pytest.mark.parametrize("band", [(0.7, 0.3), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_a_band_is_an_ascending_pair_of_shares(band: tuple[float, float]) -> None:
    """Anything else fails at the start."""
    with pytest.raises(ValueError, match="band"):
        make(Reads("slow"), band=band)


def test_a_signal_that_never_comes_is_an_error() -> None:
    """Else a misspelled name would turn the slow detector off without a word."""
    cascade = Cascade(Reads("fast"), Reads("slow"), signal="halucination")

    with pytest.raises(ValueError, match="halucination"):
        cascade.detect_many(interactions("0.5"))


def test_its_version_is_those_of_both() -> None:
    """Verdicts change with either; who has none adds nothing."""
    fast, slow, bare = Reads("fast", version="1a"), Reads("slow", version="2b"), Reads("bare")

    assert Cascade(fast, slow).version == "1a+2b"
    assert Cascade(bare, slow).version == "2b"
