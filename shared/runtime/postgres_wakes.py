"""LISTEN: told by the database that somebody, in whatever process, has committed. A nudge and no more; a lost one is made up
for by whoever polls."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable

import psycopg

from shared.kernel.errors import Problem
from shared.runtime.postgres import Connection
from shared.runtime.postgres_rows import head_of

log = logging.getLogger("casetrail.postgres")

_POSITION = re.compile("[0-9]{1,19}")  # anybody may notify, and of anything
LOOKS_UP_S = 0.5
"""How often it looks whether it is to end."""
LONGEST_S = 5.0


class Wakes:
    """Listens on a connection and a thread of its own, and connects again whenever that one is lost."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        channel: str,
        wake: Callable[[], None],
        heard: Callable[[int, int], bool],
    ) -> None:
        """`heard` is given the session that committed and its last position; whether it is a reason to `wake`."""
        self._connect, self._channel, self.wake, self._heard = connect, channel, wake, heard
        self.listens = False
        """Whether it is told of every commit."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._ended.set()
        self._thread.join(2 * LOOKS_UP_S)

    def _run(self) -> None:
        delay = 0.1
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {self._channel}".encode())
                    self._heard(0, head_of(connection))  # what was committed while nobody listened
                    self.listens = True
                    self.wake()
                    delay = 0.1
                    while not self._ended.is_set():
                        for told in connection.notifies(timeout=LOOKS_UP_S, stop_after=1):
                            position = int(told.payload) if _POSITION.fullmatch(told.payload) else 0
                            if self._heard(told.pid, position):
                                self.wake()
            except (psycopg.Error, Problem) as error:
                self.listens = False
                log.debug("nobody tells of commits for %.1f s: %s", delay, error)
                self._ended.wait(delay)
                delay = min(delay * 2, LONGEST_S)
