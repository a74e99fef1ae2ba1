"""A file of intents, ready to use; and the model beside it that `semwatch intents fit` wrote."""

from pathlib import Path

from detectors.embedding import Encoder
from detectors.intent import intents as file
from detectors.intent import model
from detectors.intent.classifier import Classifier
from detectors.intent.cues import Cues
from detectors.intent.evidence import Weights
from detectors.intent.fit import fit
from detectors.intent.intents import Intents, IntentsError

_HOUR = 3600.0


class Knowledge:
    """What exchanges are read by; without intents only the cues are known.

    Args:
        intents: the file's content.
        classifier: what was learned from it.
        version: names both in verdicts.
    """

    def __init__(
        self,
        intents: Intents | None = None,
        classifier: Classifier | None = None,
        *,
        version: str = "",
    ) -> None:
        self.classifier = classifier
        self.version = version
        self.cues = Cues(intents.cues if intents else None)
        self.weights = intents.weights if intents else Weights()
        self.windows = {
            intent.name: intent.window_hours * _HOUR
            for intent in (intents.intents if intents else ())
            if intent.window_hours
        }


def learn(intents: Intents, encoder: Encoder, *, encoder_sha256: str) -> Knowledge:
    """Fit the intents and return what is known by them."""
    return _known(intents, fit(intents, encoder, encoder_sha256=encoder_sha256))


def load(path: Path, encoder: Encoder, *, encoder_sha256: str) -> Knowledge:
    """Read a file of intents; fit it, unless the model beside it is of just these intents.

    Raises:
        IntentsError: the file, or the model beside it, cannot be used.
    """
    intents = file.load(path)
    fitted = _beside(path)
    wanted = (file.digest(intents), encoder_sha256)
    if fitted and (fitted.intents_digest, fitted.encoder) == wanted:
        return _known(intents, fitted)
    return learn(intents, encoder, encoder_sha256=encoder_sha256)


def model_path(path: Path) -> Path:
    """Return where the model of a file of intents lies: ``shop.yaml``, ``shop.fitted.json``."""
    return path.with_suffix(".fitted.json")


def _known(intents: Intents, fitted: model.Fitted) -> Knowledge:
    version = f"{file.digest(intents)}-{fitted.digest()}"
    return Knowledge(intents, Classifier(fitted), version=version)


def _beside(path: Path) -> model.Fitted | None:
    beside = model_path(path)
    if not beside.exists():
        return None
    try:
        return model.decode(beside.read_bytes())
    except (OSError, ValueError) as error:
        raise IntentsError(f"{beside}: {error}") from error
