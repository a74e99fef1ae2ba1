"""How the demo's traffic goes."""

from typing import NamedTuple


class Plan(NamedTuple):
    """Answers a second, healthy ones, then ones of the incident."""

    seed: int
    rate: float
    healthy: int
    incident: int
