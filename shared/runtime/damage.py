"""What SQLite and the system say of a file whose content is not what was written, and of a disk that has no room."""

from __future__ import annotations

import errno
import sqlite3


def is_damage(error: object) -> bool:
    """Rather than a lock, a full disk, or whatever else passes."""
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in damage


def is_full(error: object) -> bool:
    """The disk has no room: said by the system, or by SQLite, also of what it shares with the other processes at a file."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE
