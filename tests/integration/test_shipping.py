"""A real sidecar and a real broker, both killed: every line comes to Kafka."""

from pathlib import Path

import pytest

from tests.broker import Kafka
from tests.integration.shipping import crash


@pytest.mark.kafka
def test_kills_of_ship_and_broker_lose_no_line(own_kafka: Kafka, tmp_path: Path) -> None:
    """While the log grows and is rotated; what is sent twice is little."""
    tally = crash(own_kafka, tmp_path, lines=20_000, rate=10_000, rounds=2)

    assert tally.lost == 0
    assert tally.disordered == 0
    assert tally.exit_code == 0
    assert tally.written == 20_001
    assert tally.repeated < tally.written
