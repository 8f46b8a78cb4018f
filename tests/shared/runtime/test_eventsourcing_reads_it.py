"""A plain `eventsourcing` application, opened on our ledger, reads every fact through its own notification log."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from eventsourcing.application import Application

from tests.shared.runtime.ledgers import STORES, filled, row


@pytest.fixture
def application(tmp_path: Path) -> Application:
    ledger = filled(STORES["sqlite"](tmp_path), 24)
    with ledger.writing() as writing:
        writing.append([row(25, "site-sz", 1)])
    ledger.close()
    return Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(tmp_path / "ledger.sqlite"),
            "ORIGINATOR_ID_TYPE": "text",
            "CREATE_TABLE": "n",
        }
    )


def test_it_reads_every_fact_in_our_order(application: Application, tmp_path: Path):
    log, found = application.notification_log, []
    while page := log.select(start=len(found) + 1, limit=10):
        found += page
    assert [one.id for one in found] == list(range(1, 26))
    assert [one.originator_id for one in found] == ["complaint-a"] * 24 + ["site-sz"]
    assert [one.originator_version for one in found][:24] == list(range(1, 25))
    assert {one.topic for one in found} == {"complaint.Received", "site.SiteOpened"}
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        kept = [body for (body,) in file.execute("SELECT state FROM stored_events ORDER BY rowid")]
    assert [one.state for one in found] == kept
    assert json.loads(found[0].state)["case_no"] == "SZ-2026-00001"


def test_its_pages_and_its_head_are_ours(application: Application):
    assert application.recorder.max_notification_id() == 25
    section = application.notification_log["1,10"]
    assert [one.id for one in section.items] == list(range(1, 11))
    assert section.next_id == "11,20"


def test_it_reads_a_stream(application: Application):
    events = application.recorder.select_events("complaint-a", gt=20)
    assert [event.originator_version for event in events] == [21, 22, 23, 24]
