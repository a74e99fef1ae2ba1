"""The ceiling: the texts that the worker would embed, embedded in one process and nothing else.

No Kafka, no Faust, no sentence splitting, no verdicts; the same encoder, cache and batches.
`throughput` and `backends` run it as a process of its own and read the line that it prints.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import get_args

import click
import msgspec
import numpy as np

from benchmarks.line import base_config
from benchmarks.traffic import Kind, Traffic
from detectors import embedding
from detectors.base import Interaction
from detectors.embedding import Vectors
from detectors.grounding import Grounding
from processor.config import Config
from processor.decode import interactions
from tests.integration.stream import environment

_DIMENSION = 1


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """What one run measured, after the batches that warm up."""

    events_per_second: float
    texts_per_second: float
    cpu_seconds_per_event: float


class _Recorder:
    """An encoder that keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return np.zeros((len(texts), _DIMENSION), np.float32)


def measure(config: Config, *, kind: Kind, seed: int, warm: int, events: int) -> Ceiling:
    """Embed the texts of ``warm`` events untimed, then those of ``events`` timed."""
    size = config.worker.batch_events
    traffic = Traffic(kind, seed=seed)
    before = _batches(list(traffic.events(warm)), size)
    timed = _batches(list(traffic.events(events)), size)
    encoder = _load(config)
    for texts in before:
        encoder.encode(texts)
    start, cpu = time.perf_counter(), time.process_time()
    for texts in timed:
        encoder.encode(texts)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return Ceiling(
        events_per_second=events / seconds,
        texts_per_second=sum(map(len, timed)) / seconds,
        cpu_seconds_per_event=cpu / events,
    )


def run(config: Config, *, kind: Kind, seed: int, warm: int, events: int) -> Ceiling:
    """Measure in a new process, as a worker is one."""
    command = (
        *(sys.executable, "-m", "benchmarks.ceiling", "--kind", kind),
        *("--seed", str(seed), "--warm", str(warm), "--events", str(events)),
    )
    done = subprocess.run(command, env=environment(config), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Ceiling)


def _batches(events: Sequence[bytes], size: int) -> list[list[str]]:
    """Return the texts that grounding would embed for each batch of events."""
    return [
        _texts([one for event in events[start : start + size] for one in interactions(event)])
        for start in range(0, len(events), size)
    ]


def _texts(batch: Sequence[Interaction]) -> list[str]:
    recorder = _Recorder()
    Grounding(recorder).detect_many(batch)
    return recorder.asked


def _load(config: Config) -> embedding.Embedding:
    section = config.embedding
    return embedding.load(
        section.model,
        backend=section.backend,
        precision=section.precision,
        sha256=section.sha256,
        threads=section.threads,
        cache_texts=section.cache_texts,
    ).embedding


@click.command()
@click.option("--kind", type=click.Choice(get_args(Kind)), default="support", show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--warm", default=128, show_default=True, help="Events before the clock starts.")
@click.option("--events", default=512, show_default=True)
def main(kind: Kind, seed: int, warm: int, events: int) -> None:
    """Print the ceiling as one line of JSON."""
    found = measure(base_config(), kind=kind, seed=seed, warm=warm, events=events)
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")


if __name__ == "__main__":
    main()
