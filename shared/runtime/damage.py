"""What SQLite says of a file whose content is not what it wrote."""

from __future__ import annotations

import sqlite3


def is_damage(error: object) -> bool:
    """Rather than a lock, a full disk, or whatever else passes."""
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in damage
