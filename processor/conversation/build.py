"""Puts the parts of conversations together as the settings say."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from detectors import embedding
from detectors.intent import knowledge
from detectors.intent.intents import IntentsError
from detectors.intent.knowledge import Knowledge
from detectors.intent.reader import Reader
from detectors.intent_resolution import IntentResolution
from detectors.watched import Watched
from processor.config import Config
from processor.conversation import model as outcome_model
from processor.conversation.machine import Machine
from processor.conversation.stage import ConversationStage
from processor.errors import ConfigError
from processor.exporter import Exporter
from processor.pipeline import Pipeline

log = logging.getLogger("semwatch")

_HOUR = 3600.0


def intent_resolution(
    config: Config, model: embedding.Model, exporter: Exporter | None
) -> IntentResolution:
    """Return the detector, with the intents that are configured.

    Raises:
        ConfigError: the intents cannot be used.
    """
    return IntentResolution(Reader(model.embedding, _intents(config, model, exporter)))


def _intents(
    config: Config, model: embedding.Model, exporter: Exporter | None
) -> Callable[[], Knowledge]:
    if not config.intent_resolution.intents:
        nothing = Knowledge()
        return lambda: nothing
    path = Path(config.intent_resolution.intents)

    def read() -> Knowledge:
        return knowledge.load(path, model.embedding, encoder_sha256=model.sha256)

    def told(error: ValueError | None) -> None:
        if error:
            log.warning("the intents are kept as they were: %s", error)
        else:
            log.info("the intents were read again")
        if exporter:
            exporter.reloaded("intents", taken=error is None)

    files = (path, knowledge.model_path(path))
    try:
        return Watched(files, read, clock=time.monotonic, told=told)
    except IntentsError as error:
        raise ConfigError(f"intent_resolution.intents: {error}") from error


def reader_of(pipeline: Pipeline) -> Reader | None:
    """Return what the pipeline reads turns with; without it no conversation is followed."""
    chosen = (d.reader for d in pipeline.detectors if isinstance(d, IntentResolution))
    return next(chosen, None)


def stage_of(config: Config, reader: Reader | None) -> ConversationStage:
    """Return the stage, with the rules by which conversations end.

    Raises:
        ConfigError: the outcome model cannot be used.
    """
    section = config.conversations
    try:
        model = outcome_model.load(Path(section.model)) if section.model else None
    except outcome_model.ModelError as error:
        raise ConfigError(f"conversations.model: {error}") from error
    return ConversationStage(
        Machine(
            window_seconds=section.window_hours * _HOUR,
            memory_seconds=section.memory_hours * _HOUR,
            lateness_seconds=section.lateness_seconds,
            weights=reader.knowledge.weights if reader else None,
            model=model,
        )
    )
