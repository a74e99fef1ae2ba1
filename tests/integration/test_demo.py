"""The first thing that a user sees."""

import subprocess
import sys

from tests.broker import free_ports

_SECONDS = 240.0


def test_the_demo_names_the_incident_in_time_and_raises_no_false_alarm() -> None:
    """It exits with 0 only if every answer was judged once and the alarm came as promised."""
    plan = ("--rate", "60", "--healthy", "400", "--incident", "200")
    port = ("--port", str(next(free_ports())))
    done = subprocess.run(
        (sys.executable, "-m", "processor", "demo", *plan, *port),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "of support-bot/chat on shop-llm-2: " in done.stdout
    assert "after prompt_version became v12" in done.stdout
