"""What each detector costs an event without an encoder, at the lengths of RAGTruth.

A made-up event has a context of about 600 words and an answer of about 130, no sentence twice.
Finding the words of the same texts is measured right beside each event: it is the baseline that
tells a slow detector from a busy machine.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.line import base_config
from benchmarks.traffic import Traffic
from detectors.base import Interaction
from processor.assembly import load_pipeline
from processor.config import Config, DetectorName, Policy
from processor.decode import interactions
from processor.pipeline import Pipeline

HALLUCINATION_BAR = 5.0  # milliseconds at the median
_ENCODED: frozenset[DetectorName] = frozenset(
    {"grounding", "self_consistency", "intent_resolution"}
)
_EVENTS = 200
_PASSAGES = 11
_SENTENCES = 7
_WORD = re.compile(r"\w+")


def compare(config: Config, *, rounds: int, seed: int) -> None:
    """Print the milliseconds of CPU that each detector takes for one event."""
    batch = _interactions(_EVENTS * rounds, seed)
    words = median(_words(i.response or "") for i in batch)
    context = median(sum(_words(p.text) for p in i.passages) for i in batch)
    table = Table(
        *("detector", "median ms", "p95 ms", "to finding words", "passages seen", "bar"),
        caption=f"{context:.0f} words of context, {words:.0f} of answer; load "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {len(batch)} events",
    )
    names = [n for n in config.worker.detectors if n not in _ENCODED]
    for name in names:
        table.add_row(name, *_row(_only(config, name), batch, name))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _interactions(count: int, seed: int) -> Sequence[Interaction]:
    traffic = Traffic("fresh", seed=seed, passages=_PASSAGES, sentences=_SENTENCES)
    return [one for event in traffic.events(count) for one in interactions(event)]


def _words(text: str) -> int:
    return len(_WORD.findall(text))


def _only(config: Config, name: DetectorName) -> Pipeline:
    """Return a detector alone; learned policy rules read the text and no embedding."""
    worker = type(config.worker)(detectors=(name,))
    pipeline, _ = load_pipeline(type(config)(worker=worker, policy=Policy(embeddings=False)))
    return pipeline


def _row(pipeline: Pipeline, batch: Sequence[Interaction], name: str) -> list[str]:
    costs = np.array([_costs(pipeline, interaction) for interaction in batch])
    half, most = np.percentile(costs[:, 0], [50, 95])
    again, ratio = np.median(costs[:, 1]), np.median(costs[:, 0] / costs[:, 2])
    bar = ""
    if name == "hallucination":
        bar = f"{'met' if half <= HALLUCINATION_BAR else 'MISSED'} (<= {HALLUCINATION_BAR:g})"
    return [f"{half:.2f}", f"{most:.2f}", f"{ratio:.0f}", f"{again:.2f}", bar]


def _costs(pipeline: Pipeline, interaction: Interaction) -> tuple[float, float, float]:
    """Return what the event costs, what it does with passages seen before, and the baseline."""
    return (
        _cost(lambda: pipeline.judge([interaction])),
        _cost(lambda: pipeline.judge([interaction])),
        _cost(lambda: _find_words(interaction)),
    )


def _find_words(interaction: Interaction) -> None:
    for text in (interaction.response or "", *(p.text for p in interaction.passages)):
        _WORD.findall(text)


def _cost(work: Callable[[], object]) -> float:
    """Return the milliseconds of CPU."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seed", default=7, show_default=True, help="Of the texts.")
def main(rounds: int, seed: int) -> None:
    """Print the table of the detectors."""
    compare(base_config(), rounds=rounds, seed=seed)


if __name__ == "__main__":
    main()
