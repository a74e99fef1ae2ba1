"""An answer is as consistent as its sentences, and these as the samples that mean the same."""
# ruff: noqa: RUF001 - apostrophes as bots write them

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.base import Interaction, Signal
from detectors.embedding import Model, Vectors
from detectors.self_consistency import SelfConsistency


class Topics:
    """An encoder for which texts are alike if they share a topic word."""

    _topics = ("fee", "tax", "capital", "breakfast", "paris", "lyon", "rome")

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one axis a topic, and one for all else."""
        self.calls += 1
        axes = np.eye(len(self._topics) + 1, dtype=np.float32)
        return np.stack([axes[self._topic(text)] for text in texts])

    def _topic(self, text: str) -> int:
        known = [n for n, topic in enumerate(self._topics) if topic in text.lower()]
        return known[0] if known else len(self._topics)


def interaction(response: str, *samples: str, redacted: str = "") -> Interaction:
    """Return an interaction with these samples."""
    return Interaction(id="1", response=response, samples=samples, redacted=frozenset({redacted}))


def judge(response: str, *samples: str) -> Signal:
    """Return the one signal of a response and its samples."""
    [[signal]] = SelfConsistency(Topics()).detect_many([interaction(response, *samples)])
    return signal


def test_one_when_all_samples_say_the_same() -> None:
    """In other words, another order, or with more beside it."""
    signal = judge(
        "The fee is 20%. The tax is low.",
        "The tax is low. The fee is 20%.",
        "A fee of twenty percent, and the tax is low. Breakfast?",
        "Hello! The tax is low, the fee 20 percent.",
    )

    assert signal.label == "consistent"
    assert judge("The fee is 20%.", "The fee: 20 percent.").score == 1.0


def test_zero_when_no_sample_says_it() -> None:
    """The spans are the sentences that the samples do not support."""
    signal = judge("Paris.", "Lyon.", "Rome.")

    assert (signal.score, signal.label) == (0.0, "inconsistent")
    assert signal.spans == ((0, 6),)
    assert [item.reason for item in signal.evidence] == ["unsupported"]
    assert signal.explanation == "1 of 1 sentences said by fewer than half of 2 samples"


@pytest.mark.parametrize(
    ("response", "sample"),
    [
        pytest.param("The fee is 20%.", "The fee is 90%.", id="number"),
        pytest.param("The fee is $20.", "The fee is €20.", id="unit"),
        pytest.param("The fee is 20%.", "There is a fee.", id="number not said"),
        pytest.param("The fee is 20%.", "The fee is 90%. The tax is 20%.", id="number elsewhere"),
        pytest.param("Breakfast is included.", "Breakfast is not included.", id="negation"),
        pytest.param("Breakfast is included.", "Breakfast is excluded.", id="opposite"),
        pytest.param("The fee is higher.", "The fee is lower.", id="direction"),
        pytest.param("Its capital is Canberra.", "Its capital is Sydney.", id="name"),
        pytest.param(
            "The fee is due in the first week.", "The fee is due in the third week.", id="ordinal"
        ),
    ],
)
def test_what_cosine_does_not_see_must_agree(response: str, sample: str) -> None:
    """The encoder holds these for one; a number, a name or a denial parts them."""
    assert judge(response, sample).score == 0.0


@pytest.mark.parametrize(
    ("response", "sample"),
    [
        pytest.param("The fee is 20%.", "The fee is twenty percent.", id="spelled"),
        pytest.param("The fee is due in 1 week.", "The fee is due in 7 days.", id="unit"),
        pytest.param("Breakfast is not included.", "Breakfast is excluded.", id="opposite denied"),
        pytest.param(
            "No, breakfast is not included.", "Breakfast isn’t included.", id="interjection"
        ),
        pytest.param(
            "The capital is Canberra.", "Canberra, in Australia, is the capital.", id="more"
        ),
    ],
)
def test_the_same_in_other_words_agrees(response: str, sample: str) -> None:
    """Meaning counts, not writing."""
    assert judge(response, sample).score == 1.0


def test_score_is_the_mean_over_sentences() -> None:
    """One sentence of two that the sample does not say makes a half."""
    signal = judge("The fee is 20%. The tax is 5%.", "The fee is 20%. The tax is 7%.")

    assert signal.score == 0.5
    assert signal.spans == ((16, 30),)


def test_lesser_of_agreement_and_certainty_counts() -> None:
    """Samples agreed against the response are certain and do not agree; scattered ones neither."""
    assert judge("Paris.", "Lyon.", "Lyon.", "Lyon.", "Lyon.").score == 0.0
    assert judge("Paris.", "Paris.", "Paris.", "Lyon.").score == pytest.approx(0.5944, abs=1e-4)
    assert judge("Paris.", "Paris.", "Lyon.", "Rome.").score == pytest.approx(0.25, abs=1e-4)


def test_more_agreement_never_lowers_the_score() -> None:
    """One sample after the other comes round to what the response says."""
    scores = [
        judge("Paris.", *["Paris."] * agreeing, *["Lyon."] * (4 - agreeing)).score or 0.0
        for agreeing in range(5)
    ]

    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (0.0, 1.0)


def test_blank_samples_do_not_count() -> None:
    """What was not said agrees with nothing and contradicts nothing."""
    assert judge("Paris.", "", "Paris.", " … ") == judge("Paris.", "Paris.")


@pytest.mark.parametrize(
    ("response", "samples", "explanation"),
    [
        pytest.param("Paris.", (), "no samples", id="none"),
        pytest.param("Paris.", ("", "!"), "no samples", id="blank"),
        pytest.param("", ("Paris.",), "no response", id="no response"),
    ],
)
def test_nothing_to_hold_it_against_is_unverifiable(
    response: str, samples: tuple[str, ...], explanation: str
) -> None:
    """Missing is not zero."""
    signal = judge(response, *samples)

    assert (signal.score, signal.label) == (None, "unverifiable")
    assert signal.explanation == explanation


@pytest.mark.parametrize("field", ["response", "samples"])
def test_masked_is_unscored_and_not_embedded(field: str) -> None:
    """Masked text is not what was said, and it costs nothing."""
    encoder = Topics()
    masked = interaction("Paris.", "Lyon.", redacted=field)
    [[signal]] = SelfConsistency(encoder).detect_many([masked])

    assert (signal.score, signal.label) == (None, "unscored")
    assert signal.explanation == f"{field} redacted"
    assert encoder.calls == 0


def test_a_batch_is_embedded_in_one_call() -> None:
    """Calls are what an encoder is slow at."""
    encoder = Topics()
    SelfConsistency(encoder).detect_many([interaction("Paris.", "Lyon.")] * 3)

    assert encoder.calls == 1


def test_the_packaged_encoder_tells_another_answer_from_other_words(model: Model) -> None:
    """The default similarity lies between a paraphrase and another statement."""
    detector = SelfConsistency(model.embedding)
    response = "Refunds are paid back to the original card within five days."
    same = "Within 5 days the refund goes back to the card that was used."
    other = "The shop was founded by two sisters in a small village."
    [[alike], [apart]] = detector.detect_many(
        [interaction(response, same), interaction(response, other)]
    )

    assert (alike.score, apart.score) == (1.0, 0.0)
