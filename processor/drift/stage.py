"""The drift stage: features of a series and its stored state in; new state and alarms out.

A score carries the place of its record in Kafka. The state remembers the last offset applied
from each source partition, so a repeat after a crash changes nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec

from processor.drift.baseline import Baseline
from processor.drift.canary import Canary
from processor.drift.charts import Charts
from processor.drift.course import Course, Parts
from processor.drift.features import Features, Series
from processor.drift.monitor import Monitor
from processor.drift.plan import Plan
from processor.drift.reading import Advance, Reading, Status, readings_of, status_of
from processor.drift.state import decode

_CACHED_CHARTS = 256


class DriftStage:
    """Advances the state of series; keeps nothing itself but charts at hand.

    Args:
        plan: what the operator wants.
        canary: what the encoder makes of the fixed texts; ``None`` without an encoder.
    """

    def __init__(self, plan: Plan, *, canary: Canary | None = None) -> None:
        self._plan = plan
        self.canary = canary
        self._charts: OrderedDict[int, Charts] = OrderedDict()

    def advance(
        self, state: bytes | None, batch: Sequence[Features], parts: Parts = lambda _name: None
    ) -> Advance:
        """Apply what `state` has not seen; the batch is of one series, not empty.

        Args:
            state: as stored.
            batch: in order.
            parts: what is stored beside the state, by name.

        Raises:
            StateError: the state is damaged, of another version, or its parts are.
        """
        course = Course(
            batch[0].series,
            decode(state),
            plan=self._plan,
            canary=self.canary,
            parts=parts,
            charts=self._charts_for,
        )
        for features in batch:
            if features.command:
                course.obey(features.command)
            for observation in features.observations:
                course.take(observation)
        return course.end()

    def readings(self, key: bytes, state: bytes) -> tuple[tuple[Reading, ...], Status]:
        """Return what a stored state says, as after a restart.

        Raises:
            StateError: as for `advance`.
        """
        series, saved = msgspec.json.decode(key, type=Series), decode(state)
        monitors = {name: Monitor(delta=self._plan.delta) for name in saved.monitors}
        for name, monitor in monitors.items():
            monitor.restore(saved.monitors[name])
        return readings_of(series, monitors), status_of(series, saved)

    def _charts_for(self, digest: int, baseline: Callable[[], Baseline]) -> Charts:
        """Return charts for a baseline, in whatever state; made once while they are in use."""
        charts = self._charts.get(digest) or Charts(baseline(), self._plan.limits)
        self._charts[digest] = charts
        self._charts.move_to_end(digest)
        if len(self._charts) > _CACHED_CHARTS:
            self._charts.popitem(last=False)
        return charts
