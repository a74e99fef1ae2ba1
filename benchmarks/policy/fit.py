"""Fits the learned models of the policy rules: ``make fit-policy DATA=...`` writes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix  # type: ignore[import-untyped] # ships no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped] # the same

from benchmarks.policy.data import Document, Texts, digest, documents, instructions, prompts
from detectors.embedding import Embedding, load
from detectors.policy.text_features import CUES, Runs, characters, cues, words
from detectors.policy.text_model import (
    PROBE,
    WINDOW,
    Coherence,
    Scorer,
    TextModel,
    coherence,
)

Array = npt.NDArray[Any]

RATES = (0.005, 0.01, 0.02, 0.05)
FOLDS = 5
_MODELS = Path("detectors/models")
_DIGITS = 4
_PER_LINE = 32


class Design(NamedTuple):
    """How a model is fitted; ``rare`` weighs runs by how few texts hold them.

    ``cues`` are those that are used; ``inverse_penalty`` is of sklearn's logistic regression;
    ``embedding`` is the weight of the sentence embedding, 0 for none; ``coherence`` that of a
    line's cosine to the rest of its document, in log-odds.
    """

    buckets: int
    cues: Sequence[str]
    cue_scale: float
    rare: bool
    inverse_penalty: float
    balanced: bool = False
    embedding: float = 0.0
    coherence: float = 0.0


PROMPTS = Design(buckets=16_384, cues=CUES, cue_scale=0.1, rare=True, inverse_penalty=30.0)
LINES = Design(
    buckets=8_192,
    # A line is short: what tells is whether it gives an order, and about what.
    cues=(
        *("own_output", "question", "address", "digit", "length"),
        *("imperative", "imperative_output"),
    ),
    cue_scale=1.0,
    rare=False,
    inverse_penalty=30.0,
    balanced=True,
)
# What differs with the embedding was chosen on other folds and splits than those reported.
PROMPTS_EMBEDDED = PROMPTS._replace(embedding=2.0)
LINES_EMBEDDED = LINES._replace(cue_scale=3.0, embedding=1.0, coherence=16.0)
# Ordinary instructions are no injections; they lend their form, and weigh less.
INSTRUCTION_WEIGHT = 0.3


@cache
def features(text: str, buckets: int) -> tuple[Array, Array, Array]:
    """Return the features of the first window of a text."""
    text = text[:WINDOW]
    return (
        cues(text).astype(np.float32),
        _dense(characters(text, buckets), buckets),
        _dense(words(text, buckets), buckets),
    )


@cache
def encoder() -> Embedding:
    """Return the packaged sentence encoder, which remembers all texts there are."""
    return load(threads=1).embedding


def _dense(runs: Runs, buckets: int) -> Array:
    vector = np.zeros(buckets, np.float32)
    vector[runs.at] = runs.value
    return vector


def fit(
    texts: Sequence[str], label: Array, design: Design, weight: Array | None = None
) -> TextModel:
    """Fit one model; it has no thresholds yet."""
    blocks = [
        np.stack(column)
        for column in zip(*(features(t, design.buckets) for t in texts), strict=True)
    ]
    scales = [
        design.cue_scale * np.isin(CUES, design.cues),
        *(_rarity(b) if design.rare else np.ones(b.shape[1]) for b in blocks[1:]),
    ]
    if design.embedding:
        blocks.append(encoder().encode([text[:WINDOW] for text in texts]))
        scales.append(np.full(blocks[-1].shape[1], design.embedding))
    values = np.hstack([b * s.astype(np.float32) for b, s in zip(blocks, scales, strict=True)])
    # To its end, in 64 bits: where a solver stops early hangs on how a processor rounds.
    regression = LogisticRegression(
        C=design.inverse_penalty,
        tol=1e-6,
        max_iter=10_000,
        class_weight="balanced" if design.balanced else None,
    ).fit(csr_matrix(values, dtype=np.float64), label, sample_weight=weight)
    coefficients = regression.coef_[0] * np.concatenate(scales)
    own, runs, pairs, *embedding = np.split(
        coefficients, np.cumsum([b.shape[1] for b in blocks])[:-1]
    )
    return TextModel(
        bias=float(regression.intercept_[0]),
        cues=own,
        characters=runs,
        words=pairs,
        embedding=embedding[0] if embedding else np.empty(0),
        probe=encoder().encode([PROBE])[0] if embedding else np.empty(0),
        coherence=None,
        thresholds={},
        version="",
    )


def _rarity(block: Array) -> Array:
    """Return the inverse document frequency of each bucket."""
    rarity: Array = np.log((1 + len(block)) / (1 + (block > 0).sum(axis=0))) + 1
    return rarity


def scorer(model: TextModel) -> Scorer:
    """Return what scores texts as the rule would."""
    return Scorer(model, encoder() if len(model.embedding) else None)


def score(model: TextModel, texts: Sequence[str]) -> Array:
    """Return the log-odds of texts, as the rule would."""
    return scorer(model).log_odds(texts)


def folds(group: Array, count: int = FOLDS, seed: int = 0) -> Array:
    """Deal groups into folds."""
    order = np.random.default_rng(seed).permutation(int(group.max()) + 1)
    fold: Array = (order % count)[group]
    return fold


def out_of_fold(data: Texts, design: Design) -> tuple[Array, Array]:
    """Score each text by a model that saw none of its group; return the scores and the folds."""
    fold = folds(data.group)
    odds = np.zeros(len(data.texts))
    for number in range(FOLDS):
        test = fold == number
        train = [text for text, out in zip(data.texts, test, strict=True) if not out]
        model = fit(train, data.label[~test], design)
        odds[test] = score(model, [t for t, out in zip(data.texts, test, strict=True) if out])
    return odds, fold


def threshold(odds: Array, rate: float) -> float:
    """Return what at most a share of scores lie above."""
    return float(np.quantile(odds, 1 - rate, method="higher"))


def fit_lines(docs: Sequence[Document], ordinary: Sequence[str], design: Design) -> TextModel:
    """Fit the model of injected lines; what a document holds twice counts once."""
    found: dict[str, bool] = {}
    for document in docs:
        for line, injected in zip(document.lines, document.injected.tolist(), strict=True):
            found[line] = found.get(line, False) or injected
    extra = [line for line in ordinary if line not in found]
    label = np.array([*found.values(), *([True] * len(extra))])
    weight = np.array([1.0] * len(found) + [INSTRUCTION_WEIGHT] * len(extra))
    model = fit([*found, *extra], label, design, weight)
    if design.coherence:
        usual = round(_usual_coherence(docs), _DIGITS)
        return replace(model, coherence=Coherence(design.coherence, usual))
    return model


def _usual_coherence(docs: Sequence[Document]) -> float:
    """Return the mean coherence of lines that nobody injected."""
    long = [document for document in docs if len(document.lines) > 1]
    own = [coherence(encoder().encode(document.lines))[~document.injected] for document in long]
    return float(np.concatenate(own).mean())


def worst_lines(model: TextModel, passages: Sequence[Sequence[str]]) -> Array:
    """Return the highest log-odds of each passage's lines."""
    return np.array([odds.max() for odds in scorer(model).of_passages(passages)])


def write_prompts(directory: Path, name: str, positive: str, design: Design) -> Path:
    """Fit a model of prompts on everything, and write it for the package to ship."""
    data = prompts(directory, positive)
    odds, _ = out_of_fold(data, design)
    counts = {"positive": int(data.label.sum()), "benign": int((~data.label).sum())}
    model = fit(data.texts, data.label, design)
    return _write(name, model, odds[~data.label], counts, directory)


def write_lines(directory: Path, name: str, design: Design) -> Path:
    """Fit the model of injected lines on everything, and write it for the package to ship."""
    docs, ordinary = documents(directory), instructions(directory)
    fold = folds(np.array([document.context for document in docs]))
    odds = []
    for number in range(FOLDS):
        train = [d for d, f in zip(docs, fold, strict=True) if f != number]
        clean = [d.lines for d, f in zip(docs, fold, strict=True) if f == number and not d.attack]
        model = fit_lines(train, ordinary, design)
        odds.append(worst_lines(model, clean))
    clean_odds = np.concatenate(odds)
    injected = len(docs) - len(clean_odds)
    counts = {"injected": injected, "clean": len(clean_odds), "lines": len(ordinary)}
    model = fit_lines(docs, ordinary, design)
    return _write(name, model, clean_odds, counts, directory)


def _write_jailbreak(directory: Path) -> list[Path]:
    designs = {"jailbreak": PROMPTS, "jailbreak_embedding": PROMPTS_EMBEDDED}
    return [write_prompts(directory, name, "jailbreak", d) for name, d in designs.items()]


def _write_direct(directory: Path) -> list[Path]:
    return [write_prompts(directory, "direct_injection", "prompt_injection", PROMPTS)]


def _write_indirect(directory: Path) -> list[Path]:
    designs = {"indirect_injection": LINES, "indirect_injection_embedding": LINES_EMBEDDED}
    return [write_lines(directory, name, design) for name, design in designs.items()]


MODELS: Mapping[str, Callable[[Path], list[Path]]] = {
    "jailbreak": _write_jailbreak,
    "direct": _write_direct,
    "indirect": _write_indirect,
}


def _write(
    name: str,
    model: TextModel,
    ordinary: Array,
    counts: Mapping[str, int],
    directory: Path,
) -> Path:
    thresholds = {f"{rate:g}": round(threshold(ordinary, rate), _DIGITS) for rate in RATES}
    step = float(f"{max(np.abs(model.characters).max(), np.abs(model.words).max()) / 999:.3g}")
    document = {
        "about": "See docs/models/policy.md; written by make fit-policy.",
        "data": {"sha256": digest(directory), **counts},
        "bias": round(model.bias, _DIGITS),
        "thresholds": thresholds,
        **({"coherence": model.coherence._asdict()} if model.coherence else {}),
        "cues": dict(zip(CUES, np.round(model.cues, _DIGITS).tolist(), strict=True)),
        "step": step,
    }
    if len(model.embedding):
        document |= {
            key: np.round(values, _DIGITS).tolist()
            for key, values in (("embedding", model.embedding), ("probe", model.probe))
        }
    head = msgspec.json.format(msgspec.json.encode(document), indent=1).decode().rstrip("}\n")
    arrays = ",\n".join(
        f' "{key}": [\n{_lines(np.round(values / step).astype(int).tolist())}\n ]'
        for key, values in (("characters", model.characters), ("words", model.words))
    )
    path = _MODELS / f"policy_{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head},\n{arrays}\n}}\n", encoding="utf-8")
    return path


def _lines(numbers: Sequence[int]) -> str:
    return ",\n".join(
        "  " + ",".join(map(str, numbers[at : at + _PER_LINE]))
        for at in range(0, len(numbers), _PER_LINE)
    )
