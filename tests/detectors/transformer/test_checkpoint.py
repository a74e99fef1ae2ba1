"""A model is loaded from safe files that are pinned, or not at all."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from detectors.transformer.checkpoint import load
from detectors.transformer.classifier import Task, tokens_within
from tests.detectors import tiny

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a token classifier."""
    return tiny.save(tmp_path_factory.mktemp("token"))


@pytest.fixture
def own(saved: Path, tmp_path: Path) -> Path:
    """Return a copy of that directory to change."""
    shutil.copytree(saved, tmp_path / "own")
    return tmp_path / "own"


def edit(directory: Path, **fields: object) -> None:
    """Change fields of the model's configuration."""
    path = directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_pickled_weights_are_refused(own: Path) -> None:
    """They are code; that they lie beside nothing else is no reason to run them."""
    (own / WEIGHTS).rename(own / "pytorch_model.bin")

    with pytest.raises(ValueError, match=r"no model\.safetensors"):
        load(str(own), window=64)


@pytest.mark.parametrize("revision", ["", "main", "v1.0", COMMIT[:7]])
def test_a_hub_name_needs_a_commit(revision: str) -> None:
    """Branches and tags can move under the feet of a worker."""
    with pytest.raises(ValueError, match="needs its commit"):
        load("someone/model", revision=revision)


def test_a_hub_name_fetches_no_code(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is read comes over the network, at the commit that was named."""
    asked: list[tuple[str, str, list[str]]] = []

    def download(name: str, *, revision: str, allow_patterns: list[str]) -> str:
        asked.append((name, revision, allow_patterns))
        return str(saved)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    load("someone/model", revision=COMMIT, window=64)
    [(name, revision, patterns)] = asked

    assert (name, revision) == ("someone/model", COMMIT)
    for file in ("pytorch_model.bin", "modeling_x.py", "model.onnx", "a.pkl"):
        assert not any(fnmatch(file, pattern) for pattern in patterns)
    assert all(any(fnmatch(path.name, p) for p in patterns) for path in saved.iterdir())


def test_code_beside_the_weights_is_not_run(own: Path) -> None:
    """A model that brings its own classes is refused."""
    (own / "evil.py").write_text("raise SystemExit")
    names = ("AutoConfig", "AutoModelForTokenClassification")
    edit(own, model_type="evil", auto_map={name: f"evil.{name}" for name in names})

    with pytest.raises(ValueError, match="remote"):
        load(str(own), window=64)


def test_the_digest_of_the_weights_is_reported(saved: Path) -> None:
    """Provenance names the very bytes that judged."""
    digest = hashlib.sha256((saved / WEIGHTS).read_bytes()).hexdigest()

    assert load(str(saved), window=64).sha256 == digest
    assert load(str(saved), window=64, sha256=digest).sha256 == digest


def test_another_digest_is_refused(saved: Path) -> None:
    """Who states the digest wants these weights and no others."""
    with pytest.raises(ValueError, match="SHA-256"):
        load(str(saved), window=64, sha256="0" * 64)


@pytest.mark.parametrize("task", ["token", "pair"])
def test_the_architecture_is_the_task(tmp_path: Path, task: Task) -> None:
    """Nobody has to say twice what a model is."""
    classifier = load(str(tiny.save(tmp_path, task)), window=64, label=1)

    assert classifier.task == task


@pytest.mark.parametrize("architectures", [["BertForMaskedLM"], [], None])
def test_another_architecture_is_refused(own: Path, architectures: Sequence[str] | None) -> None:
    """A model that was trained for something else would still give numbers."""
    edit(own, architectures=architectures)

    with pytest.raises(ValueError, match="neither"):
        load(str(own), window=64)


def test_missing_weights_are_refused(own: Path) -> None:
    """They would be filled at random, and judge at random."""
    tensors = safetensors.torch.load_file(own / WEIGHTS)
    kept = {name: tensor for name, tensor in tensors.items() if "classifier" not in name}
    safetensors.torch.save_file(kept, own / WEIGHTS, metadata={"format": "pt"})

    with pytest.raises(ValueError, match="2 weights are missing"):
        load(str(own), window=64)


@pytest.mark.parametrize(
    ("bias", "names", "match"),
    [([0.0, float("nan")], ["a", "b"], "no finite number"), ([0.0], ["a"], "or the only one")],
)
def test_weights_that_cannot_judge_are_refused(
    own: Path, bias: list[float], names: list[str], match: str
) -> None:
    """Neither no number at all, nor one label, which is always certain."""
    tensors = safetensors.torch.load_file(own / WEIGHTS)
    head = tensors["classifier.weight"][: len(bias)].clone()
    tensors |= {"classifier.weight": head, "classifier.bias": torch.tensor(bias)}
    safetensors.torch.save_file(tensors, own / WEIGHTS, metadata={"format": "pt"})
    edit(own, id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})

    with pytest.raises(ValueError, match=match):
        load(str(own), window=64, label=0)


@pytest.mark.parametrize(
    ("task", "names", "label"),
    [
        ("token", ("LABEL_0", "LABEL_1"), 1),
        ("token", ("0", "1"), 1),
        ("token", ("supported", "hallucinated"), 1),
        ("token", ("Unsupported", "Supported"), 0),
        ("pair", ("ENTAILMENT", "not_entailment"), 0),
        ("pair", ("contradiction", "neutral", "entailment"), 2),
        ("pair", ("inconsistent", "consistent"), 1),
    ],
)
def test_the_label_is_read_from_its_name(
    tmp_path: Path, task: Task, names: Sequence[str], label: int
) -> None:
    """A negation is another name, and nameless token labels follow the convention."""
    assert load(str(tiny.save(tmp_path, task, names=names)), window=64).label == label


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("pair", ("LABEL_0", "LABEL_1")),
        ("pair", ("supported", "entailment")),
        ("token", ("O", "B-PER", "I-PER")),
    ],
)
def test_a_label_that_cannot_be_told_must_be_set(
    tmp_path: Path, task: Task, names: Sequence[str]
) -> None:
    """A guess could turn every score around."""
    directory = str(tiny.save(tmp_path, task, names=names))

    with pytest.raises(ValueError, match="label must be set"):
        load(directory, window=64)
    assert load(directory, window=64, label=0).label == 0


@pytest.mark.parametrize(
    ("window", "label", "match"),
    [(129, 1, "too long"), (31, 1, "at least 32"), (64, 2, "label 2"), (64, -1, "label -1")],
)
def test_what_cannot_run_fails_at_the_start(
    saved: Path, window: int, label: int, match: str
) -> None:
    """The longest row is run once before any event is."""
    with pytest.raises(ValueError, match=match):
        load(str(saved), window=window, label=label)


def test_a_special_token_in_a_text_is_text(saved: Path) -> None:
    """An answer that spells the separator does not become context."""
    classifier = load(str(saved), window=64)
    ids = classifier.tokenize("alpha [SEP] [CLS] beta").ids

    assert not set(ids.tolist()) & {*classifier.frame.before, *classifier.frame.after}


def test_a_tokenizer_does_not_cut(own: Path) -> None:
    """Some come with the length that they were trained at; windows are cut here."""
    path = own / "tokenizer.json"
    cut = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"truncation": cut}))

    assert len(load(str(own), window=64).tokenize("alpha " * 9).ids) == 9


def test_a_lone_surrogate_moves_no_offset(saved: Path) -> None:
    """It has no form that a tokenizer could take; what stands for it is as long."""
    assert load(str(saved), window=64).tokenize("\ud800 lie").offsets.tolist()[-1] == [2, 5]


@pytest.mark.parametrize("task", ["token", "pair"])
def test_a_row_depends_on_nothing_but_itself(tmp_path: Path, task: Task) -> None:
    """Rows of other lengths before it change not a bit."""
    classifier = load(str(tiny.save(tmp_path, task)), window=128, label=1)
    context, text = (classifier.tokenize(part).ids for part in ("a b a. " * 14, "beta gamma"))
    first = classifier.unsupported(context, text)
    for length in (1, 40, 7, 23):
        classifier.unsupported(context[:length], text)

    assert np.array_equal(classifier.unsupported(context, text), first)


def test_tokens_come_in_whole_windows() -> None:
    """A model that takes a second a window reads three of them in three and a half seconds."""
    ticks = iter([0.0, 1.0, 1.0, 2.0, 2.0, 9.0])

    assert tokens_within(tiny.lookup(window=64), 3.5, clock=lambda: next(ticks)) == 3 * 64


def test_a_still_clock_divides_nothing_by_zero() -> None:
    """One window is read at least, and a clock that does not move gives a number too."""
    classifier = tiny.lookup(window=64)

    assert tokens_within(classifier, 0.0, clock=lambda: 0.0) == 64
    assert tokens_within(classifier, 1.0, clock=lambda: 0.0) > 64
