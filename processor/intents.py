"""What `semwatch intents` does: fit a file of intents, test it, and say what it lacks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from rich.table import Table

from detectors.base import Interaction
from detectors.embedding import Encoder
from detectors.intent import intents as file
from detectors.intent import knowledge, model
from detectors.intent.classifier import Classifier
from detectors.intent.fit import fit
from detectors.intent.intents import Intents, IntentsError
from detectors.intent.labels import OUT_OF_SCOPE
from detectors.intent.reader import Reader
from detectors.intent.vectors import Floats
from processor.assembly import load_encoder
from processor.config import Config
from processor.conversation.fit import Examples
from processor.conversation.fit import fit as fit_outcomes
from processor.conversation.follow import Followed
from processor.conversation.machine import Machine
from processor.conversation.model import Model
from processor.conversation.observe import Turns
from processor.conversation.stage import ConversationStage
from processor.decode import interactions
from processor.errors import ConfigError
from processor.pipeline import Pipeline
from processor.replay import lines

_FOLDS = 5
# Questions this far apart at most on average, as cosines go, are of one kind.
_SAME_KIND = 0.4
_SMALLEST = 3
_EXAMPLES = 5
# Clustering looks at every pair.
_MOST_QUESTIONS = 5_000
_LONG = 1e12
_BATCH = 256


def fit_intents(path: Path, config: Config) -> Path:
    """Fit a file of intents and write the model beside it; return where.

    Raises:
        ConfigError: the file cannot be used.
    """
    intents, loaded = _read(path), load_encoder(config)
    fitted = fit(intents, loaded.embedding, encoder_sha256=loaded.sha256)
    target = knowledge.model_path(path)
    target.write_bytes(model.encode(fitted))
    return target


class Tested(NamedTuple):
    """How the exemplars of one intent fared when each was left out in its turn."""

    intent: str
    exemplars: int
    right: int
    rejected: int
    mistaken_for: str


def cross_validate(path: Path, config: Config) -> list[Tested]:
    """Classify every exemplar by a model that has not seen it, five parts in turn.

    Raises:
        ConfigError: the file cannot be used.
    """
    intents, encoder = _read(path), load_encoder(config).embedding
    guesses: dict[str, Counter[str]] = {intent.name: Counter() for intent in intents.intents}
    for fold in range(_FOLDS):
        classifier = Classifier(fit(_without(intents, fold), encoder, encoder_sha256=""))
        for intent in intents.intents:
            for vector in encoder.encode(intent.exemplars[fold::_FOLDS]):
                guesses[intent.name][classifier.classify(vector).intent] += 1
    return [_tested(name, counted) for name, counted in guesses.items()]


def tested_table(rows: Sequence[Tested]) -> Table:
    """Return the results as a table, the worst first."""
    table = Table("intent", "exemplars", "right", "out of scope", "mostly mistaken for")
    for row in sorted(rows, key=lambda row: row.right / row.exemplars):
        table.add_row(
            row.intent, str(row.exemplars), str(row.right), str(row.rejected), row.mistaken_for
        )
    right, all_ = sum(row.right for row in rows), sum(row.exemplars for row in rows)
    table.add_row("all", str(all_), f"{right} ({right / all_:.1%})", "", "")
    return table


class Suggestion(NamedTuple):
    """A kind of question that the file has no intent for: how many, and the ids of some."""

    questions: int
    event_ids: tuple[str, ...]


def suggest(path: Path, log: IO[bytes], config: Config) -> list[Suggestion]:
    """Return the kinds of questions of a log that are out of scope, the most frequent first.

    Raises:
        ConfigError: the file cannot be used.
    """
    _read(path)
    loaded = load_encoder(config)
    known = knowledge.load(path, loaded.embedding, encoder_sha256=loaded.sha256)
    assert known.classifier  # noqa: S101 - there are intents
    strange: list[tuple[str, Floats]] = []
    for batch in _batches(_interactions(log, config)):
        asked = [i for i in batch if i.prompt and i.prompt.strip()]
        vectors = loaded.embedding.encode([i.prompt or "" for i in asked])
        for interaction, vector in zip(asked, vectors, strict=True):
            if known.classifier.classify(vector).intent == OUT_OF_SCOPE:
                strange.append((interaction.id, vector))
    strange = strange[-_MOST_QUESTIONS:]
    clusters: dict[int, list[str]] = {}
    for (event_id, _), cluster in zip(strange, _clusters([v for _, v in strange]), strict=True):
        clusters.setdefault(cluster, []).append(event_id)
    found = [Suggestion(len(some), tuple(some[:_EXAMPLES])) for some in clusters.values()]
    return sorted((s for s in found if s.questions >= _SMALLEST), key=lambda s: -s.questions)


def fit_resolution(log: IO[bytes], config: Config) -> Model:
    """Fit the outcome model from a log in which outcomes are told.

    Raises:
        ConfigError: no outcome is told in it, or only one kind.
    """
    loaded = load_encoder(config)
    known = _known(config, loaded.embedding, loaded.sha256)
    examples = Examples()
    # What is told a week later is told of the same segment.
    machine = Machine(window_seconds=_LONG, weights=known.weights, model=examples)
    reader = Reader(loaded.embedding, lambda: known)
    followed = Followed(Turns(reader, config.topics.turns), ConversationStage(machine))
    nobody = Pipeline((), versions={})
    for batch in _batches(_interactions(log, config)):
        followed.take(list(zip(batch, nobody.judge(batch), strict=True)))
    list(followed.conclude())
    try:
        return fit_outcomes(examples.kept)
    except ValueError as error:
        raise ConfigError(f"{log.name}: {error}") from error


def _known(config: Config, encoder: Encoder, sha256: str) -> knowledge.Knowledge:
    if not config.intent_resolution.intents:
        return knowledge.Knowledge()
    path = Path(config.intent_resolution.intents)
    _read(path)
    return knowledge.load(path, encoder, encoder_sha256=sha256)


def _read(path: Path) -> Intents:
    try:
        return file.load(path)
    except IntentsError as error:
        raise ConfigError(str(error)) from error


def _without(intents: Intents, fold: int) -> Intents:
    kept = [
        file.Intent(
            name=intent.name,
            exemplars=tuple(
                text for place, text in enumerate(intent.exemplars) if place % _FOLDS != fold
            ),
            counter_exemplars=intent.counter_exemplars,
        )
        for intent in intents.intents
    ]
    return Intents(version=1, intents=tuple(kept), rejection=intents.rejection)


def _tested(name: str, guesses: Counter[str]) -> Tested:
    wrong = [(n, guess) for guess, n in guesses.items() if guess not in (name, OUT_OF_SCOPE)]
    return Tested(
        intent=name,
        exemplars=guesses.total(),
        right=guesses[name],
        rejected=guesses[OUT_OF_SCOPE],
        mistaken_for=max(wrong)[1] if wrong else "",
    )


def _interactions(log: IO[bytes], config: Config) -> Iterator[Interaction]:
    for _, line in lines(log):
        yield from interactions(line, max_bytes=config.worker.max_event_bytes)


def _batches(interactions: Iterator[Interaction]) -> Iterator[list[Interaction]]:
    while batch := list(islice(interactions, _BATCH)):
        yield batch


def _clusters(vectors: Sequence[Floats]) -> list[int]:
    if len(vectors) < _SMALLEST:
        return [0] * len(vectors)
    # Only who asks pays for the import; it ships no types.
    from sklearn.cluster import AgglomerativeClustering  # type: ignore[import-untyped] # noqa: PLC0415

    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=_SAME_KIND
    )
    labels: list[int] = clustering.fit_predict(np.stack(vectors)).tolist()
    return labels
