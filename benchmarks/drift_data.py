"""Rows of the drift stage for the answers of several models to the same prompts.

The data is AlpacaEval's outputs (prompts CC-BY-NC-4.0): 805 prompts, seven models or system
prompts. It is not ours to ship; embeddings are cached outside the repository.
"""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import embedding
from detectors.base import Interaction
from processor.drift.baseline import Columns, Schema
from processor.drift.behaviour import shape, style
from processor.drift.projection import DIMENSIONS, Projection

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FILE = "drift/answers_by_model.jsonl.gz"
SCHEMA = Schema(
    features=("log_length", "format_density", "prompt_cosine"),
    rates=(),
    dimensions=DIMENSIONS,
    embedding=embedding.PACKAGED_SHA256[:16],
)
# The transforms never see the prompts of the streams: of 805, so many fit them.
_FITTING = 402


class Answers(NamedTuple):
    """Rows by model, one a prompt in the same order, and the parts of the prompts.

    ``mispaired`` are the rows of the base model with the answer to another held-out prompt.
    """

    rows: Mapping[str, Floats]
    mispaired: Floats
    sources: Integers
    fitting: Integers
    streams: Integers


def load(directory: Path, cache: Path, base: str) -> Answers:
    """Read the answers, and embed what the cache does not hold."""
    with gzip.open(directory / _FILE) as lines:
        records = [msgspec.json.decode(line) for line in lines]
    prompts = {_prompt_id(r): r["prompt"] for r in records if r["model"] == base}
    texts = [*prompts.values(), *(r["response"] for r in records)]
    vectors = dict(zip(texts, _embed(texts, cache), strict=True))
    order = {name: index for index, name in enumerate(prompts)}
    models = sorted({r["model"] for r in records})
    by_model = {
        model: {_prompt_id(r): r["response"] for r in records if r["model"] == model}
        for model in models
    }
    fitting, streams = np.split(np.random.default_rng(0).permutation(len(order)), [_FITTING])
    rows = {
        model: _rows(prompts, [answers[name] for name in prompts], vectors)
        for model, answers in by_model.items()
    }
    others = np.arange(len(order))
    others[streams] = np.roll(streams, 1)
    own = [by_model[base][name] for name in prompts]
    named = {_prompt_id(r): r["dataset"] for r in records}
    datasets = sorted(set(named.values()))
    return Answers(
        rows=rows,
        mispaired=_rows(prompts, [own[other] for other in others], vectors),
        sources=np.array([datasets.index(named[name]) for name in prompts]),
        fitting=fitting,
        streams=streams,
    )


def _prompt_id(record: Mapping[str, Any]) -> str:
    return str(record["id"]).partition("#")[2]


def _embed(texts: Sequence[str], cache: Path) -> npt.NDArray[np.float32]:
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    file = cache / f"answers-{digest}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, embedding.load().embedding.encode(texts))
    vectors: npt.NDArray[np.float32] = np.load(file)
    return vectors


def _rows(
    prompts: Mapping[str, str],
    answers: Sequence[str],
    vectors: Mapping[str, npt.NDArray[np.float32]],
) -> Floats:
    project = Projection.of(sha256=embedding.PACKAGED_SHA256, inputs=384)
    columns, rows = Columns.of(SCHEMA), np.empty((len(answers), SCHEMA.width))
    for row, prompt, answer in zip(rows, prompts.values(), answers, strict=True):
        interaction = Interaction(id="", prompt=prompt, response=answer)
        asked, answered = vectors[prompt], vectors[answer]
        row[columns.features] = (*shape(interaction).values(), float(asked @ answered))
        row[columns.style] = style(interaction)
        small = project(np.stack((asked, answered)))
        row[columns.prompt] = (np.log1p(len(prompt)), *small[0])
        row[columns.response] = small[1]
    return rows
