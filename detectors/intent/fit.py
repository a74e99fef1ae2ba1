"""Learns intents from their exemplars: embedded once, a plane each, and a calibrated scope."""

import base64
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detectors.embedding import Encoder
from detectors.intent.classifier import Nearness
from detectors.intent.intents import Intents, digest
from detectors.intent.labels import OUT_OF_SCOPE
from detectors.intent.model import Fitted, Learned
from detectors.intent.vectors import Floats, pack, unpack

# The inverse strength of the regression's penalty, as measured on two public sets of intents.
_C = 30.0
_ITERATIONS = 1000
_FOLDS = 5
_DIGITS = 4


def fit(intents: Intents, encoder: Encoder, *, encoder_sha256: str) -> Fitted:
    """Learn the intents; the same exemplars give the same model.

    The counter-exemplars of all intents together are a class of their own, out of scope.
    """
    texts = [text for intent in intents.intents for text in intent.exemplars]
    counters = [text for intent in intents.intents for text in intent.counter_exemplars]
    names = [intent.name for intent in intents.intents for _ in intent.exemplars]
    # As they are stored, so that a model from its file judges as the one just learned.
    packed = [pack(vector) for vector in encoder.encode([*texts, *counters])]
    vectors = unpack(packed)
    labels = np.array([*names, *[OUT_OF_SCOPE] * len(counters)])
    planes, biases = _regression(vectors, labels)
    classes = sorted(set(labels.tolist()))
    learned = (
        Learned(
            name=name,
            bias=round(float(biases[row]), _DIGITS),
            plane=tuple(round(float(value), _DIGITS) for value in planes[row]),
            exemplars=tuple(
                base64.b64encode(packed[index]).decode() for index in np.flatnonzero(labels == name)
            ),
        )
        for row, name in enumerate(classes)
    )
    in_scope = labels != OUT_OF_SCOPE
    return Fitted(
        intents_digest=digest(intents),
        encoder=encoder_sha256,
        rejection=intents.rejection,
        scope=_scope(vectors[in_scope], labels[in_scope]),
        learned=tuple(learned),
    )


def _regression(vectors: Floats, labels: npt.NDArray[np.str_]) -> tuple[Floats, Floats]:
    # Only who fits pays for the import; it ships no types.
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # noqa: PLC0415

    model = LogisticRegression(C=_C, max_iter=_ITERATIONS).fit(vectors, labels)
    if len(model.classes_) > 2:  # noqa: PLR2004 - of two classes it keeps one plane
        return model.coef_, model.intercept_
    return np.concatenate([-model.coef_, model.coef_]), np.concatenate(
        [-model.intercept_, model.intercept_]
    )


def _scope(vectors: Floats, labels: npt.NDArray[np.str_]) -> tuple[float, ...]:
    """Return percentiles of the nearness of exemplars that were held out in their turn."""
    near = [
        Nearness([kept[names == name] for name in np.unique(names)]).many(held_out)
        for kept, names, held_out in _folds(vectors, labels)
    ]
    percentiles = np.percentile(np.concatenate(near), np.arange(101))
    return tuple(round(float(value), _DIGITS) for value in percentiles)


def _folds(
    vectors: Floats, labels: npt.NDArray[np.str_]
) -> Iterator[tuple[Floats, npt.NDArray[np.str_], Floats]]:
    """Leave out every fifth exemplar of each intent in turn."""
    turn = np.empty(len(labels), int)
    for name in np.unique(labels):
        of_name = np.flatnonzero(labels == name)
        turn[of_name] = np.arange(len(of_name)) % _FOLDS
    for fold in range(_FOLDS):
        out = turn == fold
        yield vectors[~out], labels[~out], vectors[out]
