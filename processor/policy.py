"""The policy detector as the settings say: its rules watched, and what they do counted."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from detectors.embedding import Encoder
from detectors.policy.pack import Pack, PackError, files, load
from detectors.policy.rule import Kit
from detectors.policy_violation import PolicyViolation
from detectors.watched import Watched
from processor.config import Policy
from processor.errors import ConfigError
from processor.exporter import Exporter

log = logging.getLogger("semwatch")


def detector(
    section: Policy, encoder: Callable[[], Encoder], exporter: Exporter | None = None
) -> PolicyViolation:
    """Load the rules and follow their files.

    Args:
        section: the settings.
        encoder: returns the sentence encoder; called if a rule needs it.
        exporter: told what the rules are and do.

    Raises:
        ConfigError: the rules cannot be used; file, line and key are named.
    """
    kit = Kit(encoder, embeds=section.embeddings)

    def read() -> Pack:
        pack = load(section.rules, kit, disabled=section.disabled)
        if exporter:
            severities = {entry.rule.id: entry.rule.severity for entry in pack.entries}
            exporter.rules_loaded(severities, pack.version)
        return pack

    def told(error: ValueError | None) -> None:
        if error is None:
            log.info("the policy rules were read again")
        else:
            log.warning("the policy rules are kept as they were: %s", error)
        if exporter:
            exporter.reloaded("policy", taken=error is None)
            if error is not None:
                exporter.rules_refused()

    try:
        paths = [file for file in files(section.rules) if isinstance(file, Path)]
        rules = Watched(paths, read, clock=time.monotonic, told=told)
    except PackError as error:
        raise ConfigError(f"policy.rules: {error}") from error
    return PolicyViolation(
        rules,
        masking=section.masking,
        clock=time.perf_counter,
        report=exporter.rules_ran if exporter else lambda _: None,
    )
