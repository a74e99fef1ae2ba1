"""Support: what of an answer the evidence holds."""

from typing import Any

import numpy as np

from detectors.base import Interaction, Passage, Turn
from detectors.claims.claim_features import claim_features
from detectors.claims.support import Support, support
from detectors.claims.word_features import word_features


def held(response: str, *texts: str, prompt: str = "", record: Any = None) -> Support:
    """Hold a response against passages and a record."""
    found = support(
        Interaction(
            id="1",
            prompt=prompt,
            response=response,
            context=record,
            passages=tuple(Passage(text=text) for text in texts),
        )
    )
    assert found is not None
    return found


def novel(found: Support) -> list[str]:
    """Return the words that are new."""
    said = zip(found.answer.words, found.answer.novel.tolist(), strict=True)
    return [word.text for word, is_novel in said if is_novel]


def test_words_of_the_evidence_are_known() -> None:
    """In whatever form; of the others only content words are new."""
    found = held("The cats were sleeping on a blue sofa.", "A cat sleeps on the sofa.")

    assert novel(found) == ["blue"]


def test_words_of_the_user_are_not_invented() -> None:
    """What the user asked for is neither evidence nor new."""
    found = held("The purple door is open.", "The door is open.", prompt="Is the purple door open?")

    assert novel(found) == []
    assert found.answer.asked.sum() == 1


def test_words_of_earlier_turns_are_not_invented() -> None:
    """A conversation goes on."""
    interaction = Interaction(
        id="1",
        response="The parrot is open.",
        passages=(Passage(text="It is open."),),
        history=(Turn(role="user", text="Where is my parrot?"),),
    )
    found = support(interaction)

    assert found is not None
    assert novel(found) == []


def test_joined_words_are_those_apart() -> None:
    """Records have "takeOut" where answers have "takeout" or "take-out"."""
    assert novel(held("It offers takeout and Wi-Fi.", record={"takeOut": True, "wifi": 1})) == [
        "offers"
    ]


def test_a_number_is_known_however_it_is_written() -> None:
    """Quantities are compared by value."""
    found = held("It opens at 5 p.m. and costs twenty dollars.", "Opens 17:00, costs $20.")

    assert "wrong_numbers" in claim_features(found)
    assert claim_features(found)["wrong_numbers"].tolist() == [0.0]


def test_a_wrong_number_is_counted() -> None:
    """A quantity with which none of the evidence agrees is wrong."""
    features = claim_features(held("It costs $25.", "It costs $20."))

    assert features["wrong_numbers"].tolist() == [1.0]
    assert features["novel_numbers"].tolist() == [1.0]


def test_names_from_two_places_are_apart() -> None:
    """All words are known, yet no place of the evidence has them together."""
    passage = "Anna lives in Rome. The sky is grey. Bears eat fish. Bruno works in Oslo."
    together = claim_features(held("Today Anna lives in Rome.", passage))
    swapped = claim_features(held("Today Anna works in Oslo.", passage))

    assert together["names_apart"].tolist() == [0.0]
    assert swapped["names_apart"].tolist() == [0.5]
    assert swapped["cover_weight"] < together["cover_weight"]


def test_a_copy_has_a_long_run() -> None:
    """A sentence of the evidence is copied from end to end."""
    features = claim_features(held("Bears eat fish in the river.", "Bears eat fish in the river."))

    assert features["copied"].tolist() == [1.0]
    assert features["novel_pairs"].tolist() == [0.0]


def test_a_denial_without_one_in_the_evidence_is_alone() -> None:
    """The nearest evidence affirms what is denied."""
    alone = claim_features(held("Bears do not eat fish.", "Bears eat fish."))
    shared = claim_features(held("Bears do not eat fish.", "Bears never eat fish."))

    assert alone["denial_alone"].tolist() == [1.0]
    assert shared["denial_alone"].tolist() == [0.0]


def test_what_the_record_contradicts_is_counted() -> None:
    """The words of the statement are marked too."""
    found = held("It has outdoor seating.", record={"name": "Cafe", "OutdoorSeating": False})

    assert claim_features(found)["record_affirmed_false"].tolist() == [1.0]
    assert word_features(found)["record_conflict"].any()


def test_without_evidence_there_is_no_support() -> None:
    """Nor without a response."""
    assert support(Interaction(id="1", response="It rains.")) is None
    assert support(Interaction(id="1", passages=(Passage(text="It rains."),))) is None


def test_a_huge_answer_is_bounded() -> None:
    """What is looked at does not grow without end."""
    found = held("word after word. " * 20_000, "word. " * 50_000)

    assert len(found.answer.words) <= 2_000
    assert all(np.isfinite(values).all() for values in claim_features(found).values())
