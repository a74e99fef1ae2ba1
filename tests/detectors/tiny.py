"""Tiny classifiers, made where they are used, that object to one known word."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from detectors.transformer.classifier import Classifier, Encoded, Floats, Frame, Ints, Task

LIE = "lie"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = (
    *(LIE, "alpha", "beta", "gamma", "delta", "omega", "user", "request", "passage"),
    *("a", "b", "##b", ".", ",", ":", "[", "]", "sep", "1", "2"),
)
_SIZE = 32
_ARCHITECTURES: dict[Task, Any] = {
    "token": transformers.BertForTokenClassification,
    "pair": transformers.BertForSequenceClassification,
}


def save(
    directory: Path,
    task: Task = "token",
    *,
    names: Sequence[str] = ("LABEL_0", "LABEL_1"),
    length: int = 128,
) -> Path:
    """Write a BERT of 2 layers and 32 dimensions that objects to `LIE`; return where.

    Label 1 of a token classifier is that word. Label 0 of a pair classifier is a pair that holds
    it nowhere. All other weights are random, and the rows are at most ``length`` tokens.
    """
    torch.manual_seed(1)
    model = _ARCHITECTURES[task](_config(names, length))
    with torch.no_grad():
        _set(model.bert, model.classifier, task)
    model.save_pretrained(directory)
    (directory / "vocab.txt").write_text("\n".join((*_SPECIAL, *_WORDS)))
    transformers.BertTokenizer.from_pretrained(directory).save_pretrained(directory)
    return directory


def _config(names: Sequence[str], length: int) -> Any:
    return transformers.BertConfig(
        vocab_size=len(_SPECIAL) + len(_WORDS),
        hidden_size=_SIZE,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * _SIZE,
        max_position_embeddings=length,
        id2label=dict(enumerate(names)),
    )


def _set(bert: Any, classifier: Any, task: Task) -> None:
    """Let dimension 0 be the word, and the label hang on dimension 0."""
    for name in ("word", "position", "token_type"):
        getattr(bert.embeddings, f"{name}_embeddings").weight[:, 0] = 0.0
    bert.embeddings.word_embeddings.weight[len(_SPECIAL) + _WORDS.index(LIE), 0] = 10.0
    classifier.weight[:] = 0.0
    classifier.weight[:2, 0] = torch.tensor([-4.0, 4.0])
    classifier.bias[:2] = (
        torch.tensor([8.0, -8.0]) if task == "token" else torch.tensor([2.0, -2.0])
    )
    if task == "pair":
        _gather(bert)


def _gather(bert: Any) -> None:
    """Let every token look at the word, and the pooled one tell."""
    attention = bert.encoder.layer[0].attention
    own, to = attention.self, attention.output.dense
    for weight in (own.query.weight, own.key.weight, own.value.weight, to.weight):
        weight[0] = 0.0
    own.query.bias[0] = 20.0
    for layer in (own.key, own.value, bert.pooler.dense):
        layer.weight[0] = 0.0
        layer.weight[0, 0] = 1.0
    to.weight[0, 0] = 1.0


def lookup(task: Task = "token", *, window: int = 64, label: int = 1) -> Classifier:
    """Return a classifier without a model: supported is a word that the context holds.

    A pair is supported when every word of the claim is.
    """

    def forward(ids: Ints, segments: Ints) -> Floats:
        known = np.isin(ids, ids[segments == 0])
        if task == "pair":
            known = known[segments == 1].all()
        odds = np.where(known, -3.0, 3.0) * (1 if task == "token" else -1)
        return np.stack([-odds, odds], axis=-1).astype(np.float32)

    return Classifier(
        task=task,
        tokenize=_words,
        frame=Frame((1,), (2,), (2,)),
        forward=forward,
        label=label,
        window=window,
        sha256="0" * 64,
    )


def _words(text: str) -> Encoded:
    found = list(re.finditer(r"\w+|[^\w\s]", text))
    ids = [3 + zlib.crc32(word[0].encode("utf-8", "replace")) for word in found]
    offsets = np.array([word.span() for word in found], np.int64).reshape(-1, 2)
    return Encoded(np.array(ids, np.int64), offsets)
