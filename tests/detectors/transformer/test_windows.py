"""Windows cover a text, parts keep sentences whole, and the record is read as lines."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction, Passage, Span
from detectors.transformer.windows import (
    MAX_CHARACTERS,
    RECORD,
    Piece,
    divide,
    encode,
    pieces,
    rank,
    windows,
)
from tests.detectors import tiny

_counts = st.integers(1, 2_000)


@given(count=_counts, capacity=st.integers(4, 600))
def test_windows_cover_every_token(count: int, capacity: int) -> None:
    """No token lies between two windows, and none is longer than what there is room for."""
    found = windows(count, capacity)

    assert {token for start, end in found for token in range(start, end)} == set(range(count))
    assert all(0 < end - start <= capacity for start, end in found)


@given(count=_counts, capacity=st.integers(4, 600))
def test_windows_overlap(count: int, capacity: int) -> None:
    """What one window cuts through, the next holds: they share an eighth of the room."""
    shared = [first.end - second.start for first, second in pairwise(windows(count, capacity))]

    assert all(tokens == capacity // 8 for tokens in shared)


def test_what_fits_is_one_window() -> None:
    """Nothing is read twice without need."""
    assert windows(8, 8) == (Span(0, 8),)


@given(st.data(), _counts, st.integers(1, 600))
def test_parts_cover_every_token_once(data: st.DataObject, count: int, limit: int) -> None:
    """Parts follow on each other and stay within the limit, wherever the sentences begin."""
    starts = sorted(data.draw(st.sets(st.integers(0, count - 1), max_size=20)))
    parts = divide(starts, count, limit)

    assert [token for start, end in parts for token in range(start, end)] == list(range(count))
    assert all(0 < end - start <= limit for start, end in parts)


@given(sizes=st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_parts_break_where_sentences_do(sizes: list[int]) -> None:
    """A sentence that fits into a part is never cut."""
    edges = np.cumsum([0, *sizes]).tolist()

    assert {start for start, _ in divide(edges[:-1], edges[-1], 10)} <= set(edges)


def test_rare_tokens_rank_a_window() -> None:
    """What every window holds tells none apart; equals stay in order."""
    common, often, also, rare, nowhere = range(5)
    others = [
        np.array([common, often, also]),
        np.array([common, rare]),
        np.array([common, often, also]),
    ]

    assert rank(np.array([common, often, also, rare, nowhere]), others) == [1, 0, 2]


def test_pieces_are_named() -> None:
    """A passage goes by its id or else its position, and empty ones are left out."""
    passages = (Passage(text="a"), Passage(text=" "), Passage(text="b", id="x"))
    found = pieces(Interaction(id="1", passages=passages, context={"k": "v"}))

    assert [piece.name for piece in found] == ["0", "x", RECORD]


def test_a_record_is_read_as_lines_with_their_keys() -> None:
    """Numbers and flags too; what is null says nothing."""
    context = {"shop": {"open": True, "days": ["Mo", "Tu"]}, "stars": 4.5, "note": None}
    [piece] = pieces(Interaction(id="1", context=context))

    assert piece.text.splitlines() == [
        "shop open: True",
        "shop days: Mo",
        "shop days: Tu",
        "stars: 4.5",
    ]


@pytest.mark.parametrize(
    "interaction",
    [
        Interaction(id="1", passages=(Passage(text="a" * 300_000),) * 3),
        Interaction(id="1", passages=(Passage(text="a"),) * 200_000),
        Interaction(id="1", context={"a": ["b" * 999] * 2_000}),
    ],
)
def test_only_so_much_is_looked_at(interaction: Interaction) -> None:
    """However long the passages, however many, and however large the record."""
    found = pieces(interaction)

    assert sum(len(piece.text) for piece in found) <= MAX_CHARACTERS
    assert len(found) <= 512


def test_a_nested_record_needs_no_recursion() -> None:
    """The depth of a record cannot break the detector."""
    record: dict[str, object] = {"": "leaf"}
    for _ in range(5_000):
        record = {"": record}

    assert [piece.text for piece in pieces(Interaction(id="1", context=record))] == [": leaf"]


@given(texts=st.lists(st.text("ab .\n"), max_size=4), prefix=st.sampled_from(["", "p {number}: "]))
def test_offsets_lie_in_their_own_piece(texts: list[str], prefix: str) -> None:
    """A prefix shifts nothing, and each token knows whose it is."""
    context = encode([Piece("", text) for text in texts], tiny.lookup().tokenize, prefix=prefix)

    for piece, (start, end) in zip(context.piece.tolist(), context.offsets.tolist(), strict=True):
        assert 0 <= start <= end <= len(texts[piece])


def test_a_prefix_shifts_no_offset() -> None:
    """Words of the second piece are found where they are in it."""
    texts = [Piece("", "one two"), Piece("", "three four")]
    context = encode(texts, tiny.lookup().tokenize, prefix="p {number}: ")
    found = context.tokens(1, Span(0, len(context.ids))).offsets.tolist()

    assert found == [[0, 0], [0, 0], [0, 0], [0, 5], [6, 10]]


def test_a_piece_hides_its_text() -> None:
    """It may stand in a traceback."""
    assert "secret" not in repr(Piece("0", "secret"))
