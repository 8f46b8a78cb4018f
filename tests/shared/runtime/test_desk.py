"""The desk: commands from many at once become facts in one order, each once, and what goes wrong harms nobody else."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.capa.domain import Close
from services.capa.topics.money import RecordCost
from services.intake.domain import Acknowledge, ContactCustomer, Register, Withdraw
from shared.complaint.fold import INITIAL, fold
from shared.events import complaint as e
from shared.events import organisation as o
from shared.events import words as w
from shared.kernel.command import Elsewhere
from shared.kernel.errors import Forbidden, Invalid, OutOfDate, OutOfSpace, Refused, Unavailable, Unknown
from shared.kernel.values import Money
from shared.runtime import aggregates, postgres, sqlite_ledger, transaction
from shared.runtime import desk as desk_module
from shared.runtime.aggregates import load, load_all
from shared.runtime.codec import fact_of
from shared.runtime.desk import Desk
from shared.runtime.orders import Answer, Order, Progress
from shared.runtime.sqlite_ledger import SqliteLedger
from tests.facts import DAY, HOUR, MONDAY, contacted
from tests.shared.runtime.desks import (  # noqa: F401
    FIRST,
    SetClock,
    asking,
    desk_at,
    desk_on,
    on_both_stores,
    receiving,
    said,
    saying,
)

ACKNOWLEDGE = Acknowledge(channel=w.Channel.EMAIL)
CONTACT = ContactCustomer(
    direction=w.Direction.OUTBOUND, channel=w.Channel.TELEPHONE, purpose=w.ContactPurpose.PROGRESS, summary="told"
)

pytestmark = pytest.mark.usefixtures("on_both_stores")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_at(tmp_path) as desk:
        yield desk


@pytest.fixture
def case(desk: Desk) -> str:
    """The stream of a case that was received."""
    return said(desk, receiving()).stream


class Bug(Exception):
    """Nobody thought of it."""


def buggy(*args: Any) -> Any:
    raise Bug


# ── one command ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_command_is_answered_with_what_it_led_to(desk: Desk):
    answer = said(desk, receiving())
    assert (answer.version, answer.position, answer.repeated) == (1, FIRST + 2, False)
    (received,) = answer.events
    assert received["type"] == "Received" and received["case_no"] == "SZ-2026-00001"
    numbers, complaint = desk.ledger.rows(FIRST, 10)
    assert (numbers.stream, complaint.stream) == ("numbers-sz-2026", answer.stream)
    assert (complaint.site, complaint.service, complaint.actor, complaint.roles) == (
        "sz", "intake", "p-ana", "customer_service",
    )  # fmt: skip


def test_numbers_have_no_gaps_whatever_is_refused_between(desk: Desk):
    numbers = list[str]()
    for by in ("p-ana", "p-bo", "p-ana", "p-ana"):
        try:
            numbers.append(said(desk, receiving(by)).events[0]["case_no"])
        except Forbidden:
            numbers.append("refused")
    assert numbers == ["SZ-2026-00001", "refused", "SZ-2026-00002", "SZ-2026-00003"]


def test_what_is_not_there_is_unknown(desk: Desk):
    with pytest.raises(Unknown, match="no complaint"):
        said(desk, asking("complaint-nowhere", ACKNOWLEDGE))
    with pytest.raises(Unknown, match="no site"):
        said(desk, receiving(site="xx"))


def test_a_refused_command_stores_nothing(desk: Desk, case: str):
    head = desk.ledger.head()
    close = Close(disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved")
    with pytest.raises(Refused) as refused:
        said(desk, asking(case, close, by="p-owner"))
    assert refused.value.rule == "G-STAGE" and "Registered" in str(refused.value.way_out)
    assert desk.ledger.head() == head


def test_a_decision_that_is_refused_half_way_stores_nothing_of_it(desk: Desk, case: str):
    head = desk.ledger.head()
    with pytest.raises(Refused):
        said(desk, saying(case, contacted(), e.Archived(retention_until=MONDAY.date())))
    assert desk.ledger.head() == head
    assert said(desk, asking(case, CONTACT)).version == 2


def test_events_for_several_streams_are_one_transaction(desk: Desk, case: str):
    other = said(desk, receiving()).stream
    before = desk.ledger.head()
    note = e.CostRecorded(cost_id="k1", kind=w.CostKind.FREIGHT, amount=Money(minor=5, currency="CNY"))
    order = saying(case)
    order.decide = lambda state, occasion, rules: iter((contacted(), Elsewhere(other, note)))
    answer = said(desk, order)
    assert (answer.version, answer.position) == (2, before + 2)
    assert [row.stream for row in desk.ledger.rows(before, 5)] == [case, other]


# ── many at once ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_many_threads_share_transactions_and_all_are_answered(desk: Desk):
    def work(number: int) -> list[Answer]:
        case = said(desk, receiving())
        return [case, *(said(desk, asking(case.stream, CONTACT)) for _ in range(4))]

    with ThreadPoolExecutor(16) as pool:
        answers = [answer for each in pool.map(work, range(32)) for answer in each]
    assert [row.position for row in desk.ledger.rows(0, 1_000)] == list(range(1, FIRST + 32 * 6 + 1))
    assert len({answer.position for answer in answers}) == 160
    assert {answer.version for answer in answers} == {1, 2, 3, 4, 5}
    numbers = {answer.events[0]["case_no"] for answer in answers if answer.version == 1}
    assert numbers == {f"SZ-2026-{n:05}" for n in range(1, 33)}


def test_one_bad_command_harms_nobody_in_its_batch(desk: Desk, case: str):
    with held(desk):
        good = [desk.submit(asking(case, CONTACT)) for _ in range(3)]
        refused = desk.submit(saying(case, e.Archived(retention_until=MONDAY.date())))
        stranger = desk.submit(receiving("p-nobody"))
        broken = asking(case, CONTACT)
        broken.decide = buggy
        bug = desk.submit(broken)
        good.append(desk.submit(asking(case, CONTACT)))
    assert [future.result(10).version for future in good] == [2, 3, 4, 5]
    assert isinstance(refused.exception(10), Refused)
    assert isinstance(stranger.exception(10), Forbidden)
    assert isinstance(bug.exception(10), Bug), "told as it is: the door makes it a 500"


def test_what_cannot_be_inserted_fails_alone(desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch):
    """For example a body that no database takes: the batch is rolled back and each command tried by itself."""
    real = transaction.Transaction.write

    def write(self: transaction.Transaction) -> None:
        if any(row.command_id == "poison" for row in self.rows):
            raise Bug
        real(self)

    monkeypatch.setattr(transaction.Transaction, "write", write)
    with held(desk):
        good = [desk.submit(asking(case, CONTACT)) for _ in range(2)]
        bad = desk.submit(asking(case, CONTACT, key="poison"))
        good.append(desk.submit(asking(case, CONTACT)))
    assert [future.result(10).version for future in good] == [2, 3, 4]
    assert isinstance(bad.exception(10), Unavailable)
    assert desk.ledger.head() == desk.ledger.rows(0, 1_000)[-1].position


def test_what_cannot_be_stored_leaves_no_state_behind(desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch):
    """For example an event that cannot be serialised: its command fails, and the next one finds the case as it was."""
    real = transaction.row_of

    def row_of(fact: Any) -> Any:
        if fact.command_id == "poison":
            raise Bug
        return real(fact)

    monkeypatch.setattr(transaction, "row_of", row_of)
    with held(desk):
        good = [desk.submit(asking(case, CONTACT))]
        bad = desk.submit(asking(case, CONTACT, key="poison"))
        good.append(desk.submit(asking(case, CONTACT)))
    assert [future.result(10).version for future in good] == [2, 3]
    assert isinstance(bad.exception(10), Bug)
    assert [row.version for row in desk.ledger.stream(case)] == [1, 2, 3]


class held:  # noqa: N801 (reads as `with held(desk)`)
    """While this holds, commands wait at the desk; then they are one batch."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.go, self.at_it = desk, threading.Event(), threading.Event()

    def __enter__(self) -> None:
        def wait(*args: Any) -> Any:
            self.at_it.set()
            self.go.wait(10)
            return iter(())

        order = saying("home-L1")
        order.decide = wait
        self.desk.submit(order)
        assert self.at_it.wait(10)

    def __exit__(self, *_: object) -> None:
        self.go.set()


def test_too_many_waiting_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desk_module, "WAITING", 3)
    with desk_at(tmp_path) as desk:
        with held(desk):
            waiting = [desk.submit(receiving()) for _ in range(3)]
            with pytest.raises(Unavailable, match="waiting"):
                desk.submit(receiving())
        assert [future.result(10).version for future in waiting] == [1, 1, 1]


def test_a_desk_that_stops_finishes_what_waits(tmp_path: Path):
    with desk_at(tmp_path) as desk, held(desk):
        waiting = [desk.submit(receiving()) for _ in range(20)]
    assert {future.result(0).version for future in waiting} == {1}


# ── the same command again ────────────────────────────────────────────────────────────────────────────────────────────
def test_what_comes_after_the_end_is_told_and_nobody_waits_for_ever(tmp_path: Path):
    """A listener's thread that asked just then kept its process from ending."""
    with desk_at(tmp_path) as desk:
        desk.stop()
        late = desk.advance(Progress([], listener="keeper", position=1))
        assert isinstance(late.exception(10), Unavailable)
        assert isinstance(desk.submit(receiving()).exception(10), Unavailable)


def test_a_repeated_command_gets_its_first_answer(desk: Desk, case: str):
    first = said(desk, asking(case, CONTACT, key="mine"))
    said(desk, asking(case, CONTACT))
    again = said(desk, asking(case, CONTACT, key="mine"))
    assert (again.version, again.position, again.events) == (first.version, first.position, first.events)
    assert (first.repeated, again.repeated) == (False, True)


def test_also_within_one_batch(desk: Desk, case: str):
    with held(desk):
        both = [desk.submit(asking(case, CONTACT, key="mine")) for _ in range(2)]
    first, again = (future.result(10) for future in both)
    assert (first.position, again.position, again.repeated) == (again.position, first.position, True)


def test_also_after_a_restart(tmp_path: Path):
    with desk_at(tmp_path) as desk:
        first = said(desk, receiving(key="mine"))
    with desk_at(tmp_path) as desk:
        again = said(desk, receiving(key="mine"))
        assert (again.stream, again.repeated) == (first.stream, True)


def test_the_same_key_with_another_body_is_invalid(desk: Desk):
    said(desk, receiving(key="mine"))
    with pytest.raises(Invalid) as invalid:
        said(desk, receiving(key="mine", description="something else"))
    assert invalid.value.rule == "G-IDEMPOTENCY"


def test_another_actor_has_keys_of_its_own(desk: Desk):
    mine, theirs = said(desk, receiving("p-ana", "mine")), said(desk, receiving("p-owner", "mine"))
    assert mine.stream != theirs.stream


def test_the_keys_of_an_import_belong_to_its_source_whoever_runs_it(desk: Desk):
    mine = said(desk, receiving("p-ana", "row-1", key_scope="import:crm"))
    theirs = said(desk, receiving("p-owner", "row-1", key_scope="import:crm"))
    assert (theirs.stream, theirs.repeated) == (mine.stream, True)


def test_a_refused_command_may_be_asked_again_with_its_key(desk: Desk, case: str):
    with pytest.raises(Forbidden):
        said(desk, asking(case, ACKNOWLEDGE, "p-bo", "mine"))
    said(desk, saying("person-p-bo", o.RoleGranted(person="p-bo", role=o.Role.CUSTOMER_SERVICE, site="sz")))
    assert said(desk, asking(case, ACKNOWLEDGE, "p-bo", "mine")).version == 2


# ── versions and times ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_case_that_has_moved_on_is_looked_at_again(desk: Desk, case: str):
    assert said(desk, asking(case, CONTACT, expected_version=1)).version == 2
    with pytest.raises(OutOfDate, match="version 2, not 1"):
        said(desk, asking(case, CONTACT, expected_version=1))


def test_of_two_who_expect_the_same_version_one_is_told(desk: Desk, case: str):
    with held(desk):
        both = [desk.submit(asking(case, CONTACT, expected_version=1)) for _ in range(2)]
    assert both[0].result(10).version == 2
    assert isinstance(both[1].exception(10), OutOfDate)


def test_the_future_is_refused_but_for_a_clock_that_is_a_little_ahead(desk: Desk, case: str):
    with pytest.raises(Invalid) as invalid:
        said(desk, asking(case, CONTACT, occurred_at=MONDAY + HOUR, backdate_reason="x"))
    assert (invalid.value.rule, invalid.value.field) == ("G-TIME", "occurred_at")
    ahead = said(desk, asking(case, CONTACT, occurred_at=MONDAY + timedelta(seconds=1), backdate_reason="x"))
    assert desk.ledger.rows(ahead.position - 1, 1)[0].occurred_at == "2026-03-02T01:00:00.000000Z"


def test_the_past_needs_a_reason(desk: Desk, case: str):
    desk.clock.at = MONDAY + DAY  # type: ignore[attr-defined]
    with pytest.raises(Invalid) as invalid:
        said(desk, asking(case, CONTACT, occurred_at=MONDAY + HOUR))
    assert invalid.value.field == "backdate_reason"
    position = said(desk, asking(case, CONTACT, occurred_at=MONDAY + HOUR, backdate_reason="线路故障")).position
    row = desk.ledger.rows(position - 1, 1)[0]
    assert (row.occurred_at[:13], row.recorded_at[:13], row.backdate_reason) == (
        "2026-03-02T02", "2026-03-03T01", "线路故障",
    )  # fmt: skip


def test_nothing_happens_to_a_case_before_it_was_received(desk: Desk, case: str):
    with pytest.raises(Invalid) as invalid:
        said(desk, asking(case, CONTACT, occurred_at=MONDAY - HOUR, backdate_reason="x"))
    assert invalid.value.rule == "G-TIME"


def test_recorded_at_never_decreases_when_the_clock_goes_back(tmp_path: Path):
    clock = SetClock()
    with desk_at(tmp_path, clock=clock) as desk:
        for hours in (0, 5, -3, 2, 6, -9):
            clock.at = MONDAY + hours * HOUR
            said(desk, receiving())
    with desk_at(tmp_path, clock=SetClock(MONDAY - 9 * DAY)) as desk:
        said(desk, receiving())
        recorded = [row.recorded_at for row in desk.ledger.rows(0, 100)]
    assert recorded == sorted(recorded)
    assert recorded[-1] == "2026-03-02T07:00:00.000000Z"


# ── roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-22")
def test_nobody_may_do_what_no_role_of_theirs_allows(desk: Desk, case: str):
    for stranger in ("p-bo", "p-nobody", ""):
        with pytest.raises(Forbidden) as forbidden:
            said(desk, asking(case, CONTACT, stranger))
        assert forbidden.value.rule == "G-SITE"
    with pytest.raises(Forbidden):
        said(desk, asking(case, RecordCost(kind=w.CostKind.LOSS, amount=Money(minor=5, currency="CNY"))))


def test_a_role_counts_only_at_its_site(desk: Desk, case: str):
    dresden = o.SiteOpened(site="dd", title="Dresden", zone="Europe/Berlin", calendar="dd", owner="p-owner")
    said(desk, saying("site-dd", dresden))
    said(desk, saying("person-p-bo", o.RoleGranted(person="p-bo", role=o.Role.CUSTOMER_SERVICE, site="dd")))
    with pytest.raises(Forbidden):
        said(desk, asking(case, CONTACT, "p-bo"))


def test_a_role_that_ended_is_gone_at_once(desk: Desk, case: str):
    ended = o.RoleEnded(person="p-ana", role=o.Role.CUSTOMER_SERVICE, site="sz", reason="moved")
    said(desk, saying("person-p-ana", ended))
    with pytest.raises(Forbidden):
        said(desk, asking(case, CONTACT))


def test_the_roles_that_were_used_are_in_the_fact(desk: Desk, case: str):
    position = said(desk, asking(case, CONTACT, "p-owner")).position
    assert "customer_service" not in desk.ledger.rows(position - 1, 1)[0].roles, "Ana holds it, so the owner does not"
    assert "quality_head" in desk.ledger.rows(position - 1, 1)[0].roles


# ── a store that fails ────────────────────────────────────────────────────────────────────────────────────────────────
class Failing:
    """A ledger whose next commits fail as SQLite would."""

    def __init__(self, ledger: SqliteLedger, error: Exception) -> None:
        self.ledger, self.error, self.left = ledger, error, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)

    def writing(self) -> Any:
        return self._writing()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self.ledger.writing() as writing:
            yield writing
            if self.left:
                self.left -= 1
                raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sqlite3.OperationalError("database or disk is full"), OutOfSpace),
        (sqlite3.OperationalError("database is locked"), Unavailable),
        (sqlite3.OperationalError("disk I/O error"), Unavailable),
    ],
)
def test_what_cannot_be_stored_is_told_and_nothing_is_half_written(tmp_path: Path, error: Exception, told: type):
    ledger = Failing(SqliteLedger(tmp_path / "ledger.sqlite", "L1"), error)
    with desk_on(ledger) as desk:  # type: ignore[arg-type]
        case = said(desk, receiving()).stream
        before = ledger.rows(0, 100)
        with held(desk):
            ledger.left = 2
            waiting = [desk.submit(asking(case, CONTACT)) for _ in range(3)]
        failed = [future.exception(10) for future in waiting]
        assert all(isinstance(one, told) for one in failed), failed
        ledger.left = 0
        assert ledger.rows(0, 100) == before
        assert said(desk, asking(case, CONTACT)).version == 2, "what was folded ahead of the disk is forgotten"
    ledger.close()


def test_a_lock_held_by_another_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_ledger, "LOCK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT_S", 0.05)
    with desk_at(tmp_path) as other, desk_at(tmp_path) as desk:
        with other.ledger.writing(), pytest.raises(Unavailable, match="lock"):
            said(desk, receiving())
        assert said(desk, receiving()).version == 1


# ── several processes ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_another_process_recorded_is_seen(tmp_path: Path):
    with desk_at(tmp_path) as one, desk_at(tmp_path) as other:
        case = said(one, receiving()).stream
        assert said(other, asking(case, CONTACT)).version == 2
        assert said(one, asking(case, CONTACT, expected_version=2)).version == 3
        with pytest.raises(OutOfDate):
            said(other, asking(case, CONTACT, expected_version=2))
        said(one, saying("person-p-bo", o.RoleGranted(person="p-bo", role=o.Role.SERVICE_SUPERVISOR, site="sz")))
        assert said(other, asking(case, CONTACT, "p-bo")).version == 4
        assert said(other, receiving()).events[0]["case_no"] == "SZ-2026-00002"


def test_two_desks_at_once_leave_one_order(tmp_path: Path):
    with desk_at(tmp_path) as one, desk_at(tmp_path) as other:
        case = said(one, receiving()).stream
        with ThreadPoolExecutor(8) as pool:
            desks = [one, other] * 40
            answers = list(pool.map(lambda desk: said(desk, asking(case, CONTACT)), desks))
        assert sorted(answer.version for answer in answers) == list(range(2, 82))
        assert [row.version for row in one.ledger.stream(case)] == list(range(1, 82))


# ── long cases ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_long_case_is_loaded_from_its_snapshot_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with desk_at(tmp_path) as desk:
        case = said(desk, receiving()).stream
        for future in [desk.submit(asking(case, CONTACT)) for _ in range(1_050)]:
            future.result(20)
        snapshot = desk.ledger.snapshot(case)
        assert snapshot is not None and snapshot.version > 1_050 - desk_module.AT_ONCE
        replayed = INITIAL
        for row in desk.ledger.stream(case):
            replayed = fold(replayed, fact_of(row))
        read = list[int]()

        class Counting:
            def stream(self, stream: str, after: int = 0) -> Any:
                read.append(after)
                return desk.ledger.stream(stream, after)

            def streams(self, streams: Any) -> Any:
                return desk.ledger.streams(streams)

            def snapshot(self, stream: str) -> Any:
                return desk.ledger.snapshot(stream)

        loaded = load(Counting(), case)
        assert (loaded.state, loaded.version) == (replayed, 1_051)
        assert read == [snapshot.version]
        short, none = said(desk, receiving()).stream, "complaint-none"
        together = dict(load_all(Counting(), [none, short, case]))
        assert together == {stream: load(desk.ledger, stream) for stream in (none, short, case)}
        assert together[none].version == 0 and len(read) == 2, "only the long one is asked for again"
        monkeypatch.setattr(aggregates, "fold_fingerprint", lambda: "another fold")
        assert load(desk.ledger, case).state == replayed
    with desk_at(tmp_path) as desk:
        assert said(desk, asking(case, CONTACT)).version == 1_052


# ── reactions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def step(desk: Desk, position: int, *orders: Any) -> None:
    desk.advance(Progress(orders, listener="keeper", position=position)).result(10)


def test_a_step_of_a_reaction_is_stored_once(desk: Desk, case: str):
    order = asking(case, CONTACT, remembered=False, key="derived")
    step(desk, 3, order)
    head = desk.ledger.head()
    step(desk, 3, asking(case, CONTACT, remembered=False, key="derived"))
    step(desk, 2, asking(case, CONTACT, remembered=False, key="earlier"))
    assert (desk.ledger.head(), desk.ledger.position("keeper")) == (head, 3)


def test_what_a_reaction_is_refused_is_kept_and_it_goes_on(desk: Desk, case: str):
    step(desk, 5, saying(case, e.Archived(retention_until=MONDAY.date())), asking(case, CONTACT))
    ((listener, position, detail),) = desk.ledger.refusals()
    assert (listener, position) == ("keeper", 5) and detail.startswith("Refused: Archived cannot happen")
    assert len(desk.ledger.stream(case)) == 2


def test_a_reaction_with_a_bug_moves_nothing_and_harms_nobody(desk: Desk, case: str):
    broken = asking(case, CONTACT)
    broken.decide = buggy
    with held(desk):
        neighbour = desk.submit(asking(case, CONTACT))
        failing = desk.advance(Progress([asking(case, CONTACT), broken], listener="keeper", position=4))
    assert neighbour.result(10).version == 2
    assert isinstance(failing.exception(10), Unavailable)
    assert desk.ledger.position("keeper") == 0
    assert len(desk.ledger.stream(case)) == 2, "nothing of the step was stored"


# ── the rest of the world ─────────────────────────────────────────────────────────────────────────────────────────────
def test_what_was_recorded_between_two_instants_holds_what_shares_the_transaction(desk: Desk, case: str):
    """Else it would be in no digest: the next one begins where this one ends."""
    since, seen = MONDAY, list[Any]()

    def look(state: Any, occasion: Any, rules: Any) -> Iterator[Any]:
        for site in ("sz", "dd"):
            seen.append([fact.stream for fact in rules.recorded_between(site, since, occasion.now + HOUR)])
        seen.append(list(rules.recorded_between("sz", since - DAY, since)))
        yield from ()

    looking = saying("person-p-bo")
    looking.decide = look
    with held(desk):
        contact, asked = desk.submit(asking(case, CONTACT)), desk.submit(looking)
    assert contact.result(10).version == 2 and asked.result(10)
    assert seen == [[case, case], [], []]


def test_whoever_waits_for_commits_is_told_the_head(tmp_path: Path):
    heads = list[int]()
    with desk_at(tmp_path, committed=heads.append) as desk:
        said(desk, receiving())
        with pytest.raises(Forbidden):
            said(desk, receiving("p-bo"))
    assert heads[-1] == FIRST + 2 and heads == sorted(set(heads))


def test_withdrawn_cases_take_nothing_more(desk: Desk, case: str):
    said(desk, asking(case, Withdraw(reason="it works again")))
    with pytest.raises(Refused) as refused:
        said(desk, asking(case, CONTACT))
    assert "nothing" in str(refused.value.way_out)


# ── what was refused ──────────────────────────────────────────────────────────────────────────────────────────────────
VAGUE = Register(
    symptom="broken", frequency="always", extent=w.Extent.SINGLE_UNIT, product_model="A1", demands=(w.Demand.REPAIR,)
)


def refusing(case: str, by: str = "p-ana", **changed: Any) -> Order:
    return asking(case, VAGUE, by, **{"about": "register", **changed})


def refusals(desk: Desk) -> list[tuple[str, str, str]]:
    found = [fact_of(one) for one in desk.ledger.rows(0, 10_000) if one.topic == "guard.GuardRefused"]
    return [(fact.event.by, fact.event.command, fact.event.rule) for fact in found]


def test_a_refused_attempt_is_recorded_beside_its_case_which_stays_as_it_is(desk: Desk, case: str):
    for by in ("p-ana", "p-bo"):
        with pytest.raises((Refused, Forbidden)):
            said(desk, refusing(case, by))
    assert refusals(desk) == [("p-ana", "register", "G-DESC"), ("p-bo", "register", "G-SITE")]
    with desk.ledger.writing() as writing:
        assert desk.states.get(writing, case).version == 1
    (row, *_) = [one for one in desk.ledger.rows(0, 100) if one.topic == "guard.GuardRefused"]
    assert (row.site, row.stream.partition("-")[2]) == ("sz", case.partition("-")[2])


def test_asking_again_and_again_does_not_fill_the_ledger(tmp_path: Path):
    clock = SetClock()
    with desk_at(tmp_path, clock=clock) as desk:
        case = said(desk, receiving()).stream
        for _ in range(50):
            with pytest.raises(Refused):
                said(desk, refusing(case))
        assert len(refusals(desk)) == 1
        clock.at += 2 * HOUR
        with pytest.raises(Refused):
            said(desk, refusing(case))
        assert len(refusals(desk)) == 2


def test_what_is_malformed_or_unknown_is_no_attempt_against_a_rule(desk: Desk, case: str):
    head = desk.ledger.head()
    with pytest.raises(OutOfDate):
        said(desk, refusing(case, expected_version=7))
    with pytest.raises(Unknown):
        said(desk, refusing("complaint-0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"))
    with pytest.raises(Invalid):
        said(desk, asking(case, ACKNOWLEDGE, about="acknowledge", occurred_at=MONDAY - DAY))
    assert desk.ledger.head() == head
