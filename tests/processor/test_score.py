"""Without Kafka the same is said of an event as in the stream, line by line."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Interaction, Signal
from processor.config import Config, Worker
from processor.decode import interactions
from processor.pipeline import Pipeline
from processor.score import Rejected, judge, score
from processor.verdict import Verdict

CONFIG = Config(worker=Worker(batch_events=3, max_event_bytes=100, detectors=()))


class Counting:
    """Remembers how many interactions it was given at a time."""

    name = "counting"
    version = ""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def detect_many(self, batch: Sequence[Interaction]) -> list[tuple[Signal, ...]]:
        """Return one signal each."""
        self.batches.append(len(batch))
        return [(Signal(name=self.name, score=1.0, label="good"),) for _ in batch]


def event(number: int) -> bytes:
    """Return an event that is named."""
    return b'{"id": "%d", "prompt": "a"}' % number


def outcomes(raw: Sequence[bytes], *detectors: Counting) -> list[Verdict | Rejected]:
    """Judge these lines."""
    judged = judge(enumerate(raw, start=1), Pipeline(detectors, versions={}), CONFIG)
    return [o if isinstance(o, Rejected) else o[1] for o in judged]


@given(good=st.lists(st.booleans(), max_size=12))
def test_outcomes_keep_the_order_of_the_lines(good: list[bool]) -> None:
    """Each line has one, an event a verdict, what is none a rejection with its number."""
    found = outcomes([event(i) if is_good else b"{" for i, is_good in enumerate(good)])

    assert [o.event_id if isinstance(o, Verdict) else o for o in found] == [
        str(i) if is_good else Rejected(line=i + 1, reason="not_json")
        for i, is_good in enumerate(good)
    ]


def test_lines_are_judged_in_batches() -> None:
    """Of the size that the stream uses; the last may be smaller."""
    detector = Counting()
    outcomes([event(i) for i in range(7)], detector)

    assert detector.batches == [3, 3, 1]


def test_outcomes_come_while_lines_are_read() -> None:
    """A log may be larger than the memory."""

    def endless() -> Iterator[bytes]:
        while True:
            yield event(0)

    found = judge(enumerate(endless(), start=1), Pipeline((), versions={}), CONFIG)

    assert isinstance(next(found), tuple)


def test_a_line_gets_the_verdict_of_the_stream() -> None:
    """The very same: decoding and detectors are shared."""
    pipeline = Pipeline((Counting(),), versions={"semwatch": "1"})
    raw = b'{"prompt": "a", "app": "shop"}'

    [(_, verdict)] = judge(iter([(1, raw)]), pipeline, CONFIG)  # type: ignore[misc] # an event

    assert [verdict] == pipeline.judge(interactions(raw))


def test_the_limit_of_an_event_holds() -> None:
    """It would not pass in the stream either."""
    [rejected] = outcomes([b'{"prompt": "%s"}' % (b"a" * 100)])

    assert rejected == Rejected(line=1, reason="too_large")


def test_the_output_is_one_json_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Verdicts and rejections go out, the summary to standard error."""
    file = tmp_path / "log.jsonl"
    file.write_bytes(event(7) + b"\n{}\n")
    out = io.BytesIO()
    with file.open("rb") as opened:
        score(opened, CONFIG, out=out)
    first, second = map(msgspec.json.decode, out.getvalue().splitlines())
    captured = capsys.readouterr()

    assert (first["event_id"], first["status"]) == ("7", "scored")
    assert second == {"line": 2, "reason": "no_text", "status": "rejected"}
    assert captured.out == ""
    assert "no_text" in captured.err


def test_the_command_scores_standard_input() -> None:
    """So it stands in a pipe."""
    done = subprocess.run(
        (sys.executable, "-m", "processor", "score", "-"),
        input=event(7) + b"\n",
        env={"SEMWATCH_WORKER_DETECTORS": "", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
        check=True,
    )

    assert msgspec.json.decode(done.stdout, type=Verdict).event_id == "7"
