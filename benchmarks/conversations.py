"""How well outcomes are inferred from text alone, and what the state machine costs."""

import gzip
import random
import time
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import psutil
from msgspec.structs import replace
from rich.table import Table
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped] # ships no types

from detectors.base import Interaction
from detectors.embedding import Encoder
from detectors.intent.reader import Reader
from detectors.intent.vectors import pack
from processor.conversation.fit import Example, Examples, fit
from processor.conversation.machine import Machine, Steps
from processor.conversation.stage import ConversationStage
from processor.conversation.state import State
from processor.conversation.turn import Explicit, Turn, turn_of
from processor.kafka import Record
from processor.timers import Timers

_DAY = 86_400.0
_CONVERSATIONS = 200_000
_TURNS = 5
_PROMPTS = 1_000
_DIMENSION = 384
_DAYS = 40.0
_REPORTS = 8
_FOLDS = 5
_REPEATS = 20


class Outcome(NamedTuple):
    """One conversation with a verified outcome."""

    task: str
    example: Example
    frustration: float
    inferred: str


class Guess(NamedTuple):
    """Whether a conversation was settled, and how likely a model that has not seen it says so.

    ``share`` is that of the settled ones among those that the model was fitted on.
    """

    settled: bool
    chance: float
    share: float


def outcomes(directory: Path, encoder: Encoder) -> list[Outcome]:
    """Run every conversation through the machine; what is known of it is told at its end."""
    file = directory / "intent" / "resolution_taubench_airline.jsonl.gz"
    reader = Reader(encoder)
    with gzip.open(file) as lines:
        return [_outcome(msgspec.json.decode(line), reader) for line in lines]


def _outcome(row: dict[str, Any], reader: Reader) -> Outcome:
    turns = list(_turns(row["turns"], reader))
    word: Any = "confirmed" if row["label"] else "abandoned"
    told = replace(turns[-1], explicit=Explicit(word, final=True))
    examples = Examples()
    _run(Machine(model=examples), [*turns[:-1], told])
    (example,) = examples.kept
    (ending,) = _run(Machine(), turns).endings
    return Outcome(str(row["meta"]["task_id"]), example, ending.frustration, ending.outcome)


def _run(machine: Machine, turns: Sequence[Turn]) -> Steps:
    state, steps = State(), Steps()
    for turn in turns:
        machine.take(state, turn, turn.time, steps)
    machine.pass_time(state, turns[-1].time + _DAY, steps)
    return steps


def _turns(said: Sequence[dict[str, Any]], reader: Reader) -> Iterator[Turn]:
    """Pair what the user said with what the bot answered, a minute each."""
    users = [place for place, turn in enumerate(said) if turn["role"] == "user"]
    interactions = [
        Interaction(
            id=str(place),
            time=60.0 * number,
            prompt=said[place]["text"],
            response=said[place + 1]["text"] if place + 1 < len(said) else None,
        )
        for number, place in enumerate(users)
    ]
    for number, reading in enumerate(reader.read_many(interactions)):
        record = Record("", 0, number, 60.0 * number, None, None)
        yield turn_of(record, interactions[number], reading)


def outcomes_table(directory: Path, encoder: Encoder) -> Table:
    """Return the AUROC of models that have not seen the task, and of the hand weights.

    Each fifth of the tasks is measured for itself, and the mean taken. All of them in one ranking
    would set models against each other that learned from different shares of settled ones: where
    many are held out, few are learned from. A model that knows nothing then ranks below chance.
    """
    found = outcomes(directory, encoder)
    settled = [outcome.example.settled for outcome in found]
    splits = [_fifths(found, seed) for seed in range(_REPEATS)]
    apart = [float(np.mean([*map(_auroc, fifths)])) for fifths in splits]
    together = [[guess for fifth in fifths for guess in fifth] for fifths in splits]
    knowing_nothing = [[g._replace(chance=g.share) for g in guesses] for guesses in together]
    table = Table("verified outcomes", "conversations", "settled", "AUROC")
    table.add_row(
        "fitted model, tasks held out", str(len(found)), f"{np.mean(settled):.2f}", _spread(apart)
    )
    table.add_row("in one ranking", "", "", _spread([*map(_auroc, together)]))
    table.add_row(
        "in one ranking, knowing nothing", "", "", _spread([*map(_auroc, knowing_nothing)])
    )
    calm = [1 - outcome.frustration for outcome in found]
    table.add_row("hand weights", str(len(found)), "", f"{roc_auc_score(settled, calm):.3f}")
    for word in ("confirmed", "assumed", "abandoned", "escalated"):
        some = [o.example.settled for o in found if o.inferred == word]
        share = f"{np.mean(some):.2f}" if some else ""
        table.add_row(f"inferred as {word}", str(len(some)), share, "")
    return table


def _fifths(found: Sequence[Outcome], seed: int) -> list[list[Guess]]:
    """Return what a model says of each fifth of the tasks, fitted on the others."""
    tasks = sorted({outcome.task for outcome in found})
    random.Random(seed).shuffle(tasks)
    return [_guesses(found, set(tasks[fold::_FOLDS])) for fold in range(_FOLDS)]


def _guesses(found: Sequence[Outcome], held_out: Container[str]) -> list[Guess]:
    known = [outcome.example for outcome in found if outcome.task not in held_out]
    model, share = fit(known), float(np.mean([example.settled for example in known]))
    unknown = [outcome.example for outcome in found if outcome.task in held_out]
    return [Guess(e.settled, model.chance_of(e.features), share) for e in unknown]


def _auroc(guesses: Sequence[Guess]) -> float:
    return float(roc_auc_score([g.settled for g in guesses], [g.chance for g in guesses]))


def _spread(aurocs: Sequence[float]) -> str:
    return f"{np.mean(aurocs):.3f} ({min(aurocs):.3f} to {max(aurocs):.3f})"


class Load:
    """Turns of interleaved conversations, five each, minutes apart, over forty days."""

    def __init__(self, conversations: int, *, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        raw = rng.standard_normal((_PROMPTS, _DIMENSION))
        units = raw / np.linalg.norm(raw, axis=1, keepdims=True)
        self._vectors = [pack(unit) for unit in units]
        starts = rng.uniform(0, _DAYS * _DAY, conversations)
        times = starts[:, None] + np.arange(_TURNS) * 120.0
        self._order = np.argsort(times, axis=None)
        self._times = times.ravel()
        self._random = random.Random(seed)

    def turns(self) -> Iterator[tuple[bytes, Turn]]:
        """Yield conversation and turn, in the order of time."""
        cues: tuple[tuple[str, ...], ...] = ((), (), (), ("failure",), ("negative",), ("thanks",))
        for offset, index in enumerate(self._order):
            conversation = int(index) // _TURNS
            at = float(self._times[index])
            yield (
                b"c%d" % conversation,
                Turn(
                    partition=0,
                    offset=offset,
                    logged=at,
                    event=offset,
                    time=at,
                    app="shop",
                    route="chat",
                    intent=f"intent{conversation % 50}",
                    window_seconds=None,
                    asked=True,
                    answered=True,
                    cues=self._random.choice(cues),
                    prompt=self._random.choice(self._vectors),
                    response=self._random.choice(self._vectors),
                ),
            )


def machine_table(conversations: int = _CONVERSATIONS) -> Table:
    """Return turns a second of the process's own time, and what is held as the days pass.

    ``machine`` keeps states as objects; ``stage`` reads and writes their bytes at every turn, as
    the stream does.
    """
    table = Table("through", "day", "turns/s", "endings", "held", "MB of states", "MB of process")
    for name, run in (("machine", _through_machine), ("stage", _through_stage)):
        for row in run(Load(conversations), conversations * _TURNS):
            table.add_row(name, *row)
    return table


def _through_machine(load: Load, turns: int) -> Iterator[tuple[str, ...]]:
    machine, timers = Machine(), Timers()
    states: dict[bytes, State] = {}
    ended, busy = 0, 0.0
    for done, (key, turn) in enumerate(load.turns(), start=1):
        start = time.process_time()
        steps = Steps()
        state = states.get(key)
        if state is None:
            state = states[key] = State()
        machine.take(state, turn, turn.time, steps)
        timers.set(0, key, machine.due(state))
        for due in timers.expired(0, turn.time, limit=500):
            if machine.pass_time(states[due], turn.time, steps):
                timers.set(0, due, machine.due(states[due]))
            else:
                del states[due]
        ended += len(steps.endings)
        busy += time.process_time() - start
        if done % (turns // _REPORTS) == 0:
            yield (f"{turn.time / _DAY:.0f}", *_figures(done, busy, ended, len(states)), "", _rss())


def _through_stage(load: Load, turns: int) -> Iterator[tuple[str, ...]]:
    stage, timers = ConversationStage(Machine()), Timers()
    states: dict[bytes, bytes] = {}
    ended, busy = 0, 0.0
    for done, (key, turn) in enumerate(load.turns(), start=1):
        start = time.process_time()
        advance = stage.advance(key, states.get(key), [(turn, turn.time)])
        states[key] = advance.state or b""
        timers.set(0, key, advance.due)
        ended += len(advance.steps.endings)
        for due in timers.expired(0, turn.time, limit=500):
            passed = stage.pass_time(due, states[due], turn.time)
            ended += len(passed.steps.endings)
            if passed.state is None:
                del states[due]
            else:
                states[due] = passed.state
                timers.set(0, due, passed.due)
        busy += time.process_time() - start
        if done % (turns // _REPORTS) == 0:
            size = sum(map(len, states.values())) / 1e6
            figures = _figures(done, busy, ended, len(states))
            yield (f"{turn.time / _DAY:.0f}", *figures, f"{size:.0f}", _rss())


def _figures(done: int, busy: float, ended: int, held: int) -> tuple[str, str, str]:
    return f"{done / busy:,.0f}", f"{ended:,}", f"{held:,}"


def _rss() -> str:
    return f"{psutil.Process().memory_info().rss / 1e6:.0f}"
