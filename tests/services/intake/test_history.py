"""What the door of histories decides: a case is told whole and once, at its own times, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake.histories import HISTORIES_EXAMPLE, Histories, _command, _order
from services.sla_watch.reactions import asks
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint, Stage
from shared.events import clocks as k
from shared.events import complaint as e
from shared.kernel.command import Ask
from shared.kernel.errors import Invalid, Problem, Refused, Unknown
from shared.kernel.fact import Fact
from shared.policy.organisation import Person
from shared.runtime.codec import fact_of
from shared.runtime.desk import Desk
from shared.runtime.orders import Answer
from shared.runtime.reaction import Reaction
from tests.facts import DAY, HOUR, MONDAY
from tests.shared.runtime.desks import SetClock, desk_at

ANA, BO = Person("p-ana", "Ana"), Person("p-bo", "Bo")
NOW = MONDAY + 400 * DAY


def step(row: int, at: datetime, event: str, **fields: Any) -> dict[str, Any]:
    return {"row": row, "at": at.isoformat(), "event": event, "fields": fields}


RECEIVED = step(2, MONDAY, "Received", channel="telephone", description="flickers")
CLOSED = step(3, MONDAY + 40 * DAY, "Closed", disposition="solved", customer_acceptance="accepted", summary="done")
BROKEN = step(3, MONDAY + DAY, "Breached", clock_id="closure/1", breached_at=MONDAY.isoformat())


class Office:
    """A desk with a site, Ana, and the reaction that tells promises."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def takes(
        self, *steps: dict[str, Any], case: str = "17", mode: str = "lenient", until: datetime | None = None
    ) -> Answer:
        last = steps[-1]["at"] if until is None else until.isoformat()
        batch = Histories.model_validate_json(
            f'{{"source": "old-desk", "mode": "{mode}", "log_until": "{last}", "rows": []}}'
        )
        order = _order(_command({"row": 2, "case": case, "site": "sz", "steps": list(steps)}, batch), ANA, None)
        return self.desk.submit(order).result()

    def facts(self, kind: str) -> list[Fact[Any]]:
        rows = self.desk.ledger.rows(0, 10_000)
        return [fact_of(row) for row in rows if row.stream.startswith(f"{kind}-")]

    # ── what the reaction may look up ──
    def before(self, fact: Fact[Any]) -> list[Fact[Any]]:
        return [fact_of(row) for row in self.desk.ledger.stream(fact.stream, up_to=fact.version - 1)]

    def case_at(self, fact: Fact[Any]) -> Complaint:
        raise AssertionError("a history has no live clocks")

    def later_than(self, fact: Fact[Any]) -> list[Fact[Any]]:
        return []

    def running_at(self, fact: Fact[Any]) -> list[tuple[str, str]]:
        return []

    def sites_of(self, fact: Fact[Any]) -> list[str]:
        return []

    def reacts(self) -> None:
        def of(fact: Fact[Any]) -> list[Ask]:
            return list(asks(fact, self)) if fact.kind == "complaint" else []

        Reaction("sla_watch", "clock_keeper", self.desk, of).apply_rows(self.desk.ledger.rows(0, 10_000))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with desk_at(tmp_path, clock=SetClock(NOW)) as desk:
        yield Office(desk)


def test_every_fact_has_its_own_time_and_is_marked_as_history(office: Office) -> None:
    office.takes(RECEIVED, CLOSED, until=MONDAY + 60 * DAY)
    facts = office.facts("complaint")
    assert [(type(fact.event), fact.occurred_at) for fact in facts] == [
        (e.Received, MONDAY), (e.Closed, MONDAY + 40 * DAY), (e.HistoryTakenOver, MONDAY + 60 * DAY),
    ]  # fmt: skip
    assert all(fact.historical and fact.actor.id == "p-ana" and fact.recorded_at == NOW for fact in facts)
    assert facts[0].event.case_no == "SZ-2026-00001" and facts[0].event.source == "old-desk"
    assert facts[-1].event == e.HistoryTakenOver(
        source="old-desk", case="17", events=2, log_until=MONDAY + 60 * DAY, mode=e.Mode.LENIENT, deviating=1,
        deviations=(e.Deviation(version=2, rule="G-STAGE", detail="Closed while the case is received"),),
    )  # fmt: skip
    (number,) = office.facts("numbers")
    assert number.event.complaint == facts[0].subject_id


def test_promises_are_told_as_of_the_log_and_marked_as_history(office: Office) -> None:
    office.takes(RECEIVED, CLOSED)
    office.reacts()
    facts = office.facts("clocks")
    assert all(fact.historical and fact.recorded_at == NOW for fact in facts)
    assert max(fact.occurred_at for fact in facts) == MONDAY + 40 * DAY
    broken = next(fact for fact in facts if isinstance(fact.event, k.Breached) and fact.event.clock_id == "closure/1")
    assert broken.occurred_at == broken.event.breached_at < MONDAY + 40 * DAY
    assert {k.ClockStarted, k.WarningIssued, k.Breached, k.Escalated, k.Met} <= {type(fact.event) for fact in facts}
    count = len(facts)
    office.reacts()
    assert len(office.facts("clocks")) == count, "told once"


def test_what_is_still_open_at_the_end_of_the_log_stands_as_it_was_then(office: Office) -> None:
    office.takes(RECEIVED, until=MONDAY + HOUR / 2)
    office.reacts()
    said = {type(fact.event) for fact in office.facts("clocks")}
    assert k.ClockStarted in said and k.Breached not in said


def test_told_again_nothing_happens_and_told_otherwise_it_is_refused(office: Office) -> None:
    first = office.takes(RECEIVED, CLOSED)
    head = office.desk.ledger.head()
    assert office.takes(RECEIVED, CLOSED).repeated
    # The whole log has gone on since, but not this case.
    assert office.takes(RECEIVED, CLOSED, until=MONDAY + 90 * DAY).position == first.position
    more = step(4, MONDAY + 41 * DAY, "Reopened", cycle=2, reason="objection", explanation="again")
    with pytest.raises(Invalid) as no:
        office.takes(RECEIVED, CLOSED, more)
    assert no.value.rule == "G-IDEMPOTENCY"
    assert office.desk.ledger.head() == head


REFUSED: dict[str, tuple[tuple[dict[str, Any], ...], type[Problem], str, str]] = {
    "time goes back": (
        (RECEIVED, {**CLOSED, "at": (MONDAY - DAY).isoformat()}), Invalid, "G-HISTORY", "lies before what came before it",
    ),
    "no beginning": ((CLOSED,), Invalid, "G-HISTORY", "a case begins with its receipt"),
    "two beginnings": ((RECEIVED, {**RECEIVED, "row": 3}), Invalid, "G-HISTORY", "a case is received once"),
    "an event of clocks": ((RECEIVED, BROKEN), Invalid, "G-HISTORY", "is nothing that a history can say"),
    "a signature": ((RECEIVED, step(3, MONDAY, "StepSigned")), Invalid, "G-HISTORY", "is nothing that a history can say"),
    "a field too many": ((RECEIVED, {**CLOSED, "fields": {**CLOSED["fields"], "x": 1}}), Invalid, "G-HISTORY", "row 3: Closed.x"),
    "what never was": (
        (RECEIVED, step(3, MONDAY, "ActionStarted", action_id="a1")), Invalid, "G-HISTORY",
        "speaks of something that is not in the case",
    ),
    "erased": (
        ({**RECEIVED, "fields": {**RECEIVED["fields"], "description": {"erased": True}}},), Invalid, "G-ERASED",
        "only erasing",
    ),
    "nobody we know": (
        (RECEIVED, step(3, MONDAY, "Assigned", owner="p-nobody", department="quality")), Unknown, "G-PERSON", "p-nobody",
    ),
    "the future": (
        (RECEIVED, {**CLOSED, "at": (MONDAY + 500 * DAY).isoformat()}), Invalid, "G-TIME", "cannot be the end of this log",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "kind", "rule", "said"), REFUSED.values(), ids=REFUSED)
def test_a_case_is_taken_whole_or_not_at_all(
    office: Office, steps: tuple[dict[str, Any], ...], kind: type[Problem], rule: str, said: str
) -> None:
    before = office.desk.ledger.head()
    with pytest.raises(kind) as no:
        office.takes(*steps)
    assert (no.value.rule, said in no.value.detail) == (rule, True), no.value.detail
    assert office.desk.ledger.head() == before


def test_a_log_does_not_end_before_its_cases(office: Office) -> None:
    with pytest.raises(Invalid) as no:
        office.takes(RECEIVED, CLOSED, until=MONDAY + DAY)
    assert no.value.field == "log_until"


def test_strict_takes_only_what_our_rules_allow(office: Office) -> None:
    with pytest.raises(Refused) as no:
        office.takes(RECEIVED, CLOSED, mode="strict")
    assert no.value.rule == "G-STAGE"
    noted = step(3, MONDAY + HOUR, "HistoryNoted", activity="Danced", rule="G-ACTIVITY")
    with pytest.raises(Refused) as no:
        office.takes(RECEIVED, noted, mode="strict")
    assert no.value.rule == "G-ACTIVITY"
    called = step(3, MONDAY + HOUR, "Acknowledged", channel="telephone")
    office.takes(RECEIVED, called, mode="strict", case="18")
    assert office.facts("complaint")[-1].event.deviating == 0


def test_a_case_that_is_there_already_is_told_no_second_time(office: Office) -> None:
    """Also where nobody remembers the command any more."""
    batch = Histories.model_validate_json('{"source": "s", "log_until": "2026-05-01T00:00:00Z", "rows": []}')
    order = _order(_command({"row": 2, "case": "17", "site": "sz", "steps": [RECEIVED]}, batch), ANA, None)
    office.desk.submit(order).result()
    again = _order(_command({"row": 2, "case": "17", "site": "sz", "steps": [RECEIVED]}, batch), ANA, None)
    again.command_id = "forgotten"
    with pytest.raises(Refused) as no:
        office.desk.submit(again).result()
    assert no.value.rule == "G-HISTORY"


def test_an_odd_history_does_not_stop_the_clocks_of_the_house(office: Office) -> None:
    office.takes(RECEIVED, CLOSED)
    taken_over = office.facts("complaint")[-1]

    class Forgetful(Office):
        def __init__(self) -> None:
            """Knows nothing but facts that cannot be."""

        def before(self, fact: Fact[Any]) -> list[Fact[Any]]:
            return [office.facts("complaint")[1]]

    (ask,) = asks(taken_over, Forgetful())
    with pytest.raises(Refused) as no:
        list(ask.decide(Clocks(), None, None))  # type: ignore[arg-type]
    assert no.value.rule == "G-HISTORY"


def test_whoever_may_not_import_takes_nothing_over(office: Office) -> None:
    batch = Histories.model_validate_json('{"source": "s", "log_until": "2026-05-01T00:00:00Z", "rows": []}')
    order = _order(_command({"row": 2, "case": "17", "site": "sz", "steps": [RECEIVED]}, batch), BO, None)
    with pytest.raises(Problem) as no:
        office.desk.submit(order).result()
    assert no.value.status == 403


def test_the_example_of_the_door_is_one(office: Office) -> None:
    batch = Histories.model_validate({**HISTORIES_EXAMPLE, "log_until": MONDAY + timedelta(days=1)})
    case = _command(batch.rows[0], batch)
    assert [one.event for one in case.steps] == ["Received", "Acknowledged"] and case.site == "sz"
    assert Complaint().stage == Stage.NEW
