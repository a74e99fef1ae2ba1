"""One spelling for what looks the same, and always a way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy.folding import fold

_texts = st.one_of(
    st.text(st.characters()),
    st.text("aB1 \u0301\u200b\u0430\uff21\ufb03\ud800\u00e9\u2019\U000e0041\ufdfa"),
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("ｉｇｎｏｒｅ", "ignore", id="full width"),  # noqa: RUF001 - the subject
        pytest.param("ig\u200bno\u00adre", "ignore", id="invisible"),
        pytest.param("ign\u043ere", "ignore", id="one Cyrillic letter"),
        pytest.param("\u043e\u0440\u0430", "\u043e\u0440\u0430", id="a Cyrillic word"),
        pytest.param("\U0001d422gnore", "ignore", id="mathematical"),
        pytest.param("\u0664\u0661\u0967", "411", id="digits of other scripts"),
        pytest.param("don\u2019t \u2013 no", "don't - no", id="marks"),
        pytest.param("e\u0301", "\u00e9", id="an accent apart"),
        pytest.param("a\ud800b", "a\ufffdb", id="a lone surrogate"),
        pytest.param("h\U000e0069i", "hi", id="tag characters"),
    ],
)
def test_what_looks_the_same_is_folded(text: str, folded: str) -> None:
    """Rules are written once, in plain letters."""
    assert fold(text).text == folded


def test_a_span_points_into_the_original() -> None:
    """With the invisible letters between, and all of an accent or ligature."""
    folded = fold("a\u200b \ufb03 e\u0301!")

    assert folded.text == "a ffi \u00e9!"
    assert folded.span(2, 3) == folded.span(4, 5) == (3, 4)
    assert folded.span(6, 7) == (5, 7)
    assert folded.span(0, len(folded.text)) == (0, 8)


@given(text=_texts, data=st.data())
def test_spans_lie_in_the_original(text: str, data: st.DataObject) -> None:
    """Whatever the text, any range of the folded one has its place."""
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))
    found = folded.span(start, end)

    assert 0 <= found.start <= found.end <= max(len(text), found.end * (start == end))
    assert start == end or found.start < found.end <= len(text)


@given(text=_texts)
def test_a_folded_text_can_be_written_as_utf8(text: str) -> None:
    """The engines below read UTF-8."""
    assert fold(text).text.encode().decode() == fold(text).text


@given(text=st.text(st.characters(max_codepoint=127)))
def test_plain_text_stays(text: str) -> None:
    """And costs nothing."""
    assert fold(text).text is text
