"""A real kcat, the Kafka client of those who have a shell and a minute."""

import os
import subprocess
from pathlib import Path

from tests.interop import debian

_SECONDS = 60.0


def produce(bootstrap: str, topic: str, log: Path) -> None:
    """Send every line of a log as a record."""
    _kcat("-b", bootstrap, "-P", "-t", topic, "-l", str(log))


def consume(bootstrap: str, topic: str) -> list[str]:
    """Return the values of all records in a topic."""
    return _kcat("-b", bootstrap, "-C", "-q", "-e", "-o", "beginning", "-t", topic).splitlines()


def _kcat(*arguments: str) -> str:
    root = debian.unpacked("kcat", "kcat", "librdkafka1", "libyajl2")
    done = subprocess.run(
        (root / "usr/bin/kcat", *arguments),
        env=os.environ | {"LD_LIBRARY_PATH": str(debian.libraries(root))},
        stdout=subprocess.PIPE,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout.decode()
