"""The encoder's backends by precision, on one thread and all: texts a second, nothing cached."""

import importlib.util
import os
import sys
from collections import defaultdict
from statistics import median

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import ceiling
from benchmarks.line import base_config
from processor.config import Config

_WARM = 16  # events; each holds twelve texts
_EVENTS = 64

_Choice = tuple[str, str, int]
"""A backend, its precision and its threads."""


def compare(config: Config, *, rounds: int, seed: int) -> None:
    """Print the texts a second of every backend that is installed, and the ratio to torch.

    The rounds go over all choices in turn, so that a busy moment of the machine is shared.
    """
    paces: dict[_Choice, list[float]] = defaultdict(list)
    for number in range(rounds):
        for choice in _choices():
            paces[choice].append(_pace(config, choice, seed + number))
    table = Table("backend", "precision", "threads", "texts/s", "to torch in f32 (from-to)")
    for (backend, precision, threads), found in paces.items():
        ratios = [a / b for a, b in zip(found, paces["torch", "f32", threads], strict=True)]
        table.add_row(
            backend,
            precision,
            str(threads),
            f"{median(found):,.0f}",
            f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        )
    Console(width=None if sys.stdout.isatty() else 100).print(table)


def _choices() -> list[_Choice]:
    names = ["torch", *(["openvino"] if importlib.util.find_spec("openvino") else [])]
    counts = sorted({1, os.cpu_count() or 1})
    return [
        (name, precision, threads)
        for threads in counts
        for name in names
        for precision in ("f32", "bf16")
    ]


def _pace(config: Config, choice: _Choice, seed: int) -> float:
    backend, precision, threads = choice
    embedding = msgspec.structs.replace(
        config.embedding, backend=backend, precision=precision, threads=threads
    )
    chosen = msgspec.structs.replace(config, embedding=embedding)
    found = ceiling.run(chosen, kind="fresh", seed=seed, warm=_WARM, events=_EVENTS)
    return found.texts_per_second


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seed", default=7, show_default=True, help="Of the texts.")
def main(rounds: int, seed: int) -> None:
    """Print the table of the backends."""
    compare(base_config(), rounds=rounds, seed=seed)


if __name__ == "__main__":
    main()
