"""Intent resolution: what the user wants, and what this exchange says of whether it was settled.

Whether a conversation settled it is for the stream to say (`processor.conversation`): one
exchange cannot, and a word of thanks is not resolution.
"""

from collections.abc import Iterable, Sequence

from detectors._conversation import is_bot
from detectors.base import Interaction, Signal, Turn
from detectors.intent.evidence import Evidence, Said, compare
from detectors.intent.labels import OUT_OF_SCOPE, UNSCORED, UNVERIFIABLE
from detectors.intent.reader import Reader, Reading

_DIGITS = 4
# The label is the first of these that is found.
_ORDER = ("escalation", "handover", "negative", "failure", "rephrase", "thanks")


class IntentResolution:
    """Makes two signals: ``intent``, and ``intent_resolution``.

    ``intent`` is labelled with a name of the intents file or ``out_of_scope``; its score is the
    share of in-scope questions that are no more typical of the intents, 0 for one that is like
    none of them. ``intent_resolution`` scores the signs in this exchange that the user is not
    being helped: 1 is all of them. Its label is the strongest: ``escalation``, ``handover``,
    ``negative``, ``failure``, ``rephrase``, ``thanks``, or ``none``.

    Without intents, or a prompt, ``intent`` is ``unverifiable``; the signs are measured all the
    same. The exchange before is taken from the history.

    Args:
        reader: what it knows and reads with.
    """

    name = "intent_resolution"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def reader(self) -> Reader:
        """What it reads with."""
        return self._reader

    @property
    def version(self) -> str:
        """Digest of the intents in use; empty without."""
        return self._reader.knowledge.version

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return both signals of each interaction."""
        readings = self._reader.read_many(batch)
        earlier = self._earlier(batch)
        weights = self._reader.knowledge.weights
        rows: list[tuple[Signal, ...]] = []
        for interaction, reading, before in zip(batch, readings, earlier, strict=True):
            now = Said(reading.prompt, reading.response, reading.cues)
            evidence = compare(now, before)
            score = round(evidence.score(weights), _DIGITS)
            rows.append((_intent(reading), self._resolution(interaction, now, evidence, score)))
        return rows

    def _resolution(
        self, interaction: Interaction, now: Said, evidence: Evidence, score: float
    ) -> Signal:
        if not now.prompt and not now.response:
            masked = interaction.redacted | interaction.truncated
            unread = {"prompt", "response"} & masked
            label = UNSCORED if unread else UNVERIFIABLE
            why = "texts masked or cut" if unread else "no text"
            return Signal(name=self.name, score=None, label=label, explanation=why)
        found = {*evidence.cues, *(["rephrase"] if evidence.rephrase else [])}
        return Signal(
            name=self.name,
            score=score,
            label=next((cue for cue in _ORDER if cue in found), "none"),
            explanation=(
                f"relevance {evidence.relevance:.2f}, repetition {evidence.repetition:.2f}"
            ),
        )

    def _earlier(self, batch: Sequence[Interaction]) -> list[Said | None]:
        last = [_last(interaction) for interaction in batch]
        vectors = self._reader.vectors([text for pair in last for text in pair])
        cues = self._reader.knowledge.cues
        return [
            Said(
                vectors[2 * row],
                vectors[2 * row + 1],
                (*cues.of_user(prompt), *cues.of_bot(response)),
            )
            if prompt or response
            else None
            for row, (prompt, response) in enumerate(last)
        ]


def _intent(reading: Reading) -> Signal:
    why = {
        UNVERIFIABLE: "no prompt, or no intents to hold it against",
        UNSCORED: "prompt masked or cut",
        OUT_OF_SCOPE: "like none of the intents",
    }
    return Signal(
        name="intent",
        score=reading.typicality,
        label=reading.intent,
        explanation=why.get(reading.intent, ""),
    )


def _last(interaction: Interaction) -> tuple[str, str]:
    """Return what the user and the bot said last before this exchange."""
    if "history" in interaction.redacted | interaction.truncated:
        return "", ""
    return (
        _latest(turn for turn in interaction.history if not is_bot(turn)),
        _latest(turn for turn in interaction.history if is_bot(turn)),
    )


def _latest(turns: Iterable[Turn]) -> str:
    text = ""
    for turn in turns:
        text = turn.text
    return text
