"""The same baseline is made in many tests; its simulated thresholds are found once."""

from typing import Any

import numpy as np

from processor.drift import baseline
from processor.drift.mewma import simulate

_found: dict[bytes, float] = {}


def _remembered(rows: Any, **options: Any) -> float:
    labels = options.get("labels")
    place = rows.tobytes() + repr(sorted(options)).encode()
    place += b"" if labels is None else np.asarray(labels).tobytes()
    place += repr([options[name] for name in sorted(options) if name != "labels"]).encode()
    if place not in _found:
        _found[place] = simulate(rows, **options)
    return _found[place]


vars(baseline)["simulate"] = _remembered
