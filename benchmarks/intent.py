"""How well intents are told and conversations settled, and what the state machine costs.

The data is not ours to ship: point the argument, or SEMWATCH_DATA, to the directory that holds
``intent/*.jsonl.gz``. Nothing is tuned on what is measured: banking77 is measured on a fifth of
each intent that was held out, clinc150 on its own validation part, the outcomes task by task.
"""

import gzip
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped] # ships no types

from benchmarks import conversations
from detectors import embedding
from detectors.embedding import Encoder
from detectors.intent.classifier import Classifier
from detectors.intent.fit import fit
from detectors.intent.intents import Intent, Intents
from detectors.intent.labels import OUT_OF_SCOPE
from detectors.intent.vectors import pack, unpack

_SEED = 7
_FEW = 10
_FIFTH = 5
_PARTS = ("intents", "outcomes", "machine")

console = Console()

Labelled = tuple[str, str]
"""A question and its intent."""


class Row(NamedTuple):
    """One measured set: shares in [0, 1]; ``auroc`` of telling in scope from out of scope."""

    name: str
    exemplars: str
    accuracy: float
    kept_accuracy: float
    rejected: float
    auroc: float | None = None
    caught: float | None = None


def banking77(directory: Path, encoder: Encoder) -> Iterator[Row]:
    """Measure on the held-out fifth of each intent: fitted with 10 exemplars, then with all."""
    rows = list(_rows(directory / "intent" / "banking77_train.jsonl.gz"))
    by_intent = _shuffled((row["text"], row["label_name"]) for row in rows)
    held_out = [(text, name) for name, texts in by_intent.items() for text in texts[::_FIFTH]]
    rest = {
        name: [text for place, text in enumerate(texts) if place % _FIFTH]
        for name, texts in by_intent.items()
    }
    for few in (_FEW, None):
        yield _measure("banking77", {n: t[:few] for n, t in rest.items()}, held_out, [], encoder)


def clinc150(directory: Path, encoder: Encoder) -> Iterator[Row]:
    """Measure on the validation part: fitted with 10 exemplars, then with all."""
    rows = list(_rows(directory / "intent" / "clinc150_train_val.jsonl.gz"))
    train = _shuffled(
        (row["text"], row["label_name"])
        for row in rows
        if row["split"] == "train" and row["label_name"] != "oos"
    )
    measured = [(row["text"], row["label_name"]) for row in rows if row["split"] == "val"]
    inside = [pair for pair in measured if pair[1] != "oos"]
    outside = [text for text, name in measured if name == "oos"]
    for few in (_FEW, None):
        exemplars = {name: texts[:few] for name, texts in train.items()}
        yield _measure("clinc150", exemplars, inside, outside, encoder)


def _measure(
    name: str,
    exemplars: Mapping[str, Sequence[str]],
    inside: Sequence[Labelled],
    outside: Sequence[str],
    encoder: Encoder,
) -> Row:
    intents = Intents(
        version=1,
        intents=tuple(
            Intent(name=_plain(intent), exemplars=tuple(texts))
            for intent, texts in sorted(exemplars.items())
        ),
    )
    classifier = Classifier(fit(intents, encoder, encoder_sha256=""))
    vectors = _stored(encoder, [text for text, _ in inside])
    labels = [_plain(label) for _, label in inside]
    guesses = [classifier.classify(vector).intent for vector in vectors]
    kept = [pair for pair in zip(guesses, labels, strict=True) if pair[0] != OUT_OF_SCOPE]
    auroc = caught = None
    if outside:
        strangers = _stored(encoder, outside)
        near = [classifier.nearness(vector) for vector in (*vectors, *strangers)]
        auroc = roc_auc_score([1] * len(vectors) + [0] * len(strangers), near)
        caught = _share(classifier.classify(v).intent == OUT_OF_SCOPE for v in strangers)
    counts = [len(texts) for texts in exemplars.values()]
    return Row(
        name,
        str(min(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}",
        accuracy=_share(
            classifier.label(vector) == label for vector, label in zip(vectors, labels, strict=True)
        ),
        kept_accuracy=_share(guess == label for guess, label in kept),
        rejected=1 - len(kept) / len(guesses),
        auroc=auroc,
        caught=caught,
    )


def _stored(encoder: Encoder, texts: Sequence[str]) -> list[Any]:
    """Return the vectors as the stream has them."""
    return list(unpack([pack(vector) for vector in encoder.encode(texts)]))


def _shuffled(pairs: Iterable[Labelled]) -> dict[str, list[str]]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, name in pairs:
        by_intent[name].append(text)
    order = random.Random(_SEED)
    for texts in by_intent.values():
        order.shuffle(texts)
    return by_intent


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from (msgspec.json.decode(line) for line in lines)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "_.-" else "_" for c in name)[:64]


def _share(hits: Iterable[bool]) -> float:
    return float(np.mean(list(hits)))


def _intents_table(rows: Iterable[Row]) -> Table:
    table = Table(
        *("set", "exemplars an intent", "accuracy", "of those kept", "rejected"),
        *("out of scope AUROC", "out of scope caught"),
    )
    for row in rows:
        table.add_row(
            row.name,
            row.exemplars,
            *(f"{share:.3f}" for share in (row.accuracy, row.kept_accuracy, row.rejected)),
            *("" if share is None else f"{share:.3f}" for share in (row.auroc, row.caught)),
        )
    return table


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True), envvar="SEMWATCH_DATA")
@click.option("--backend", default="torch", type=click.Choice(["torch", "openvino"]))
@click.option("--part", "parts", multiple=True, type=click.Choice(_PARTS), default=_PARTS)
def main(directory: Path, backend: str, parts: tuple[str, ...]) -> None:
    """Print the tables."""
    encoder = embedding.load(backend=backend, cache_texts=100_000).embedding
    if "intents" in parts:
        rows = [*banking77(directory, encoder), *clinc150(directory, encoder)]
        console.print(_intents_table(rows))
    if "outcomes" in parts:
        console.print(conversations.outcomes_table(directory, encoder))
    if "machine" in parts:
        console.print(conversations.machine_table())


if __name__ == "__main__":
    main()
