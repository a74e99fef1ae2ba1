"""What a worker costs its Prometheus stays within what the docs promise."""

from typing import get_args

import msgspec
import pytest

from detectors.base import Interaction, Severity, Signal
from detectors.policy.pack import STARTER, files
from processor import metrics
from processor.config import Config, DetectorName, SignalName
from processor.conversation.machine import Steps
from processor.conversation.state import Ending
from processor.conversation.turn import Word
from processor.drift.charts import CHARTS
from processor.drift.features import Series
from processor.drift.provenance import FIELDS
from processor.drift.reading import Reading, Status
from processor.exporter import Exporter
from processor.training import Doubt
from processor.verdict import Training, conclude

_INTENTS = 10


@pytest.mark.parametrize("budget", metrics.BUDGETS)
def test_series_stay_within_their_budget(budget: metrics.Budget) -> None:
    """With every signal, every rule of the starter pack, a model a route, ten intents an app."""
    exporter = Exporter(max_values=1000)
    exporter.rules_loaded(_starter_rules(), "abc")
    for detector in get_args(DetectorName):
        exporter.detector_ran(detector, 0.1)
    for app in range(budget.apps):
        for route in range(budget.routes):
            _fill(exporter, Series(f"app{app}", f"route{route}", f"model{app}"))
    body, _ = exporter.expose(None)
    series = sum(not line.startswith(b"#") for line in body.splitlines())

    assert 0.8 * budget.series < series <= budget.series


def _starter_rules() -> dict[str, Severity]:
    documents = [msgspec.yaml.decode(file.read_bytes()) for file in files((STARTER,))]
    return {rule["id"]: "high" for document in documents for rule in document["rules"]}


def _fill(exporter: Exporter, series: Series) -> None:
    """Show what a series shows once it has seen everything."""
    app, route, model = series.app, series.route, series.model
    signals = tuple(Signal(name=name, score=0.5, label="grounded") for name in get_args(SignalName))
    interaction = Interaction(id="1", app=app, route=route, model=model)
    reasons = (*Config().training.signals, *get_args(Doubt))
    for training in (Training(eligible=True), Training(eligible=False, reasons=reasons)):
        exporter.judged(conclude(interaction, signals, (), {}, training))
    for signal in Config().drift.signals:
        exporter.read(Reading(series, signal, 0.5, 0.5, 9), 0)
    exporter.stand(
        Status(
            series=series,
            ready=True,
            collected=0,
            baseline_events=9,
            baseline_until=0.0,
            events=9,
            ratios={chart.name: 0.0 for chart in CHARTS},
            latched={},
            prompt_version="v1",
            retrieval_snapshot="s",
            changed=dict.fromkeys(FIELDS, 0.0),
        ),
        0,
    )
    steps = Steps()
    steps.endings += [
        _ending(app, route, f"intent{number}", outcome)
        for number in range(_INTENTS)
        for outcome in get_args(Word)
    ]
    exporter.advanced(steps)


def _ending(app: str, route: str, intent: str, outcome: Word) -> Ending:
    return Ending(
        number=1,
        app=app,
        route=route,
        intent=intent,
        outcome=outcome,
        explicit=False,
        opened=0.0,
        last=1.0,
        turns=1,
        rephrases=0,
        failures=0,
        negatives=0,
        frustration=0.0,
        chance=None,
        opening=b"",
    )
