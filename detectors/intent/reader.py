"""Reads a turn: its intent, its cues and its vectors, once for the signal and for the stream."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from detectors.base import Interaction
from detectors.embedding import Encoder
from detectors.intent.classifier import Classifier, Guess
from detectors.intent.cues import Cue
from detectors.intent.knowledge import Knowledge
from detectors.intent.labels import UNSCORED, UNVERIFIABLE
from detectors.intent.vectors import pack, unpack


class Reading(NamedTuple):
    """What one exchange says.

    ``intent`` is a name of the intents file, ``out_of_scope``, ``unverifiable`` for want of a
    prompt or of intents, or ``unscored`` where the prompt is masked or cut; only then and there
    ``typicality`` is ``None``. The vectors are packed, and empty where there is no text.
    ``window_seconds`` is the intent's own, if it has one.
    """

    intent: str
    typicality: float | None
    cues: tuple[Cue, ...]
    prompt: bytes
    response: bytes
    window_seconds: float | None = None


class Reader:
    """Reads interactions; deterministic but for a file of intents that is edited meanwhile.

    Args:
        encoder: texts to unit vectors.
        knowledge: returns what to read by, as it is now.
    """

    def __init__(self, encoder: Encoder, knowledge: Callable[[], Knowledge] = Knowledge) -> None:
        self._encoder = encoder
        self._knowledge = knowledge

    @property
    def knowledge(self) -> Knowledge:
        """What is read by at this moment."""
        return self._knowledge()

    def read_many(self, batch: Sequence[Interaction]) -> list[Reading]:
        """Read each interaction, in order."""
        knowledge = self._knowledge()
        vectors = self.vectors([text for i in batch for text in (_prompt(i), _response(i))])
        return [
            _read(interaction, knowledge, vectors[2 * row], vectors[2 * row + 1])
            for row, interaction in enumerate(batch)
        ]

    def vectors(self, texts: Sequence[str]) -> list[bytes]:
        """Return a packed vector a text, and nothing where there is no word."""
        spoken = [text for text in texts if text.strip()]
        packed = map(pack, self._encoder.encode(spoken) if spoken else ())
        return [next(packed) if text.strip() else b"" for text in texts]


def _read(
    interaction: Interaction, knowledge: Knowledge, prompt: bytes, response: bytes
) -> Reading:
    guess = _guess(interaction, knowledge.classifier, prompt)
    return Reading(
        intent=guess.intent,
        typicality=None if guess.intent in {UNVERIFIABLE, UNSCORED} else guess.typicality,
        cues=(
            *knowledge.cues.of_user(_prompt(interaction)),
            *knowledge.cues.of_bot(_response(interaction)),
        ),
        prompt=prompt,
        response=response,
        window_seconds=knowledge.windows.get(guess.intent),
    )


def _guess(interaction: Interaction, classifier: Classifier | None, prompt: bytes) -> Guess:
    if interaction.prompt and "prompt" in interaction.redacted | interaction.truncated:
        return Guess(UNSCORED, 0.0)
    if classifier is None or not prompt:
        return Guess(UNVERIFIABLE, 0.0)
    return classifier.classify(unpack([prompt])[0])


def _prompt(interaction: Interaction) -> str:
    return _said(interaction, "prompt", interaction.prompt)


def _response(interaction: Interaction) -> str:
    return _said(interaction, "response", interaction.response)


def _said(interaction: Interaction, field: str, text: str | None) -> str:
    """Return a text as it was said; of one that was masked or cut nothing is concluded."""
    masked = field in interaction.redacted or field in interaction.truncated
    return "" if masked else text or ""
