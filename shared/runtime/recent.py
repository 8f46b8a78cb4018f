"""The last rows this process has committed: its listeners and its relay all read them within the second."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from shared.runtime.codec import Row

KEPT = 4_000


class Recent:
    """A run of rows without gaps. What is not in it is in the ledger, and so is whatever other processes committed."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._lock = threading.Lock()

    def add(self, rows: Sequence[Row]) -> None:
        """Rows that have just been committed."""
        with self._lock:
            if rows and self._rows and self._rows[-1].position + 1 != rows[0].position:
                self._rows = []  # somebody else has committed in between
            self._rows += rows
            if len(self._rows) > 2 * KEPT:
                self._rows = self._rows[-KEPT:]

    def after(self, position: int, limit: int) -> list[Row]:
        """The rows after a position, as far as they are at hand from the very next one on; else none."""
        with self._lock:
            if not self._rows:
                return []
            first = position + 1 - self._rows[0].position
            return self._rows[first : first + limit] if first >= 0 else []
