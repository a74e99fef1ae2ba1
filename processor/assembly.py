"""Puts the parts together as the settings say."""

from collections.abc import Callable
from importlib.metadata import version

from detectors import embedding
from detectors.base import Detector
from detectors.grounding import Grounding
from processor import topics
from processor.config import Config
from processor.drift.stage import DriftStage
from processor.errors import ConfigError
from processor.exporter import Exporter
from processor.kafka import Outbox, Tail
from processor.observe import Observer
from processor.pipeline import Pipeline


def load_pipeline(
    config: Config, observe: Callable[[str, float], None] = lambda _name, _seconds: None
) -> tuple[Pipeline, embedding.Embedding | None]:
    """Load the configured detectors and what they need.

    Raises:
        ConfigError: the model cannot be loaded, or is not the one that was configured.
    """
    versions = {"semwatch": version("semwatch")}
    if not config.worker.detectors:
        return Pipeline((), versions=versions, observe=observe), None
    model = _load_model(config)
    versions["embedding"] = model.sha256
    detectors: dict[str, Detector] = {
        "grounding": Grounding(model.embedding, threshold=config.grounding.threshold)
    }
    chosen = [detectors[name] for name in config.worker.detectors]
    return Pipeline(chosen, versions=versions, observe=observe), model.embedding


def _load_model(config: Config) -> embedding.Model:
    section = config.embedding
    try:
        return embedding.load(
            section.model,
            backend=section.backend,
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
        {"app": labels.apps, "route": labels.routes, "model": labels.models},
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

    pipeline, encoder = load_pipeline(config, ran)
    exporter.started(versions=pipeline.versions)
    outbox = Outbox(
        config.kafka,
        timeout_seconds=config.kafka.session_timeout_seconds / 2,
        max_message_bytes=config.topics.max_message_bytes,
    )
    observer = Observer(
        topics=config.topics,
        pipeline=pipeline,
        outbox=outbox,
        tail=Tail(config.kafka),
        exporter=exporter,
        max_event_bytes=config.worker.max_event_bytes,
    )
    stage = DriftStage(delta=config.drift.delta, min_events=config.drift.min_events)
    App(config, observer=observer, stage=stage, outbox=outbox, exporter=exporter).run()
