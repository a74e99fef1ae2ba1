"""What every detector promises, checked for each class of the package that detects."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detectors
from detectors.base import Detector, Feedback, Interaction, Passage, Signal, Turn
from detectors.cascade import Cascade
from detectors.citations import Citations
from detectors.commercial_claims import CommercialClaims
from detectors.grounding import Grounding
from detectors.hallucination import Hallucination
from detectors.intent.intents import Intent, Intents
from detectors.intent.knowledge import Knowledge, learn
from detectors.intent.reader import Reader
from detectors.intent_resolution import IntentResolution
from detectors.neural import Neural
from detectors.policy.pack import load
from detectors.policy.rule import Kit
from detectors.policy_violation import PolicyViolation
from detectors.self_consistency import SelfConsistency
from detectors.self_contradiction import SelfContradiction
from detectors.token_probability import TokenProbability
from tests.detectors import tiny
from tests.detectors.bags import Bags

MARKER = "zqxjk"


_PACK = load(["starter"], Kit(Bags))


@cache
def knowledge() -> Knowledge:
    """Return two intents, learned."""
    pets = ("fish swim", "a fish", "the fish", "fish and more fish", "my fish swims")
    rain = ("it rains", "does it rain", "rain again", "will it rain", "is it dry")
    intents = Intents(
        version=1,
        intents=(Intent(name="pets", exemplars=pets), Intent(name="rain", exemplars=rain)),
    )
    return learn(intents, Bags(), encoder_sha256="")


# How to build each detector; a new one takes a line here.
BUILD: dict[str, Callable[[], Detector]] = {
    "cascade": lambda: Cascade(
        Grounding(Bags()), Neural(tiny.lookup("pair")), signal="grounding", band=(0.0, 1.0)
    ),
    "commercial_claims": CommercialClaims,
    "neural": lambda: Neural(tiny.lookup(), prompt="plain", tokens_per_event=512),
    "citations": Citations,
    "grounding": lambda: Grounding(Bags()),
    "hallucination": Hallucination,
    "intent_resolution": lambda: IntentResolution(Reader(Bags(), knowledge)),
    "self_consistency": lambda: SelfConsistency(Bags()),
    "policy_violation": lambda: PolicyViolation(_PACK),
    "self_contradiction": SelfContradiction,
    "token_probability": TokenProbability,
}


def found() -> Iterator[type]:
    """Walk the package for classes that detect; the protocol itself does not."""
    for info in pkgutil.walk_packages(detectors.__path__, "detectors."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            here = inspect.isclass(value) and value.__module__ == info.name
            if here and value is not Detector and hasattr(value, "detect_many"):
                yield value


every_detector = pytest.mark.parametrize(
    "build", [pytest.param(build, id=name) for name, build in BUILD.items()]
)

# Any code point, lone surrogates and NUL too; and what reads like prose and Markdown.
_texts = st.one_of(
    st.text(st.characters()),
    st.text("aB1 .!?\n\t-#|>`*。\x00\ud800"),
    st.lists(st.sampled_from(["It rains.", "It is dry.", "Fish swim!", "- no\n", "\n\n"])).map(
        " ".join
    ),
    st.lists(
        st.sampled_from(
            [
                *("The fee is 5%.", "The fee is 9%.", "It is not dry.", "Yes.", "No [1].", "[9]"),
                *("(Source: a)", "https://a.example/b", "[doc-1]", "Sorry, I was wrong:"),
            ]
        )
    ).map(" ".join),
    st.sampled_from(["", "\x00", "\ud800", " " * 100_000, "a" * 5_000, "a. " * 500]),
)
_records = st.dictionaries(
    _texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | _texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)
_fields = st.frozensets(
    st.sampled_from(["prompt", "response", "passages", "history", "samples"]), max_size=1
)
interactions = st.builds(
    Interaction,
    id=_texts,
    prompt=st.none() | _texts,
    response=st.none() | _texts,
    passages=st.lists(
        st.builds(Passage, id=st.none() | _texts, source=st.none() | _texts, text=_texts),
        max_size=3,
    ).map(tuple),
    history=st.lists(
        st.builds(Turn, role=_texts | st.sampled_from(["user", "assistant"]), text=_texts),
        max_size=3,
    ).map(tuple),
    context=st.none() | _records,
    samples=st.lists(_texts, max_size=2).map(tuple),
    logprobs=st.lists(st.floats(), max_size=5).map(tuple),
    redacted=_fields,
    truncated=_fields,
)
batches = st.lists(interactions, max_size=4)


def signals(build: Callable[[], Detector], batch: Sequence[Interaction]) -> list[Signal]:
    """Return what a new detector says of all interactions."""
    return [signal for row in build().detect_many(batch) for signal in row]


def test_every_detector_is_in_the_table() -> None:
    """Who adds a detector adds the line that puts it under this contract."""
    classes = {type(build()) for build in BUILD.values()}

    assert classes == set(found())


@every_detector
def test_a_detector_has_the_name_it_is_built_by(build: Callable[[], Detector]) -> None:
    """One name for one thing: the table, the file, and the detector itself."""
    detector = build()

    assert BUILD[detector.name] is build
    assert type(detector).__module__ == f"detectors.{detector.name}"


@every_detector
@given(batch=batches)
def test_each_interaction_has_its_row(
    build: Callable[[], Detector], batch: list[Interaction]
) -> None:
    """Whatever the text, there are as many rows as interactions, and each holds signals."""
    rows = build().detect_many(batch)

    assert [type(row) for row in rows] == [tuple] * len(batch)
    assert all(isinstance(signal, Signal) for row in rows for signal in row)


@every_detector
@given(batch=batches)
def test_a_score_is_a_share_or_missing(
    build: Callable[[], Detector], batch: list[Interaction]
) -> None:
    """Missing is not zero: no score exactly where the label says so."""
    for signal in signals(build, batch):
        assert (signal.score is None) == (signal.label in {"unverifiable", "unscored"})
        assert signal.score is None or 0.0 <= signal.score <= 1.0


@every_detector
@given(batch=batches)
def test_spans_lie_in_the_response(build: Callable[[], Detector], batch: list[Interaction]) -> None:
    """Spans are in order, disjoint, not empty, and end where the response ends at the latest."""
    for interaction, row in zip(batch, build().detect_many(batch), strict=True):
        for signal in row:
            edges = [edge for span in signal.spans for edge in span]

            assert all(start < end for start, end in signal.spans)
            assert all(first <= second for first, second in pairwise(edges))
            assert not edges or (edges[0] >= 0 and edges[-1] <= len(interaction.response or ""))


@every_detector
@given(batch=batches)
def test_a_batch_is_judged_as_one_by_one(
    build: Callable[[], Detector], batch: list[Interaction]
) -> None:
    """Company changes no digit."""
    detector = build()
    alone = [row for interaction in batch for row in detector.detect_many([interaction])]

    assert detector.detect_many(batch) == alone


@every_detector
@given(batch=batches)
def test_a_detector_is_deterministic(
    build: Callable[[], Detector], batch: list[Interaction]
) -> None:
    """A replay gives the same, also from a detector that has seen other things before."""
    used = build()
    used.detect_many(batch[::-1])

    assert used.detect_many(batch) == build().detect_many(batch)


@every_detector
@given(parts=st.lists(_texts, min_size=8, max_size=8))
def test_no_text_of_the_interaction_is_passed_on(
    build: Callable[[], Detector], parts: list[str]
) -> None:
    """Explanations go to topics and logs that users' words must not reach."""
    prompt, response, passage, key, value, turn, answer, sample = (
        f"{MARKER} {part} {MARKER}." for part in parts
    )
    interaction = Interaction(
        id="1",
        prompt=prompt,
        response=response,
        passages=(Passage(text=passage),),
        context={key: value},
        history=(Turn(role="user", text=turn), Turn(role="assistant", text=answer)),
        samples=(sample,),
    )

    assert MARKER not in repr(build().detect_many([interaction]))


@settings(max_examples=20)
@given(text=_texts)
def test_an_interaction_hides_its_text(text: str) -> None:
    """It may stand in a traceback."""
    text += MARKER
    interaction = Interaction(
        id="1",
        prompt=text,
        system_prompt=text,
        response=text,
        passages=(Passage(text=text),),
        history=(Turn(role="user", text=text),),
        context={text: text},
        samples=(text,),
        feedback=Feedback(comment=text),
        unknown={text: text},
    )

    assert MARKER not in repr(interaction)
