"""Rules of kind ``entities``: names, places and the like, by Presidio and a spaCy model.

The only file that knows Presidio, which who has such a rule installs beside semwatch.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from detectors.base import Span
from detectors.policy.part import Part
from detectors.policy.pattern import disjoint
from detectors.policy.rule import Check, Hit, Kit, Rule, RuleError, Text

# A model takes milliseconds a hundred words; what bounds the work of one part.
_MAX_CHARACTERS = 20_000


class Entities(Rule, frozen=True, tag="entities"):
    """Forbids named entities of Presidio's ``types``, such as ``PERSON`` or ``LOCATION``.

    ``spacy_model`` is an installed spaCy pipeline of ``language``; ``min_score`` in [0, 1] is
    Presidio's own.
    """

    types: Annotated[tuple[Text, ...], Meta(min_length=1)]
    spacy_model: Text
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"
    min_score: Annotated[float, Meta(ge=0, le=1)] = 0.5

    def compile(self, kit: Kit) -> Check:
        """Load Presidio and the model.

        Raises:
            RuleError: one of the two is not installed, or does not know a type.
        """
        del kit
        return Named(self, _analyzer(self))


class Named:
    """Asks Presidio's analyzer."""

    keywords: tuple[str, ...] = ()

    def __init__(self, rule: Entities, analyzer: Any) -> None:
        known = set(analyzer.get_supported_entities(language=rule.language))
        for place, wanted in enumerate(rule.types):
            if wanted not in known:
                raise RuleError(f"no such type, got {wanted!r}", "types", place)
        self._rule = rule
        self._analyzer = analyzer

    def find_many(self, parts: Sequence[Part]) -> list[Hit | None]:
        """Look at each part, as it came: letters in capitals and marks help the model."""
        return [self._find(part) for part in parts]

    def _find(self, part: Part) -> Hit | None:
        found = self._analyzer.analyze(
            part.text[:_MAX_CHARACTERS],
            language=self._rule.language,
            entities=list(self._rule.types),
            score_threshold=self._rule.min_score,
        )
        spans = disjoint([Span(entity.start, entity.end) for entity in found])
        return Hit(tuple(spans), max(entity.score for entity in found)) if spans else None


def _analyzer(rule: Entities) -> Any:
    try:
        # Loads spaCy; only who has such a rule pays.
        from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415
        from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415
    except ImportError as error:
        raise RuleError("it needs Presidio: pip install presidio-analyzer", "kind") from error
    settings = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": rule.language, "model_name": rule.spacy_model}],
    }
    try:
        engine = NlpEngineProvider(nlp_configuration=settings).create_engine()
    except (OSError, ValueError, ImportError, SystemExit) as error:
        # Presidio tries to download a model that is missing, and exits when it cannot.
        raise RuleError(f"cannot be loaded, got {rule.spacy_model!r}", "spacy_model") from error
    return AnalyzerEngine(nlp_engine=engine, supported_languages=[rule.language])
