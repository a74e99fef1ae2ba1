"""The real worker with a cheap encoder, and with steps at which it may die or stand still.

Only what stands around the judged code is replaced: the model by a bag of hashed words, and,
where a test asks for it, the outbox and the exporter by ones that end the process on the way.
"""

import os
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from unittest.mock import patch

import numpy as np

from detectors import embedding
from processor import config as settings
from processor import exporter, kafka
from processor.cli import main as semwatch

STEP = "SEMWATCH_TEST_STEP"
"""``<signal>:<step>:<times>``: send oneself the signal when the step is reached so often.

``HANG`` in place of a signal blocks the stage alone.

Steps: ``judge``, ``before-``, ``torn-`` and ``after-`` with ``features``, ``verdicts`` or
``alarms``, ``done-observe``, ``done-drift``. Torn: a part of what is sent arrives.
"""

FORWARD_SECONDS = "SEMWATCH_TEST_FORWARD_SECONDS"
"""What one call of the model takes."""

_DIMENSION = 64
# Long enough for an acknowledgement that comes too early to be committed before the end.
_LINGER_SECONDS = 0.5
_HANG_SECONDS = 3600.0


class Step:
    """Counts how often a step was reached, and acts when it is time."""

    def __init__(self, what: str) -> None:
        self._what, self._name, times = what.split(":")
        self._left = int(times)

    def is_now(self, name: str) -> bool:
        """Say that a step is reached; return whether it is time to act."""
        if name != self._name:
            return False
        self._left -= 1
        return self._left == 0

    def act(self) -> None:
        """Wait, then die or stand still; who stood still goes on after a thaw."""
        time.sleep(_LINGER_SECONDS)
        if self._what == "HANG":
            time.sleep(_HANG_SECONDS)
        else:
            # To this thread: it would go on for a moment while another takes the signal.
            signal.pthread_kill(threading.get_ident(), signal.Signals[self._what])

    def reach(self, name: str) -> None:
        """Act when it is time."""
        if self.is_now(name):
            self.act()


def main() -> None:
    """Run the worker as ``semwatch worker`` does."""
    # The cheap encoder is not the one that the learned rules were fitted with.
    os.environ["SEMWATCH_POLICY_EMBEDDINGS"] = "false"
    config = settings.load()
    step = Step(os.environ.get(STEP, "SIGKILL:never:1"))
    with ExitStack() as patches:
        patches.enter_context(patch.object(embedding, "load", cheap_model(step)))
        patches.enter_context(patch("processor.assembly.Outbox", _outbox(config, step)))
        patches.enter_context(patch("processor.assembly.Exporter", _exporter(step)))
        semwatch(["worker"])


def cheap_model(step: Step) -> Callable[..., embedding.Model]:
    """Return what loads a model of words, without a meaning and without a cost."""
    seconds = float(os.environ.get(FORWARD_SECONDS, "0"))

    def forward(ids: embedding.Tokens, mask: embedding.Tokens) -> embedding.Vectors:
        time.sleep(seconds)
        step.reach("judge")
        return _bags(ids, mask)

    def load(*_args: object, **_options: object) -> embedding.Model:
        return embedding.Model(embedding.Embedding(_words, forward), "0" * 64)

    return load


def _words(texts: list[str]) -> list[list[int]]:
    return [[zlib.crc32(word.encode()) % _DIMENSION for word in text.split()] for text in texts]


def _bags(ids: embedding.Tokens, mask: embedding.Tokens) -> embedding.Vectors:
    bags = np.zeros((len(ids), _DIMENSION), np.float32)
    for bag, words, present in zip(bags, ids, mask, strict=True):
        np.add.at(bag, words[present == 1], 1.0)
    unit: embedding.Vectors = bags / np.linalg.norm(bags, axis=1, keepdims=True)
    return unit


def _outbox(config: settings.Config, step: Step) -> type[kafka.Outbox]:
    names = {
        config.topics.features: "features",
        config.topics.turns: "features",  # they share a flush
        config.topics.spans: "features",
        config.topics.traces: "traces",
        config.topics.evaluations: "features",
        config.topics.dead_letters: "features",
        config.topics.conversations: "conversations",
        config.topics.verdicts: "verdicts",
        config.topics.alarms: "alarms",
    }

    class Outbox(kafka.Outbox):
        def send(
            self, messages: Iterable[kafka.Message], guard: Callable[[], None] = lambda: None
        ) -> None:
            batch = list(messages)
            name = names[batch[-1].topic] if batch else "nothing"
            step.reach(f"before-{name}")
            if step.is_now(f"torn-{name}"):
                super().send(_part(batch), guard)
                step.act()
            super().send(batch, guard)
            step.reach(f"after-{name}")

    return Outbox


def _part(batch: list[kafka.Message]) -> list[kafka.Message]:
    """Return what a broker may have got of a batch: order holds within a partition alone."""

    def place(message: kafka.Message) -> tuple[str, int, bytes | None]:
        return message.topic, message.partition, message.key if message.partition < 0 else None

    return [message for message in batch if place(message) == place(batch[-1])]


def _exporter(step: Step) -> type[exporter.Exporter]:
    class Exporter(exporter.Exporter):
        def batch_done(self, stage: str, seconds: float) -> None:
            """Stand between the last acknowledgement from the broker and ours to the group."""
            super().batch_done(stage, seconds)
            step.reach(f"done-{stage}")

    return Exporter


if __name__ == "__main__":
    main()
