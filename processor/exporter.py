"""Verdicts and readings to Prometheus: the only file that knows prometheus_client."""

from __future__ import annotations

import contextlib
import itertools
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from detectors.base import Severity, Signal
from detectors.intent.labels import OUT_OF_SCOPE
from processor import metrics
from processor.drift.alarm import Alarm, Family, Tier
from processor.drift.features import Series
from processor.drift.provenance import LOGGED, MigrationEvent
from processor.errors import Reason
from processor.judgement import judgement
from processor.labels import OTHER, Label
from processor.metrics import Metric
from processor.tracing.outcome import HandedOn, Ignored
from processor.verdict import Training, Verdict

if TYPE_CHECKING:  # they load river and numpy, which the sidecar does without
    from detectors.policy.run import Tally
    from processor.conversation.machine import Steps
    from processor.conversation.state import Ending
    from processor.drift.reading import Reading, Status

_VERDICTS = ("good", "bad", "unknown")
# What values these labels have stands in the code, so that the first of each can be a rise.
_CLOSED: tuple[tuple[Metric, Mapping[str, tuple[str, ...]]], ...] = (
    (metrics.DEAD_LETTERS, {"reason": get_args(Reason)}),
    (metrics.DRIFT_REFUSED, {"reason": ("max_series", "unreadable")}),
    (metrics.JOINED_CALLS, {"outcome": get_args(HandedOn)}),
    (metrics.SPANS_IGNORED, {"reason": get_args(Ignored)}),
    (
        metrics.RELOADS,
        {"file": ("catalogue", "intents", "policy"), "outcome": ("taken", "refused")},
    ),
    (
        metrics.TELEMETRY,
        {"kind": ("span", "evaluation"), "outcome": ("exported", "failed", "queue_full")},
    ),
)
_CLOSED_SIDECAR: tuple[tuple[Metric, Mapping[str, tuple[str, ...]]], ...] = (
    (metrics.SHIP_REFUSED, {"reason": ("not_json", "too_deep", "too_long", "too_large")}),
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")
_PROVENANCE = ("prompt_version", "retrieval_snapshot")
_EXEMPLAR_LIMIT = 128  # OpenMetrics 1.0: names and values of an exemplar together


class Exporter:
    """Holds every metric of the catalogue in a registry of its own.

    Args:
        labels: the admitted values of the labels ``app``, ``route``, ``model`` and ``intent``.
        max_values: see `Label`.
    """

    def __init__(
        self, labels: Mapping[str, Iterable[str]] | None = None, *, max_values: int = 50
    ) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._families: dict[Metric, Any] = {
            metric: _family(metric, self._registry) for metric in metrics.WORKER
        }
        self._labels = {
            name: Label(
                name,
                allowed=(labels or {}).get(name, ()),
                max_values=max_values,
                overflow=self._overflowed,
            )
            for name in ("app", "route", "model", "intent", *_PROVENANCE)
        }
        _show_closed(self._families, _CLOSED)
        for name in self._labels:
            self._child(metrics.LABEL_OVERFLOW, label=name)
        self._series: dict[int, set[tuple[Metric, tuple[str, ...]]]] = {}
        self._rules: dict[str, Severity] = {}
        self._rules_version: str | None = None
        self._routes: set[tuple[str, str]] = set()
        self._judged: set[tuple[str, str, str]] = set()
        self._provenance: dict[tuple[str, ...], tuple[str, ...]] = {}

    def started(self, versions: Mapping[str, str]) -> None:
        """Say what is running."""
        self._child(
            metrics.BUILD,
            version=versions["semwatch"],
            python=platform.python_version(),
            embedding=versions.get("embedding", ""),
        ).set(1)

    def judged(self, verdict: Verdict) -> None:
        """Count one verdict that the broker has acknowledged."""
        names = self._admit(app=verdict.app, route=verdict.route)
        self._child(metrics.EVENTS, **names, outcome=verdict.status).inc()
        self._decided(names, verdict.training)
        for signal in verdict.signals:
            self._count(names, signal)
            if signal.score is not None:
                histogram = self._child(metrics.SCORES, **names, signal=signal.name)
                histogram.observe(signal.score, exemplar=_exemplar(verdict.trace_id))
            self._violated(names, signal)
            if signal.label == OUT_OF_SCOPE:
                self._child(metrics.OUT_OF_SCOPE, **names).inc()
        for field in LOGGED:
            logged = getattr(verdict.provenance, field) is not None
            self._child(
                metrics.PROVENANCE, app=names["app"], field=field, logged=str(logged).lower()
            ).inc()
        for failure in verdict.failures:
            self._child(
                metrics.DETECTOR_FAILURES, detector=failure.detector, reason=failure.reason
            ).inc()

    def revised(self, verdict: Verdict) -> None:
        """Count a verdict on an answer that was judged before, and is counted already."""
        names = self._admit(app=verdict.app, route=verdict.route)
        self._child(metrics.REVISIONS, **names).inc()

    def _count(self, names: dict[str, str], signal: Signal) -> None:
        """Count a judgement; the first of a signal shows every verdict, so that all can rise."""
        word = judgement(signal)
        place = (names["app"], names["route"], signal.name)
        if word in _VERDICTS and place not in self._judged:
            self._judged.add(place)
            for verdict in _VERDICTS:
                self._child(metrics.JUDGEMENTS, **names, signal=signal.name, verdict=verdict)
        self._child(metrics.JUDGEMENTS, **names, signal=signal.name, verdict=word).inc()

    def _decided(self, names: dict[str, str], training: Training) -> None:
        """Count a decision on training; the first of a route shows both, so that a share has 0."""
        for eligible in (True, False):
            child = self._child(metrics.TRAINING, **names, eligible=str(eligible).lower())
            child.inc(eligible == training.eligible)
        for reason in training.reasons:
            self._child(metrics.TRAINING_EXCLUSIONS, **names, reason=reason).inc()

    def _violated(self, names: dict[str, str], signal: Signal) -> None:
        """Count the rules that an interaction breaks or only seems to, each once."""
        if self._rules:
            self._show_rules(names["app"], names["route"])
        broken = {(v.rule, v.severity) for v in signal.violations if not v.echoed}
        for rule, severity in broken:
            self._child(metrics.POLICY_VIOLATIONS, **names, rule=rule, severity=severity).inc()
        for rule in {v.rule for v in signal.violations} - {rule for rule, _ in broken}:
            self._child(metrics.POLICY_ECHOES, **names, rule=rule).inc()
        for rule in {failure.rule for failure in signal.failures}:
            self._child(metrics.POLICY_ERRORS, rule=rule).inc()

    def _show_rules(self, app: str, route: str) -> None:
        """Show every rule with 0, so that the first violation is a rise."""
        if (app, route) in self._routes:
            return
        self._routes.add((app, route))
        for rule, severity in self._rules.items():
            self._child(
                metrics.POLICY_VIOLATIONS, app=app, route=route, rule=rule, severity=severity
            )
            self._child(metrics.POLICY_ECHOES, app=app, route=route, rule=rule)

    def rules_loaded(self, rules: Mapping[str, Severity], version: str) -> None:
        """Say which policy rules are in use from now on."""
        if self._rules_version is not None:
            self._remove(metrics.POLICY_RULES, (self._rules_version,))
        self._child(metrics.POLICY_STALE).set(0)
        self._child(metrics.POLICY_RULES, version=version).set(len(rules))
        self._rules, self._rules_version = dict(rules), version
        self._routes.clear()
        for rule in rules:
            for metric in (
                metrics.POLICY_EVALUATIONS,
                metrics.POLICY_ERRORS,
                metrics.POLICY_SECONDS,
            ):
                self._child(metric, rule=rule)

    def rules_refused(self) -> None:
        """Say that the rule files hold a change that cannot be used."""
        self._child(metrics.POLICY_STALE).set(1)

    def rules_ran(self, tallies: Sequence[Tally]) -> None:
        """Count what policy rules did in one batch."""
        for rule, evaluations, seconds in tallies:
            self._child(metrics.POLICY_EVALUATIONS, rule=rule).inc(evaluations)
            self._child(metrics.POLICY_SECONDS, rule=rule).inc(seconds)

    def rejected(self, reason: str, times: int = 1) -> None:
        """Count what of a dead letter that the broker has acknowledged holds no event."""
        self._child(metrics.DEAD_LETTERS, reason=reason).inc(times)

    def passed_over(self, times: int) -> None:
        """Count what of a record is no interaction and no fault."""
        self._child(metrics.PASSED_OVER).inc(times)

    def aged(self, seconds: float) -> None:
        """Observe how old a record was when its verdict was acknowledged."""
        self._child(metrics.EVENT_AGE).observe(max(seconds, 0.0))

    def repeated(self) -> None:
        """Count a record whose outcome was already in Kafka."""
        self._child(metrics.REPEATS).inc()

    def skipped_tombstone(self) -> None:
        """Count a record without a value."""
        self._child(metrics.TOMBSTONES).inc()

    def batch_done(self, stage: str, seconds: float) -> None:
        """Observe one batch of a stage."""
        self._child(metrics.BATCH_SECONDS, stage=stage).observe(seconds)

    def detector_ran(self, detector: str, seconds: float) -> None:
        """Observe one run of a detector."""
        self._child(metrics.DETECTOR_SECONDS, detector=detector).observe(seconds)

    def embedded(self, *, hits: int, misses: int) -> None:
        """Count texts since the last call."""
        self._child(metrics.EMBEDDED_TEXTS, cache="hit").inc(hits)
        self._child(metrics.EMBEDDED_TEXTS, cache="miss").inc(misses)

    def reloaded(self, file: str, *, taken: bool) -> None:
        """Count a change of a watched file."""
        outcome = "taken" if taken else "refused"
        self._child(metrics.RELOADS, file=file, outcome=outcome).inc()

    def lagging(self, topic: str, partition: int, records: int) -> None:
        """Set how far behind a partition is."""
        self._child(metrics.LAG, topic=topic, partition=str(partition)).set(records)

    def in_flight(self, events: int, *, limit: int) -> None:
        """Set how many records are being judged, and how many may be together."""
        self._child(metrics.IN_FLIGHT).set(events)
        self._child(metrics.IN_FLIGHT_LIMIT).set(limit)

    def drifted(self, alarm: Alarm) -> None:
        """Count an alarm that the broker has acknowledged."""
        series = self._admit(**alarm.series)
        self._child(metrics.DRIFT_ALARMS, **series, tier=alarm.tier, cause=alarm.cause).inc()

    def migrated(self, migration: MigrationEvent) -> None:
        """Count a change of provenance that the broker has acknowledged."""
        series = self._admit(app=migration.series["app"], route=migration.series["route"])
        self._child(metrics.MIGRATIONS, **series, field=migration.field).inc()

    def read(self, reading: Reading, partition: int) -> None:
        """Show the running statistics of a series that lives in ``partition``."""
        series = self._admit_series(reading.series)
        if OTHER in series.values():
            return  # many series would take turns in one gauge
        for metric, value in (
            (metrics.DRIFT_MEAN, reading.mean),
            (metrics.DRIFT_RECENT_MEAN, reading.recent_mean),
            (metrics.DRIFT_EVENTS, reading.window_events),
        ):
            self._show(partition, metric, value, **series, signal=reading.signal)

    def stand(self, status: Status, partition: int) -> None:
        """Show where a series that lives in ``partition`` stands."""
        series = self._admit_series(status.series)
        if OTHER in series.values():
            return  # as above
        for metric, value in (
            (metrics.DRIFT_READY, status.ready),
            (metrics.DRIFT_COLLECTED, status.collected),
            (metrics.DRIFT_BASELINE_EVENTS, status.baseline_events),
            (metrics.DRIFT_BASELINE_TIME, status.baseline_until),
            (metrics.DRIFT_COMPARED, status.events),
        ):
            if value is not None:
                self._show(partition, metric, value, **series)
        for chart, ratio in status.ratios.items():
            self._show(partition, metrics.DRIFT_STATISTIC, ratio, **series, chart=chart)
        for family, tier in itertools.product(get_args(Family), get_args(Tier)):
            latched = status.latched.get(family) == tier
            self._show(partition, metrics.DRIFT_ALARM, latched, **series, family=family, tier=tier)
        for field, time in status.changed.items():
            self._show(partition, metrics.PROVENANCE_CHANGED, time, **series, field=field)
        self._made_by(status, partition, series)

    def _made_by(self, status: Status, partition: int, series: dict[str, str]) -> None:
        """Show what makes the answers of a series, and no longer what made them before."""
        made = self._admit(
            prompt_version=status.prompt_version, retrieval_snapshot=status.retrieval_snapshot
        )
        place = tuple(series.values())
        before = self._provenance.get(place)
        self._provenance[place] = (*place, *made.values())
        if before and before != self._provenance[place]:
            self._series[partition].discard((metrics.PROVENANCE_INFO, before))
            self._remove(metrics.PROVENANCE_INFO, before)
        self._show(partition, metrics.PROVENANCE_INFO, 1, **series, **made)

    def _show(self, partition: int, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge that leaves with its partition."""
        self._child(metric, **labels).set(value)
        self._series.setdefault(partition, set()).add((metric, tuple(labels.values())))

    def state_reset(self) -> None:
        """Count a series that started afresh."""
        self._child(metrics.DRIFT_RESETS).inc()

    def drift_refused(self, reason: Literal["max_series", "unreadable"]) -> None:
        """Count a record of scores that no series could take."""
        self._child(metrics.DRIFT_REFUSED, reason=reason).inc()

    def advanced(self, steps: Steps) -> None:
        """Count what was done to a conversation, when the changelog holds it."""
        for ending in steps.endings:
            self._child(metrics.CONVERSATION_SEGMENTS, **self._admit_ending(ending)).inc()
            names = self._admit(app=ending.app, route=ending.route)
            self._child(metrics.CONVERSATION_FRUSTRATION, **names).observe(ending.frustration)
            if ending.outcome in ("confirmed", "assumed"):
                seconds = max(0.0, ending.last - ending.opened)
                self._child(metrics.CONVERSATION_RESOLUTION, **names).observe(seconds)
        for ending, reason in steps.revocations:
            names = self._admit_ending(ending)
            self._child(metrics.CONVERSATION_REVOKED, **names, reason=reason).inc()
        for segment in steps.rephrases:
            names = self._admit(app=segment.app, route=segment.route, intent=segment.intent)
            self._child(metrics.CONVERSATION_REPHRASES, **names).inc()
        for ignored, times in steps.ignored.items():
            self._child(metrics.TURNS_IGNORED, reason=ignored).inc(times)

    def turn_refused(
        self, reason: Literal["max_conversations", "unreadable", "no_conversation"]
    ) -> None:
        """Count an interaction or a record of a turn that no conversation could take."""
        self._child(metrics.TURNS_IGNORED, reason=reason).inc()

    def conversation_reset(self) -> None:
        """Count a conversation that started afresh."""
        self._child(metrics.CONVERSATION_RESETS).inc()

    def handed_on(self, outcome: HandedOn) -> None:
        """Count a call that goes on to be judged, or to be judged anew."""
        self._child(metrics.JOINED_CALLS, outcome=outcome).inc()

    def span_ignored(self, reason: Ignored, times: int) -> None:
        """Count parts of traces that changed nothing, or came too late for a call."""
        self._child(metrics.SPANS_IGNORED, reason=reason).inc(times)

    def trace_reset(self) -> None:
        """Count a trace that started afresh."""
        self._child(metrics.TRACE_RESETS).inc()

    def telemetry(self, kind: str, outcome: str, records: int) -> None:
        """Count what became of spans and evaluations."""
        self._child(metrics.TELEMETRY, kind=kind, outcome=outcome).inc(records)

    def partition_left(self, topic: str, partition: int) -> None:
        """Drop the lag of a partition that another worker owns now."""
        self._remove(metrics.LAG, (topic, str(partition)))

    def series_left(self, partition: int) -> None:
        """Drop the gauges of series whose partition another worker owns now."""
        gone = self._series.pop(partition, set())
        # Two series whose long names are cut alike share a child, and may lie in two partitions.
        for metric, values in gone.difference(*self._series.values()):
            self._remove(metric, values)
            if metric == metrics.PROVENANCE_INFO:
                self._provenance.pop(values[: -len(_PROVENANCE)], None)

    def expose(self, accept: str | None) -> tuple[bytes, str]:
        """Return the exposition and its content type: OpenMetrics where it is accepted."""
        return _expose(self._registry, accept)

    def _admit_series(self, series: Series) -> dict[str, str]:
        return self._admit(app=series.app, route=series.route, model=series.model)

    def _admit_ending(self, ending: Ending) -> dict[str, str]:
        names = self._admit(app=ending.app, route=ending.route, intent=ending.intent)
        return names | {"outcome": ending.outcome, "source": ending.source}

    def _admit(self, **values: str) -> dict[str, str]:
        # Not logged is no value of its own.
        return {n: self._labels[n].admit(value) if value else "" for n, value in values.items()}

    def _child(self, metric: Metric, **labels: str) -> Any:  # the library's three kinds
        family = self._families[metric]
        return family.labels(**labels) if labels else family

    def _remove(self, metric: Metric, values: tuple[str, ...]) -> None:
        with contextlib.suppress(KeyError):  # it was never set
            self._families[metric].remove(*values)

    def _overflowed(self, label: str) -> None:
        self._families[metrics.LABEL_OVERFLOW].labels(label=label).inc()


class ShipExporter:
    """Holds the metrics of the sidecar ``semwatch ship``."""

    def __init__(self) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._families: dict[Metric, Any] = {
            metric: _family(metric, self._registry) for metric in metrics.SIDECAR
        }
        _show_closed(self._families, _CLOSED_SIDECAR)

    def told(self, outcome: Literal["acknowledged", "too_large"], size: int) -> None:
        """Count a line that the broker has acknowledged, or will not take."""
        if outcome == "too_large":
            self.refused(outcome)
        else:
            self._families[metrics.SHIP_LINES].inc()
            self._families[metrics.SHIP_BYTES].inc(size)

    def refused(self, reason: str, lines: int = 1) -> None:
        """Count lines that stay on the host."""
        self._families[metrics.SHIP_REFUSED].labels(reason=reason).inc(lines)

    def gaps(self, files: int) -> None:
        """Count files of which lines may be missing."""
        self._families[metrics.SHIP_GAPS].inc(files)

    def checkpoint_failed(self) -> None:
        """Count a checkpoint that could not be written."""
        self._families[metrics.SHIP_CHECKPOINT].inc()

    def progressed(
        self, *, files: int, unread: int, unacknowledged: int, waiting_seconds: float
    ) -> None:
        """Show how far reading and sending are."""
        self._families[metrics.SHIP_FILES].set(files)
        self._families[metrics.SHIP_UNREAD].set(unread)
        self._families[metrics.SHIP_UNDER_WAY].set(unacknowledged)
        self._families[metrics.SHIP_WAITING].set(waiting_seconds)

    def expose(self, accept: str | None) -> tuple[bytes, str]:
        """Return the exposition and its content type: OpenMetrics where it is accepted."""
        return _expose(self._registry, accept)


def _expose(registry: CollectorRegistry, accept: str | None) -> tuple[bytes, str]:
    encode, content_type = choose_encoder(accept or "")
    return encode(registry), content_type


def _family(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    if metric.kind == "counter":
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind == "gauge":
        return Gauge(metric.name, metric.help, metric.labels, registry=registry)
    return Histogram(
        metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=registry
    )


def _show_closed(
    families: Mapping[Metric, Any],
    closed: Iterable[tuple[Metric, Mapping[str, tuple[str, ...]]]],
) -> None:
    """Show each child of closed sets of labels with 0."""
    for metric, labels in closed:
        for values in itertools.product(*labels.values()):
            families[metric].labels(**dict(zip(labels, values, strict=True)))


def _exemplar(trace_id: str | None) -> dict[str, str] | None:
    name = "trace_id"
    if not trace_id or len(name) + len(trace_id) > _EXEMPLAR_LIMIT:
        return None
    if not _PLAIN.fullmatch(trace_id):  # scrapers disagree on how to read anything else
        return None
    return {name: trace_id}
