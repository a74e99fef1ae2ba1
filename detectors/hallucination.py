"""Hallucination: the probability that an answer says what its evidence does not support."""

from collections.abc import Sequence

from detectors.abstention import unscored, unverifiable
from detectors.base import Evidence, Interaction, Signal
from detectors.claims.answer import Flags, claims
from detectors.claims.blame import MAX_SPANS, blame, blame_claims, disjoint, share
from detectors.claims.layers import Model, load
from detectors.claims.score import Scores, kind_of, score
from detectors.claims.small_talk import claims_nothing
from detectors.claims.source import RECORD
from detectors.claims.support import Support, support

_NAMES = (
    "hallucination",
    "novel_content",
    "novel_numbers",
    "record_conflicts",
    "unsupported_claims",
)
# Finer digits mean nothing, and the verdict is to be read.
_DIGITS = 4
# What is given to an answer that claims nothing: as low as a calibrated score gets.
_NOTHING = 0.01


class Hallucination:
    """Logistic regressions on what is new in an answer, claim by claim and word by word.

    Five signals, each in [0, 1], higher is worse, of which only the first is fitted:

    ======================  ====================================================  ==============
    signal                  score                                                 label if bad
    ======================  ====================================================  ==============
    ``hallucination``       calibrated probability that any of it is unsupported  ``hallucinated``
    ``novel_content``       share of content words that neither evidence nor      none
                            user said before
    ``novel_numbers``       share of numbers that the evidence does not have      ``novel``
    ``record_conflicts``    share of statements about fields of the structured    ``conflicting``
                            context that it contradicts or leaves open
    ``unsupported_claims``  share of sentences likely unsupported                 ``unsupported``
    ======================  ====================================================  ==============

    The label is ``supported`` otherwise: for the first below the threshold, for the others at 0.
    New words alone are no fault: ``novel_content`` is always labelled ``measured``.
    The evidence is the passages and the structured context; what only the user said is neither
    evidence nor held against the bot. An answer that only refuses, greets or thanks, or says that
    it found nothing, is supported. Without response or evidence all are ``unverifiable``, and so
    is a share of nothing: no number, no statement about a field.

    Spans are the words blamed; of ``hallucination``, only where the answer is hallucinated. The
    reason of a span is the first of these that holds: ``record_conflict``, ``novel_number``,
    ``novel_name``, ``novel_words``, ``weak_support`` (all words are known, yet not together);
    of ``unsupported_claims`` it is ``weak_claim``. ``passage`` is ``context`` for the record.

    The model is English, and its probabilities hold for answers like those that it was fitted
    on: see ``docs/models/hallucination.md``.

    Args:
        model: instead of the one that comes with the package.
        threshold: a score from it on is ``hallucinated``, instead of the model's.

    Examples:
        >>> from detectors.base import Passage
        >>> passages = (Passage(text="The museum opens at nine. Tickets are free."),)
        >>> interaction = Interaction(
        ...     id="1", prompt="When?", response="It opens at nine.", passages=passages
        ... )
        >>> signals = Hallucination().detect(interaction)
        >>> signals[0].label
        'supported'

    References:
        Niu et al., RAGTruth, ACL 2024 (what counts as unsupported, and most of the data).
        Daume, Frustratingly easy domain adaptation, ACL 2007 (coefficients for each kind).
    """

    name = "hallucination"

    def __init__(self, model: Model | None = None, *, threshold: float | None = None) -> None:
        self._model = model or load()
        self._threshold = self._model.threshold if threshold is None else threshold
        if not 0.0 <= self._threshold <= 1.0:
            raise ValueError(f"threshold is {threshold}, not in [0, 1]")

    @property
    def version(self) -> str:
        """Digest of the model."""
        return self._model.version

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return the five signals of each interaction."""
        return [self.detect(interaction) for interaction in batch]

    def detect(self, interaction: Interaction) -> tuple[Signal, ...]:
        """Return the five signals of one interaction."""
        if unscored(self.name, interaction, "response", "passages", "context"):
            hidden = (unscored(n, interaction, "response", "passages", "context") for n in _NAMES)
            return tuple(signal for signal in hidden if signal)
        found = support(interaction)
        if found is None:
            missing = "evidence" if claims(interaction.response) else "response"
            return tuple(unverifiable(name, missing) for name in _NAMES)
        scores = score(found, kind_of(interaction), self._model)
        nothing = claims_nothing(interaction.response or "", found.answer.claims)
        return (
            _idle("hallucination") if nothing else self._whole(found, scores),
            _novel_content(found),
            _novel_numbers(found),
            _record_conflicts(found),
            _idle("unsupported_claims") if nothing else self._claims(found, scores),
        )

    def _whole(self, found: Support, scores: Scores) -> Signal:
        value = round(scores.answer, _DIGITS)
        bad = value >= self._threshold
        blamed = (scores.words >= self._model.word_threshold) & bad
        proof = blame(found, blamed)
        return Signal(
            name="hallucination",
            score=value,
            label="hallucinated" if bad else "supported",
            spans=tuple(item.span for item in proof),
            explanation=(
                f"of {len(scores.claims)} sentences the weakest is unsupported with probability "
                f"{scores.claims.max():.2f}; {blamed.sum()} of {len(blamed)} words blamed"
            ),
            evidence=proof,
        )

    def _claims(self, found: Support, scores: Scores) -> Signal:
        bad = scores.claims >= self._model.claim_threshold
        counts = int(bad.sum()), len(bad)
        labels = "unsupported", "supported"
        return share("unsupported_claims", labels, counts, blame_claims(found, bad))


def _novel_content(found: Support) -> Signal:
    novel = found.answer.novel
    labels = "measured", "measured"
    return _of_words("novel_content", labels, found, novel, (~found.answer.stop).sum())


def _novel_numbers(found: Support) -> Signal:
    answer = found.answer
    novel = answer.number & ~answer.asked & (answer.wrong | ~answer.known)
    labels = "novel", "supported"
    return _of_words("novel_numbers", labels, found, novel, answer.number.sum())


def _of_words(
    name: str, labels: tuple[str, str], found: Support, novel: Flags, count: int
) -> Signal:
    return share(name, labels, (int(novel.sum()), int(count)), blame(found, novel))


def _record_conflicts(found: Support) -> Signal:
    told = [check for check in found.checks if check.outcome != "unknown"]
    wrong = [check.span for check in told if check.outcome == "conflict"]
    proof = tuple(
        Evidence(span=span, reason="record_conflict", passage=RECORD)
        for span in disjoint(wrong)[:MAX_SPANS]
    )
    labels = "conflicting", "supported"
    return share("record_conflicts", labels, (len(wrong), len(told)), proof)


def _idle(name: str) -> Signal:
    """Return the signal for an answer that claims nothing."""
    score = _NOTHING if name == "hallucination" else 0.0
    return Signal(name=name, score=score, label="supported", explanation="nothing is claimed")
