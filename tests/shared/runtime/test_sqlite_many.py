"""Many rows in one step do what `executemany` does, whatever the statement and however many there are."""

from __future__ import annotations

import sqlite3

import pytest

from shared.runtime.sqlite_many import TOGETHER, _for_many, execute_many

INSERT = "INSERT INTO t (a, b, c) VALUES (?, ?, ?)"
UPSERT = f"{INSERT} ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
DELETE = "DELETE FROM t WHERE t.a = ? AND t.b = ?"
DELETE_BY_ONE = "DELETE FROM t WHERE t.a = ?"
UPDATE = "UPDATE t SET c = ? WHERE a = ?"


def table() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, PRIMARY KEY (a, b))")
    db.executemany(INSERT, [(number, f"b{number}", b"old") for number in range(-300, 40)])
    return db


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 63, 64, 67, 150])
@pytest.mark.parametrize("statement", [INSERT, UPSERT, DELETE, DELETE_BY_ONE, UPDATE])
def test_it_does_what_executemany_does(statement: str, count: int):
    first = 1_000 if statement == INSERT else -100
    made = {DELETE: lambda n: (n, f"b{n}"), DELETE_BY_ONE: lambda n: (n,), UPDATE: lambda n: (b"new", n)}
    row = made.get(statement, lambda n: (n, f"b{n}", b"new"))
    rows = [row(number) for number in range(first, first + count)]
    one, other = table(), table()
    one.executemany(statement, rows)
    execute_many(other, statement, rows)
    assert list(other.execute("SELECT * FROM t ORDER BY a")) == list(one.execute("SELECT * FROM t ORDER BY a"))


@pytest.mark.parametrize("statement", [DELETE, DELETE_BY_ONE])
@pytest.mark.parametrize("size", TOGETHER)
def test_rows_to_be_deleted_are_found_by_their_key_however_many_there_are(statement: str, size: int):
    """A table that is read through for each step would make every turn slower with every row."""
    text = _for_many(statement, size)
    assert text
    plan = [step for *_, step in table().execute(f"EXPLAIN QUERY PLAN {text}", [1] * text.count("?"))]
    assert any("SEARCH t USING" in step for step in plan) and "SCAN t" not in plan, plan
