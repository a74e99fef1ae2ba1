"""A text's vector depends on the text alone, and each text is embedded once."""

import hashlib
import random
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.embedding import (
    PACKAGED_SHA256,
    ROWS,
    STEP,
    CacheInfo,
    Embedding,
    Model,
    Tokens,
    Vectors,
    load,
)
from processor.drift.canary import SAME_COSINE

_texts = st.lists(st.text("abc", max_size=3 * STEP), min_size=1, max_size=4 * ROWS)


class Fake:
    """Tokenizer and backend in one: remembers the texts and the shapes that it was asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.masks: list[Tokens] = []
        self._buffer = np.zeros((ROWS, 2), np.float32)

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        """Return the code points between a first and a last token."""
        self.texts += texts
        return [[1, *map(ord, text), 2] for text in texts]

    def forward(self, ids: Tokens, mask: Tokens) -> Vectors:
        """Return a vector that tells texts apart, in the same buffer each time."""
        assert ids.shape == mask.shape

        self.masks.append(mask.copy())
        positions = np.arange(1, ids.shape[1] + 1)
        self._buffer[:, 0] = (ids * mask * positions).sum(axis=1)
        self._buffer[:, 1] = mask.sum(axis=1)
        return self._buffer


def make(fake: Fake, *, cache_texts: int = 100) -> Embedding:
    """Return an embedding on the fake."""
    return Embedding(fake.tokenize, fake.forward, cache_texts=cache_texts)


def expected(text: str) -> list[float]:
    """Return the fake's vector of a text."""
    tokens = [1, *map(ord, text), 2]
    return [sum(place * token for place, token in enumerate(tokens, start=1)), len(tokens)]


@given(texts=_texts)
def test_every_call_has_a_fixed_shape(texts: list[str]) -> None:
    """The backend sees ROWS rows of a multiple of STEP tokens, and no others."""
    fake = Fake()
    make(fake).encode(texts)

    assert all(mask.shape[0] == ROWS and mask.shape[1] % STEP == 0 for mask in fake.masks)


@given(texts=_texts)
def test_no_row_is_padding_alone(texts: list[str]) -> None:
    """An unused row still has one token, for pooling divides by their number."""
    fake = Fake()
    make(fake).encode(texts)

    assert all(mask.sum(axis=1).min() >= 1 for mask in fake.masks)


@given(texts=_texts)
def test_texts_share_a_call_with_their_length(texts: list[str]) -> None:
    """No call is made that others could have taken the texts of."""
    fake = Fake()
    make(fake).encode(texts)
    lengths = [-(-(len(text) + 2) // STEP) for text in set(texts)]

    assert len(fake.masks) == sum(-(-lengths.count(length) // ROWS) for length in set(lengths))


@given(texts=_texts)
def test_vectors_come_in_the_order_of_the_texts(texts: list[str]) -> None:
    """Neither buckets nor repeats disturb the order."""
    vectors = make(Fake()).encode(texts)

    assert vectors.tolist() == [expected(text) for text in texts]


@given(calls=st.lists(_texts, max_size=4))
def test_a_text_is_embedded_once(calls: list[list[str]]) -> None:
    """What the cache holds is not computed again, in a call or after it."""
    fake = Fake()
    embedding = make(fake, cache_texts=1000)
    answers = [embedding.encode(texts).tolist() for texts in calls]

    assert sorted(fake.texts) == sorted({text for texts in calls for text in texts})
    assert answers == [[expected(text) for text in texts] for texts in calls]


@given(calls=st.lists(_texts, max_size=4), cache_texts=st.integers(0, 3))
def test_a_small_cache_changes_no_vector(calls: list[list[str]], cache_texts: int) -> None:
    """A call may hold more texts than the cache."""
    embedding = make(Fake(), cache_texts=cache_texts)

    for texts in calls:
        assert embedding.encode(texts).tolist() == [expected(text) for text in texts]


def test_the_least_recently_used_text_is_forgotten() -> None:
    """Asking for a text again keeps it."""
    fake = Fake()
    embedding = make(fake, cache_texts=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        embedding.encode([text])

    assert fake.texts == ["a", "b", "c", "b"]


def test_hits_and_misses_are_counted() -> None:
    """A text that comes twice in a call is asked of the model once."""
    embedding = make(Fake())
    embedding.encode(["a", "b", "a"])
    embedding.encode(["b"])

    assert embedding.cache_info == CacheInfo(hits=2, misses=2)


def test_what_the_caller_does_to_vectors_stays_with_the_caller() -> None:
    """The cache lends nothing out."""
    embedding = make(Fake())
    embedding.encode(["a"])[:] = 0

    assert embedding.encode(["a"]).tolist() == [expected("a")]


def test_a_lone_surrogate_is_read_as_a_question_mark() -> None:
    """It has no form that a tokenizer could take."""
    fake = Fake()
    make(fake).encode(["a\ud800"])

    assert fake.texts == ["a?"]


@pytest.mark.parametrize("sha256", ["0" * 64, PACKAGED_SHA256])
def test_other_weights_are_refused(tmp_path: Path, sha256: str) -> None:
    """The message names what was found and what was expected."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    found = hashlib.sha256(b"weights").hexdigest()

    with pytest.raises(ValueError, match=f"{tmp_path.name}: .* is {found}, not {sha256}"):
        load(str(tmp_path), sha256=sha256)


def test_the_packaged_model_is_checked_against_a_wish() -> None:
    """Who asks for other weights does not get these."""
    with pytest.raises(ValueError, match=f"is {PACKAGED_SHA256}, not {'0' * 64}"):
        load(sha256="0" * 64)


def sentences(number: int, seed: int) -> list[str]:
    """Return distinct texts of one to four hundred words: the longest are cut by the model."""
    rng = random.Random(seed)
    words = ["the", "order", "shipped", "refund", "Paris", "42", "is", "not", "café", "日本"]
    sizes = [1, 3, 7, 12, 13, 14, 15, 40, 400]
    return [
        f"{index} " + " ".join(rng.choices(words, k=rng.choice(sizes))) for index in range(number)
    ]


def test_the_packaged_model_is_the_pinned_one(model: Model) -> None:
    """Provenance names the weights that the scores came from."""
    assert model.sha256 == PACKAGED_SHA256


def test_company_changes_no_bit_of_a_vector(model: Model) -> None:
    """Batch equals one by one exactly, whatever else is in the batch, and where."""
    rng = random.Random(0)
    texts = sentences(20, seed=1)
    alone = {text: model.embedding.encode([text])[0] for text in texts}

    for _ in range(4):
        company = rng.sample(texts, k=rng.randint(2, len(texts)))
        for text, vector in zip(company, model.embedding.encode(company), strict=True):
            assert np.array_equal(vector, alone[text])


def test_vectors_have_unit_length(model: Model) -> None:
    """A product of two is their cosine."""
    norms = np.linalg.norm(model.embedding.encode(sentences(10, seed=2)), axis=1)

    assert np.abs(norms - 1).max() < 1e-6


def test_end_of_a_long_text_changes_nothing(model: Model) -> None:
    """The model reads 256 tokens, so no more of a text needs to be split into them."""
    long = " ".join(sentences(200, seed=6))
    vectors = model.embedding.encode([long, long * 10])

    assert np.array_equal(vectors[0], vectors[1])


def test_like_texts_are_closer(model: Model) -> None:
    """The vectors mean something."""
    a, b, c = model.embedding.encode(
        ["The parcel was shipped.", "Your package is on its way.", "Whales are mammals."]
    )

    assert a @ b > 0.5 > a @ c


def test_backends_agree(model: Model, openvino_model: Model) -> None:
    """A score does not hang on the backend, at any length."""
    texts = sentences(20, seed=3)
    cosines = (model.embedding.encode(texts) * openvino_model.embedding.encode(texts)).sum(axis=1)

    assert openvino_model.sha256 == model.sha256
    assert cosines.min() > 1 - 1e-4


@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_half_precision_means_the_same(model: Model, backend: str) -> None:
    """It moves a cosine less than what tells one encoder from another, and no company moves it."""
    pytest.importorskip(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as for the fixture
        half = load(backend=backend, precision="bf16", threads=1, cache_texts=0).embedding
    texts = sentences(10, seed=5)
    vectors = half.encode(texts)

    assert (model.embedding.encode(texts) * vectors).sum(axis=1).min() > SAME_COSINE
    assert np.array_equal(half.encode(texts[:1])[0], vectors[0])


def test_company_changes_no_bit_on_openvino(openvino_model: Model) -> None:
    """The promise is the rule of the shapes, not a property of torch."""
    texts = sentences(10, seed=4)
    alone = np.concatenate([openvino_model.embedding.encode([text]) for text in texts])

    assert np.array_equal(openvino_model.embedding.encode(texts), alone)
