"""A citation exists if the passages hold what it points to."""

import pytest

from detectors.base import Interaction, Passage, Signal, Turn
from detectors.citations import Citations

PASSAGES = (
    Passage(
        id="policy-01",
        source="refund_policy.pdf",
        text="Refunds take 5 days. More on https://shop.example.com/help/refunds and by phone.",
    ),
    Passage(
        id="policy-02",
        source="https://shop.example.com/delivery",
        text="Delivery by the World Post takes 3 days.",
    ),
    Passage(id="policy-03", text="The shop was founded in 1998."),
)


def interaction(response: str, passages: tuple[Passage, ...] = PASSAGES) -> Interaction:
    """Return an interaction of a shop's bot."""
    return Interaction(
        id="1",
        prompt="What does https://other.example.com/news say?",
        response=response,
        passages=passages,
        context={"links": ["https://shop.example.com/account"]},
        history=(Turn(role="user", text="I was on www.forum.example.com/t/7"),),
    )


def judge(response: str) -> Signal:
    """Return the one signal of an answer from the passages."""
    [[signal]] = Citations().detect_many([interaction(response)])
    return signal


@pytest.mark.parametrize(
    "response",
    [
        "Refunds take 5 days [1].",
        "Refunds take 5 days[1], delivery[2][3].",
        "Both are quick [1, 2].",
        "All of it [1-3].",
        "Noted [^2].",
        "Noted 【3】.",
        "Noted 【3†source】.",
        "Noted 【4:1†refund_policy.pdf】.",
        "Noted (Source: refund_policy.pdf).",
        "Noted (Source: Refund Policy).",
        "Noted (Source: policy-02).",
        "Noted [Source: passage 3].",
        "Noted (sources: [1], [2]).",
        "Noted.\n\n**Source:** World Post",
        "Noted [policy-03].",
        "Noted (policy-03).",
        "Noted [doc-2].",
        "According to passage 3, it is old.",
        "Passages 1 and 2 say so, as in document 3.",
        "Noted (document 1).",
        "See https://shop.example.com/help/refunds.",
        "See [help](https://www.shop.example.com/help/refunds#top).",
        "See <https://SHOP.example.com/help/>.",
        "See https://shop.example.com/account and https://other.example.com/news.",
        "See https://forum.example.com/t/7",
        "Noted [9].\n\n[9]: Refund policy",
        "Noted [0].",
    ],
)
def test_citation_that_exists(response: str) -> None:
    """By position, id, source, words of one passage, or a URL that the bot was given."""
    signal = judge(response)

    assert (signal.score, signal.label, signal.spans) == (1.0, "cited", ())


@pytest.mark.parametrize(
    ("response", "missing", "reason"),
    [
        ("Refunds take 5 days [4].", "4", "position"),
        ("Refunds take 5 days[7].", "7", "position"),
        ("Noted [^9].", "[^9]", "position"),
        ("Noted 【12†source】.", "【12†source】", "position"),
        ("Noted 【4:1†tax_law.pdf】.", "【4:1†tax_law.pdf】", "source"),
        ("Noted (Source: tax law).", "(Source: tax law)", "source"),
        ("Noted [Source: passage 8].", "[Source: passage 8]", "source"),
        ("Noted.\nSource: Mars Gazette", "Mars Gazette", "source"),
        ("Noted [policy-09].", "[policy-09]", "id"),
        ("Noted (policy-77).", "(policy-77)", "id"),
        ("Noted [doc-12].", "[doc-12]", "id"),
        ("According to passage 8, it is new.", "8", "position"),
        ("It is new (document 9).", "9", "position"),
        (
            "See https://shop.example.com/help/refund.",
            "https://shop.example.com/help/refund",
            "url",
        ),
        ("See [help](https://fake.example.com/).", "[help](https://fake.example.com/)", "url"),
        ("See www.fake.example.com!", "www.fake.example.com", "url"),
        ("Noted.[1]\n\n[1]: https://fake.example.com/a", "https://fake.example.com/a", "url"),
    ],
)
def test_citation_that_does_not_exist(response: str, missing: str, reason: str) -> None:
    """The span is the citation, the evidence says by what it was looked for."""
    signal = judge(response)
    [evidence] = signal.evidence

    assert (signal.score, signal.label) == (0.0, "miscited")
    assert [response[start:end] for start, end in signal.spans] == [missing]
    assert (evidence.span, evidence.reason) == (signal.spans[0], reason)


@pytest.mark.parametrize(
    "response",
    [
        pytest.param("No source at all.", id="prose"),
        pytest.param("Take `a[7]` or:\n```\nb[8] = [9]\n```\nDone.", id="code"),
        pytest.param("Then x[7], arr[8] and rows[9].", id="index"),
        pytest.param("Then userIds[7] and items[9].name.", id="identifier"),
        pytest.param("Then matrix[7][9].", id="indices"),
        pytest.param("`[link](https://fake.example.com)`", id="link in code"),
        pytest.param("Values lie in [0, 9], the range [10, 20].", id="interval"),
        pytest.param("Dear [Your name], by [date]", id="placeholder"),
        pytest.param("- [x] done\n- [ ] open", id="checkbox"),
        pytest.param("In [2024] and since (1998).", id="year"),
        pytest.param("Step 9, chapter 12 (COVID-19).", id="other numbers"),
        pytest.param("Please sign document 9.", id="an order"),
        pytest.param("(Source: the provided context)", id="no name"),
        pytest.param("Write to [us](mailto:a@b.example) or [above](#top).", id="no web page"),
    ],
)
def test_no_citation_is_unverifiable(response: str) -> None:
    """What only looks like one is none."""
    signal = judge(response)

    assert (signal.score, signal.label) == (None, "unverifiable")
    assert signal.explanation == "no citation"


def test_score_is_the_share_that_exists() -> None:
    """Each number of a list is a citation."""
    signal = judge("First [1, 9]. Then [2], https://fake.example.com.")

    assert signal.score == 0.5
    assert signal.explanation == "2 of 4 citations do not exist"


def test_no_passages_is_unverifiable() -> None:
    """A bot that was given nothing cites from elsewhere; this cannot say whether rightly."""
    [[signal]] = Citations().detect_many([interaction("Noted [1].", ())])

    assert (signal.score, signal.label) == (None, "unverifiable")
    assert signal.explanation == "no passages"


@pytest.mark.parametrize("field", ["response", "passages"])
def test_masked_or_cut_is_unscored(field: str) -> None:
    """The passage that is cited may be the one that was cut off."""
    [[redacted]] = Citations().detect_many(
        [Interaction(id="1", response="[1]", passages=PASSAGES, redacted=frozenset({field}))]
    )
    [[truncated]] = Citations().detect_many(
        [Interaction(id="1", response="[1]", passages=PASSAGES, truncated=frozenset({field}))]
    )

    assert (redacted.score, redacted.label) == (None, "unscored")
    assert truncated.explanation == f"{field} truncated"


def test_url_is_not_missed_in_a_masked_prompt() -> None:
    """The user may have named it; numbers are judged all the same."""
    [[signal]] = Citations().detect_many(
        [
            Interaction(
                id="1",
                response="See https://fake.example.com [9].",
                passages=PASSAGES,
                redacted=frozenset({"prompt"}),
            )
        ]
    )

    assert [evidence.reason for evidence in signal.evidence] == ["position"]


@pytest.mark.parametrize(
    "part", ["[", "[1]", "(a_", "`", "【", "[a](https://x", "source 1, ", "[1]: a\n"]
)
def test_long_text_takes_linear_time(part: str) -> None:
    """Each would take minutes if a bracket were sought for again from every other."""
    text = part * (100_000 // len(part))

    assert len(Citations().detect_many([interaction(text)])) == 1
