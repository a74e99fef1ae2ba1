"""What a classifier finds unsupported is blamed where it stands, however long the texts."""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import Interaction, Passage, Signal, Span
from detectors.neural import Neural, load
from detectors.transformer.classifier import Classifier, Encoded, Floats, Ints, Task
from tests.detectors import tiny

both_tasks = pytest.mark.parametrize("task", ["token", "pair"])

_texts = st.one_of(
    st.text(st.characters(), max_size=200),
    st.text("lie aB.!\n\t-|>`*。\x00\ud800😀", max_size=200),
    st.lists(st.sampled_from(["alpha", "beta", "lie.", "[SEP]", "Gamma", "\n\n"])).map(" ".join),
    st.sampled_from(["", "\x00", " " * 50_000, "a" * 50_000, "a. " * 5_000, "😀" * 300]),
)
_interactions = st.builds(
    Interaction,
    id=st.just("1"),
    prompt=st.none() | _texts,
    response=st.none() | _texts,
    passages=st.lists(st.builds(Passage, text=_texts), max_size=3).map(tuple),
    context=st.none() | st.dictionaries(_texts, _texts | st.floats(), max_size=2),
)


@cache
def tiny_classifier(task: Task) -> Classifier:
    """Return a BERT of 2 layers that objects to `tiny.LIE`."""
    with TemporaryDirectory() as directory:
        tiny.save(Path(directory), task)
        return load(directory, window=64, label=1 if task == "token" else 0)


def neural(classifier: Classifier, *, tokens: int = 4096, threshold: float = 0.5) -> Neural:
    """Return a detector that shows the model passages and response alone."""
    return Neural(classifier, prompt="plain", tokens_per_event=tokens, threshold=threshold)


def judge(detector: Neural, response: str, *passages: str, prompt: str | None = None) -> Signal:
    """Return the signal of one response to passages named 0, 1 and so on."""
    given = tuple(Passage(text=text) for text in passages)
    interaction = Interaction(id="1", response=response, passages=given, prompt=prompt)
    [[signal]] = detector.detect_many([interaction])
    return signal


def spied(classifier: Classifier, rows: list[tuple[Ints, Ints]]) -> Classifier:
    """Return a classifier that notes its rows: ids and segments."""

    def forward(ids: Ints, segments: Ints) -> Floats:
        rows.append((ids, segments))
        return classifier.forward(ids, segments)

    return replace(classifier, forward=forward)


def blamed(signal: Signal, response: str) -> list[str]:
    """Return the texts of the spans."""
    return [response[start:end] for start, end in signal.spans]


def test_a_flagged_token_is_the_span() -> None:
    """The characters of the word, not of its sentence."""
    response = "Alpha beta. Gamma lie delta."
    signal = judge(neural(tiny_classifier("token")), response, "alpha beta gamma delta")

    assert (signal.name, signal.label) == ("hallucination_neural", "hallucinated")
    assert signal.score is not None
    assert signal.score > 0.99
    assert blamed(signal, response) == ["lie"]


def test_a_flagged_claim_is_the_span() -> None:
    """A pair classifier blames whole sentences, and each alone."""
    response = "Alpha beta. Gamma lie delta. A lie. Beta."
    signal = judge(neural(tiny_classifier("pair")), response, "alpha beta gamma delta")

    assert signal.label == "hallucinated"
    assert blamed(signal, response) == ["Gamma lie delta.", "A lie."]


@both_tasks
def test_what_is_supported_has_no_spans(task: Task) -> None:
    """The score is small, and there is nothing to blame."""
    signal = judge(neural(tiny_classifier(task)), "Alpha beta. Gamma.", "alpha beta gamma delta")

    assert signal.label == "supported"
    assert signal.score is not None
    assert signal.score < 0.1
    assert (signal.spans, signal.evidence) == ((), ())


@both_tasks
def test_the_window_that_supports_counts(task: Task) -> None:
    """Of many windows one is enough, another one for each token or claim."""
    filler = "filler " * 200
    context = f"Alpha. {filler} Beta. {filler} Gamma."

    assert judge(neural(tiny.lookup(task)), "Alpha. Gamma. Beta.", context).score == 0.0025


@both_tasks
def test_what_no_window_supports_is_blamed(task: Task) -> None:
    """A word that stands nowhere is unsupported in every window."""
    response = "Alpha. Omega. Beta."
    context = "Alpha. " + "filler " * 200 + "Beta."
    signal = judge(neural(tiny.lookup(task)), response, context)

    assert signal.score == 0.9975
    assert blamed(signal, response)[0].startswith("Omega")


def test_tokens_join_over_a_small_gap() -> None:
    """One token between two flagged ones is flagged with them, two are not."""
    response = "one a two a a three"
    signal = judge(neural(tiny.lookup()), response, "a")

    assert blamed(signal, response) == ["one a two", "three"]


def test_the_threshold_itself_is_blamed() -> None:
    """Label and spans agree at the edge."""
    signal = judge(neural(tiny.lookup(), threshold=0.9975), "one", "a")

    assert (signal.label, signal.spans) == ("hallucinated", (Span(0, 3),))
    assert signal.explanation.startswith("1 of 1 tokens")


def test_a_higher_threshold_blames_less() -> None:
    """The label and the spans go by it, the score does not."""
    signal = judge(neural(tiny.lookup(), threshold=0.999), "one", "a")

    assert (signal.score, signal.label, signal.spans) == (0.9975, "supported", ())


@both_tasks
def test_evidence_names_the_nearest_passage(task: Task) -> None:
    """The one that shares the rare words around the blame, and where in it the window was."""
    response = "The tower is 90 metres high."
    passages = ("The bridge is long.", "The tower is 80 metres high.", "The end.")
    signal = judge(neural(tiny.lookup(task, window=128)), response, *passages)
    [evidence] = signal.evidence

    assert (evidence.reason, evidence.passage) == ("unsupported", "1")
    assert evidence.support == Span(0, len(passages[1]))
    assert (evidence.span,) == signal.spans


@pytest.mark.parametrize("response", [None, "", " \n", "\x00", "---"])
def test_without_a_response_it_is_unverifiable(response: str | None) -> None:
    """There is nothing to judge."""
    interaction = Interaction(id="1", response=response, passages=(Passage(text="a"),))
    [[signal]] = neural(tiny_classifier("token")).detect_many([interaction])

    assert (signal.score, signal.label, signal.explanation) == (None, "unverifiable", "no response")


@pytest.mark.parametrize("passages", [(), (Passage(text=" "),), (Passage(text="\x00"),)])
def test_without_evidence_it_is_unverifiable(passages: tuple[Passage, ...]) -> None:
    """There is nothing to hold the response against."""
    interaction = Interaction(id="1", response="A lie.", passages=passages)
    [[signal]] = neural(tiny_classifier("token")).detect_many([interaction])

    assert (signal.score, signal.label, signal.explanation) == (None, "unverifiable", "no evidence")


@pytest.mark.parametrize("field", ["response", "passages", "context"])
def test_a_text_that_is_not_whole_is_unscored(field: str) -> None:
    """Neither a masked answer nor cut evidence can be judged."""
    whole = Interaction(id="1", response="A.", passages=(Passage(text="a"),))
    fields = frozenset({field})
    batch = [replace(whole, redacted=fields), replace(whole, truncated=fields)]
    signals = [signal for row in neural(tiny.lookup()).detect_many(batch) for signal in row]

    assert {(signal.score, signal.label) for signal in signals} == {(None, "unscored")}
    assert [signal.explanation for signal in signals] == [f"{field} redacted", f"{field} truncated"]


def test_a_record_is_evidence() -> None:
    """Structured context supports as passages do."""
    interaction = Interaction(id="1", response="wifi: True", context={"wifi": True})
    [[signal]] = neural(tiny.lookup()).detect_many([interaction])

    assert signal.label == "supported"


@both_tasks
@settings(max_examples=25, deadline=None)
@given(batch=st.lists(_interactions, max_size=4))
def test_a_batch_is_judged_as_one_by_one(task: Task, batch: list[Interaction]) -> None:
    """Company changes no digit, whatever the texts; spans are ordered and in the response."""
    detector = neural(tiny_classifier(task), tokens=512)
    rows = detector.detect_many(batch)

    assert rows == [row for one in batch for row in detector.detect_many([one])]
    for interaction, [signal] in zip(batch, rows, strict=True):
        edges = [edge for span in signal.spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(interaction.response or "") for edge in edges)
        assert (signal.score is None) == (signal.label == "unverifiable")


@both_tasks
@settings(max_examples=50, deadline=None)
@given(interaction=_interactions, tokens=st.sampled_from([1, 100, 1_000]))
def test_rows_fit_and_the_event_keeps_to_its_tokens(
    task: Task, interaction: Interaction, tokens: int
) -> None:
    """No row is longer than the window; all together cost what the event may, or one window."""
    rows: list[tuple[Ints, Ints]] = []
    neural(spied(tiny.lookup(task), rows), tokens=tokens).detect_many([interaction])
    lengths = [len(ids) for ids, _ in rows]

    assert max(lengths, default=0) <= 64
    assert sum(lengths) <= max(tokens, 64)


@both_tasks
def test_few_tokens_go_to_the_nearest_window(task: Task) -> None:
    """An event that must choose reads where the words of the response stand."""
    context = "filler " * 200 + "the tower is high " + "filler " * 200
    signal = judge(neural(tiny.lookup(task), tokens=64), "the tower is high", context)

    assert signal.label == "supported"
    assert signal.explanation.endswith("read 1 of 1 parts in 1 of 8 windows")


@both_tasks
@pytest.mark.parametrize("tokens", [64, 200, 500])
def test_parts_share_the_tokens_of_an_event(task: Task, tokens: int) -> None:
    """Several parts against many windows cost no more than one part does."""
    rows: list[tuple[Ints, Ints]] = []
    response = "The tower is very high. It is " + "very " * 60 + "old. " + "So it is. " * 4
    judge(neural(spied(tiny.lookup(task), rows), tokens=tokens), response, "filler " * 500)

    assert sum(len(ids) for ids, _ in rows) <= tokens
    assert max(len(ids) for ids, _ in rows) <= 64


@both_tasks
def test_of_a_huge_response_the_start_is_read(task: Task) -> None:
    """The tokenizer does not see the rest, and the spans are few."""
    read: list[str] = []
    classifier = tiny.lookup(task)

    def tokenize(text: str) -> Encoded:
        read.append(text)
        return classifier.tokenize(text)

    detector = neural(replace(classifier, tokenize=tokenize), tokens=100_000)
    signal = judge(detector, "Aa bb. Cc dd. a a a a a. " * 40_000, "a")

    assert sum(map(len, read)) < 21_000
    assert len(read) < 200
    assert len(signal.spans) == 16


def test_what_is_left_out_is_said() -> None:
    """Parts beyond the tokens of the event are not read, and the explanation counts them."""
    response = " ".join(f"Sentence number {number} is here." for number in range(20))
    signal = judge(neural(tiny.lookup("pair"), tokens=128), response, "Short.")

    assert signal.explanation.endswith("read 11 of 20 parts in 11 of 11 windows")


def test_a_long_response_is_read_to_its_end() -> None:
    """It is read in parts, and the last word is blamed as the first."""
    response = "lie. " + "Alpha beta gamma. " * 60 + "A lie"
    signal = judge(neural(tiny_classifier("token")), response, "alpha beta gamma")

    assert signal.spans == (Span(0, 3), Span(len(response) - 3, len(response)))


@pytest.mark.parametrize(
    ("prompt", "question", "row"),
    [
        ("plain", "Why?", "one\n"),
        ("lettucedetect-v2", "Why?", "User request: Why?\n\none\n"),
        ("lettucedetect-v2", None, "one\n"),
        (
            "lettucedetect",
            "Why?",
            (
                "Briefly answer the following question:\nWhy?\nBear in mind that your response "
                "should be strictly based on the following 1 passages:\npassage 1: one\nIn case "
                "the passages do not contain the necessary information to answer the question, "
                'please reply with: "Unable to answer based on given passages."\noutput:'
            ),
        ),
        ("lettucedetect", None, "Summarize the following text:\npassage 1: one\noutput:"),
    ],
)
def test_a_model_sees_what_it_was_trained_on(prompt: str, question: str | None, row: str) -> None:
    """The question and the words around it are those of the model's input format."""
    rows: list[tuple[Ints, Ints]] = []
    classifier = tiny.lookup(window=256)
    judge(Neural(spied(classifier, rows), prompt=prompt), "two", "one", prompt=question)
    [(ids, segments)] = rows

    assert ids[segments == 0].tolist() == [1, *classifier.tokenize(row).ids.tolist(), 2]
    assert ids[segments == 1].tolist() == [*classifier.tokenize("two").ids.tolist(), 2]


def test_a_long_question_leaves_room() -> None:
    """It is cut before it drives out the passages."""
    signal = judge(
        Neural(tiny.lookup(), prompt="lettucedetect-v2"), "tower", "the tower", prompt="why " * 500
    )

    assert signal.label == "supported"


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: Neural(tiny.lookup(), prompt="lettucedetect"), "the prompt takes half"),
        (lambda: Neural(tiny.lookup(), prompt="letuce"), "letuce"),
    ],
)
def test_a_wrong_prompt_fails_at_the_start(build: Callable[[], Neural], match: str) -> None:
    """One that nobody knows, or that leaves no room for the texts."""
    with pytest.raises(ValueError, match=match):
        build()


def test_its_version_is_the_digest_of_the_weights() -> None:
    """Verdicts say what they were made with."""
    assert neural(tiny.lookup()).version == "0" * 64


def pieces_of(pattern: str) -> Classifier:
    """Return a classifier whose tokens the pattern finds; an emoji has four, as it has bytes.

    The inner two are as common as the word "a".
    """

    def tokenize(text: str) -> Encoded:
        found = [
            (word, match.span())
            for match in re.finditer(pattern, text)
            for word in (["😀", "a", "a", "😀"] if match[0] == "😀" else [match[0].strip(" ")])
        ]
        ids = np.array([3 + zlib.crc32(word.encode()) for word, _ in found], np.int64)
        return Encoded(ids, np.array([span for _, span in found], np.int64).reshape(-1, 2))

    return replace(tiny.lookup(), tokenize=tokenize)


def test_space_is_not_blamed() -> None:
    """Some tokens begin or end with the space around a word, and some are space alone."""
    response = "\t\n" * 40 + "one  a \t  a  two \t"
    signal = judge(neural(pieces_of(r" ?\w+ ?|\s")), response, "a")

    assert blamed(signal, response) == ["one", "two"]
    assert signal.explanation.startswith("2 of 4 tokens")


def test_a_part_of_space_is_no_part() -> None:
    """With tokens for one window, the words are read."""
    signal = judge(neural(pieces_of(r"\w+|\s"), tokens=64), "\n" * 300 + "one\n", "a")

    assert signal.label == "hallucinated"


def test_a_character_of_two_tokens_is_one_span() -> None:
    """Bytes of an emoji count one by one, and are blamed once."""
    signal = judge(neural(pieces_of(r"😀|\w+")), "a 😀 a", "a")

    assert signal.spans == (Span(2, 3),)
    assert signal.explanation.startswith("2 of 6 tokens")


def test_a_claim_without_tokens_is_no_claim() -> None:
    """A tokenizer may know none of a sentence's characters."""
    classifier = tiny.lookup("pair")
    empty = classifier.tokenize("")
    silent = replace(
        classifier, tokenize=lambda text: empty if "x" in text else classifier.tokenize(text)
    )

    assert judge(neural(silent), "x.", "a").explanation == "no response"
    assert np.isclose(judge(neural(silent), "Relax. Omega.", "a").score or 0.0, 0.9975)
