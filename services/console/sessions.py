"""Who is looking: one-time sign-in codes and the sessions they open, in a small SQLite file of their own.

Only SHA-256 hashes are stored: whoever reads the file cannot sign in with it. Codes and tokens are `<id>.<secret>`;
the id finds the row, the secret's hash is compared in constant time. Time is the machine's own, passed in by the
caller, because a simulated home's clock jumps.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

CODE_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS tickets (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('code', 'session')),
        sha256 TEXT NOT NULL,
        person TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True)
class Session:
    """An open session: whose it is, and until when."""

    person: str
    expires_at: datetime


class Sessions:
    """Thread-safe. `randomness` gives as many random bytes as it is asked for."""

    def __init__(self, path: Path, randomness: Callable[[int], bytes]) -> None:
        self._randomness = randomness
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        for statement in _SCHEMA:
            self._db.execute(statement)
        path.chmod(0o600)

    def new_code(self, person: str, now: datetime) -> str:
        """A code that opens one session for the person within fifteen minutes."""
        return self._issue("code", person, now + CODE_LASTS, now)

    def open(self, code: str, now: datetime) -> str | None:
        """The token of a new session, or None when the code is unknown, used or too old. A code works once."""
        found = self._find("code", code)
        if found is None:
            return None
        with self._lock:
            # Of two who come with the same code at once, only the one whose DELETE hits the row gets in.
            taken = self._db.execute("DELETE FROM tickets WHERE id = ? AND kind = 'code'", (_id(code),)).rowcount
        if not taken or found.expires_at <= now:
            return None
        return self._issue("session", found.person, now + SESSION_LASTS, now)

    def session(self, token: str, now: datetime) -> Session | None:
        """The open session of a token, if any."""
        found = self._find("session", token)
        return found if found is not None and found.expires_at > now else None

    def end(self, token: str) -> None:
        """Close a session; nothing happens when there is none."""
        if self._find("session", token) is not None:
            with self._lock:
                self._db.execute("DELETE FROM tickets WHERE id = ? AND kind = 'session'", (_id(token),))

    def end_all_of(self, person: str) -> None:
        """Close every session and forget every code of a person, for example when their tokens are revoked."""
        with self._lock:
            self._db.execute("DELETE FROM tickets WHERE person = ?", (person,))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _issue(self, kind: str, person: str, expires_at: datetime, now: datetime) -> str:
        id, secret = _text(self._randomness(9)), _text(self._randomness(32))
        with self._lock:
            self._db.execute("DELETE FROM tickets WHERE expires_at <= ?", (now.timestamp(),))
            self._db.execute(
                "INSERT INTO tickets VALUES (?, ?, ?, ?, ?)", (id, kind, _hash(secret), person, expires_at.timestamp())
            )
        return f"{id}.{secret}"

    def _find(self, kind: str, ticket: str) -> Session | None:
        with self._lock:
            row = self._db.execute(
                "SELECT sha256, person, expires_at FROM tickets WHERE id = ? AND kind = ?", (_id(ticket), kind)
            ).fetchone()
        kept, person, expires_at = row or ("", "", 0.0)
        if not hmac.compare_digest(_hash(ticket.partition(".")[2]), kept):
            return None
        return Session(person, datetime.fromtimestamp(expires_at, UTC))


def _id(ticket: str) -> str:
    return ticket.partition(".")[0].encode("utf-8", "replace").decode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
