"""Who stood still too long must not go on, and who only works long may."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from processor.errors import OwnershipLost
from processor.lease import Lease

# Ends with status 70 when the lease is lost, and with 0 when standard input ends before.
_PROGRAM = """
import os, sys
from processor.lease import Lease

def lost(error):
    print(error, flush=True)
    os._exit(70)

lease = Lease(float(sys.argv[1]), lost)
lease.start()
print("ticking", flush=True)
sys.stdin.read()
lease.check()
lease.stop()
"""


def never(error: OwnershipLost) -> None:
    """Fail the test from the lease's thread: pytest turns it into an error."""
    raise error


@contextmanager
def ticking(seconds: float) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that holds a lease."""
    with subprocess.Popen(
        (sys.executable, "-c", _PROGRAM, str(seconds)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ticking\n"

        try:
            yield process
        finally:
            process.kill()


def test_a_frozen_process_loses_its_lease() -> None:
    """It learns of it when it goes on, though its main thread waits for something else."""
    with ticking(0.3) as process:
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGCONT)
        status = process.wait(timeout=30)
        said, _ = process.communicate()

    assert status == 70
    assert re.fullmatch(r"stood still for \d+\.\d s, the lease is 0.3 s\n", said)


def test_a_short_freeze_keeps_the_lease() -> None:
    """Nobody else has taken over yet."""
    with ticking(20.0) as process:
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(process.pid, signal.SIGCONT)
        said, _ = process.communicate(timeout=30)

    assert (process.returncode, said) == (0, "")


def test_long_work_is_no_gap() -> None:
    """The thread ticks beside it, so the lease outlives its own length."""
    lease = Lease(3.0, never)
    lease.start()
    deadline = time.monotonic() + 3.3
    while time.monotonic() < deadline:
        sum(range(1000))
    lease.check()
    lease.stop()


def test_a_gap_is_noticed_without_the_thread() -> None:
    """Between the thaw and the next tick, whoever asks is refused too."""
    lease = Lease(0.001, never)
    time.sleep(0.002)

    with pytest.raises(OwnershipLost, match=r"stood still for .* s, the lease is 0.001 s"):
        lease.check()


def test_the_lease_begins_with_its_start() -> None:
    """What came before it, such as loading a model, is no gap."""
    lease = Lease(2.0, never)
    time.sleep(2.1)
    lease.start()
    lease.check()
    lease.stop()


def test_a_stopped_lease_leaves_no_thread() -> None:
    """A process can end."""
    lease = Lease(20.0, never)
    lease.start()
    running = {thread.name for thread in threading.enumerate()}
    lease.stop()

    assert "lease" in running
    assert "lease" not in {thread.name for thread in threading.enumerate()}
