"""What becomes of the lines of a log while ship and the broker are killed, and what ship costs.

python -m benchmarks.shipping [--lines 200000] [--rate 20000] [--rounds 10]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import tomli_w
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from rich.console import Console
from rich.table import Table

from tests.broker import Kafka, running
from tests.integration.shipping import PARTITIONS, crash

_RULES: list[dict[str, str]] = [
    {"path": "user", "action": "hash"},
    {"path": "**", "action": "mask", "pattern": r"[\w.+-]+@[\w-]+\.[\w.-]+"},
]
_RESPONSE = "Our shop opens at nine; write to ann@example.org for more. " * 5


class Cost(NamedTuple):
    """What shipping a file took, start and stop of the process included."""

    rules: int
    lines_a_second: int
    cpu_microseconds_a_line: float
    peak_megabytes: int


def cost(kafka: Kafka, directory: Path, *, lines: int, rules: list[dict[str, str]]) -> Cost:
    """Ship a file of lines of some 400 bytes in a process of its own."""
    topic = f"cost-{uuid4().hex[:8]}"
    client = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    client.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30.0)
    log, config = directory / f"{topic}.log", directory / f"{topic}.toml"
    with log.open("wb") as file:
        for number in range(lines):
            line = {"id": str(number), "user": f"u{number % 999}", "response": _RESPONSE}
            file.write(json.dumps(line).encode() + b"\n")
    ship = {"paths": [str(log)], "topic": topic, "port": 0, "hash_key": "k", "redact": rules}
    ship["checkpoint"] = str(directory / f"{topic}.json")
    settings = {"kafka": {"bootstrap_servers": kafka.bootstrap}, "ship": ship}
    config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    start = time.monotonic()
    process = subprocess.Popen(
        (sys.executable, "-m", "processor", "ship", "--once", "--config", str(config))
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"ship ended with status {status}")
    return Cost(
        rules=len(rules),
        lines_a_second=round(lines / (time.monotonic() - start)),
        cpu_microseconds_a_line=round((usage.ru_utime + usage.ru_stime) / lines * 1e6, 1),
        peak_megabytes=usage.ru_maxrss // 1024,
    )


def main() -> None:
    """Run once and print two tables; fail when a line is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=20_000.0, help="lines a second")
    parser.add_argument("--rounds", type=int, default=10, help="kills of ship, and of the broker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "kafka") as kafka:
        directory = Path(name)
        tally = crash(
            kafka, directory, lines=options.lines, rate=options.rate, rounds=options.rounds
        )
        costs = [cost(kafka, directory, lines=options.lines, rules=rules) for rules in ([], _RULES)]
    Console().print(_table([tally._asdict()]), _table([each._asdict() for each in costs]))
    if tally.lost or tally.exit_code:
        raise SystemExit(1)


def _table(columns: list[dict[str, int]]) -> Table:
    table = Table("what", *("number" for _ in columns))
    for name in columns[0]:
        table.add_row(name.replace("_", " "), *(f"{column[name]:,}" for column in columns))
    return table


if __name__ == "__main__":
    main()
