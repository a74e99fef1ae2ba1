"""How sure the model was is the geometric mean of its tokens' probabilities."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction, Signal
from detectors.token_probability import TokenProbability


def judge(
    *logprobs: float,
    threshold: float = 0.5,
    window: int = 8,
    redacted: str = "",
    truncated: str = "",
) -> Signal:
    """Return the one signal of a response with these log-probabilities."""
    interaction = Interaction(
        id="1",
        response="Yes.",
        logprobs=logprobs,
        redacted=frozenset({redacted}),
        truncated=frozenset({truncated}),
    )
    [[signal]] = TokenProbability(threshold=threshold, window=window).detect_many([interaction])
    return signal


def test_score_is_the_geometric_mean() -> None:
    """Probabilities 0.9 and 0.4 make the root of their product."""
    assert judge(math.log(0.9), math.log(0.4)).score == 0.6


def test_threshold_parts_confident_from_unsure() -> None:
    """At the threshold itself the model is still confident."""
    assert judge(math.log(0.5)).label == "confident"
    assert judge(math.log(0.49)).label == "unsure"
    assert judge(math.log(0.49), threshold=0.4).label == "confident"


def test_certain_is_one() -> None:
    """Probability 1 for every token is the top of the range."""
    assert judge(0.0, -0.0).score == 1.0


def test_the_least_probable_window_is_named() -> None:
    """The explanation says where the model was least sure, by position."""
    signal = judge(*[-0.1] * 20, *[-2.0] * 3, *[-0.1] * 20, window=3)

    assert signal.explanation == (
        "43 tokens; the least probable window is tokens 20 to 22 with 0.14"
    )
    assert signal.spans == ()


def test_a_short_answer_is_one_window() -> None:
    """Fewer tokens than the window are all of it."""
    assert judge(-1.0, -1.0).explanation.endswith("tokens 0 to 1 with 0.37")


@pytest.mark.parametrize("absurd", [-math.inf, -9999.0, -1e308])
def test_one_absurd_token_does_not_drown_the_others(absurd: float) -> None:
    """Servers write "too small to say" in many ways; all are the same small number."""
    signal = judge(*[-0.1] * 99, absurd)

    assert signal == judge(*[-0.1] * 99, -20.0)
    assert signal.label == "confident"


def test_rounding_above_zero_is_zero() -> None:
    """Half-precision servers log a hair more than certainty."""
    assert judge(1e-6, 3.0).score == 1.0


def test_what_is_no_number_is_left_out() -> None:
    """A token without a probability says nothing; were there no other, there is no score."""
    assert judge(math.nan, -0.1) == judge(-0.1)
    assert judge(math.nan).label == "unverifiable"


def test_no_log_probabilities_is_unverifiable() -> None:
    """Missing is not zero."""
    signal = judge()

    assert (signal.score, signal.label) == (None, "unverifiable")
    assert signal.explanation == "no log-probabilities"


@pytest.mark.parametrize("field", ["response", "logprobs"])
def test_masked_or_cut_is_unscored(field: str) -> None:
    """Tokens that are not those of the answer are not judged."""
    redacted = judge(-0.1, redacted=field)
    truncated = judge(-0.1, truncated=field)

    assert (redacted.score, redacted.label) == (None, "unscored")
    assert (redacted.explanation, truncated.explanation) == (
        f"{field} redacted",
        f"{field} truncated",
    )


def test_a_window_holds_a_token() -> None:
    """A window of none has no mean; it fails at the start."""
    with pytest.raises(ValueError, match="window is 0"):
        TokenProbability(window=0)


@given(st.lists(st.floats(), min_size=1))
def test_any_numbers_are_fine(logprobs: list[float]) -> None:
    """Whatever was logged, the score is a share or missing."""
    signal = judge(*logprobs)

    assert signal.score is None or 0.0 <= signal.score <= 1.0
    assert "nan" not in signal.explanation


@given(st.lists(st.floats(-20.0, 0.0), min_size=1))
def test_the_score_lies_between_the_least_and_the_most_probable(logprobs: list[float]) -> None:
    """It is a mean."""
    score = judge(*logprobs).score

    assert score is not None
    assert math.exp(min(logprobs)) - 1e-4 <= score <= math.exp(max(logprobs)) + 1e-4
