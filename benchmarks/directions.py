"""Fits the directions that embeddings are projected onto: ``processor/drift/directions.npy``.

Principal axes of sentences from public data: questions of CLINC150 (CC-BY-3.0) and BANKING77
(CC-BY-4.0), instructions of self-instruct (Apache-2.0), sentences of answers of RAGTruth (MIT),
FaithDial's audit and Fool Me Twice (Apache-2.0). None of the texts is kept.
"""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import numpy as np

from detectors import embedding
from detectors.text.sentences import split
from processor.drift.projection import DIMENSIONS

_OUT = Path(__file__).parent.parent / "processor" / "drift" / "directions.npy"
_CHARACTERS = 600
# (file, field, rows, sentences of each row)
_SOURCES = (
    ("intent/clinc150_train_val.jsonl.gz", "text", 700, 1),
    ("intent/banking77_train.jsonl.gz", "text", 300, 1),
    ("policy/benign.jsonl.gz", "text", 579, 1),
    ("hallucination/ragtruth.jsonl.gz", "response", 500, 3),
    ("hallucination/faithdial_audit.all.jsonl.gz", "response", 400, 3),
    ("hallucination/fool_me_twice.dev.jsonl.gz", "response", 400, 3),
)


def sentences(directory: Path) -> Iterator[str]:
    """Yield the same sentences each time."""
    rng = random.Random(0)
    for file, field, rows, count in _SOURCES:
        with gzip.open(directory / file) as lines:
            texts = [msgspec.json.decode(line)[field] for line in lines]
        for text in rng.sample(texts, min(rows, len(texts))):
            for span in split(text)[:count]:
                yield text[span.start : span.end][:_CHARACTERS]


@click.command()
@click.argument(
    "directory",
    envvar="SEMWATCH_DATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
def main(directory: Path) -> None:
    """Fit on the sentences in DIRECTORY and write the file."""
    vectors = embedding.load().embedding.encode(list(sentences(directory)))
    _, spread, axes = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    np.save(_OUT, axes[:DIMENSIONS].T.astype(np.float16))
    kept = float((spread[:DIMENSIONS] ** 2).sum() / (spread**2).sum())
    click.echo(f"{_OUT.name}: {len(vectors)} sentences, {kept:.0%} of their variance")


if __name__ == "__main__":
    main()
