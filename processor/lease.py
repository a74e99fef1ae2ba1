"""Notices that the process stood still so long that another worker may own its partitions."""

import threading
import time
from collections.abc import Callable

from processor.errors import OwnershipLost

_TICKS = 20  # a lease: finer than what is to be noticed by far, and cheap


class Lease:
    """Ticks in a thread of its own; a gap between ticks longer than the lease loses it.

    A frozen process (SIGSTOP, a paused virtual machine, swapping) cannot tell that time has
    passed except by its clock. Long work is no gap: the thread goes on ticking beside it.

    Args:
        seconds: the longest gap that is harmless: half of the group's session timeout.
        lost: called at once when a gap was longer.
    """

    def __init__(self, seconds: float, lost: Callable[[OwnershipLost], None]) -> None:
        self._seconds = seconds
        self._lost = lost
        self._last = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._last = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Refuse to go on after a gap.

        Raises:
            OwnershipLost: the gap was longer than the lease.
        """
        gap = time.monotonic() - self._last
        if gap > self._seconds:
            raise OwnershipLost(f"stood still for {gap:.1f} s, the lease is {self._seconds:g} s")

    def _run(self) -> None:
        while not self._stop.wait(self._seconds / _TICKS):
            try:
                self.check()
            except OwnershipLost as error:
                self._lost(error)
                return
            self._last = time.monotonic()
