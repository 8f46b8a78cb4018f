"""The statement of costs and charges: by item, by day of the site, as corrected; dry runs are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from services.capa.costs import CostStatement, statement
from services.capa.topics.money import ApproveCharge, ExecuteCharge, ReturnCharge, WaiveCharge
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import SiteOpened
from shared.kernel.command import Command
from shared.kernel.fact import Fact
from shared.kernel.values import Money
from shared.runtime.read_model import ReadModel
from shared.runtime.store import Store
from tests.facts import MONDAY, Log, Story
from tests.given import Given, capa
from tests.services.capa.topics.money_world import PROPOSE, TRY, D, GoingBy, cost, yuan

Build = Callable[..., Store[Any]]
LOSS = w.CostKind.LOSS
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)


class Diary:
    """A case whose facts come from commands."""

    def __init__(self, log: Log | None = None, number: int = 1, site: str = "sz") -> None:
        log = log or Log()
        if not log.facts:
            opened = SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="cn-std", owner="p-owner")
            log.append("site-sz", opened, MONDAY, site="sz")
        self.story = Story(log, number=number, site=site, clocks=False).goes_to(Stage.IMPLEMENTING)

    def was(self, *events: Any, at: datetime | None = None) -> Diary:
        for event in events:
            self.story.happened(event, at=at)
        return self

    def does(self, command: Command, by: str = "p-ana") -> Diary:
        given = Given(capa.topics, self.story.case, self.story.now, GoingBy())
        outcome = given.when(command, by)
        assert outcome.problem is None, repr(outcome.problem)
        for n in range(len(outcome.items)):
            self.story.happened(outcome.event(n), by=by)
        return self

    @property
    def facts(self) -> Sequence[Fact[Any]]:
        return self.story.facts


def stated(build: Build, diary: Diary, first: date = FIRST, last: date = LAST, site: str = "sz") -> dict[str, Any]:
    with build(CostStatement, diary.facts).reading() as db:
        return statement(db, site, first, last)


APPROVE, EXECUTE = ApproveCharge(charge_id="m1"), ExecuteCharge(charge_id="m1", voucher_no="V-1")


def test_an_item_tells_its_freight_and_loss(build: Build):
    day = date(2026, 3, 4)
    diary = Diary().was(
        cost(60, incurred_on=day), cost(80, LOSS, "k2", incurred_on=day, department=D.LOGISTICS),
        cost(20, w.CostKind.SCRAP, "k3", incurred_on=day), cost(7, id="k4", item_id="x2", incurred_on=day),
        cost(9, id="k5", incurred_on=date(2026, 3, 9)),
    )  # fmt: skip
    told = stated(build, diary)
    one, other = told["items"]
    assert one == {
        "complaint_id": diary.story.id, "case_no": "SZ-2026-00001", "item_id": None, "kinds": ["freight", "loss", "scrap"],
        "departments": ["logistics"], "currency": "CNY", "freight": 6_000, "loss": 8_000, "other": 2_000, "total": 16_000,
    }  # fmt: skip
    assert (other["item_id"], other["total"]) == ("x2", 700)
    assert told["totals"] == {"CNY": {"freight": 6_700, "loss": 8_000, "other": 2_000, "total": 16_700, "charged": 0}}
    assert (told["from"], told["to"], told["charges"]) == ("2026-03-02", "2026-03-08", [])
    assert [item["total"] for item in stated(build, diary, LAST, date(2026, 3, 9))["items"]] == [900]


def test_a_cost_without_a_day_belongs_to_the_sites_day_on_which_it_was_recorded(build: Build):
    late = datetime(2026, 3, 8, 16, 30, tzinfo=MONDAY.tzinfo)
    diary = Diary().was(cost(60), at=late)
    assert stated(build, diary)["items"] == []
    assert len(stated(build, diary, date(2026, 3, 9), date(2026, 3, 9))["items"]) == 1


def test_other_sites_and_other_money_are_told_apart(build: Build):
    log = Log()
    Diary(log).was(cost(60), cost(5, id="k2", currency="EUR"))
    dresden = Diary(log, number=2, site="dresden").was(cost(70))
    told = stated(build, dresden)
    assert [(item["currency"], item["total"]) for item in told["items"]] == [("CNY", 6_000), ("EUR", 500)]
    assert [item["total"] for item in stated(build, dresden, site="dresden")["items"]] == [7_000]


def test_a_corrected_cost_counts_as_corrected(build: Build):
    zero = Money(minor=0, currency="CNY")
    diary = Diary().was(cost(60), e.CostCorrected(cost_id="k1", was=yuan(60), amount=zero, reason="twice"))
    assert stated(build, diary)["items"][0]["total"] == 0


def test_a_charge_tells_its_shares_and_signatures_and_a_dry_run_nothing(build: Build):
    diary = Diary().was(cost(350)).does(TRY)
    assert stated(build, diary)["charges"] == []
    diary.does(PROPOSE).does(APPROVE, "p-qh").does(APPROVE, "p-gm").does(EXECUTE, "p-fin")
    told = stated(build, diary)
    (charge,) = told["charges"]
    assert charge["shares"] == [
        {"department": "production", "party_role": "dept_supervisor", "amount": 4_500},
        {"department": "production", "party_role": "responsible_person", "amount": 18_000},
    ]
    assert [(one["step"], one["role"], one["person"]) for one in charge["signatures"]] == [
        (1, "quality_head", "p-qh"), (2, "general_manager", "p-gm"), (3, "finance", "p-fin"),
    ]  # fmt: skip
    assert {name: charge[name] for name in ("case_no", "rule", "status", "cost", "amount", "company", "voucher_no")} == {
        "case_no": "SZ-2026-00001", "rule": "logistics_allocation", "status": "executed", "cost": 35_000, "amount": 22_500,
        "company": 12_500, "voucher_no": "V-1",
    }  # fmt: skip
    assert told["totals"]["CNY"]["charged"] == 22_500


def test_what_was_sent_back_has_no_signatures_and_what_was_waived_charges_nothing(build: Build):
    diary = Diary().was(cost(350)).does(TRY).does(PROPOSE).does(APPROVE, "p-qh")
    diary.does(ReturnCharge(charge_id="m1", reason="which carrier?"), "p-gm")
    assert stated(build, diary)["charges"][0]["signatures"] == []
    diary.does(APPROVE, "p-qh").does(WaiveCharge(charge_id="m1", reason="the carrier has paid"), "p-gm")
    told = stated(build, diary)
    assert (told["charges"][0]["status"], told["totals"]["CNY"]["charged"]) == ("waived", 0)


def test_a_charge_for_delay_tells_its_days(build: Build):
    late = e.DelayChargeAccrued(
        charge_id="m1", rule=e.DelayRule.PLAN_LATE, rule_version="x", department=D.RND, days=2,
        days_late=(FIRST, LAST), per_day=yuan(10), amount=yuan(20), clock_ids=("action_plan/1",), dry_run=False,
    )  # fmt: skip
    (charge,) = stated(build, Diary().was(late.model_copy(update={"dry_run": True}), late))["charges"]
    assert (charge["rule"], charge["days"], charge["cost"], charge["amount"]) == ("plan_late", 2, None, 2_000)
    assert charge["shares"] == [{"department": "rnd", "party_role": "dept_head", "amount": 2_000}]


def test_however_it_is_built_it_says_the_same(same_rows: Callable[[type[ReadModel], Sequence[Fact[Any]]], None]):
    diary = Diary().was(cost(350)).does(TRY).does(PROPOSE).does(APPROVE, "p-qh")
    diary.does(ReturnCharge(charge_id="m1", reason="?"), "p-gm").does(APPROVE, "p-qh").does(APPROVE, "p-gm")
    diary.does(EXECUTE, "p-fin")
    diary.was(cost(5, id="k2"), e.CostCorrected(cost_id="k2", was=yuan(5), amount=yuan(6), reason="x"))
    same_rows(CostStatement, diary.facts)


def test_cases_are_told_in_the_order_of_their_numbers(build: Build):
    log = Log()
    diaries = [Diary(log, number=n).was(cost(n, incurred_on=FIRST)) for n in (3, 1, 2)]
    assert [item["total"] for item in stated(build, diaries[-1])["items"]] == [100, 200, 300]
