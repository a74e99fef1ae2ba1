"""What conversations of the stream tests are about, and how they end without a stream."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from detectors import embedding
from processor.config import Config
from processor.conversation.stage import ConversationVerdict
from processor.score import score
from tests.integration.worker import Step, cheap_model

_INTENTS = """
version: 1
intents:
  - name: parcel
    exemplars:
      - where is my parcel
      - has the parcel shipped
      - when does my parcel arrive
      - my parcel is late
      - parcel not here
  - name: refund
    exemplars:
      - i want my money back
      - how do i get a refund
      - i want a refund
      - refund my order
      - money back please
"""


def intents_file(directory: Path) -> Path:
    """Write a file of two intents."""
    path = directory / "intents.yaml"
    path.write_text(_INTENTS, encoding="utf-8")
    return path


def scored(
    config: Config, events: Iterable[dict[str, Any]], directory: Path
) -> dict[str, ConversationVerdict]:
    """Return what `semwatch score` says of every conversation, with the workers' cheap model."""
    log = directory / "events.jsonl"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    out = io.BytesIO()
    config = replace(config, policy=replace(config.policy, embeddings=False))  # as `worker.main`
    with patch.object(embedding, "load", cheap_model(Step("SIGKILL:never:1"))), log.open("rb") as f:
        score(f, config, out=out)
    documents = [msgspec.json.decode(line) for line in out.getvalue().splitlines()]
    verdicts = [msgspec.convert(d, ConversationVerdict) for d in documents if "segments" in d]
    return {verdict.conversation_id: verdict for verdict in verdicts}
