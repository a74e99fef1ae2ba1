"""Commercial claims: every sentence of the table, and what the verdict says of missing sources."""

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction, Passage, Signal, Span
from detectors.commerce.catalogue import Catalogue, convert
from detectors.commercial_claims import CommercialClaims

TABLE = tomllib.loads((Path(__file__).with_name("commercial_claims.toml")).read_text("utf-8"))
CATALOGUE = convert(TABLE["catalogue"])
CASES: list[dict[str, Any]] = TABLE["case"]
_STYLES = (
    *("offers", "reports", "quotations", "negations", "ranges", "words", "currencies"),
    *("conditional", "echo", "typos"),
)

# What trade is written with, so that random text comes near a promise now and then.
_SCRAPS = st.lists(
    st.sampled_from(
        (
            *("90%", " off", "€5", "refund", " you", " if", ", ", ". ", '"', "not ", "free "),
            *("gift", "code ", "SAVE45", " within ", "3 days", "O0", "\u200b", "*", "_", "<b>"),
            *("\ud800", ":", "half price", "a third", " back", "discout", "\n", "| ", "> "),
            *("ﷺ", "ﬃ", "٩٠٪"),
        )
    )
).map("".join)
_texts = _SCRAPS | st.text(st.characters())


def detect(
    response: str | None,
    *,
    prompt: str | None = None,
    passages: tuple[str, ...] = (),
    context: dict[str, Any] | None = None,
    catalogue: Catalogue | None = None,
    redacted: frozenset[str] = frozenset(),
    truncated: frozenset[str] = frozenset(),
) -> Signal:
    """Return the one signal of one answer."""
    interaction = Interaction(
        id="1",
        prompt=prompt,
        response=response,
        passages=tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(passages)),
        context=context,
        redacted=redacted,
        truncated=truncated,
    )
    ((signal,),) = CommercialClaims(catalogue).detect_many([interaction])
    return signal


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{n}-{case['style']}") for n, case in enumerate(CASES)]
)
def test_table(case: dict[str, Any]) -> None:
    """Exactly the promises that nothing authorises are blamed, word for word."""
    catalogue = CATALOGUE if case.get("catalogue") else None
    passages, context = tuple(case.get("passages", ())), case.get("context")
    signal = detect(
        case["response"],
        prompt=case.get("prompt"),
        passages=passages,
        context=context,
        catalogue=catalogue,
    )

    assert [case["response"][start:end] for start, end in signal.spans] == case["expected"]
    if case["expected"]:
        held = catalogue or passages or context
        assert signal.label == ("unauthorised" if held else "unverifiable")
        assert signal.score == (1.0 if held else None)
    else:
        assert signal.label in {"authorised", "none"}
        assert signal.score == 0.0


def test_table_is_wide() -> None:
    """Ten styles, each with enough sentences to fail on."""
    counts = {style: sum(case["style"] == style for case in CASES) for style in _STYLES}

    assert sum(counts.values()) == len(CASES) >= 150
    assert min(counts.values()) >= 14


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("You get 90% off.", "discount"),
        ("The tent costs 5 euros.", "price"),
        ("We refund you 500 euros.", "refund"),
        ("Delivery takes 1 day.", "deadline"),
        ("Use the code SAVE45 at checkout.", "promo_code"),
        ("You get a free upgrade.", "entitlement"),
    ],
)
def test_reason_is_the_kind_of_promise(response: str, reason: str) -> None:
    """The reasons are a closed set, for they become labels."""
    signal = detect(response, passages=("Wash the tent by hand.",))

    assert [evidence.reason for evidence in signal.evidence] == [reason]


def test_evidence_names_the_passage_that_comes_closest() -> None:
    """Who is woken sees what the bot may have misread."""
    passages = ("Members get 50% off.", "Subscribers get 10% off.", "Delivery takes 9 days.")
    (evidence,) = detect("You get 15% off.", passages=passages).evidence

    assert (evidence.passage, evidence.support) == ("p1", Span(16, 19))


def test_promise_without_sources_is_unverifiable() -> None:
    """Nothing to hold it against; the spans still show what was promised."""
    signal = detect("You get 90% off.")

    assert (signal.score, signal.label, signal.spans) == (None, "unverifiable", (Span(8, 11),))


def test_catalogue_is_a_source_in_itself() -> None:
    """What a shop has not put into its catalogue it does not give."""
    signal = detect("You get 90% off.", catalogue=Catalogue(version=1))

    assert (signal.score, signal.label) == (1.0, "unauthorised")


@pytest.mark.parametrize("response", ["The tent costs 5 euros.", "Delivery takes 2 days."])
def test_catalogue_without_prices_or_deadlines_says_nothing_of_them(response: str) -> None:
    """Who has listed discounts alone is not woken by every delivery time."""
    assert detect(response, catalogue=Catalogue(version=1)).label == "unverifiable"
    assert detect(response, catalogue=CATALOGUE).label == "unauthorised"


@pytest.mark.parametrize("state", ["redacted", "truncated"])
def test_masked_response_with_a_promise_is_judged(state: str) -> None:
    """What is left of it was said all the same."""
    marked = {state: frozenset({"response"})}

    assert detect("You get 90% off [...]", catalogue=CATALOGUE, **marked).label == "unauthorised"  # type: ignore[arg-type]  # one of two names
    assert detect("You get 10% off [...]", catalogue=CATALOGUE, **marked).label == "unscored"  # type: ignore[arg-type]  # one of two names
    assert detect("Hello [...]", catalogue=CATALOGUE, **marked).label == "unscored"  # type: ignore[arg-type]  # one of two names


def test_masked_passages_may_have_held_the_authorisation() -> None:
    """Missing is not zero; only a catalogue says what is never given."""
    cut = frozenset({"passages"})
    passages = ("Wash the tent by",)

    assert detect("You get 90% off.", passages=passages, truncated=cut).score is None
    signal = detect("You get 90% off.", passages=passages, truncated=cut, catalogue=CATALOGUE)
    assert signal.score == 1.0


@pytest.mark.parametrize("response", [None, "", " \n"])
def test_no_response_is_unverifiable(response: str | None) -> None:
    """There is nothing to hold against anything."""
    assert detect(response, catalogue=CATALOGUE).label == "unverifiable"


def test_catalogue_may_change_between_batches() -> None:
    """A function is asked once a batch; the version follows."""
    catalogue = CATALOGUE
    detector = CommercialClaims(lambda: catalogue)
    interaction = Interaction(id="1", response="You get 20% off.")
    versions = {detector.version}
    before = detector.detect_many([interaction])[0][0].label
    catalogue = Catalogue(version=1)
    versions.add(detector.version)

    assert (before, detector.detect_many([interaction])[0][0].label) == (
        "authorised",
        "unauthorised",
    )
    assert len(versions) == 2
    assert CommercialClaims().version == ""


@given(response=_texts, prompt=_texts, passage=_texts, value=_texts | st.floats() | st.integers())
def test_any_text_is_fine(response: str, prompt: str, passage: str, value: str | float) -> None:
    """Spans lie in the response, in order, and blame says which passage."""
    context = {"refund": {"amount": value, "currency": response}, "x": [value, {prompt: passage}]}
    signal = detect(response, prompt=prompt, passages=(passage,), context=context)
    end = 0

    assert signal.spans == tuple(evidence.span for evidence in signal.evidence)
    for evidence in signal.evidence:
        assert end <= evidence.span.start < evidence.span.end <= len(response)
        assert evidence.passage in {None, "p0"}
        end = evidence.span.end


@given(st.text("0123456789", min_size=1, max_size=2).filter(lambda digits: int(digits) > 20))
def test_short_offer_never_slips_through(digits: str) -> None:
    """However high the discount, three characters of it are enough."""
    for response in (f"{digits}% off", f"{digits}%off!", f"**{digits} %** OFF", f"{digits} % off."):
        assert detect(response, catalogue=CATALOGUE).label == "unauthorised"


@pytest.mark.parametrize(
    "piece",
    [
        *("90% ", "you get 90% off ", "free ", 'customer wrote: "', "code ABCD1234 ", "1", "O0"),
        *("_", "*", "<b>", "\u200b", "ﷺ", "one hundred ", ", ", "month free ", "if you want "),
        *("If you get 10% off, we refund €5 within 3 days; code AB12 ", "customers a b c "),
    ],
)
def test_time_is_linear(piece: str) -> None:
    """Twice the text takes about twice the time; a square would take four times it."""
    costs = []
    for size in (20_000, 80_000):
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        detect(text, prompt=text, passages=(text,), context={"a": text})
        costs.append(time.process_time() - start)

    assert costs[1] < 10 * costs[0] + 0.5
