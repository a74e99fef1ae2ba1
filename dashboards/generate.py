"""The committed files: every dashboard as the JSON that Grafana imports."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import drift, intents, overview, pipeline, policy, signals

_HOME = Path(__file__).parent
_MODULES = (overview, signals, policy, drift, intents, pipeline)


def files() -> dict[Path, str]:
    """Return every dashboard's file and its content."""
    boards = [module.dashboard() for module in _MODULES]
    return {
        _HOME / f"{board.uid}.json": json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True)
        + "\n"
        for board in boards
    }
