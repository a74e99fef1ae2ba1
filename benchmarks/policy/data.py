"""The labelled texts of the policy benchmark, as DIRECTORY/policy/*.jsonl.gz holds them."""

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped] # ships no types
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped] # the same

from benchmarks.policy.support import QUESTIONS
from detectors.embedding import load
from detectors.policy.learned import units

Array = npt.NDArray[Any]

SUPPORT = "benign_support"
_FILES = (
    *("jailbreak", "benign", "benign_notinject", "prompt_injection"),
    "indirect_injection_bipia_train",
)
# Prompts with such a cosine are of one group, for many are variants of one.
_ALIKE = 0.8


class Texts(NamedTuple):
    """Texts with labels, what they are, and the group that must not be divided."""

    texts: Sequence[str]
    label: Array
    kind: Array
    group: Array


class Document(NamedTuple):
    """An e-mail in lines, and which of them are injected."""

    lines: Sequence[str]
    injected: Array
    attack: str
    context: int


def rows(directory: Path, name: str) -> list[dict[str, Any]]:
    """Read one file."""
    with gzip.open(directory / "policy" / f"{name}.jsonl.gz") as file:
        return [msgspec.json.decode(line) for line in file]


def digest(directory: Path) -> str:
    """Name the data that a model is fitted on."""
    content = hashlib.sha256()
    for name in _FILES:
        with gzip.open(directory / "policy" / f"{name}.jsonl.gz") as file:
            content.update(file.read())
    return content.hexdigest()


def prompts(directory: Path, positive: str, kind: str = "") -> Texts:
    """Return positive prompts and all benign ones; ``kind`` is the key in ``meta`` to tell by."""
    found = rows(directory, positive)
    benign = [*rows(directory, "benign"), *rows(directory, "benign_notinject")]
    texts = [*(row["text"] for row in (*found, *benign)), *QUESTIONS]
    kinds = [row["meta"][kind] if kind else positive for row in found]
    return Texts(
        texts=texts,
        label=np.array([True] * len(found) + [False] * (len(benign) + len(QUESTIONS))),
        kind=np.array(
            [*kinds, *(row["label_name"] for row in benign), *([SUPPORT] * len(QUESTIONS))]
        ),
        group=groups(texts),
    )


def groups(texts: Sequence[str]) -> Array:
    """Return a number for each text, the same for those that are alike, directly or by others."""
    vectors = load(threads=1).embedding.encode(texts)
    number: Array = connected_components(csr_matrix(vectors @ vectors.T >= _ALIKE))[1]
    return number


def documents(directory: Path) -> list[Document]:
    """Return the e-mails; those with the same text around the attack have the same context."""
    found = rows(directory, "indirect_injection_bipia_train")
    lines = [[row["text"][slice(*span)] for span in units(row["text"])] for row in found]
    clean = {n: set(own) for n, own in enumerate(lines) if not found[n]["label"]}
    made = []
    for row, own in zip(found, lines, strict=True):
        attack = row["meta"].get("attack_text", "")
        context = max(clean, key=lambda n: len(clean[n] & set(own)))
        injected = [bool(attack) and (line in attack or attack in line) for line in own]
        made.append(Document(own, np.array(injected), row["meta"].get("attack", ""), context))
    return made


def passages(directory: Path) -> list[list[str]]:
    """Return the lines of passages that answers were written from: of another source, and clean."""
    with gzip.open(directory / "hallucination" / "ragtruth.jsonl.gz") as file:
        found = [msgspec.json.decode(line) for line in file]
    texts = dict.fromkeys(row["context"] for row in found if row["task"] != "data2text")
    return [[text[slice(*span)] for span in units(text)] for text in texts]


def instructions(directory: Path) -> list[str]:
    """Return the first line of ordinary instructions: what an injected one looks like too."""
    texts = [
        r["text"] for r in rows(directory, "benign") if r["label_name"] == "benign_instruction"
    ]
    return [text[slice(*units(text)[0])] for text in texts if units(text)]
