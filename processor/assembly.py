"""Puts the parts together as the settings say."""

import logging
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from detectors import embedding
from detectors.base import Detector
from detectors.cascade import Cascade
from detectors.citations import Citations
from detectors.claims.layers import load as load_model
from detectors.commerce.catalogue import CatalogueError
from detectors.commerce.watched_catalogue import WatchedCatalogue
from detectors.commercial_claims import CommercialClaims
from detectors.grounding import Grounding
from detectors.hallucination import Hallucination
from detectors.neural import Neural
from detectors.neural import load as load_classifier
from detectors.self_consistency import SelfConsistency
from detectors.self_contradiction import SelfContradiction
from detectors.token_probability import TokenProbability
from processor import config as settings
from processor import policy, topics
from processor.alarms import Alarms
from processor.config import Config, DetectorName
from processor.conversation.build import intent_resolution, reader_of, stage_of
from processor.conversation.observe import Turns
from processor.conversation.table import ConversationTable
from processor.drift import canary, measure
from processor.drift.behaviour import SHAPE
from processor.drift.charts import Limits
from processor.drift.plan import Plan
from processor.drift.projection import Projection
from processor.drift.provenance import Policy
from processor.drift.stage import DriftStage
from processor.drift.table import DriftTable
from processor.errors import ConfigError
from processor.exporter import Exporter
from processor.kafka import Outbox, Tail
from processor.keyed import KeyedStage
from processor.observe import Observer
from processor.pipeline import Pipeline
from processor.telemetry import load as load_telemetry
from processor.tracing.stage import TraceStage
from processor.tracing.table import TraceTable
from processor.training import Curation

log = logging.getLogger("semwatch")


class Loaded(NamedTuple):
    """What a worker runs: the detectors, the encoder they share, both sides of drift."""

    pipeline: Pipeline
    encoder: embedding.Embedding | None
    measure: measure.Measure
    stage: DriftStage


def load_pipeline(
    config: Config,
    observe: Callable[[str, float], None] = lambda _name, _seconds: None,
    exporter: Exporter | None = None,
) -> tuple[Pipeline, embedding.Embedding | None]:
    """Load the configured detectors and what they need.

    Args:
        config: the settings.
        observe: see `Pipeline`.
        exporter: told when a watched file was read again, and what the policy rules do.

    Raises:
        ConfigError: the model cannot be loaded, or is not the one that was configured.
    """
    lazy = _Encoder(config)
    pipeline = _pipeline(config, lazy, observe, exporter)
    model = lazy.settle()
    return pipeline, model.embedding if model else None


def load(
    config: Config,
    observe: Callable[[str, float], None] = lambda _name, _seconds: None,
    exporter: Exporter | None = None,
) -> Loaded:
    """Load the detectors and the drift stage.

    Raises:
        ConfigError: as for `load_pipeline`.
    """
    lazy = _Encoder(config)
    pipeline = _pipeline(config, lazy, observe, exporter)
    if config.drift.embeddings:
        lazy()
    model = lazy.settle()
    vision, bird = _vision(model) if model and config.drift.embeddings else (None, None)
    return Loaded(
        pipeline=pipeline,
        encoder=model.embedding if model else None,
        measure=measure.Measure(signals=config.drift.signals, rates=_rates(config), vision=vision),
        stage=DriftStage(plan(config), canary=bird),
    )


def plan(config: Config) -> Plan:
    """Return what the drift stage is to do."""
    drift = config.drift
    policies: dict[str, Policy] = dict.fromkeys(drift.restart_on, "restart")
    policies |= dict.fromkeys(drift.compare_on, "compare")
    cosine = (measure.PROMPT_COSINE,) if drift.embeddings else ()
    return Plan(
        features=(*SHAPE, *cosine, *drift.signals),
        rates=tuple(_rates(config)),
        baseline_events=drift.baseline_events,
        baseline_seconds=drift.baseline_hours * 3600,
        cooldown_events=drift.cooldown_events,
        delta=drift.delta,
        limits=Limits(arl=drift.arl, slack=drift.slack, tolerance=drift.tolerance),
        policies=policies,
    )


def _rates(config: Config) -> dict[str, tuple[str, str]]:
    pairs = [rate.partition("=") for rate in config.drift.rates]
    return {f"{signal}={label}": (signal, label) for signal, _, label in pairs}


def _vision(model: embedding.Model) -> tuple[measure.Vision, canary.Canary]:
    inputs = model.embedding.encode(canary.TEXTS[:1]).shape[1]
    projection, name = Projection.of(sha256=model.sha256, inputs=inputs), model.sha256[:16]
    return (
        measure.Vision(model.embedding, projection, name=name),
        canary.sing(model.embedding, projection, name=name),
    )


def _pipeline(
    config: Config,
    encoder: "_Encoder",
    observe: Callable[[str, float], None],
    exporter: Exporter | None,
) -> Pipeline:
    chosen = _detectors(config, encoder, exporter)
    versions = {"semwatch": version("semwatch")}
    if encoder.loaded:
        versions["embedding"] = encoder.loaded.sha256
    curation = Curation(signals=config.training.signals, required=config.training.required)
    return Pipeline(chosen, versions=versions, curation=curation, observe=observe)


def encoder_of(config: Config) -> Callable[[], embedding.Embedding]:
    """Return what loads the configured sentence encoder when it is first asked for."""
    return _Encoder(config)


class _Encoder:
    """Loads the sentence encoder when a detector asks for it, but only while starting.

    Verdicts name the model they were made with, and a worker must not stand still to load one.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._model: embedding.Model | None = None
        self._is_settled = False

    def __call__(self) -> embedding.Embedding:
        """Return the encoder.

        Raises:
            ConfigError: the model cannot be loaded.
            ValueError: nothing asked for it at the start.
        """
        return self.model().embedding

    def model(self) -> embedding.Model:
        """Return the encoder and the digest of its weights; raises as for a call."""
        if self._model is None:
            if self._is_settled:
                raise ValueError("the sentence encoder is loaded at the start only: restart")
            self._model = load_encoder(self._config)
        return self._model

    @property
    def loaded(self) -> embedding.Model | None:
        """What was loaded so far."""
        return self._model

    def settle(self) -> embedding.Model | None:
        """Load nothing from now on; return what was loaded."""
        self._is_settled = True
        return self._model


def _detectors(config: Config, encoder: _Encoder, exporter: Exporter | None) -> list[Detector]:
    builders = _builders(config, encoder, exporter)
    found = {name: builders[name]() for name in config.worker.detectors}
    if config.neural.cascade:
        slow = found.pop("neural")
        found["hallucination"] = Cascade(found["hallucination"], slow, band=config.neural.band)
    return list(found.values())


def _builders(
    config: Config, encoder: _Encoder, exporter: Exporter | None
) -> dict[DetectorName, Callable[[], Detector]]:
    return {
        "grounding": lambda: Grounding(encoder(), threshold=config.grounding.threshold),
        "hallucination": lambda: _hallucination(config.hallucination),
        "neural": lambda: _neural(config.neural),
        "commercial_claims": lambda: CommercialClaims(
            _catalogue(config.commercial_claims.catalogue, exporter)
        ),
        "citations": Citations,
        "self_contradiction": SelfContradiction,
        "self_consistency": lambda: SelfConsistency(
            encoder(), threshold=config.self_consistency.threshold
        ),
        "intent_resolution": lambda: intent_resolution(config, encoder.model(), exporter),
        "token_probability": lambda: TokenProbability(threshold=config.token_probability.threshold),
        "policy_violation": lambda: policy.detector(config.policy, encoder, exporter),
    }


def _hallucination(section: settings.Hallucination) -> Hallucination:
    try:
        model = load_model(Path(section.model)) if section.model else None
    except (OSError, ValueError) as error:
        raise ConfigError(f"hallucination.model, value {section.model!r}: {error}") from error
    return Hallucination(model, threshold=section.threshold or None)


def _neural(section: settings.Neural) -> Neural:
    try:
        classifier = load_classifier(
            section.model,
            revision=section.revision,
            sha256=section.sha256,
            window=section.window,
            threads=section.threads,
        )
        return Neural(
            classifier,
            threshold=section.threshold,
            tokens_per_event=section.tokens_per_event,
            prompt=section.prompt,
        )
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(f"neural.model, value {section.model!r}: {error}") from error


def _catalogue(path: str, exporter: Exporter | None) -> WatchedCatalogue | None:
    if not path:
        return None

    def told(error: ValueError | None) -> None:
        if error:
            log.warning("the catalogue is kept as it was: %s", error)
        else:
            log.info("the catalogue was read again")
        if exporter:
            exporter.reloaded("catalogue", taken=error is None)

    try:
        return WatchedCatalogue(Path(path), clock=time.monotonic, told=told)
    except CatalogueError as error:
        raise ConfigError(f"commercial_claims.catalogue: {error}") from error


def load_encoder(config: Config) -> embedding.Model:
    """Load the configured encoder.

    Raises:
        ConfigError: it cannot be loaded, or is not the one that was configured.
    """
    section = config.embedding
    try:
        return embedding.load(
            section.model,
            backend=section.backend,
            precision=section.precision,
            sha256=section.sha256,
            threads=section.threads,
            cache_texts=section.cache_texts,
        )
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(f"embedding.model, value {section.model!r}: {error}") from error


def run_worker(config: Config) -> None:
    """Run the worker until it is told to stop.

    Raises:
        SemwatchError: it cannot start: settings, model, topics or brokers.
    """
    # Faust takes a second to import; the other commands do without it.
    from processor.app import App  # noqa: PLC0415

    topics.check(config)
    labels = config.labels
    exporter = Exporter(
        {
            "app": labels.apps,
            "route": labels.routes,
            "model": labels.models,
            "intent": labels.intents,
        },
        max_values=labels.max_values,
    )
    counted = embedding.CacheInfo(0, 0)
    encoder: embedding.Embedding | None = None

    def ran(detector: str, seconds: float) -> None:
        nonlocal counted
        exporter.detector_ran(detector, seconds)
        if encoder:
            now = encoder.cache_info
            exporter.embedded(hits=now.hits - counted.hits, misses=now.misses - counted.misses)
            counted = now

    loaded = load(config, ran, exporter)
    encoder = loaded.encoder
    exporter.started(versions=loaded.pipeline.versions)
    telemetry = load_telemetry(exporter.telemetry, group=config.kafka.group)
    outbox = Outbox(
        config.kafka,
        timeout_seconds=config.kafka.session_timeout_seconds / 2,
        max_message_bytes=config.topics.max_message_bytes,
    )
    reader = reader_of(loaded.pipeline)
    observer = Observer(
        topics=config.topics,
        pipeline=loaded.pipeline,
        outbox=outbox,
        tail=Tail(config.kafka),
        exporter=exporter,
        max_event_bytes=config.worker.max_event_bytes,
        measure=loaded.measure,
        batch_events=config.worker.batch_events,
        turns=Turns(reader, config.topics.turns) if reader else None,
        telemetry=telemetry,
    )
    drift = DriftTable(
        loaded.stage,
        features=config.topics.features,
        max_series=config.drift.max_series,
        alarms=Alarms(config.topics.alarms, outbox=outbox, tail=Tail(config.kafka)),
        exporter=exporter,
    )
    conversations = ConversationTable(
        stage_of(config, reader),
        turns=config.topics.turns,
        conversations=config.topics.conversations,
        max_conversations=config.conversations.max_conversations,
        outbox=outbox,
        exporter=exporter,
    )
    traces = _traces(config, outbox, exporter) if config.topics.joined else None
    stages: list[KeyedStage] = [drift, conversations, *((traces,) if traces else ())]
    try:
        App(config, observer=observer, stages=stages, exporter=exporter, ticking=traces).run()
    finally:
        if telemetry:
            telemetry.close()


def _traces(config: Config, outbox: Outbox, exporter: Exporter) -> TraceTable:
    join = config.join
    return TraceTable(
        TraceStage(
            wait=join.wait_seconds,
            memory=join.memory_seconds,
            # The state of a trace is one record; it holds twice as much, and places beside.
            max_bytes=min(config.worker.max_event_bytes, config.topics.max_message_bytes // 4),
        ),
        spans=config.topics.spans,
        traces=config.topics.traces,
        max_traces=join.max_traces,
        batch_events=config.worker.batch_events,
        outbox=outbox,
        tail=Tail(config.kafka),
        exporter=exporter,
    )
