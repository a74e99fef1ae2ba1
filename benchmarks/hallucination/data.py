"""Answers with a person's judgement, as interactions: RAGTruth and eight other data sets."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from detectors.base import Interaction, Passage, Span, Turn

# Two files may be parts of one set.
SETS = {
    "ragtruth": ("ragtruth", "ragtruth.train_partial"),
    "summedits": ("summedits.evaluation",),
    "q2": ("q2.all",),
    "faithdial_audit": ("faithdial_audit.all",),
    "begin": ("begin.dev",),
    "wice": ("wice.dev", "wice_tokens.dev", "wice_tokens.train"),
    "fool_me_twice": ("fool_me_twice.dev",),
    "factcg_cg2c": ("factcg_cg2c.train",),
}
# How the contexts of the task qa separate their passages.
_PASSAGE = re.compile(r"^passage \d+:", re.MULTILINE)


class Example(NamedTuple):
    """One judged answer; ``spans`` is ``None`` where only the whole was judged.

    ``source`` is shared by the answers about one document, which must stay together; ``test``
    says that the authors of the set hold the row back for tests.
    """

    name: str
    source: str
    test: bool
    hallucinated: bool
    spans: tuple[Span, ...] | None
    interaction: Interaction


def examples(directory: Path) -> Iterator[Example]:
    """Yield all rows of all sets.

    Raises:
        OSError: a file cannot be read.
    """
    for name, files in SETS.items():
        for file in files:
            with gzip.open(_path(directory, file)) as lines:
                yield from (_example(name, msgspec.json.decode(line)) for line in lines)


def digest(directory: Path) -> str:
    """Return the SHA-256 of all files, by which a fit can be repeated."""
    found = hashlib.sha256()
    for file in sorted(file for files in SETS.values() for file in files):
        found.update(_path(directory, file).read_bytes())
    return found.hexdigest()


def _path(directory: Path, file: str) -> Path:
    return directory / "hallucination" / f"{file}.jsonl.gz"


def _example(name: str, row: dict[str, Any]) -> Example:
    spans = None if row["spans"] is None else tuple(Span(*span) for span in row["spans"])
    return Example(
        name=name,
        source=f"{name}:{row['source_id']}",
        test=row["split"] == "test",
        hallucinated=bool(row["label"]),
        spans=spans,
        interaction=interaction(row),
    )


def interaction(row: dict[str, Any]) -> Interaction:
    """Return a row as it would be logged: a question of a dialogue is its last turn too."""
    question = row["question"] or None
    talk = (Turn(role="user", text=question or ""),) if row["task"] == "dialogue" else ()
    record = row["task"] == "data2text"
    texts = [] if record else [text.strip() for text in _PASSAGE.split(row["context"])]
    return Interaction(
        id=row["id"],
        prompt=question,
        history=talk,
        response=row["response"],
        context=msgspec.json.decode(row["context"]) if record else None,
        passages=tuple(Passage(text=text) for text in texts if text),
    )
