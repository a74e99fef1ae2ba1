"""Made-up observations of one series: how many, from where on changed, and what changes."""

import numpy as np

from processor.drift.behaviour import STYLE
from processor.drift.canary import Canary
from processor.drift.charts import Limits
from processor.drift.features import Features, Observation, Series
from processor.drift.plan import Plan

SERIES = Series("shop", "refunds", "m")
FEATURES = ("log_length", "prompt_cosine", "grounding")
DIMENSIONS = 4
CANARY = Canary("encoder", np.ones((8, DIMENSIONS), np.float16))
PLAN = Plan(
    features=FEATURES,
    rates=("policy=violated",),
    baseline_events=300,
    cooldown_events=200,
    limits=Limits(arl=10_000.0),
)


def traffic(
    events: int,
    *,
    first: int = 0,
    seed: int = 1,
    partitions: int = 2,
    shift: float = 0.0,
    prompt_shift: float = 0.0,
    violated: float = 0.02,
    version: str = "v1",
    embedding: str = "encoder",
) -> list[Observation]:
    """Return observations in order.

    Args:
        events: how many.
        first: number of the first.
        seed: of what is drawn.
        partitions: of the source, in turn.
        shift: of the length, in standard deviations.
        prompt_shift: of the prompts' first direction.
        violated: rate of the outcome.
        version: of the prompt.
        embedding: name of the encoder.
    """
    rng = np.random.default_rng(seed)
    observations = []
    for number in range(first, first + events):
        prompt = rng.normal(size=DIMENSIONS)
        prompt[0] += prompt_shift
        response = prompt + rng.normal(size=DIMENSIONS)
        observations.append(
            Observation(
                partition=number % partitions,
                offset=number,
                logged=1.0,
                event_id=f"e{number}",
                time=float(number),
                scores={
                    "log_length": float(prompt[0] + rng.normal() + 1.4 * shift),
                    "prompt_cosine": float(rng.normal()),
                    "grounding": float(rng.uniform()),
                },
                outcomes={"policy=violated": bool(rng.random() < violated)},
                style=tuple(float(value) for value in rng.normal(size=len(STYLE))),
                prompt_length=float(rng.normal()),
                prompt=prompt.astype("<f2").tobytes(),
                response=response.astype("<f2").tobytes(),
                embedding=embedding,
                provenance={"prompt_version": version},
            )
        )
    return observations


def features(*observations: Observation) -> Features:
    """Return a message of the series."""
    return Features(series=SERIES, observations=observations)
