"""The real worker with a cheap encoder, and with steps at which it may die or stand still.

Only what stands outside the judged code is replaced: the model by a bag of hashed words, and,
where a test asks for it, the outbox and the exporter by ones that end the process on the way.
"""

import os
import signal
import time
import zlib
from collections.abc import Iterable
from unittest.mock import patch

import numpy as np

from detectors import embedding
from processor import kafka
from processor import config as settings
from processor.assembly import run_worker
from processor.exporter import Exporter as RealExporter

STEP = "SEMWATCH_TEST_STEP"
"""``<signal>:<step>:<times>``: send oneself the signal when the step is reached so often."""

SLOW = "SEMWATCH_TEST_FORWARD_SECONDS"
"""What one call of the model takes, in seconds."""

_DIMENSION = 64
# Long enough for a commit that stands in the wrong place to happen before the end.
_LINGER_SECONDS = 0.4


class Step:
    """Counts how often a step was reached, and acts when it is time."""

    def __init__(self, what: str) -> None:
        name, self._step, times = what.split(":")
        self._signal = signal.Signals[name]
        self._left = int(times)

    def reach(self, step: str) -> bool:
        """Say whether it is time."""
        self._left -= step == self._step
        return self._left == 0 and step == self._step

    def act(self) -> None:
        """Wait, then die or stand still; one that stood still goes on."""
        self._left = -1
        time.sleep(_LINGER_SECONDS)
        os.kill(os.getpid(), self._signal)


def load(*_args: object, **_options: object) -> embedding.Model:
    """Load a model of no weight: equal words make similar texts."""
    return embedding.Model(embedding.Embedding(_tokenize, _forward), "0" * 64)


def _tokenize(texts: list[str]) -> list[list[int]]:
    return [[zlib.crc32(word.encode()) % _DIMENSION for word in t.split()] for t in texts]


def _forward(ids: embedding.Tokens, mask: embedding.Tokens) -> embedding.Vectors:
    time.sleep(float(os.environ.get(SLOW, "0")))
    counts = np.zeros((len(ids), _DIMENSION), np.float32)
    for row, (words, present) in enumerate(zip(ids, mask, strict=True)):
        np.add.at(counts[row], words[present == 1], 1.0)
    unit: embedding.Vectors = counts / np.linalg.norm(counts, axis=1, keepdims=True)
    return unit


def _with_steps(config: settings.Config, step: Step) -> dict[str, object]:
    roles = {
        config.topics.features: "features",
        config.topics.dead_letters: "features",  # one flush with them
        config.topics.verdicts: "verdicts",
        config.topics.alarms: "alarms",
    }

    class Outbox(kafka.Outbox):
        """Steps: ``before-``, ``torn-`` (a part arrives) and ``after-`` what it sends."""

        def send(self, messages: Iterable[kafka.Message]) -> None:
            batch = list(messages)
            role = roles[batch[0].topic] if batch else ""
            if step.reach(f"before-{role}"):
                step.act()
            if step.reach(f"torn-{role}"):
                super().send(_part(batch))
                step.act()
            super().send(batch)
            if step.reach(f"after-{role}"):
                step.act()

    class Exporter(RealExporter):
        """Steps: ``done-observe`` and ``done-drift``, just before the acknowledgement."""

        def batch_done(self, stage: str, seconds: float) -> None:
            super().batch_done(stage, seconds)
            if step.reach(f"done-{stage}"):
                step.act()

    return {"Outbox": Outbox, "Exporter": Exporter}


def _part(batch: list[kafka.Message]) -> list[kafka.Message]:
    """Return what a broker may have got of a batch: order holds within a partition alone."""
    last = batch[-1]
    return [m for m in batch if (m.topic, m.partition) == (last.topic, last.partition)]


def main() -> None:
    """Run the worker as ``semwatch worker`` does."""
    config = settings.load()
    parts = _with_steps(config, Step(os.environ[STEP])) if STEP in os.environ else {}
    with patch.object(embedding, "load", load):
        if parts:
            with patch.multiple("processor.assembly", **parts):
                run_worker(config)
        run_worker(config)


if __name__ == "__main__":
    main()
