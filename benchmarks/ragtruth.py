"""RAGTruth through the whole line: does the grounding score tell hallucinated answers?

The data is not ours to ship: point SEMWATCH_DATA, or the argument, to the directory that holds
``hallucination/ragtruth*.jsonl.gz``.
"""

import gzip
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import click
import msgspec
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped] # ships no types

from benchmarks import broker
from benchmarks.line import Line, base_config
from benchmarks.worker import running
from processor.assembly import load_pipeline
from processor.replay import replay
from processor.score import Rejected, judge
from processor.verdict import Verdict

_FILES = "hallucination/ragtruth*.jsonl.gz"
_SIGNAL = "grounding"
# How the contexts of the task qa separate their passages.
_PASSAGE = re.compile(r"^passage \d+:", re.MULTILINE)

console = Console(stderr=True)


class Example(NamedTuple):
    """One labelled answer; ``event`` holds no label."""

    id: str
    task: str
    hallucinated: bool
    event: bytes


class Row(NamedTuple):
    """What one task came to; without both labels there is no AUROC."""

    task: str
    answers: int
    hallucinated: int
    unverifiable: int
    auroc: float | None


def examples(directory: Path) -> list[Example]:
    """Return every row of the data as an event, ids made unique.

    Raises:
        ValueError: there is no such file.
    """
    files = sorted(directory.glob(_FILES))
    if not files:
        raise ValueError(f"no {_FILES} in {directory}")
    seen: Counter[str] = Counter()
    return [_example(row, seen) for file in files for row in _rows(file)]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from (msgspec.json.decode(line) for line in lines)


def _example(row: dict[str, Any], seen: Counter[str]) -> Example:
    seen[row["id"]] += 1
    repeat = seen[row["id"]]
    name = row["id"] if repeat == 1 else f"{row['id']}#{repeat}"
    event = {
        "id": name,
        "app": "ragtruth",
        "route": row["task"],
        "model": row["model"],
        "prompt": row["question"],
        "response": row["response"],
        **_evidence(row["task"], row["context"]),
    }
    return Example(name, row["task"], bool(row["label"]), msgspec.json.encode(event))


def _evidence(task: str, context: str) -> dict[str, Any]:
    if task == "data2text":
        return {"context": msgspec.json.decode(context)}
    texts = (text.strip() for text in _PASSAGE.split(context))
    return {"passages": [{"text": text} for text in texts if text]}


def judged_offline(events: Iterable[bytes]) -> list[Verdict]:
    """Judge without Kafka, in the batches of the worker."""
    config = base_config()
    pipeline, _ = load_pipeline(config)
    outcomes = judge(enumerate(events, start=1), pipeline, config)
    return [outcome[1] for outcome in outcomes if not isinstance(outcome, Rejected)]


def judged_on_kafka(events: Sequence[bytes]) -> list[Verdict]:
    """Replay through a real Kafka and a real worker; return every verdict that came."""
    with broker.start("kafka") as kafka, Line(kafka, base_config()) as line:
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            file.writelines(event + b"\n" for event in events)
            file.seek(0)
            replay(file, line.config)
        with running(line.config) as worker:
            worker.wait(line.count, len(events))
        # Only now: a worker that repeats itself has had its time to do so.
        return [received.verdict for received in line.read()]


def check(verdicts: Sequence[Verdict], wanted: Sequence[Example]) -> None:
    """Refuse anything but one verdict for each answer.

    Raises:
        ValueError: some are missing, repeated or of other events.
    """
    distinct = {verdict.id for verdict in verdicts}
    if len(distinct) != len(wanted) or len(verdicts) != len(wanted):
        raise ValueError(
            f"{len(verdicts)} verdicts, {len(distinct)} distinct, for {len(wanted)} answers"
        )
    if {verdict.event_id for verdict in verdicts} != {example.id for example in wanted}:
        raise ValueError("there are verdicts of other events")


def rows(verdicts: Iterable[Verdict], wanted: Sequence[Example]) -> Iterator[Row]:
    """Yield the result of every task, then of all."""
    scores = {verdict.event_id: _score(verdict) for verdict in verdicts}
    for task in sorted({example.task for example in wanted}):
        yield _row(task, [e for e in wanted if e.task == task], scores)
    yield _row("all", wanted, scores)


def _score(verdict: Verdict) -> float | None:
    (score,) = (signal.score for signal in verdict.signals if signal.name == _SIGNAL)
    return score


def _row(task: str, wanted: Sequence[Example], scores: Mapping[str, float | None]) -> Row:
    judged = [
        (example.hallucinated, 1.0 - score)
        for example in wanted
        if (score := scores[example.id]) is not None
    ]
    both = len({hallucinated for hallucinated, _ in judged}) > 1
    return Row(
        task=task,
        answers=len(wanted),
        hallucinated=sum(example.hallucinated for example in wanted),
        unverifiable=len(wanted) - len(judged),
        # By ranks, ties averaged: the chance that a hallucinated answer scores lower.
        auroc=float(roc_auc_score(*zip(*judged, strict=True))) if both else None,
    )


def report(found: Iterable[Row]) -> Table:
    """Return the rows as a table."""
    table = Table("task", "answers", "hallucinated", "unverifiable", "AUROC")
    for row in found:
        auroc = "-" if row.auroc is None else f"{row.auroc:.3f}"
        counts = (row.answers, row.hallucinated, row.unverifiable)
        table.add_row(row.task, *map(str, counts), auroc)
    return table


@click.command()
@click.argument(
    "directory",
    envvar="SEMWATCH_DATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--run", "mode", flag_value="run", help="Judge on a real Kafka with a real worker.")
@click.option("--offline", "mode", flag_value="offline", help="Judge in this process.")
@click.option("--out", type=click.File("wb"), default="-", help="Where the events go otherwise.")
def main(directory: Path, mode: str | None, out: IO[bytes]) -> None:
    """Write the answers in DIRECTORY as events, or judge them and print the AUROC."""
    wanted = examples(directory)
    events = [example.event for example in wanted]
    if mode is None:
        out.writelines(event + b"\n" for event in events)
        return
    console.print(f"{len(events)} answers are judged; this takes minutes")
    verdicts = judged_on_kafka(events) if mode == "run" else judged_offline(events)
    check(verdicts, wanted)
    console.print(f"{len(verdicts)} verdicts, one for each answer")
    Console(width=None if sys.stdout.isatty() else 100).print(report(rows(verdicts, wanted)))


if __name__ == "__main__":
    main()
