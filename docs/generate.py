"""Makes the pages and files that are derived from the code: ``make docs``."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from processor import config, metrics
from processor.demo.traffic import Traffic
from processor.formats import native
from processor.rules import generate, page, slo

ROOT = Path(__file__).parent.parent
RULES = ROOT / "deploy" / "prometheus" / "rules"
_ALERTS = ROOT / "docs" / "alerts.md"
_TABLE = slo.load(ROOT / "deploy" / "slo.toml")
OPERATOR = ROOT / "deploy" / "kubernetes" / "components" / "prometheus-operator"
_ALERTS = ROOT / "docs" / "alerts.md"
_TABLE = slo.load(ROOT / "deploy" / "slo.toml")

_PROMETHEUS_RULE = """\
# Generated from deploy/slo.toml by `make docs`; do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: semwatch
  labels: {app.kubernetes.io/name: semwatch}
spec:
  groups:
"""


def files() -> dict[Path, str]:
    """Return every generated file and its content."""
    return {
        ROOT / "docs" / "metrics.md": metrics.markdown(),
        ROOT / "docs" / "configuration.md": config.markdown(),
        _ALERTS: page.fill(_ALERTS.read_text(encoding="utf-8"), _TABLE),
        **{RULES / name: content for name, content in _rules().items()},
        OPERATOR / "rules.yaml": _PROMETHEUS_RULE + indent("".join(_groups()), "  "),
        ROOT / "docs" / "event.schema.json": json.dumps(_event_schema(), indent=2) + "\n",
        ROOT / "examples" / "support_bot.jsonl": "".join(f"{line}\n" for line in _example_log()),
    }


def _rules() -> dict[str, str]:
    return generate.files(_TABLE)


def _groups() -> Iterator[str]:
    """Return the groups of all files, which begin with a comment."""
    return (content.partition("groups:\n")[2] for content in _rules().values())


def _event_schema() -> dict[str, object]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **native.schema()}


def _example_log() -> list[str]:
    """Return a log with known faults: 80 healthy answers, 30 of the incident, 3 broken lines."""
    traffic = Traffic(seed=1)
    events = [*traffic.healthy(80), *traffic.incident(30)]
    broken = ['{"prompt": "cut off in the mid', '{"prompt": 42}', '{"app": "support-bot"}']
    return [*map(json.dumps, events), *broken]


if __name__ == "__main__":
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")
        print(path.relative_to(ROOT))  # noqa: T201 - says what it made
