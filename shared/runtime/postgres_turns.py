"""Which of several processes applies a read model, or does what only one may do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg

from shared.runtime import postgres
from shared.runtime.clock import seconds

LOOKS_AT_ITS_TURN_S = 1.0


class Turns:
    """Which read models this process applies. All are held by one session."""

    def __init__(self, connect: Callable[[], postgres.Connection]) -> None:
        self._connect = connect
        self._session: postgres.Connection | None = None
        self._mine: set[int] = set()
        self._looked = 0.0
        self._lock = threading.Lock()

    def has(self, key: int) -> bool:
        """Whether it is this process's turn. Noticed within a second when the session was lost."""
        with self._lock:
            if key in self._mine and seconds() - self._looked > LOOKS_AT_ITS_TURN_S:
                self._ask("SELECT 1")
                self._looked = seconds()
            return key in self._mine

    def take(self, key: int) -> bool:
        """Take the turn if nobody has it."""
        with self._lock:
            if self._ask(f"SELECT pg_try_advisory_lock({key})") is True:
                self._mine.add(key)
            return key in self._mine

    def close(self) -> None:
        """Let the others have their turn."""
        with self._lock:
            self._drop()

    def _ask(self, question: str) -> Any:
        try:
            self._session = self._session or self._connect()
            found = self._session.execute(question.encode()).fetchone()
            return found[0] if found else None
        except psycopg.Error:
            self._drop()
            return None

    def _drop(self) -> None:
        self._mine.clear()
        if self._session is not None:
            self._session.close()
            self._session = None
