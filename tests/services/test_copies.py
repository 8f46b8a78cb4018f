"""Backup, restore and move: what is copied is the same byte for byte, and what is damaged or half done is never taken for whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.backing_up import Taken, back_up
from services.moving import MOVED, move
from services.restoring import Restored, restore
from shared.kernel.errors import Problem, Refused
from shared.runtime.backup import Backup
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import DamagedLedger
from tests.house import ROOT, until
from tests.postgres import database_at
from tests.services.homes import PHOTO, add, digest_of, home_at, ledger_of, plain_books, plain_facts

STORES = ("sqlite", "postgres")


@contextmanager
def quiet(what: str, total: int) -> Generator[Callable[[int], None]]:
    yield lambda steps: None


def taken(home: Path, place: Path) -> Taken:
    return back_up(home, None, place, quiet)


def put_back(place: Path, home: Path, store: str = "sqlite") -> Restored:
    return restore(place, home, database_at(home) if store == "postgres" else "", quiet)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    return request.param


# ── what a backup is ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("to", STORES)
def test_everything_comes_back_as_it_was_whatever_the_stores(tmp_path: Path, store: str, to: str):
    home, place, again = home_at(tmp_path / "home", store), tmp_path / "backup", tmp_path / "again"
    manifest = taken(home, place).manifest
    assert (manifest.head, manifest.epoch, manifest.facts_sha256, manifest.missing) == (50, 1, digest_of(place), ())
    done = put_back(place, again, to)
    *before, told = plain_facts(again)
    assert before == plain_facts(home)
    assert done.copied.facts_sha256 == manifest.facts_sha256
    assert plain_books(again) == plain_books(home)
    assert (again / "files").exists() and next((again / "files").glob("??/*")).read_bytes() == PHOTO
    for name in ("admin.token", "notify.toml"):
        assert (again / name).read_text() == (home / name).read_text()
        assert (again / name).stat().st_mode & 0o777 == 0o600
    kept = Home(again).saved()
    assert (kept.ledger, kept.passwords, bool(kept.database)) == ("L1", {"relay": "a secret"}, to == "postgres")
    assert not (again / "read").exists(), "what can be made again is made again"
    # The ledger tells itself that it was restored, as the first fact of its new epoch.
    assert (told[0], told[1], told[3], told[-2]) == (51, "home-L1", "home.LedgerRestored", done.epoch)
    assert json.loads(told[4])["position"] == 50 and done.epoch > 1
    with ledger_of(again) as ledger:
        assert ledger.identity().epoch == done.epoch
        add(ledger, 1)


def test_two_restores_are_two_histories(tmp_path: Path):
    taken(home_at(tmp_path / "home"), tmp_path / "backup")
    first = put_back(tmp_path / "backup", tmp_path / "one").epoch
    time.sleep(1.1)
    assert put_back(tmp_path / "backup", tmp_path / "two").epoch > first


def test_a_second_backup_adds_what_is_new_and_touches_nothing_else(tmp_path: Path, store: str):
    home, place = home_at(tmp_path / "home", store), tmp_path / "backup"
    taken(home, place)
    before = {path: path.stat().st_mtime_ns for path in [*place.glob("facts/*"), *place.glob("files/*/*")]}
    with ledger_of(home) as ledger:
        add(ledger, 7)
    again = taken(home, place)
    assert (again.new_facts, again.new_files, again.manifest.head) == (7, 0, 57)
    assert before.items() <= {path: path.stat().st_mtime_ns for path in before}.items()
    assert again.manifest.facts_sha256 == digest_of(place)
    assert len(list(place.glob("state-*"))) == 1, "what only the one before needed is gone"
    Backup.at(place).check(quiet)
    assert taken(home, place).new_facts == 0
    put_back(place, tmp_path / "again")
    assert plain_facts(tmp_path / "again")[:-1] == plain_facts(home)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(added=st.lists(st.integers(0, 25), min_size=1, max_size=5), size=st.integers(1, 30))
def test_backups_of_any_size_one_after_another_hold_every_fact_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added: list[int], size: int
):
    monkeypatch.setattr("shared.runtime.backup.SEGMENT", size)
    for name in ("home", "backup", "again"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    home, place = home_at(tmp_path / "home", facts=1), tmp_path / "backup"
    for more in added:
        with ledger_of(home) as ledger:
            add(ledger, more)
        assert taken(home, place).manifest.facts_sha256 == digest_of(place)
    put_back(place, tmp_path / "again")
    assert plain_facts(tmp_path / "again")[:-1] == plain_facts(home)


def test_a_restored_ledger_goes_on_with_the_backups_it_came_from(tmp_path: Path):
    taken(home_at(tmp_path / "home"), tmp_path / "backup")
    epoch = put_back(tmp_path / "backup", tmp_path / "again").epoch
    again = taken(tmp_path / "again", tmp_path / "backup").manifest
    assert (again.head, again.epoch) == (51, epoch)


def test_a_place_is_for_one_ledger_and_one_history(tmp_path: Path, store: str):
    home, place = home_at(tmp_path / "home", store), tmp_path / "backup"
    taken(home, place)
    with pytest.raises(Refused, match="holds backups of the ledger L1"):
        taken(home_at(tmp_path / "other", ledger_id="L2"), place)
    put_back(place, tmp_path / "again")
    with ledger_of(home) as ledger:
        add(ledger, 5)
    taken(home, place)
    with pytest.raises(Refused, match="ahead"):  # five more than the restored one has ever had
        taken(tmp_path / "again", place)
    with ledger_of(tmp_path / "again") as ledger:
        add(ledger, 20)
    with pytest.raises(Refused, match="another history"):
        taken(tmp_path / "again", place)
    assert Backup.at(place).manifest.head == 55
    Backup.at(place).check(quiet)


def test_places_that_are_none(tmp_path: Path):
    home = home_at(tmp_path / "home")
    with pytest.raises(Refused, match="lies in the home"):
        taken(home, home / "backups")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("private")
    with pytest.raises(Refused, match="holds other files"):
        taken(home, tmp_path / "full")
    with pytest.raises(StartRefused, match="no Casetrail home"):
        taken(tmp_path / "nothing", tmp_path / "backup")
    with pytest.raises(Problem, match="no whole backup"):
        put_back(tmp_path / "nowhere", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_stored_file_that_is_missing_or_damaged_is_told_and_the_rest_is_kept(tmp_path: Path):
    home = home_at(tmp_path / "home")
    (stored,) = (home / "files").glob("??/*")
    stored.write_bytes(PHOTO[:-1] + b"!")
    told = taken(home, tmp_path / "backup").manifest
    assert (told.missing, told.files, told.head) == ((stored.name,), 0, 50)
    stored.write_bytes(PHOTO)
    assert taken(home, tmp_path / "backup").manifest.missing == ()
    stored.unlink()
    assert taken(home, tmp_path / "backup").manifest.files == 1, "the backup has it still"
    put_back(tmp_path / "backup", tmp_path / "again")
    assert next((tmp_path / "again" / "files").glob("??/*")).read_bytes() == PHOTO


# ── damage ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole") / "backup"
    taken(home_at(place.parent / "home", facts=60), place)
    return place


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_bit_anywhere_is_found_and_in_a_fact_its_position_is_named(whole: Path, data: st.DataObject):
    files = sorted(path for path in whole.rglob("*") if path.is_file() and path.name != "ledger.id")
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    if not content:
        return
    byte, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(content)
    flipped[byte] ^= 1 << bit
    again = whole.parent / "again"
    try:
        path.write_bytes(flipped)
        with pytest.raises(Problem) as found:
            put_back(whole, again)
        if path.suffix == ".ndjson" and path.parent.name == "facts":
            position = content[:byte].count(b"\n") + 1
            assert f"position {position} of" in found.value.detail
        assert not again.exists(), "nothing was touched"
    finally:
        path.write_bytes(content)
    Backup.at(whole).check(quiet)


@pytest.mark.parametrize(
    "lost", ["facts/*.ndjson", "facts/*.crc32", "state-*/answers.ndjson", "files/*/*", "manifest.json"]
)
def test_a_file_that_is_missing_or_short_is_found(whole: Path, tmp_path: Path, lost: str):
    shutil.copytree(whole, tmp_path / "backup")
    path = next((tmp_path / "backup").glob(lost))
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    with pytest.raises(Problem):
        Backup.at(tmp_path / "backup").check(quiet)
    path.unlink()
    with pytest.raises(Problem):
        Backup.at(tmp_path / "backup").check(quiet)


def test_nothing_is_added_to_a_damaged_backup(tmp_path: Path):
    home, place = home_at(tmp_path / "home"), tmp_path / "backup"
    taken(home, place)
    part = next(place.glob("facts/*.ndjson"))
    part.write_bytes(part.read_bytes().replace(b"p-ana", b"p-eve", 1))
    with pytest.raises(Problem, match="is damaged"):
        taken(home, place)


def test_a_damaged_ledger_is_not_backed_up_and_its_position_is_named(tmp_path: Path):
    home = home_at(tmp_path / "home")
    with sqlite3.connect(home / "ledger.sqlite") as db:
        db.execute("DROP TRIGGER facts_are_not_changed")
        db.execute("UPDATE stored_events SET state = CAST(replace(state, 'C-1001', 'C-1003') AS BLOB) WHERE rowid = 17")
    with pytest.raises(DamagedLedger, match="position 17 "):
        taken(home, tmp_path / "backup")
    with pytest.raises(Problem, match="no whole backup"):
        put_back(tmp_path / "backup", tmp_path / "again")
    with pytest.raises(DamagedLedger, match="position 17 "):
        move(home, database_at(tmp_path), quiet)
    assert Home(home).saved().database == "" and (home / "ledger.sqlite").exists()


# ── under load, and killed ────────────────────────────────────────────────────────────────────────────────────────────
WRITES = """
import sys
from tests.services.homes import *
with ledger_of(Path(sys.argv[1])) as ledger:
    while True:
        add(ledger, 1)
"""


@contextmanager
def running(code: str, *words: object) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_a_backup_under_load_is_a_prefix_of_the_ledger(tmp_path: Path, store: str):
    home, place = home_at(tmp_path / "home", store, facts=3), tmp_path / "backup"
    with running(WRITES, home):
        until(lambda: len(plain_facts(home)) > 30, "the writer writes")
        for _ in range(3):
            head = taken(home, place).manifest.head
            until(lambda head=head: len(plain_facts(home)) > head + 5, "and goes on writing")
    facts = plain_facts(home)
    assert len(facts) > head
    # Judged without our own readers: by plain SQL on one side and plain JSON on the other.
    lines = [
        json.loads(line) for part in sorted(place.glob("facts/*.ndjson")) for line in part.read_bytes().splitlines()
    ]
    assert [int(line["position"]) for line in lines] == list(range(1, head + 1))
    for line, row in zip(lines, facts[:head], strict=True):
        assert (line["subject"], line["commandid"], line["sha256"]) == (row[1], row[13], row[20])
    folder = next(place.glob("state-*"))
    answers = [json.loads(line) for line in (folder / "answers.ndjson").read_bytes().splitlines()]
    assert {id for _, id, _, _ in answers} == {f"k{position}" for position in range(1, head + 1)}, "of one moment"
    (position,) = [json.loads(line)[1] for line in (folder / "positions.ndjson").read_bytes().splitlines()]
    assert position == head // 10 * 10
    put_back(place, tmp_path / "again")
    assert len(plain_facts(tmp_path / "again")) == head + 1


STEPS = """
import sys, time
from contextlib import contextmanager
from pathlib import Path
from shared.runtime import backup, copying
backup.SEGMENT, copying.AT_ONCE = 50, 50
@contextmanager
def slow(what, total):
    def step(count):
        print(what, flush=True); time.sleep(0.02)
    yield step
    print('after', what, flush=True); time.sleep(0.5)
def telling(kind):
    become_whole = kind.become_whole
    def told(self, epoch):
        become_whole(self, epoch)
        print('whole', flush=True); time.sleep(0.5)
    kind.become_whole = told
from shared.runtime.sqlite_ledger import SqliteLedger
from shared.runtime.postgres_ledger import PostgresLedger
telling(SqliteLedger)
telling(PostgresLedger)
"""


def killed(code: str, *words: object, after: str) -> bool:
    """Whether it was killed, with kill -9, as soon as it had said this; else it had ended before."""
    child = subprocess.Popen(
        [sys.executable, "-c", STEPS + code, *map(str, words)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == after:
            child.send_signal(signal.SIGKILL)
            break
    return child.wait() == -signal.SIGKILL


BACKUP = "from services.backing_up import back_up; back_up(Path(sys.argv[1]), None, Path(sys.argv[2]), slow)"
RESTORE = "from services.restoring import restore; restore(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], slow)"
MOVE = "from services.moving import move; move(Path(sys.argv[1]), sys.argv[2], slow)"


@pytest.mark.parametrize("after", ["facts", "after facts", "after stored files"])
def test_a_backup_that_is_killed_is_no_backup_and_the_one_before_stays(tmp_path: Path, store: str, after: str):
    home, place = home_at(tmp_path / "home", store), tmp_path / "backup"
    assert killed(BACKUP, home, place, after=after)
    with pytest.raises(Problem, match="no whole backup"):
        Backup.at(place)
    assert taken(home, place).manifest.head == 50
    with ledger_of(home) as ledger:
        add(ledger, 70)
    assert killed(BACKUP, home, place, after=after)
    assert Backup.at(place).manifest.head == 50
    Backup.at(place).check(quiet)
    assert taken(home, place).manifest.head == 120
    Backup.at(place).check(quiet)
    assert len(list(place.glob("state-*"))) == 1


@pytest.mark.parametrize(
    "after",
    ["after facts checked", "facts copied", "after facts copied", "facts compared", "after stored files", "whole"],
)
def test_a_restore_that_is_killed_is_no_home_and_is_done_again(tmp_path: Path, store: str, after: str):
    home, place, again = home_at(tmp_path / "home", facts=120), tmp_path / "backup", tmp_path / "again"
    taken(home, place)
    database = database_at(again) if store == "postgres" else ""
    assert killed(RESTORE, place, again, database, after=after)
    if again.exists() and (again / "restoring.json").exists():
        with pytest.raises(StartRefused, match="cut short"), ledger_of(again):
            pass
    if database:
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        (fresh / "home.json").write_text(json.dumps({"database": database}))
        if after in ("facts copied", "after facts copied"):
            with pytest.raises(StartRefused, match="not complete"), ledger_of(fresh):
                pass
    put_back(place, again, store)
    wanted = {"admin.token", "files", "home.json", "home.lock", "lock", "notify.toml"}
    wanted |= {"ledger.sqlite"} if store == "sqlite" else set()
    assert {path.name for path in again.iterdir()} == wanted
    assert plain_facts(again)[:-1] == plain_facts(home)
    assert plain_books(again) == plain_books(home)


def test_a_home_or_a_database_that_is_not_empty_is_left_alone(tmp_path: Path):
    home, place = home_at(tmp_path / "home"), tmp_path / "backup"
    taken(home, place)
    before = plain_facts(home)
    with pytest.raises(StartRefused, match="not empty"):
        put_back(place, home)
    other = home_at(tmp_path / "other", "postgres", ledger_id="L2")
    with pytest.raises(StartRefused, match="holds a ledger already"):
        restore(place, tmp_path / "again", database_at(other), quiet)
    assert not (tmp_path / "again").exists()
    assert plain_facts(home) == before and len(plain_facts(other)) == 50
    put_back(place, tmp_path / "again")


# ── to PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_ledger_moves_to_postgres_byte_for_byte(tmp_path: Path):
    home = home_at(tmp_path / "home", facts=300)
    facts, books = plain_facts(home), plain_books(home)
    done = move(home, database_at(tmp_path), quiet)
    assert (done.ledger_id, done.epoch, done.copied.facts, done.copied.answers) == ("L1", 1, 300, 300)
    assert plain_facts(home) == facts and plain_books(home) == books
    assert Home(home).saved().database == database_at(tmp_path)
    assert not (home / "ledger.sqlite").exists()
    assert taken(home, tmp_path / "backup").manifest.facts_sha256 == done.copied.facts_sha256
    (home / MOVED).rename(tmp_path / "ledger.sqlite")
    (tmp_path / "home.json").write_text("{}")
    assert plain_facts(tmp_path) == facts, "the file is as it was"
    with ledger_of(home) as ledger:
        add(ledger, 5)
    shutil.copy(tmp_path / "ledger.sqlite", home)  # as a move leaves it that is killed at its very end
    with pytest.raises(StartRefused, match="in a database already"):
        move(home, database_at(tmp_path / "another"), quiet)
    assert not (home / "ledger.sqlite").exists()
    assert Home(home).saved().database == database_at(tmp_path)


@pytest.mark.parametrize("after", ["facts copied", "after facts copied", "facts compared", "whole"])
def test_a_move_that_is_killed_goes_on_where_it_was(tmp_path: Path, after: str):
    home = home_at(tmp_path / "home", facts=230)
    database = database_at(tmp_path)
    assert killed(MOVE, home, database, after=after)
    assert Home(home).saved().database == ""
    if after != "whole":
        with ledger_of(home) as ledger:  # the home goes on with its file meanwhile
            add(ledger, 40)
    facts, books = plain_facts(home), plain_books(home)
    move(home, database, quiet)
    assert plain_facts(home) == facts and plain_books(home) == books


def test_a_difference_is_found_before_the_home_remembers_the_database(tmp_path: Path):
    import psycopg

    home, database = home_at(tmp_path / "home", facts=120), database_at(tmp_path)
    assert killed(MOVE, home, database, after="facts compared")
    with psycopg.connect(database) as there:
        there.execute("ALTER TABLE casetrail.stored_events DISABLE TRIGGER facts_stay")
        there.execute("UPDATE casetrail.stored_events SET actor = 'p-eve' WHERE notification_id = 77")
        there.execute("ALTER TABLE casetrail.stored_events ENABLE TRIGGER facts_stay")
    with pytest.raises(DamagedLedger, match="position 77 "):
        move(home, database, quiet)
    assert Home(home).saved().database == "" and (home / "ledger.sqlite").exists()


def test_what_a_move_refuses(tmp_path: Path):
    home, database = home_at(tmp_path / "home"), database_at(tmp_path)
    other = home_at(tmp_path / "other", "postgres", ledger_id="L2")
    with pytest.raises(Refused, match="holds the ledger L2"):
        move(home, database_at(other), quiet)
    with Home(home), pytest.raises(StartRefused, match="already running"):
        move(home, database, quiet)
    shutil.copytree(home, tmp_path / "copy")

    @contextmanager
    def meanwhile(what: str, total: int) -> Generator[Any]:
        with pytest.raises(StartRefused, match="another process is just copying"):
            move(tmp_path / "copy", database, quiet)
        yield lambda steps: None

    move(home, database, meanwhile)
    with ledger_of(home) as ledger:
        add(ledger, 3)
    with pytest.raises(Refused, match="somebody went on there"):
        move(tmp_path / "copy", database, quiet)
    with pytest.raises(StartRefused, match="no Casetrail home"):
        move(tmp_path / "nothing", database, quiet)
    with pytest.raises(StartRefused, match="no address"):
        move(tmp_path / "copy", "mysql://somewhere/db", quiet)
