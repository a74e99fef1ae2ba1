"""The only file that knows the classifiers of transformers: a folder in, a classifier out."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detectors.transformer.classifier import Classifier, Encoded, Floats, Forward, Frame, Ints, Task

_WEIGHTS = "model.safetensors"
# Nothing else is fetched from a hub: no pickled weights, no code.
_FILES = (_WEIGHTS, "*.json", "*.txt", "*.model")
_COMMIT = re.compile("[0-9a-f]{40}")
_TASKS: Mapping[str, Task] = {
    "ForTokenClassification": "token",
    "ForSequenceClassification": "pair",
}
# What models call a token without support, and a claim with it.
_NAMES: Mapping[Task, frozenset[str]] = {
    "token": frozenset({"unsupported", "hallucinated", "hallucination"}),
    "pair": frozenset({"entailment", "entailed", "supported", "supports", "consistent"}),
}
_AUTO: Mapping[Task, str] = {
    "token": "AutoModelForTokenClassification",
    "pair": "AutoModelForSequenceClassification",
}
_UNNAMED = re.compile(r"(?i:label_)?\d+")
_LEAST_WINDOW = 32


def load(
    name: str,
    *,
    revision: str = "",
    sha256: str = "",
    label: int | None = None,
    window: int = 512,
    threads: int = 1,
) -> Classifier:
    """Load a token classifier or a sequence-pair classifier; its architecture says which it is.

    Args:
        name: a directory or a hub name.
        revision: the commit of a hub name, 40 hexadecimal digits; a branch can move.
        sha256: the expected digest of ``model.safetensors``; empty accepts any.
        label: the index that the model gives to an unsupported token or to a supported pair;
            by default read from the names of its labels, and 1 for nameless tokens.
        window: the longest row in tokens.
        threads: how many torch may use; 0 for one per core.

    Raises:
        ValueError: no pinned revision, no safetensors, another digest, or a model of another kind.
    """
    directory = _directory(name, revision)
    digest = _digest(directory, sha256)
    config, tokenizer, model = _read(directory)
    task = _task(config)
    classifier = Classifier(
        task=task,
        tokenize=_tokenize(tokenizer),
        frame=_frame(tokenizer),
        forward=_torch(model, _inputs(tokenizer), threads or os.cpu_count() or 1),
        label=_label(config.id2label, task) if label is None else label,
        window=window,
        sha256=digest,
    )
    _probe(classifier, config.num_labels)
    return classifier


def _directory(name: str, revision: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    if not _COMMIT.fullmatch(revision):
        raise ValueError(f"{name}: no such directory, and a hub name needs its commit as revision")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - needed for this choice only

    return Path(snapshot_download(name, revision=revision, allow_patterns=list(_FILES)))


def _digest(directory: Path, expected: str) -> str:
    if not (directory / _WEIGHTS).is_file():
        raise ValueError(f"{directory.name}: no {_WEIGHTS}; weights of other kinds are not read")
    with (directory / _WEIGHTS).open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if expected and digest != expected:
        raise ValueError(f"{directory.name}: SHA-256 of the weights is {digest}, not {expected}")
    return digest


def _read(directory: Path) -> tuple[Any, Any, Any]:
    """Read configuration, tokenizer and weights from the directory, and from nowhere else."""
    # The Rust tokenizer's own threads would compete with the backend's.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch  # noqa: PLC0415 - takes seconds; only who uses a model pays
    import transformers  # noqa: PLC0415

    transformers.utils.logging.disable_progress_bar()
    safe = {"local_files_only": True, "trust_remote_code": False}
    config = transformers.AutoConfig.from_pretrained(directory, **safe)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory, **safe)
    if not tokenizer.is_fast:
        raise ValueError(f"{directory.name}: its tokenizer cannot say where tokens are")
    model, info = getattr(transformers, _AUTO[_task(config)]).from_pretrained(
        directory, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **safe
    )
    if info["missing_keys"]:  # they would be filled at random
        raise ValueError(f"{directory.name}: {len(info['missing_keys'])} weights are missing")
    return config, tokenizer, model.eval().requires_grad_(requires_grad=False)


def _task(config: Any) -> Task:
    for architecture in config.architectures or ():
        for ending, task in _TASKS.items():
            if architecture.endswith(ending):
                return task
    raise ValueError(f"{config.architectures} is neither {' nor '.join(_TASKS)}")


def _label(names: Mapping[int, str], task: Task) -> int:
    """Find the label that is asked for by its name."""
    found = [index for index, name in names.items() if name.lower() in _NAMES[task]]
    if len(found) == 1:
        return found[0]
    if task == "token" and all(_UNNAMED.fullmatch(name) for name in names.values()):
        return 1  # the convention of LettuceDetect
    raise ValueError(f"label must be set: it cannot be told from {sorted(names.values())}")


def _tokenize(tokenizer: Any) -> Callable[[str], Encoded]:
    rust = tokenizer.backend_tokenizer
    rust.no_truncation()
    rust.no_padding()
    # A text that spells a special token must not be able to end its own part of the row.
    rust.encode_special_tokens = True

    def tokenize(text: str) -> Encoded:
        # A lone surrogate has no UTF-8 form; a question mark is as long.
        found = rust.encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False)
        offsets = np.array(found.offsets, np.int64).reshape(-1, 2)
        return Encoded(np.array(found.ids, np.int64), offsets)

    return tokenize


def _frame(tokenizer: Any) -> Frame:
    """Read from a pair of texts what the tokenizer puts around them."""
    pair = tokenizer.backend_tokenizer.encode("a", "b")
    ids, of = pair.ids, pair.sequence_ids
    first, second = of.index(0), of.index(1)
    ends = first + of.count(0), second + of.count(1)
    edges = (
        (0, first),
        (first, ends[0]),
        (ends[0], second),
        (second, ends[1]),
        (ends[1], len(ids)),
    )
    before, _, between, _, after = (tuple(ids[start:end]) for start, end in edges)
    kinds = [pair.type_ids[start] if start < end else 0 for start, end in edges]
    return Frame(before, between, after, (kinds[0], kinds[1], kinds[2], kinds[3], kinds[4]))


def _inputs(tokenizer: Any) -> tuple[str, ...]:
    segments = ("token_type_ids",) if "token_type_ids" in tokenizer.model_input_names else ()
    return ("input_ids", "attention_mask", *segments)


def _torch(model: Any, names: Iterable[str], threads: int) -> Forward:
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads)

    def forward(ids: Ints, segments: Ints) -> Floats:
        row = (ids[None], np.ones_like(ids)[None], segments[None])
        with torch.inference_mode():
            inputs = {n: torch.from_numpy(value) for n, value in zip(names, row, strict=False)}
            logits: Floats = model(**inputs).logits[0].numpy()
        return logits

    return forward


def _probe(classifier: Classifier, labels: int) -> None:
    """Run the longest row once, for a model that cannot take it must fail at the start."""
    window, frame = classifier.window, classifier.frame
    if window < _LEAST_WINDOW:
        raise ValueError(f"window must be at least {_LEAST_WINDOW}, not {window}")
    if not 0 <= classifier.label < labels or labels < len(_TASKS):
        raise ValueError(f"label {classifier.label} is not one of {labels}, or the only one")
    filler = np.zeros(window - frame.size - 1, np.int64)
    try:
        share = classifier.unsupported(filler, filler[:1])
    except (IndexError, RuntimeError) as error:
        raise ValueError(f"window of {window} tokens: too long for the model") from error
    if not np.isfinite(share).all():
        raise ValueError("the model gives no finite number")
