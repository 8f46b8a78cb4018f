"""DBOS: a workflow whose steps write one row each, exactly once, as its pages on transactions and datasources tell."""
# pyright: reportMissingImports=false
# (DBOS is installed by `python3 run.py bench` alone.)

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bench.measuring import Measure
from bench.writes import rate, synced
from tests.postgres import database_at

COMPLAINTS = sa.Table(
    "complaints", sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
)  # fmt: skip


def steps(store: str, threads: int, *, in_each: int = 1) -> Measure:
    """Steps a second; so many in each workflow, which is run to its end. The more there are, the less the workflow costs."""

    def measure(folder: Path, seconds: float) -> float:
        from dbos import DBOS, SQLAlchemyDatasource

        url = f"sqlite:///{folder}/dbos.sqlite"
        if store == "PostgreSQL":
            url = database_at(folder).replace("postgresql://", "postgresql+psycopg://")
        pool = {"pool_size": threads, "max_overflow": 0}
        DBOS(config={
            "name": "complaints", "system_database_url": url, "log_level": "ERROR", "sys_db_pool_size": max(threads, 5),
        })  # fmt: skip
        datasource = SQLAlchemyDatasource.create(url, engine_kwargs=pool)
        COMPLAINTS.create(datasource.engine)

        @datasource.transaction()
        def insert(text: str) -> None:
            values = {"site": "sz", "channel": "email", "description": text}
            datasource.sql_session().execute(sa.insert(COMPLAINTS).values(values))

        @DBOS.workflow()
        def receive(text: str) -> None:
            for number in range(in_each):
                insert(f"{text}-{number}")

        DBOS.launch()
        _assert_durable(datasource.engine)
        try:
            return in_each * rate(lambda client, number: receive(f"complaint {client}-{number}"), threads, seconds)
        finally:
            DBOS.destroy()
            datasource.engine.dispose()

    return measure


def _assert_durable(engine: sa.Engine) -> None:
    with engine.connect() as db:
        if db.dialect.name == "sqlite":
            assert db.scalar(sa.text("PRAGMA synchronous")) == 2
        else:
            assert synced(db.connection.driver_connection)
