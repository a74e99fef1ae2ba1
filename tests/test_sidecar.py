"""The sidecar examples hold together as far as that shows without running them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from processor.config import load
from processor.shipping.redaction import Redactor

_EXAMPLES = Path(__file__).parents[1] / "deploy" / "sidecar"


def documents(name: str) -> list[Any]:
    """Return the documents of an example."""
    text = (_EXAMPLES / name).read_text(encoding="utf-8")
    return [msgspec.yaml.decode(document) for document in text.split("\n---\n")]


def test_the_settings_of_the_sidecar_are_taken(tmp_path: Path) -> None:
    """By the very code that reads them in the pod; its rules conceal what they name."""
    [config, _] = documents("semwatch.yaml")
    file = tmp_path / "semwatch.toml"
    file.write_text(config["data"]["semwatch.toml"], encoding="utf-8")
    settings = load(file, {"SEMWATCH_SHIP_HASH_KEY": "secret"})
    redactor = Redactor(settings.ship.redact, hash_key=settings.ship.hash_key)
    _, left = redactor.read(b'{"user":"ann","prompt":"mail ann@example.org now"}')

    assert b"ann" not in left
    assert b'"mail [redacted] now"' in left


def test_the_sidecar_outlives_the_bot_and_shares_its_logs() -> None:
    """A native sidecar; checkpoint and logs lie on the volume that the bot writes to."""
    [config, deployment] = documents("semwatch.yaml")
    pod = deployment["spec"]["template"]["spec"]
    [ship], [bot] = pod["initContainers"], pod["containers"]
    mounts = {m["name"]: m["mountPath"] for m in ship["volumeMounts"]}

    assert ship["restartPolicy"] == "Always"
    assert {"name": "logs", "mountPath": mounts["logs"]} in bot["volumeMounts"]
    assert f'checkpoint = "{mounts["logs"]}/' in config["data"]["semwatch.toml"]
    assert ship["args"][-1].startswith(mounts["semwatch"])
    assert pod["terminationGracePeriodSeconds"] > 20.0


@pytest.mark.parametrize("name", ["fluent-bit.yaml", "vector.yaml", "otel-collector.yaml"])
def test_the_others_read_the_same_logs_and_write_to_our_topic(name: str) -> None:
    """They are YAML, at least."""
    [document] = documents(name)
    text = str(document)

    assert "/var/log/bot/*.jsonl" in text
    assert "'semwatch.events'" in text
