"""A real Prometheus that holds what the demo's bot did."""

import time
from collections.abc import Iterator, Sequence

import pytest
from msgspec.structs import replace

from dashboards.preview import history
from dashboards.preview.history import Part
from dashboards.preview.prometheus import Span, Store
from detectors.embedding import CacheInfo, Model, Vectors
from processor import assembly
from processor.config import Policy
from tests.dashboards.board import ROOT
from tests.detectors.bags import Bags
from tests.program import program

_HOUR = 3600.0
_RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml"))
# As short as the baselines of both routes and the comparison with the day before allow.
_STORY = (
    Part(1.0, 30.0, 60.0),
    Part(25.0, 1800.0, 1800.0),
    Part(1.5, 8.0, 60.0),
    Part(0.5, 8.0, 60.0, incident=True),
)


class Words(Bags):
    """An encoder without a model that knows which texts it has seen."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.cache_info = CacheInfo(0, 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Count, and encode."""
        fresh = set(texts) - self._seen
        self._seen |= fresh
        hits, misses = self.cache_info
        self.cache_info = CacheInfo(hits + len(texts) - len(fresh), misses + len(fresh))
        return super().encode(texts)


@pytest.fixture(scope="session")
def backfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Span]]:
    """Yield the address of a Prometheus and the last two hours of its history."""
    for name in ("prometheus", "promtool"):
        program(name, source="the Debian package prometheus")
    directory = tmp_path_factory.mktemp("history")
    end = time.time() // 60 * 60
    with pytest.MonkeyPatch.context() as patch:
        encoder = Model(Words(), "words")  # type: ignore[arg-type] # it has what counts
        patch.setattr(assembly, "load_encoder", lambda _config: encoder)
        # It is not the one that the learned rules were fitted with.
        settings = replace(history.config(), policy=Policy(embeddings=False))
        patch.setattr(history, "config", lambda: settings)
        start = history.write(directory / "history.om", end=end, story=_STORY)
    store = Store(directory)
    store.load(directory / "history.om")
    shown = Span(end - 2 * _HOUR, end)
    store.evaluate(_RULES, Span(start, end))
    with store.serve() as url:
        yield url, shown
