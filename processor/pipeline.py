"""Interactions in, verdicts out: the one place that runs detectors and observes them."""

import time
from collections.abc import Callable, Sequence

from detectors.base import Detector, Interaction, Signal
from processor.training import Curation
from processor.verdict import Failure, Verdict, conclude

_Outcome = tuple[Signal, ...] | Failure


class Pipeline:
    """Runs every detector over a batch; one that raises blinds nobody else.

    Args:
        detectors: run in this order.
        versions: what the verdicts say they were made with.
        curation: decides what may become training data; any bad signal excludes without one.
        observe: called with a detector's name and its seconds for the batch.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        versions: dict[str, str],
        curation: Curation | None = None,
        observe: Callable[[str, float], None] = lambda _name, _seconds: None,
    ) -> None:
        self._detectors = tuple(detectors)
        self._versions = versions
        self._curation = curation or Curation()
        self._observe = observe

    def judge(self, batch: Sequence[Interaction]) -> list[Verdict]:
        """Return one verdict for each interaction, in order."""
        columns = [self._run(detector, batch) for detector in self._detectors]
        versions = self.versions
        return [
            self._conclude(interaction, [column[row] for column in columns], versions)
            for row, interaction in enumerate(batch)
        ]

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """The detectors, in the order in which they run."""
        return self._detectors

    @property
    def versions(self) -> dict[str, str]:
        """What the verdicts of this moment say they were made with."""
        return self._versions | {d.name: d.version for d in self._detectors if d.version}

    def _run(self, detector: Detector, batch: Sequence[Interaction]) -> list[_Outcome]:
        start = time.perf_counter()
        outcomes = _isolate(detector, batch)
        self._observe(detector.name, time.perf_counter() - start)
        return outcomes

    def _conclude(
        self, interaction: Interaction, outcomes: Sequence[_Outcome], versions: dict[str, str]
    ) -> Verdict:
        signals: tuple[Signal, ...] = sum((o for o in outcomes if not isinstance(o, Failure)), ())
        failures = tuple(o for o in outcomes if isinstance(o, Failure))
        training = self._curation(interaction, signals, failures)
        return conclude(interaction, signals, failures, versions, training)


def _isolate(detector: Detector, batch: Sequence[Interaction]) -> list[_Outcome]:
    """Detect on the batch; when that fails, halve it until the culprits stand alone."""
    if not batch:
        return []
    try:
        return _checked(detector.detect_many(batch), len(batch))
    except Exception as error:  # noqa: BLE001 - the one place that turns any error into a Failure
        if len(batch) == 1:
            return [Failure(detector=detector.name, reason=type(error).__name__)]
    middle = len(batch) // 2
    return _isolate(detector, batch[:middle]) + _isolate(detector, batch[middle:])


class InvalidSignal(ValueError):  # noqa: N818 - its name becomes the failure's reason
    """A detector broke its own contract."""


def _checked(rows: Sequence[tuple[Signal, ...]], expected: int) -> list[_Outcome]:
    """Refuse missing rows and scores that are no measurement: NaN must not look like one."""
    scores = [signal.score for row in rows for signal in row if signal.score is not None]
    if len(rows) != expected or not all(0.0 <= score <= 1.0 for score in scores):
        raise InvalidSignal
    return list(rows)
