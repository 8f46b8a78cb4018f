"""Houses whose ledger and read models are on PostgreSQL: the same facts and answers; and what may be wrong with a database."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.organisation_chart import SERVICES
from shared.runtime.cases import Cases
from shared.runtime.store import Store
from tests import checker
from tests.house import ROOT, RunningHouse, casetrail, free_port, running_house, until
from tests.journeys.people import People
from tests.journeys.test_starting import refused
from tests.postgres import Server, database_at, why_not

if why_not():
    pytest.skip(str(why_not()), allow_module_level=True)

import psycopg

from shared.runtime import postgres
from shared.runtime.postgres_ledger import PostgresLedger
from shared.runtime.postgres_store import PostgresShelf
from shared.runtime.sqlite_ledger import SqliteLedger

MODELS = [model for service in SERVICES.values() for model in service.read_models]


@pytest.fixture
def server() -> Iterator[Server]:
    """One that a test may stop."""
    own = Server().start()
    yield own
    own.remove()


def said_by(*words: str) -> str:
    """What a command says that must succeed."""
    done = subprocess.run(
        casetrail(*words), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_year_on_postgres_makes_the_same_read_models_as_on_sqlite_byte_for_byte(tmp_path: Path):
    url = database_at(tmp_path)
    said_by(
        "demo", "--home", str(tmp_path / "home"), "--port", str(free_port()), "--complaints", "6",
        "--until", "2026-03-17T08:00:00Z", "--exit-when-done", "--database", url,
    )  # fmt: skip
    there, here = PostgresLedger(url), SqliteLedger(tmp_path / "copy.sqlite", "copy")
    rows = there.rows(0, 1_000_000)
    assert len(rows) > 1_000
    with here.writing() as writing:
        writing.append(rows)
    assert here.rows(0, 1_000_000) == rows
    identity, shelf = there.identity(), PostgresShelf(url)
    for model in MODELS:
        live = shelf.store(model, f"{identity.ledger_id}:{identity.epoch}", Cases(there))
        while behind := there.rows(live.position, 500):  # the house was stopped as soon as the year was complete
            live.apply_rows(behind)
        in_a_file = Store(model, tmp_path / "read", "copy:1", Cases(here))
        while behind := here.rows(in_a_file.position, 500):
            in_a_file.apply_rows(behind)
        expected = in_a_file.dump()
        assert live.dump() == expected, f"{model.name}, as it was built while the year was played"
        live.rebuild(lambda after: there.rows(after, 700))
        assert live.dump() == expected, f"{model.name}, rebuilt"
        in_a_file.close()
    shelf.close()
    there.close()
    here.close()


def test_a_database_that_goes_away_and_comes_back(tmp_path: Path, server: Server):
    with running_house(tmp_path, database=server.url()) as house:
        people = People.of(house)
        case = people.case_at("registered")
        server.stop()
        refusal = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="while-away")
        assert refusal.status_code == 503 and "cannot be reached" in refusal.json()["detail"]
        assert refusal.headers.get("retry-after") and "server runs" in refusal.json()["way_out"]
        health = people.owner.http.get("/readyz")
        assert health.status_code == 503
        fault = health.json()["parts"]["ledger"]["fault"]
        assert "cannot be reached" in fault and "pass" not in fault
        assert people.owner.http.get("/healthz").status_code == 200
        assert people.owner.get(f"/audit/complaints/{case.id}").status_code == 503
        server.start()
        house.ready()
        first = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="while-away")
        again = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="while-away")
        assert (first.status_code, again.json()["case_no"]) == (201, first.json()["case_no"])
        house.ready()
        checker.check(house.home, house.nats("relay"), people.owner.sees)


COMPLAINT = {"site": "sz", "channel": "email", "description": "Hinge squeaks after a week"}


def test_writers_need_no_more_than_to_insert_and_select(tmp_path: Path):
    owners = database_at(tmp_path)
    admin = psycopg.connect(owners, autocommit=True)
    user = f"casetrail_app_{owners[-8:]}"
    admin.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'narrow'".encode())
    narrow = postgres.with_user(owners, user, "narrow")
    home = tmp_path / "home"
    assert "may not make one" in refused(home, "--database", narrow)
    assert "is in order" in said_by("postgres", "migrate", "--database", owners)
    assert "roles.sql" in refused(home, "--database", narrow)
    for _ in range(2):
        admin.execute(said_by("postgres", "roles").encode())
    admin.execute(f"GRANT casetrail_writer TO {user}".encode())
    with running_house(tmp_path, database=narrow) as house:
        people = People.of(house)
        case = people.case_at("closed")
        house.ready()
        checker.check(house.home, house.nats("relay"), people.owner.sees)
        said = said_by("doctor", "--deep", "--home", str(house.home))
        assert "NOT OK" not in said and "no gap" in said and "could also change" not in said
        assert not (house.home / "ledger.sqlite").exists()
        house.stop()
        house.database = None  # it remembers
        house.start()
        assert case.sees()["stage"] == "closed"
    with psycopg.connect(narrow, autocommit=True) as writer:
        for statement in (
            "UPDATE casetrail.stored_events SET actor = 'p-eve'",
            "DELETE FROM casetrail.stored_events",
            "TRUNCATE casetrail.stored_events",
            "DELETE FROM casetrail.facts_0",
            "DROP TABLE casetrail.stored_events CASCADE",
            "ALTER TABLE casetrail.stored_events DISABLE TRIGGER ALL",
            "DELETE FROM casetrail.commands",
            "UPDATE casetrail.commands SET answer = ''",
            "UPDATE casetrail.ledger SET epoch = 2",
            "DROP FUNCTION casetrail.facts_stay CASCADE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement.encode())
    admin.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())
    admin.close()


def test_what_is_wrong_with_a_database_is_told_in_a_line_and_nothing_is_touched(tmp_path: Path, server: Server):
    home = tmp_path / "home"
    for url, *told in (
        (server.url(password="sesame"), "user or password", "--database"),
        (server.url(database="elsewhere"), "elsewhere", "--database"),
        ("postgresql://somebody:sesame@127.0.0.1:1/casetrail", "cannot be reached", "server runs"),
        ("mysql://somebody:sesame@127.0.0.1/casetrail", "no address", "postgresql://"),
    ):
        said = refused(home, "--database", url)
        assert all(word in said for word in told) and "sesame" not in said, said
    server.stop()
    server.start(synchronous_commit="off", fsync="off")
    said = refused(home, "--database", server.url())
    assert "synchronous_commit is off" in said and "fsync is off" in said and "ALTER SYSTEM SET fsync = on" in said
    server.stop()
    server.start(default_transaction_read_only="on")
    assert "read-only" in refused(home, "--database", server.url())
    with psycopg.connect(server.url(), autocommit=True) as anybody:
        assert anybody.execute("SELECT FROM pg_namespace WHERE nspname = 'casetrail'").fetchone() is None
    assert not (home / "home.json").exists(), "nor is anything remembered"
    server.stop()
    server.start()
    with running_house(tmp_path, database=server.url()) as house:
        assert json.loads((house.home / "home.json").read_text())["database"] == server.url()
        house.stop()
        with psycopg.connect(server.url(), autocommit=True) as anybody:
            anybody.execute("CREATE DATABASE another")
        said = refused(house.home, "--database", server.url(database="another"))
        assert "holds no ledger" in said or "had the ledger" in said
        server.stop()
        server.start(full_page_writes="off")
        asked = casetrail("doctor", "--home", str(house.home))
        doctor = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        assert doctor.returncode == 1 and "full_page_writes is off" in " ".join((doctor.stdout + doctor.stderr).split())


def test_a_home_with_a_file_is_not_given_a_database_instead(tmp_path: Path):
    with running_house(tmp_path) as house:
        house.stop()
        assert "ledger.sqlite" in refused(house.home, "--database", database_at(tmp_path))


def test_a_clock_behind_the_last_fact(tmp_path: Path, server: Server):
    """The last fact was recorded in a few seconds from now: by a machine whose clock was right, or not."""
    began = time.monotonic()
    with running_house(tmp_path, database=server.url()) as house:
        start = time.monotonic() - began
        house.stop()
        ledger = PostgresLedger(server.url())
        ahead = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() + 8 + 3 * start))
        last = ledger.rows(ledger.head() - 1, 1)[0]
        later = {"position": last.position + 1, "version": last.version + 1, "recorded_at": ahead, "occurred_at": ahead}
        with ledger.writing() as writing:
            writing.append([last._replace(**later)])
        ledger.close()
        said = refused(house.home)
        assert "clock" in said and "set the clock right" in said
        until(lambda: _starts(house), "it starts when the clock has come so far", 60, 1)
        house.ready()


def _starts(house: RunningHouse) -> bool:
    house.launch()
    assert house.process is not None
    deadline = time.monotonic() + 30
    while house.process.poll() is None and time.monotonic() < deadline:
        if house._is_announced():
            return True
        time.sleep(0.05)
    return False
