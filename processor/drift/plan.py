"""What the operator wants of every series."""

from collections.abc import Mapping

import msgspec

from processor.drift.charts import Limits
from processor.drift.provenance import Policy


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the drift stage.

    ``features`` have charts of their own, ``rates`` a Bernoulli CUSUM; a baseline is made of
    ``baseline_events`` over at least ``baseline_seconds``. ``policies`` are of the migrations,
    ``delta`` is of the adaptive windows (`Monitor`).
    """

    features: tuple[str, ...]
    rates: tuple[str, ...] = ()
    baseline_events: int = 2000
    baseline_seconds: float = 0.0
    cooldown_events: int = 2000
    delta: float = 0.002
    limits: Limits = Limits()
    policies: Mapping[str, Policy] = {}
