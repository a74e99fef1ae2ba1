"""What becomes of the lines of a log while ship and the broker are killed.

python -m benchmarks.shipping [--lines 200000] [--rate 20000] [--rounds 10]
"""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.broker import running
from tests.integration.shipping import crash


def main() -> None:
    """Run once and print the table; fail when a line is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=20_000.0, help="lines a second")
    parser.add_argument("--rounds", type=int, default=10, help="kills of ship, and of the broker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, running(Path(directory) / "kafka") as kafka:
        tally = crash(
            kafka,
            Path(directory),
            lines=options.lines,
            rate=options.rate,
            rounds=options.rounds,
        )
    table = Table("what", "number")
    for name, value in tally._asdict().items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(table)
    if tally.lost or tally.exit_code:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
