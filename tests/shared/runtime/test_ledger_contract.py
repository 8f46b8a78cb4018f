"""One contract for every ledger: what the desk, the relay and the listeners rely on, whatever database is underneath."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shared.runtime import sqlite_rows
from shared.runtime.ledger import Answered, Ledger, NewerLedger, Snapshot
from shared.runtime.sqlite_ledger import FORMAT
from tests.shared.runtime.ledgers import STORES, filled, one_after_another, prepare, row, rows

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Ledger]]:
    """Opens the ledger; called again, as another process would."""
    ledgers: list[Ledger] = []

    def again() -> Ledger:
        ledgers.append(STORES[request.param](tmp_path))
        return ledgers[-1]

    yield again
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Callable[[], Ledger]) -> Ledger:
    return opened()


# ── positions and order ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_ledger_is_empty_and_knows_itself(opened: Callable[[], Ledger]):
    first = opened()
    assert (first.head(), first.rows(0, 10), first.position("anybody")) == (0, [], 0)
    assert (first.identity().ledger_id, first.identity().epoch) == ("L1", 1)
    with first.writing() as writing:
        assert (writing.head().position, writing.head().recorded_at) == (0, "")
    assert opened().identity() == first.identity()


def test_what_is_written_is_read_back_in_order(ledger: Ledger):
    written = rows(1, 25)
    filled(ledger, 25)
    assert ledger.head() == 25
    assert ledger.rows(0, 100) == written
    assert ledger.rows(7, 5) == written[7:12]
    assert ledger.rows(7, 100, up_to=9) == written[7:9]
    assert ledger.rows(25, 10) == []


def test_every_process_reads_the_same_whoever_has_written(opened: Callable[[], Ledger]):
    """Each keeps its own last rows at hand; another one's are in between."""
    one, two = opened(), opened()
    for first, writer in enumerate((one, one, two, one, two, two, one)):
        with writer.writing() as writing:
            writing.append(rows(first * 3 + 1, first * 3 + 3))
        for reader in (one, two):
            for after in range(first * 3 + 4):
                assert reader.rows(after, 2) == rows(1, first * 3 + 3)[after : after + 2]
            assert reader.rows(0, 100) == rows(1, first * 3 + 3)


def test_what_was_rolled_back_is_never_read(ledger: Ledger):
    filled(ledger, 3)
    with contextlib.suppress(ZeroDivisionError), ledger.writing() as writing:
        writing.append(rows(4, 5))
        raise ZeroDivisionError
    assert ledger.rows(0, 10) == rows(1, 3)


def test_text_of_every_kind_is_kept_as_it_is(ledger: Ledger):
    odd = row(1)._replace(
        backdate_reason="线路故障 – 12 %\n二", on_behalf_of="p-äß", causation="7", policy="p@1", historical=1
    )
    with ledger.writing() as writing:
        writing.append([odd])
    assert ledger.rows(0, 1) == [odd]


def test_a_stream_is_read_by_version(ledger: Ledger):
    mixed = [row(1, "complaint-a", 1), row(2, "complaint-b", 1), row(3, "complaint-a", 2), row(4, "complaint-a", 3)]
    with ledger.writing() as writing:
        writing.append(mixed)
        assert [one.version for one in writing.stream("complaint-a", 1)] == [2, 3]
        assert [one.position for one in writing.rows(2, 1)] == [3]
    assert [one.position for one in ledger.stream("complaint-a")] == [1, 3, 4]
    assert [one.version for one in ledger.stream("complaint-a", after=1, up_to=2)] == [2]
    assert ledger.stream("complaint-z") == []


def test_facts_about_the_organisation_are_found_among_many(ledger: Ledger):
    with ledger.writing() as writing:
        writing.append(
            [row(1), row(2, "site-sz", 1), row(3, "complaint-b", 1), row(4, "person-p-a", 1), row(5, "calendar-x", 1)]
        )
        writing.append([row(6, "clocks-a", 1), row(7, "numbers-sz-2026", 1), row(8, "home-L1", 1)])
        assert [one.position for one in writing.organisation(2)] == [4, 5, 8]
    assert [one.position for one in ledger.organisation(0)] == [2, 4, 5, 8]


# ── one transaction ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_failure_leaves_nothing_behind(ledger: Ledger):
    filled(ledger, 3)
    with pytest.raises(ZeroDivisionError), ledger.writing() as writing:
        writing.append(rows(4, 5))
        writing.remember({("p-ana", "k"): Answered("f", b"x")})
        writing.move("keeper", 4)
        writing.refuse("keeper", 4, "no")
        writing.keep_snapshot(Snapshot("complaint-a", 5, "f", b"x"))
        raise ZeroDivisionError
    assert (ledger.head(), ledger.position("keeper"), list(ledger.refusals())) == (3, 0, [])
    assert ledger.snapshot("complaint-a") is None
    with ledger.writing() as writing:
        assert writing.answered([("p-ana", "k")]) == {}
        writing.append(rows(4, 4))
    assert ledger.head() == 4


def test_nobody_reads_what_is_not_committed(ledger: Ledger):
    with ledger.writing() as writing:
        writing.append(rows(1, 2))
        with ThreadPoolExecutor(1) as other:
            assert other.submit(ledger.head).result(5) == 0
    assert ledger.head() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param([row(5)], id="a gap"),
        pytest.param([row(3, "complaint-b", 1)], id="a position that is taken"),
        pytest.param([row(4, "complaint-b", 1), row(6, "complaint-b", 2)], id="a gap within the batch"),
        pytest.param([row(4, "complaint-a", 3)], id="a version that is taken"),
        pytest.param([row(4, "complaint-b", 1), row(4, "complaint-c", 1)], id="the same position twice"),
    ],
)
def test_what_would_break_the_order_is_not_stored(ledger: Ledger, wrong: list[Any]):
    filled(ledger, 3)
    with pytest.raises(Exception, match=r"no gaps|UNIQUE|unique"), ledger.writing() as writing:
        writing.append(wrong)
    assert ledger.rows(0, 10) == rows(1, 3)


def test_threads_that_write_wait_for_each_other(ledger: Ledger):
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda name: list(one_after_another(ledger, f"t{name}", 15)), range(6)))
    assert sorted(position for each in got for position in each) == list(range(1, 91))
    assert [one.position for one in ledger.rows(0, 100)] == list(range(1, 91))


def _writes(store: str, path: Path, name: str, count: int) -> None:
    ledger = STORES[store](path)
    list(one_after_another(ledger, name, count))
    ledger.close()


@pytest.mark.parametrize("store", STORES)
def test_two_first_opens_at_once_and_processes_that_write_wait_for_each_other(store: str, tmp_path: Path):
    prepare(store, tmp_path)
    writers = [SPAWN.Process(target=_writes, args=(store, tmp_path, f"p{n}", 20)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    ledger = STORES[store](tmp_path)
    assert [one.position for one in ledger.rows(0, 100)] == list(range(1, 61))
    assert {one.version for one in ledger.stream("complaint-p1")} == set(range(1, 21))
    ledger.close()


@pytest.mark.parametrize("store", STORES)
def test_many_first_opens_at_once_make_one_ledger(store: str, tmp_path: Path):
    together = threading.Barrier(8)
    prepare(store, tmp_path)  # a server dies with the thread that started it

    def first(number: int) -> str:
        path = tmp_path / str(number // 8)
        path.mkdir(exist_ok=True)
        together.wait(30)
        ledger = STORES[store](path)
        found = ledger.identity().ledger_id
        ledger.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(first, range(40))) == {"L1"}


# ── what is kept beside the facts ─────────────────────────────────────────────────────────────────────────────────────
def test_answers_are_remembered_by_actor_and_key(opened: Callable[[], Ledger]):
    with opened().writing() as writing:
        mine, yours = ("p-ana", "k1"), ("p-bo", "k1")
        writing.remember({mine: Answered("f1", b"one"), yours: Answered("f2", b"two")})
        assert writing.answered([mine]) == {mine: Answered("f1", b"one")}
    with opened().writing() as writing:
        asked = [("p-bo", "k2"), yours, ("p-ana", "k2"), mine, ("k1", "p-ana"), ("p-ana", '"\\张')]
        assert writing.answered(asked) == {mine: Answered("f1", b"one"), yours: Answered("f2", b"two")}
        assert writing.answered([]) == {}


def test_many_streams_are_read_in_one_question(ledger: Ledger):
    filled(ledger, 3)
    with ledger.writing() as writing:
        writing.append([row(4, "complaint-c", 1), row(5, "complaint-b", 1), row(6, "complaint-b", 2)])
        writing.keep_snapshot(Snapshot("complaint-b", 2, "f", b"{}"))
        of = ["complaint-b", "complaint-a", "complaint-none"]
        inside = [(each.stream, each.version) for each in writing.streams(of)]
        assert list(writing.streams([])) == []
    assert inside == [("complaint-a", 1), ("complaint-a", 2), ("complaint-a", 3), ("complaint-b", 2)], (
        "of a stream with a snapshot those from it on"
    )
    assert [(each.stream, each.version) for each in ledger.streams(of)] == inside


def test_positions_of_reactions_never_rewind(ledger: Ledger):
    for to, then in ((5, 5), (3, 5), (9, 9)):
        with ledger.writing() as writing:
            writing.move("keeper", to)
            assert writing.position("keeper") == then
        assert ledger.position("keeper") == then
    assert ledger.position("somebody-else") == 0


def test_refusals_of_reactions_are_kept_once(ledger: Ledger):
    for _ in range(2):
        with ledger.writing() as writing:
            writing.refuse("keeper", 4, "no")
    with ledger.writing() as writing:
        writing.refuse("other", 1, "never")
    assert list(ledger.refusals()) == [("keeper", 4, "no"), ("other", 1, "never")]
    assert list(ledger.refusals("other")) == [("other", 1, "never")]


def test_the_latest_snapshot_is_kept(ledger: Ledger):
    for version in (200, 400):
        with ledger.writing() as writing:
            writing.keep_snapshot(Snapshot("complaint-a", version, "f", b"{}"))
            assert writing.snapshot("complaint-a") == Snapshot("complaint-a", version, "f", b"{}")
    assert ledger.snapshot("complaint-a") == Snapshot("complaint-a", 400, "f", b"{}")
    assert ledger.snapshot("complaint-b") is None


def test_of_a_long_stream_only_what_follows_its_snapshot_is_read(ledger: Ledger):
    filled(ledger, 600)
    with ledger.writing() as writing:
        writing.keep_snapshot(Snapshot("complaint-a", 598, "f", b"{}"))
        writing.append([row(601, "complaint-b", 1)])
        assert [(one.stream, one.version) for one in writing.streams(["complaint-b", "complaint-a", "complaint-b"])] == [
            ("complaint-a", 598), ("complaint-a", 599), ("complaint-a", 600), ("complaint-b", 1)
        ]  # fmt: skip


def test_each_row_carries_the_hash_of_its_bytes(ledger: Ledger):
    filled(ledger)
    assert all(one.sha256 == hashlib.sha256(one.body).hexdigest() for one in ledger.rows(0, 10))


def test_where_a_long_stream_begins_is_not_asked_for_each_of_its_facts(tmp_path: Path):
    def work(facts: int) -> int:
        """Rounds of a thousand steps that SQLite takes."""
        place = tmp_path / str(facts)
        place.mkdir()
        ledger = filled(STORES["sqlite"](place), facts)
        with ledger.writing() as writing:
            writing.keep_snapshot(Snapshot("complaint-a", facts, "f", b"{}"))
        ledger.close()
        connection, rounds = sqlite3.connect(place / "ledger.sqlite"), count()
        connection.set_progress_handler(lambda: next(rounds) < 0, 1_000)
        assert len(sqlite_rows.rows_of_all(connection, ["complaint-a"])) == 1
        connection.close()
        return next(rounds)

    assert work(4_000) <= work(400) + 1


# ── on SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET actor = 'p-eve' WHERE rowid = 2",
        "UPDATE stored_events SET rowid = 11 WHERE rowid = 10",
        "DELETE FROM stored_events WHERE rowid = 10",
        "INSERT OR REPLACE INTO stored_events SELECT * FROM stored_events WHERE rowid = 10",
    ],
)
def test_facts_are_neither_changed_nor_deleted(tmp_path: Path, statement: str):
    ledger = filled(STORES["sqlite"](tmp_path))
    before = ledger.rows(0, 20)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as anybody, pytest.raises(sqlite3.Error):
        anybody.execute(statement)
    anybody.close()
    assert ledger.rows(0, 20) == before
    ledger.close()


def test_a_ledger_from_a_newer_version_is_left_alone(tmp_path: Path):
    filled(STORES["sqlite"](tmp_path)).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        file.execute(f"PRAGMA user_version = {FORMAT + 1}")
    file.close()
    with pytest.raises(NewerLedger, match=f"format {FORMAT + 1}"):
        STORES["sqlite"](tmp_path)


def test_an_acknowledged_command_is_on_the_disk(tmp_path: Path):
    ledger = STORES["sqlite"](tmp_path)
    writer = ledger._writer  # type: ignore[attr-defined]
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    ledger.close()


# ── copies ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_books_are_of_one_moment_and_hold_up_nobody(opened: Callable[[], Ledger]):
    ledger = filled(opened(), 3)
    with ledger.writing() as writing:
        writing.remember({("p-b", "k2"): Answered("f2", b"{}"), ("p-a", "k9"): Answered("f9", b"[]")})
        writing.move("reaction", 3)
        writing.refuse("reaction", 2, "no")
    with ledger.books() as books:
        with opened().writing() as writing:
            writing.append(rows(4, 4))
            writing.remember({("p-a", "k1"): Answered("f1", b"1")})
            writing.move("reaction", 4)
        assert (books.head, books.identity) == (3, ledger.identity())
        found = [(actor, id, print_, bytes(answer)) for actor, id, print_, answer in books.answers]
        assert found == [("p-a", "k9", "f9", b"[]"), ("p-b", "k2", "f2", b"{}")], "in order of actor and command"
        assert list(map(tuple, books.positions)) == [("reaction", 3)]
        assert list(map(tuple, books.refusals)) == [("reaction", 2, "no")]
    with ledger.books() as books:
        assert books.head == 4 and len(list(books.answers)) == 3


def test_a_copy_is_cleared_of_books_and_becomes_whole(ledger: Any):
    filled(ledger, 2)
    with ledger.writing() as writing:
        writing.remember({("p-b", "k2"): Answered("f2", b"{}")})
        writing.move("reaction", 2)
        writing.refuse("reaction", 2, "no")
        writing.keep_snapshot(Snapshot("complaint-a", 2, "f", b"{}"))
    ledger.clear_books()
    with ledger.books() as books:
        assert (list(books.answers), list(books.positions), list(books.refusals), books.head) == ([], [], [], 2)
    assert ledger.snapshot("complaint-a") is None
    ledger.become_whole(7)
    assert ledger.identity().epoch == 7 and ledger.head() == 2
