"""Questions find their intent, strange ones none, and a stored model is as good as a fresh one."""

from pathlib import Path

import pytest

from detectors.base import Interaction, Turn
from detectors.intent import knowledge, model
from detectors.intent.classifier import Classifier
from detectors.intent.fit import fit
from detectors.intent.intents import Intent, Intents, IntentsError
from detectors.intent.reader import Reader
from detectors.intent_resolution import IntentResolution
from tests.detectors.bags import Bags

_PARCEL = (
    "where is my parcel",
    "my parcel is late",
    "track my parcel",
    "when does my parcel come",
    "parcel not here",
    "is my parcel lost",
)
_REFUND = (
    "i want a refund",
    "refund my order",
    "give me a refund",
    "how do i get a refund",
    "refund please",
    "can i have a refund",
)
INTENTS = Intents(
    version=1,
    intents=(
        Intent(name="parcel", exemplars=_PARCEL),
        Intent(name="refund", exemplars=_REFUND, window_hours=72.0),
    ),
)
YAML = f"""
version: 1
intents:
  - name: parcel
    exemplars: {list(_PARCEL)}
  - name: refund
    exemplars: {list(_REFUND)}
    window_hours: 72.0
"""


def classify(text: str, intents: Intents = INTENTS) -> str:
    """Return the intent of a question."""
    classifier = Classifier(fit(intents, Bags(), encoder_sha256=""))
    return classifier.classify(Bags().encode([text])[0]).intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param("where is my parcel now", "parcel", id="parcel"),
        pytest.param("i want my refund", "refund", id="refund"),
        pytest.param("sing a song about rain", "out_of_scope", id="strange"),
    ],
)
def test_a_question_finds_its_intent(text: str, intent: str) -> None:
    """By what it shares with the exemplars."""
    assert classify(text) == intent


def test_a_counter_exemplar_is_out_of_scope() -> None:
    """It looks like the intent and is something else."""
    counter = ("is a refund taxed", "refund tax", "tax on a refund", "tax of my refund")
    refund = Intent(name="refund", exemplars=_REFUND, counter_exemplars=counter)
    taught = Intents(version=1, intents=(INTENTS.intents[0], refund))

    assert classify("refund tax") == "refund"
    assert classify("refund tax", taught) == "out_of_scope"
    assert classify("i want a refund", taught) == "refund"


def test_the_stated_share_of_in_scope_questions_is_rejected() -> None:
    """The percentile at the rejection is the threshold, so more rejection finds more strange."""
    lax, strict = (
        Classifier(
            fit(
                Intents(version=1, intents=INTENTS.intents, rejection=rejection),
                Bags(),
                encoder_sha256="",
            )
        )
        for rejection in (0.01, 0.45)
    )
    (vector,) = Bags().encode(["a parcel in the rain of may"])

    assert lax.classify(vector).typicality == strict.classify(vector).typicality < 0.45
    assert strict.classify(vector).intent == "out_of_scope"


def test_a_stored_model_is_used_and_judges_alike(tmp_path: Path) -> None:
    """As long as it is of just these intents and this encoder; else it is fitted again."""
    path = tmp_path / "intents.yaml"
    path.write_text(YAML, encoding="utf-8")
    fresh = knowledge.load(path, Bags(), encoder_sha256="a")
    fitted = fit(INTENTS, Bags(), encoder_sha256="a")
    knowledge.model_path(path).write_bytes(model.encode(fitted))

    class Deaf:
        def encode(self, texts: object) -> object:
            raise AssertionError(texts)

    stored = knowledge.load(path, Deaf(), encoder_sha256="a")  # type: ignore[arg-type] # never asked
    assert stored.version == fresh.version
    assert stored.windows == {"refund": 72 * 3600.0}
    with pytest.raises(AssertionError):
        knowledge.load(path, Deaf(), encoder_sha256="b")  # type: ignore[arg-type] # asked


@pytest.mark.parametrize("content", ["", "{}", '{"version": 1'])
def test_a_damaged_model_stops_the_start(tmp_path: Path, content: str) -> None:
    """The message names the file."""
    path = tmp_path / "intents.yaml"
    path.write_text(YAML, encoding="utf-8")
    knowledge.model_path(path).write_text(content, encoding="utf-8")

    with pytest.raises(IntentsError, match=r"intents\.fitted\.json"):
        knowledge.load(path, Bags(), encoder_sha256="")


def label(**fields: object) -> dict[str, str]:
    """Return the labels of both signals."""
    known = knowledge.learn(INTENTS, Bags(), encoder_sha256="")
    detector = IntentResolution(Reader(Bags(), lambda: known))
    (row,) = detector.detect_many([Interaction(id="1", **fields)])  # type: ignore[arg-type]
    return {signal.name: signal.label for signal in row}


@pytest.mark.parametrize(
    ("fields", "intent", "resolution"),
    [
        pytest.param({"prompt": "where is my parcel"}, "parcel", "none", id="question"),
        pytest.param({"prompt": "Thanks, that helped"}, "out_of_scope", "thanks", id="thanks"),
        pytest.param({"prompt": "That's wrong"}, "out_of_scope", "negative", id="negative"),
        pytest.param({"response": "I can't do that"}, "unverifiable", "failure", id="failure"),
        pytest.param({}, "unverifiable", "unverifiable", id="nothing"),
        pytest.param(
            {"prompt": "refund ***", "response": "Yes", "redacted": frozenset({"prompt"})},
            "unscored",
            "none",
            id="masked prompt",
        ),
        pytest.param(
            {
                "prompt": "where is my parcel",
                "history": (
                    Turn(role="user", text="where is my parcel"),
                    Turn(role="assistant", text="I don't know"),
                ),
            },
            "parcel",
            "rephrase",
            id="asked again",
        ),
    ],
)
def test_an_exchange_is_labelled_by_its_strongest_sign(
    fields: dict[str, object], intent: str, resolution: str
) -> None:
    """And its intent for itself."""
    assert label(**fields) == {"intent": intent, "intent_resolution": resolution}


def test_without_intents_the_signs_are_measured_all_the_same() -> None:
    """What is missing is the file, not the user."""
    ((intent, resolution),) = IntentResolution(Reader(Bags())).detect_many(
        [Interaction(id="1", prompt="useless")]
    )

    assert (intent.label, intent.score) == ("unverifiable", None)
    assert resolution.label == "negative"
