"""Many rows at once are the rows that one would have written one by one, in every type that read models have."""

from __future__ import annotations

import sqlalchemy as sa

from shared.runtime.many_rows import write_many

THINGS = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("yes", sa.Boolean, nullable=False),
    sa.Column("body", sa.JSON),
    sa.Column("share", sa.Float),
)
ROWS = [
    {"id": f"线{number}", "number": None if number % 2 else 2**40 + number, "yes": number % 3 == 0,
     "body": {"a": [number, None, "ü"]}, "share": number / 7}
    for number in range(20)
]  # fmt: skip
DROP = sa.delete(THINGS).where(THINGS.c.id == sa.bindparam("of"), THINGS.c.yes == sa.bindparam("when"))
MARK = sa.update(THINGS).where(THINGS.c.id == sa.bindparam("of")).values(number=sa.bindparam("to"))


def all_rows(db: sa.Connection) -> list[dict[str, object]]:
    return [dict(row) for row in db.execute(sa.select(THINGS).order_by(THINGS.c.number, THINGS.c.id)).mappings()]


def test_inserted_updated_and_deleted_as_sqlalchemy_itself_would():
    engines = [sa.create_engine("sqlite://") for _ in range(2)]
    with engines[0].begin() as quick, engines[1].begin() as plain:
        for db in (quick, plain):
            THINGS.create(db)
        write_many(quick, sa.insert(THINGS), ROWS)
        plain.execute(sa.insert(THINGS), ROWS)
        assert all_rows(quick) == all_rows(plain) and len(all_rows(quick)) == len(ROWS)
        drops = [{"of": row["id"], "when": True} for row in ROWS]
        write_many(quick, DROP, drops)
        plain.execute(DROP, drops)
        marks = [{"of": row["id"], "to": number} for number, row in enumerate(ROWS)]
        write_many(quick, MARK, marks)
        plain.execute(MARK, marks)
        assert all_rows(quick) == all_rows(plain) and len(all_rows(quick)) == 13


def test_nothing_for_no_rows():
    with sa.create_engine("sqlite://").begin() as db:
        write_many(db, sa.insert(THINGS), [])  # no such table: the statement is not even sent
