"""A JSONL file through the same decoding and detectors as the stream, without Kafka."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.base import Interaction
from processor.assembly import load_pipeline
from processor.config import Config
from processor.conversation.build import reader_of, stage_of
from processor.conversation.follow import Followed
from processor.conversation.observe import Turns
from processor.decode import decode
from processor.errors import Reason, Undecodable
from processor.explain import explain
from processor.formats.part import Part
from processor.pipeline import Pipeline
from processor.replay import lines
from processor.verdict import Verdict


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """What `semwatch score` prints for a line that holds no event."""

    line: int
    reason: Reason
    status: str = "rejected"


Judged = tuple[Interaction, Verdict]


def score(file: IO[bytes], config: Config, *, out: IO[bytes] = sys.stdout.buffer) -> None:
    """Write one verdict or rejection a line to ``out``, then one a conversation.

    A summary goes to standard error.
    """
    pipeline, _ = load_pipeline(config)
    followed = _followed(pipeline, config)
    tally: Counter[tuple[str, str]] = Counter()
    for outcome in judge(lines(file), pipeline, config):
        tally.update(_words(outcome))
        document = outcome if isinstance(outcome, Rejected) else outcome[1]
        out.write(msgspec.json.encode(document) + b"\n")
        if followed and not isinstance(outcome, Rejected):
            followed.take([outcome])
    for conversation in followed.conclude() if followed else ():
        tally.update(("conversation", segment.outcome) for segment in conversation.segments)
        out.write(msgspec.json.encode(conversation) + b"\n")
    out.flush()
    Console(stderr=True).print(_summary(tally))


def show(file: IO[bytes], config: Config) -> None:
    """Print every answer with what its verdict blames marked in colour, then the summary."""
    pipeline, _ = load_pipeline(config)
    console = Console()
    tally: Counter[tuple[str, str]] = Counter()
    for outcome in judge(lines(file), pipeline, config):
        tally.update(_words(outcome))
        if isinstance(outcome, Rejected):
            console.print(f"line {outcome.line}: {outcome.reason}", style="red")
        else:
            console.print(explain(*outcome))
    console.print(_summary(tally))


def judge(
    numbered: Iterator[tuple[int, bytes]], pipeline: Pipeline, config: Config
) -> Iterator[Judged | Rejected]:
    """Judge the lines in batches; outcomes keep the order of the lines."""
    batch: list[Interaction | Rejected] = []
    for number, line in numbered:
        for part in decode(line, max_bytes=config.worker.max_event_bytes).parts:
            batch.append(_or_rejected(part, number))
            if len(batch) == config.worker.batch_events:
                yield from _outcomes(batch, pipeline)
                batch = []
    yield from _outcomes(batch, pipeline)


def _followed(pipeline: Pipeline, config: Config) -> Followed | None:
    reader = reader_of(pipeline)
    if reader is None:
        return None
    return Followed(Turns(reader, config.topics.turns), stage_of(config, reader))


def _or_rejected(part: Part, line: int) -> Interaction | Rejected:
    if isinstance(part, Undecodable):
        return Rejected(line=line, reason=part.reason)
    return part


def _outcomes(
    batch: Sequence[Interaction | Rejected], pipeline: Pipeline
) -> Iterator[Judged | Rejected]:
    verdicts = iter(pipeline.judge([i for i in batch if isinstance(i, Interaction)]))
    return (item if isinstance(item, Rejected) else (item, next(verdicts)) for item in batch)


def _words(outcome: Judged | Rejected) -> list[tuple[str, str]]:
    if isinstance(outcome, Rejected):
        return [("rejected", outcome.reason)]
    _, verdict = outcome
    signals = [(signal.name, signal.label) for signal in verdict.signals]
    failures = [(failure.detector, "unscored") for failure in verdict.failures]
    return [
        *signals,
        *failures,
        ("training", "eligible" if verdict.training.eligible else "excluded"),
    ]


def _summary(tally: Counter[tuple[str, str]]) -> Table:
    table = Table("signal", "label", "events")
    for (signal, label), events in sorted(tally.items()):
        table.add_row(signal, label, str(events))
    return table
