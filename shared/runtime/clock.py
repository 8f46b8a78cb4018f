"""The one port to the time of day and to randomness.

A real home runs on the machine's clock. The clock of a simulated home stands where it was last set, until it is let run
on from there; it can never become a real one (architecture §7, Clock).
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The home's clock. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stands_at: datetime | None = None
        self._ahead = timedelta(0)
        self.simulated = False

    def now(self) -> datetime:
        """Now, in UTC."""
        with self._lock:
            return self._stands_at if self._stands_at is not None else datetime.now(UTC) + self._ahead

    def stand_at(self, instant: datetime) -> None:
        """Simulated only: stop the clock there. It never goes back."""
        with self._lock:
            if self._stands_at is None or instant > self._stands_at:
                self._stands_at = instant

    def run_from(self, instant: datetime, since: datetime | None = None) -> None:
        """Simulated only: let it run on from `instant`, which it showed at the real moment `since` (now)."""
        with self._lock:
            self._stands_at = None
            self._ahead = instant - (since or datetime.now(UTC))


def randomness(count: int = 10) -> bytes:
    """Random bytes for ids and tokens."""
    return os.urandom(count)


def wall() -> datetime:
    """The machine's own time, also in a simulated home: for logs and tokens of the console."""
    return datetime.now(UTC)


def seconds() -> float:
    """A clock that only measures lengths."""
    return time.perf_counter()
