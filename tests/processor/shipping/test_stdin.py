"""Lines come out of a pipe as they went in."""

import os

import pytest

from processor.shipping.stdin import Pipe


def read(*pieces: bytes, max_line_bytes: int = 100) -> tuple[list[bytes], int]:
    """Return the lines of a pipe that was written in these pieces, and how many were too long."""
    reading, writing = os.pipe()
    pipe = Pipe(reading, max_line_bytes=max_line_bytes)
    chunks = []
    for piece in pieces:
        os.write(writing, piece)
        chunks.append(pipe.read())
    os.close(writing)
    while not pipe.has_ended:
        chunks.append(pipe.read())
    os.close(reading)
    found = [chunk for chunk in chunks if chunk]
    return [line for chunk in found for line in chunk.lines], sum(c.too_long for c in found)


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\nc"], [b"ab", b"c"]),
        ([b"\n\r\n a \r\n"], [b"a"]),
        ([], []),
    ],
)
def test_lines_are_cut_at_line_breaks(pieces: list[bytes], lines: list[bytes]) -> None:
    """Whatever the pieces; the last one needs none."""
    assert read(*pieces) == (lines, 0)


@pytest.mark.parametrize(
    "pieces", [[b"a\n", b"x" * 300 + b"\nb\n"], [b"a\n", b"x" * 150, b"x\nb\n"]]
)
def test_a_line_that_is_too_long_is_passed_over(pieces: list[bytes]) -> None:
    """And counted once."""
    assert read(*pieces) == ([b"a", b"b"], 1)


def test_nothing_is_waited_for() -> None:
    """The loop has other things to do."""
    reading, writing = os.pipe()

    assert Pipe(reading, max_line_bytes=10).read() is None

    os.close(reading)
    os.close(writing)
