"""Words that speak of an exchange, and what they are not taken for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.intent.cues import Cues, Phrases
from detectors.intent.evidence import Said, Weights, compare
from tests.processor.conversation.talk import vector

CUES = Cues()


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        pytest.param("Thanks!", ("thanks",), id="thanks"),
        pytest.param("That\u2019s all, thank you.", ("thanks",), id="typographic apostrophe"),
        pytest.param("Thanks, and how much is it?", (), id="thanks and a question"),
        pytest.param("Please cancel it, thanks", (), id="thanks and a request"),
        pytest.param("Thanks but that is not it", (), id="thanks but"),
        pytest.param("thanks for nothing", ("negative",), id="scorn"),
        pytest.param("Perfect, now transfer me", ("escalation",), id="thanks and a human"),
        pytest.param("Can I talk to a HUMAN", ("escalation",), id="capitals"),
        pytest.param("It still  doesn't work", ("negative",), id="spaces"),
        pytest.param("My tyres are flat", (), id="a word within a word"),
    ],
)
def test_what_a_user_says(text: str, cues: tuple[str, ...]) -> None:
    """Thanks count only where nothing is asked for in the same breath."""
    assert CUES.of_user(text) == cues


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        pytest.param("Unfortunately I can't do that.", ("failure",), id="failure"),
        pytest.param("I will transfer you to a colleague.", ("handover",), id="handover"),
        pytest.param("I can transfer you, if you like.", (), id="an offer"),
        pytest.param("Your parcel is on its way.", (), id="answer"),
    ],
)
def test_what_a_bot_says(text: str, cues: tuple[str, ...]) -> None:
    """An offer is no handover."""
    assert CUES.of_bot(text) == cues


def test_words_of_a_team_take_the_place_of_ours() -> None:
    """They are words, no patterns."""
    german = Cues(Phrases(thanks=("danke (sehr)",), negative=()))

    assert german.of_user("Danke (sehr)") == ("thanks",)
    assert german.of_user("thanks") == ()
    assert german.of_user("useless") == ()


@given(st.text())
def test_any_text_has_cues_or_none(text: str) -> None:
    """Each at most once."""
    for found in (CUES.of_user(text), CUES.of_bot(text)):
        assert len(set(found)) == len(found)
    assert not re.fullmatch(r"\W*", text) or CUES.of_user(text) == ()


def test_each_measure_moves_the_score_its_own_way() -> None:
    """What speaks against the bot raises it."""
    weights = Weights()
    plain = compare(Said(vector(0), vector(1), ()), None).score(weights)

    def score(*cues: str, response: bytes = vector(1)) -> float:
        return compare(Said(vector(0), response, cues), None).score(weights)

    assert plain == 0.5
    assert score("negative") > plain
    assert score("failure") > plain
    assert score("escalation") > score("negative")
    assert score("thanks") < plain
    assert score(response=vector(0)) < plain


def test_a_repeated_answer_raises_the_score() -> None:
    """The user is going in circles."""
    before = Said(vector(2), vector(1), ())
    again = compare(Said(vector(0), vector(1), ()), before)
    other = compare(Said(vector(0), vector(3), ()), before)

    assert again.score(Weights()) > other.score(Weights())
