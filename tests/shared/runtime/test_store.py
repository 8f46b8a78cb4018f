"""The store of read models: every fact one effect, rows and position together, rebuilt and swapped under its readers."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from shared.events.complaint import Received
from shared.events.organisation import SiteOpened
from shared.kernel.errors import Unavailable
from shared.kernel.fact import Fact
from shared.runtime.building import Share, build, rebuild_together
from shared.runtime.cases import CASE_EVENTS, Case
from shared.runtime.codec import Row, Unreadable
from shared.runtime.read_model import ReadModel, on
from shared.runtime.store import Damaged, Gap, Store
from tests.shared.runtime.ledgers import NO_CASES, row, rows
from tests.stores import KINDS, open_store, open_to_read, rebuild_in_parts, spoil, traces

_metadata = sa.MetaData()
_cases = sa.Table(
    "cases", _metadata, sa.Column("case_no", sa.Text, primary_key=True), sa.Column("position", sa.Integer)
)


class Cases(ReadModel):
    """The numbers of all cases."""

    name, version, metadata = "cases", 1, _metadata

    @on(Received)
    def received(self, fact: Fact[Received]) -> None:
        self.db.execute(sa.insert(_cases).values(case_no=fact.event.case_no, position=fact.position))


class Fragile(Cases):
    """The same, with a bug."""

    def apply(self, fact: Fact[Any]) -> None:
        super().apply(fact)
        if fact.position == 666:
            raise ZeroDivisionError


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path) -> Iterator[Store[Cases]]:
    store = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)
    yield store
    store.close()


def count(store: Store[Any]) -> int:
    with store.reading() as db:
        return int(db.execute(sa.select(sa.func.count()).select_from(_cases)).scalar_one())


def test_facts_are_taken_in_order_each_once(store: Store[Cases]):
    store.apply_rows(rows(1, 5))
    store.apply_rows(rows(1, 5))
    store.apply_rows(rows(4, 9))
    assert (store.position, count(store), store.position_on_disk()) == (9, 9, 9)


@pytest.mark.parametrize("gap", [rows(7, 9), rows(6, 6) + rows(8, 9), rows(6, 7) + rows(7, 8)])
def test_a_gap_takes_nothing(store: Store[Cases], gap: list[Row]):
    store.apply_rows(rows(1, 5))
    with pytest.raises(Gap):
        store.apply_rows(gap)
    assert (store.position, count(store)) == (5, 5)


def test_what_it_does_not_mind_is_not_read_and_what_nobody_knows_stops_it(store: Store[Cases]):
    damaged = row(1, "site-sz", 1)._replace(body=b"{")
    store.apply_rows([damaged, row(2)])
    assert (store.position, count(store)) == (2, 1)
    with pytest.raises(Unreadable, match="position 3"):
        store.apply_rows([row(3)._replace(topic="complaint.OfTomorrow")])
    assert (store.position, count(store)) == (2, 1)


def test_events_it_does_not_mind_move_it_all_the_same(store: Store[Cases]):
    store.apply_rows([row(1, "site-sz", 1)])
    store.apply_rows(rows(2, 3))
    assert (store.position, count(store)) == (3, 2)


def test_rows_and_position_move_together_or_not_at_all(kind: str, tmp_path: Path):
    store = open_store(kind, Fragile, tmp_path, "L1:1", NO_CASES)
    store.apply_rows(rows(1, 600))
    with pytest.raises(ZeroDivisionError):
        store.apply_rows(rows(601, 700))
    assert (store.position, count(store)) == (600, 600)
    store.close()
    again = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)
    assert (again.position, count(again)) == (600, 600)
    again.close()


def test_it_goes_on_where_it_stood(kind: str, store: Store[Cases], tmp_path: Path):
    store.apply_rows(rows(1, 5))
    store.close()
    again = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)
    assert again.position == 5
    again.apply_rows(rows(6, 7))
    assert count(again) == 7
    again.close()


@pytest.mark.parametrize("changed", ["version", "ledger", "epoch"])
def test_rows_of_another_version_or_ledger_are_dropped(kind: str, store: Store[Cases], tmp_path: Path, changed: str):
    store.apply_rows(rows(1, 5))
    store.close()

    class Newer(Cases):
        version = 2

    model = Newer if changed == "version" else Cases
    again = open_store(kind, model, tmp_path, {"version": "L1:1", "ledger": "L2:1", "epoch": "L1:2"}[changed], NO_CASES)
    assert (again.position, count(again)) == (0, 0)
    again.apply_rows(rows(1, 3))
    assert count(again) == 3
    again.close()


def test_a_rebuild_makes_the_same_rows_from_the_first_fact(kind: str, store: Store[Cases], tmp_path: Path):
    store.apply_rows(rows(1, 50))
    before = store.dump()
    with store.engine.begin() as db:
        db.execute(sa.delete(_cases).where(_cases.c.position > 20))
    all_rows = rows(1, 60)
    store.rebuild(lambda after: all_rows[after : after + 7])
    assert (store.position, count(store)) == (60, 60)
    assert before in store.dump() or before.splitlines()[0] in store.dump().splitlines()
    assert traces(kind, tmp_path) == []
    store.apply_rows(rows(61, 61))
    assert count(store) == 61


def test_a_rebuild_that_fails_leaves_nothing_behind(kind: str, store: Store[Cases], tmp_path: Path):
    store.apply_rows(rows(1, 5))

    def dies(after: int) -> Any:
        if after:
            raise OSError("the machine went down")
        return rows(1, 3)

    with pytest.raises(OSError):
        store.rebuild(dies)
    assert (store.position, count(store), traces(kind, tmp_path)) == (5, 5, [])
    all_rows = rows(1, 5)
    store.rebuild(lambda after: all_rows[after:])
    assert count(store) == 5


def test_another_process_may_rebuild_while_one_applies(kind: str, store: Store[Cases], tmp_path: Path):
    store.apply_rows(rows(1, 40))
    another = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)
    all_rows = rows(1, 60)
    another.rebuild(lambda after: all_rows[after : after + 10])
    store.apply_rows(rows(41, 41))
    assert (store.position, count(store)) == (60, 60), "it applied nothing, and goes on from where the rows stand"
    store.apply_rows(rows(61, 62))
    assert (store.position, count(store)) == (62, 62)
    another.close()


def test_only_one_process_rebuilds_at_a_time(kind: str, store: Store[Cases], tmp_path: Path):
    another = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)

    def meanwhile(after: int) -> Any:
        if not after:
            with pytest.raises(Unavailable, match="being rebuilt"):
                another.rebuild(lambda after: ())
        return rows(1, 5)[after:]

    store.rebuild(meanwhile)
    assert count(store) == 5
    another.close()


# ── several in one pass over the ledger ───────────────────────────────────────────────────────────────────────────────
class Folded(ReadModel):
    """How many facts each case has, by the folded case."""

    name, version, metadata = "folded", 1, sa.MetaData()
    table = sa.Table(
        "versions", metadata, sa.Column("id", sa.Text, primary_key=True), sa.Column("version", sa.Integer, nullable=False)
    )  # fmt: skip

    @on(*CASE_EVENTS)
    def moves(self, fact: Fact[Any]) -> None:
        _seen[self.name].append(case := self.memory.take(fact))
        self.db.execute(sa.delete(self.table).where(self.table.c.id == fact.subject_id))
        self.db.execute(sa.insert(self.table).values(id=fact.subject_id, version=case.version))


class FoldedToo(Folded):
    name = "folded_too"


class Sites(ReadModel):
    """What is no case, kept under a key of its own."""

    name, version, metadata = "sites", 1, sa.MetaData()
    table = sa.Table("sites", metadata, sa.Column("position", sa.Integer, primary_key=True))

    @on(SiteOpened)
    def opened(self, fact: Fact[SiteOpened]) -> None:
        self.db.execute(sa.insert(self.table).values(position=fact.position))


_seen = defaultdict[str, list[Case]](list)
"""By the read model, in the order of the facts."""


def test_several_are_built_in_one_pass(kind: str, tmp_path: Path):
    all_rows, asked = rows(1, 1_300), list[int]()

    def rows_after(after: int) -> list[Row]:
        asked.append(after)
        return all_rows[after : after + 600]

    models = (Cases, Folded, FoldedToo)
    stores = [open_store(kind, model, tmp_path, "L1:1", NO_CASES) for model in models]
    for store in stores:
        store.apply_rows(rows(1, 20))
    _seen.clear()
    rebuild_together(stores, rows_after)
    dumps = [store.dump() for store in stores]
    assert [store.position for store in stores] == [1_300] * 3 and count(stores[0]) == 1_300
    assert asked == [0, 600, 1_200, 1_300] + [1_300] * 3, "the ledger is read once for all of them"
    one, other = _seen["folded"], _seen["folded_too"]
    assert len(one) == 1_300
    assert all(mine is yours for mine, yours in zip(one, other, strict=True)), "folded once for both"
    assert traces(kind, tmp_path) == []
    for store, dump in zip(stores, dumps, strict=True):
        store.rebuild(lambda after: all_rows[after:])
        assert store.dump() == dump, "the same as built alone"
        store.close()


def test_parts_of_the_cases_are_built_apart_and_put_together(kind: str, tmp_path: Path):
    streams = ("complaint-a", "complaint-b", "complaint-c", "site-sz")
    all_rows = [row(position, streams[position % 4], position // 4 + 1) for position in range(1, 201)]
    stores = [open_store(kind, model, tmp_path, "L1:1", NO_CASES) for model in (Cases, Sites)]
    rebuild_together(stores, lambda after: all_rows[after:])
    dumps = [store.dump() for store in stores]
    for of in (1, 2, 3):
        rebuild_in_parts(stores, all_rows, of)
        assert [store.dump() for store in stores] == dumps, "what every part has is there once"
        assert [(store.position, store.position_on_disk()) for store in stores] == [(200, 200)] * 2
        assert traces(kind, tmp_path) == []
    for store in stores:
        store.apply_rows([row(201)])
        assert store.position == 201
        store.close()


@pytest.mark.parametrize("of", [2, 3, 4])
def test_cases_are_divided_evenly_and_never_torn_apart(of: int):
    ids = [str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128)) for number in range(1_000)]
    shares = [Share(number, of) for number in range(of)]
    taken = Counter[int]()
    for id in ids:
        of_case = [row(1, f"{kind}-{id}") for kind in ("complaint", "clocks", "guard")]
        (share,) = (share for share in shares if share.has(of_case[0]))
        assert all(share.has(one) for one in of_case)
        taken[share.number] += 1
    assert min(taken.values()) > 0.75 * 1_000 / of
    assert all(share.has(row(1, "site-sz")) and share.has(row(2, "policy-x")) for share in shares)


def test_what_a_rebuild_left_that_was_killed_does_not_matter(kind: str, store: Store[Cases], tmp_path: Path):
    build([store.part(0)], lambda after: rows(1, 9)[after:], Share(0, 2))
    assert traces(kind, tmp_path)
    rebuild_in_parts([store], rows(1, 5), 2)
    assert (store.position, count(store), traces(kind, tmp_path)) == (5, 5, [])


def test_parts_that_are_not_complete_are_not_taken(kind: str, store: Store[Cases]):
    store.apply_rows(rows(1, 5))
    whole, short = rows(1, 9), rows(1, 8)  # as after a database that was killed: what it had last is lost
    with store.fresh() as fresh:
        build([store.part(0)], lambda after: whole[after:], Share(0, 2))
        build([store.part(1)], lambda after: short[after:], Share(1, 2))
        with pytest.raises(Unavailable, match="stands at 8 and not at 9"):
            fresh.take_over([store.part(0), store.part(1)], 9)
        assert fresh.position == 0
    assert (store.position, count(store)) == (5, 5)


def test_none_is_built_where_one_is_being_rebuilt_already(kind: str, tmp_path: Path):
    both = [open_store(kind, model, tmp_path, "L1:1", NO_CASES) for model in (Cases, Folded)]
    another = open_store(kind, Folded, tmp_path, "L1:1", NO_CASES)
    both[0].apply_rows(rows(1, 5))

    def meanwhile(after: int) -> list[Row]:
        if not after:
            with pytest.raises(Unavailable, match="folded is being rebuilt"):
                rebuild_together(both, lambda after: rows(1, 9)[after:])
        return rows(1, 9)[after:]

    another.rebuild(meanwhile)
    assert (both[0].position, count(both[0])) == (5, 5)
    for store in (*both, another):
        store.close()


def test_what_was_recorded_while_rows_were_swapped_is_not_missing(store: Store[Cases]):
    all_rows = rows(1, 5)
    real = store.swap

    def swap(fresh: Store[Any]) -> None:
        real(fresh)
        all_rows.extend(rows(6, 8))

    store.swap = swap  # type: ignore[method-assign]
    store.rebuild(lambda after: all_rows[after:])
    assert (store.position, count(store)) == (8, 8), "whoever applies may have put them into the old rows"


def test_readers_never_see_half_a_rebuild(kind: str, store: Store[Cases], tmp_path: Path):
    store.apply_rows(rows(1, 40))
    elsewhere = open_to_read(kind, Cases, tmp_path)
    seen, stop, failed = set[int](), threading.Event(), list[Exception]()

    def reads(one: Store[Any]) -> None:
        while not stop.is_set():
            try:
                seen.add(count(one))
            except Exception as error:
                failed.append(error)
                return

    readers = [threading.Thread(target=reads, args=(one,)) for one in (store, elsewhere)]
    for reader in readers:
        reader.start()
    all_rows = rows(1, 40)
    for _ in range(8):
        store.rebuild(lambda after: all_rows[after : after + 10])
    stop.set()
    for reader in readers:
        reader.join(10)
    assert not failed, failed
    assert seen == {40}
    elsewhere.close()


def test_a_process_that_only_asks_makes_nothing(kind: str, tmp_path: Path):
    elsewhere = open_to_read(kind, Cases, tmp_path)
    assert elsewhere.position_on_disk() == 0
    assert not elsewhere.made and list(tmp_path.iterdir()) == []
    store = open_store(kind, Cases, tmp_path, "L1:1", NO_CASES)
    store.apply_rows(rows(1, 3))
    assert elsewhere.position_on_disk() == 3
    with pytest.raises((OperationalError, Unavailable)), elsewhere.reading() as db:
        db.execute(sa.delete(_cases))
    elsewhere.close()
    store.close()


# ── a file that is damaged ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Store[Cases]]:
    store = open_store("sqlite", Cases, tmp_path, "L1:1", NO_CASES)
    store.apply_rows(rows(1, 500))
    store.close()
    yield store
    store.close()


@pytest.mark.parametrize("first", [0, 4096], ids=["all of it", "all but what says where it stands"])
def test_a_damaged_file_is_noticed_and_built_anew(filled: Store[Cases], tmp_path: Path, first: int):
    spoil(filled.path, first)
    store = open_store("sqlite", Cases, tmp_path, "L1:1", NO_CASES)
    all_rows = rows(1, 500)
    if store.position:
        with pytest.raises(Damaged, match="cases is damaged on the disk"):
            count(store)
        assert store.damaged
        store.rebuild(lambda after: all_rows[after:])
    else:
        store.apply_rows(all_rows)
    assert not store.damaged and (store.position, count(store)) == (500, 500)
    store.apply_rows(rows(501, 501))
    assert count(store) == 501
    store.close()


@pytest.mark.parametrize("first", [0, 4096])
def test_a_file_damaged_while_it_is_used_is_built_anew(filled: Store[Cases], tmp_path: Path, first: int):
    elsewhere = open_to_read("sqlite", Cases, tmp_path)
    store = open_store("sqlite", Cases, tmp_path, "L1:1", NO_CASES)
    spoil(filled.path, first)
    with pytest.raises(Damaged):
        count(elsewhere)
    assert store.damaged, "whoever keeps it hears of it"
    with pytest.raises(Damaged):
        count(store)
    with pytest.raises(Damaged):
        store.apply_rows(rows(501, 900))
    assert store.damaged and store.position == 500
    all_rows = rows(1, 510)
    store.rebuild(lambda after: all_rows[after:])
    assert not store.damaged and (store.position, count(store), count(elsewhere)) == (510, 510, 510)
    assert not any("damaged" in one.name for one in tmp_path.rglob("*"))
    elsewhere.close()
    store.close()
