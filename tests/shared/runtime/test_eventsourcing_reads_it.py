"""A plain `eventsourcing` application, opened on our ledger, reads every fact through its own notification log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from eventsourcing.application import Application

from tests.postgres import database_at
from tests.shared.runtime.ledgers import STORES, filled, row


class Stored(Application):
    """On PostgreSQL the library calls its table by the application's name: stored_events."""

    name = "stored"


def _where(store: str, path: Path) -> dict[str, str]:
    if store == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path / "ledger.sqlite")}
    url = urlsplit(database_at(path))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": url.path[1:], "POSTGRES_HOST": str(url.hostname),
        "POSTGRES_PORT": str(url.port), "POSTGRES_USER": str(url.username), "POSTGRES_PASSWORD": unquote(str(url.password)),
        "POSTGRES_SCHEMA": "casetrail",
    }  # fmt: skip


@pytest.fixture(params=STORES)
def application(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Application]:
    ledger = filled(STORES[request.param](tmp_path), 24)
    with ledger.writing() as writing:
        writing.append([row(25, "site-sz", 1)])
    kept = [one.body for one in ledger.rows(0, 100)]
    ledger.close()
    application = Stored(
        env={
            **_where(request.param, tmp_path),
            "ORIGINATOR_ID_TYPE": "text",
            "CREATE_TABLE": "n",
        }
    )
    application.kept = kept  # type: ignore[attr-defined]
    yield application
    application.close()


def test_it_reads_every_fact_in_our_order(application: Application):
    log, found = application.notification_log, []
    while page := log.select(start=len(found) + 1, limit=10):
        found += page
    assert [one.id for one in found] == list(range(1, 26))
    assert [one.originator_id for one in found] == ["complaint-a"] * 24 + ["site-sz"]
    assert [one.originator_version for one in found][:24] == list(range(1, 25))
    assert {one.topic for one in found} == {"complaint.Received", "site.SiteOpened"}
    assert [bytes(one.state) for one in found] == application.kept  # type: ignore[attr-defined]
    assert json.loads(found[0].state)["case_no"] == "SZ-2026-00001"


def test_its_pages_and_its_head_are_ours(application: Application):
    assert application.recorder.max_notification_id() == 25
    section = application.notification_log["1,10"]
    assert [one.id for one in section.items] == list(range(1, 11))
    assert section.next_id == "11,20"


def test_it_reads_a_stream(application: Application):
    events = application.recorder.select_events("complaint-a", gt=20)
    assert [event.originator_version for event in events] == [21, 22, 23, 24]
