"""Who is looking: one-time sign-in codes and the sessions they open, in a notebook of their own.

Only SHA-256 hashes are stored: whoever reads it cannot sign in with it. Codes and tokens are `<id>.<secret>`;
the id finds the row, the secret's hash is compared in constant time. Time is the machine's own, passed in by the
caller, because a simulated home's clock jumps.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from shared.runtime.notebook import Notebook

CODE_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)

NOTEBOOK = "console"
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
metadata = sa.MetaData()
TICKETS = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.CheckConstraint("kind IN ('code', 'session')"),
    sqlite_with_rowid=False,
)
_t = TICKETS.c


@dataclass(frozen=True)
class Session:
    """An open session: whose it is, and until when."""

    person: str
    expires_at: datetime


class Sessions:
    """Thread-safe. `randomness` gives as many random bytes as it is asked for."""

    def __init__(self, notebook: Notebook, randomness: Callable[[int], bytes]) -> None:
        self._notebook, self._randomness = notebook, randomness

    def new_code(self, person: str, now: datetime) -> str:
        """A code that opens one session for the person within fifteen minutes."""
        return self._issue("code", person, now + CODE_LASTS, now)

    def open(self, code: str, now: datetime) -> str | None:
        """The token of a new session, or None when the code is unknown, used or too old. A code works once."""
        found = self._find("code", code)
        if found is None:
            return None
        with self._notebook.begin() as db:
            # Of two who come with the same code at once, only the one whose DELETE hits the row gets in.
            taken = db.execute(sa.delete(TICKETS).where(_t.id == _id(code), _t.kind == "code")).rowcount
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
            with self._notebook.begin() as db:
                db.execute(sa.delete(TICKETS).where(_t.id == _id(token), _t.kind == "session"))

    def end_all_of(self, person: str) -> None:
        """Close every session and forget every code of a person, for example when their tokens are revoked."""
        with self._notebook.begin() as db:
            db.execute(sa.delete(TICKETS).where(_t.person == person))

    def close(self) -> None:
        """Let go of the notebook."""
        self._notebook.close()

    def _issue(self, kind: str, person: str, expires_at: datetime, now: datetime) -> str:
        id, secret = _text(self._randomness(9)), _text(self._randomness(32))
        with self._notebook.begin() as db:
            db.execute(sa.delete(TICKETS).where(_t.expires_at <= now.timestamp()))
            db.execute(
                sa.insert(TICKETS).values(
                    id=id, kind=kind, sha256=_hash(secret), person=person, expires_at=expires_at.timestamp()
                )
            )
        return f"{id}.{secret}"

    def _find(self, kind: str, ticket: str) -> Session | None:
        with self._notebook.begin() as db:
            row = db.execute(
                sa.select(_t.sha256, _t.person, _t.expires_at).where(_t.id == _id(ticket), _t.kind == kind)
            ).one_or_none()
        kept, person, expires_at = row or ("", "", 0.0)
        if not hmac.compare_digest(_hash(ticket.partition(".")[2]), kept):
            return None
        return Session(person, datetime.fromtimestamp(expires_at, UTC))


def _id(ticket: str) -> str:
    id = ticket.partition(".")[0]
    return id if _ID.fullmatch(id) else ""  # anything may be said to be one; a database does not take every text


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
