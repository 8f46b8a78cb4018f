"""A site that goes by a shipped pack, perhaps with something laid over it; and a case that goes through several commands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from services.capa.topics.money import AllocateCosts, ApproveCharge
from shared.clocks.state import Clocks
from shared.complaint.fold import fold
from shared.complaint.state import Complaint, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.kernel.command import Command, Elsewhere
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.values import Money
from shared.policy.pack import Pack
from shared.policy.pack_check import lineage
from shared.policy.pack_file import read_pack
from shared.policy.policies import Policy, overlaid
from shared.policy.shipped import shipped
from shared.policy.weeks import ChargedWeek, fold_week, stream_of_week
from tests.facts import MONDAY, Log, assigned
from tests.given import By, Given, Outcome, World, capa

D = w.Department
PRODUCTION = (e.DepartmentShare(department=D.PRODUCTION, share_pct=100),)
TRY, PROPOSE = (AllocateCosts(departments=PRODUCTION, dry_run=dry_run) for dry_run in (True, False))
OVER = "meta: {id: overlay-ours, version: 1, overlay: true, title: {en: Ours, zh: 本厂}}\nmoney_rules:\n"
ACK = "counsel Li has examined it on 2026-01-31"
PERSONS = f"  person_level_enabled: true\n  legal_ack: {ACK}\n"
DELAYS = "  delay_charge_enabled: true\n"


def pack(text: str) -> Pack:
    found = read_pack(text)
    assert found.pack is not None, found.faults
    return found.pack


class GoingBy(World):
    """Who signs is told by name; whoever is not named holds every role."""

    holds: ClassVar[dict[str, frozenset[Role]]] = {
        "p-qh": frozenset({Role.QUALITY_HEAD}), "p-gm": frozenset({Role.GENERAL_MANAGER}),
        "p-fin": frozenset({Role.FINANCE}), "p-clerk": frozenset({Role.CUSTOMER_SERVICE}),
    }  # fmt: skip

    def __init__(self, id: str | None = "pack-s2", over: str = "", *others: Complaint) -> None:
        super().__init__(*others)
        if id is not None:
            overlays = [pack(OVER + over)] if over else []
            self.going_by = Policy(overlaid(lineage(shipped()[id], shipped()), overlays), f"{id}@1 digest")
        self.told = Clocks()
        self.weeks: dict[str, ChargedWeek] = {}

    def week(self, site: str, week: str) -> ChargedWeek:
        return self.weeks.get(stream_of_week(site, week), ChargedWeek())

    def take(self, item: Elsewhere) -> None:
        """What a command appended to the stream of a week."""
        fact = Log().append(item.stream, item.event, MONDAY)
        self.weeks[item.stream] = fold_week(self.weeks.get(item.stream, ChargedWeek()), fact)

    def without(self, **sections: Any) -> GoingBy:
        """The same with some sections of the pack left out or replaced."""
        self.going_by = replace(self.going_by, pack=self.going_by.pack.model_copy(update=sections))
        return self

    def sharing(self, **changed: Any) -> GoingBy:
        """The same with other terms of the allocation."""
        money = self.going_by.pack.money_rules
        assert money is not None and money.logistics_allocation is not None
        terms = money.logistics_allocation.model_copy(update=changed)
        return self.without(money_rules=money.model_copy(update={"logistics_allocation": terms}))

    def clocks(self, complaint_id: str) -> Clocks:
        return self.told


def yuan(amount: float | str, currency: str = "CNY") -> Money:
    whole, _, part = f"{float(amount):.2f}".partition(".")
    return Money(minor=int(whole + part), currency=currency)


def cost(amount: float, kind: w.CostKind = w.CostKind.FREIGHT, id: str = "k1", **more: Any) -> e.CostRecorded:
    currency = more.pop("currency", "CNY")
    return e.CostRecorded(cost_id=id, kind=kind, amount=yuan(amount, currency), **more)


@dataclass
class Going:
    """One case, command after command."""

    given: Given
    last: Outcome | None = field(default=None)

    def does(self, command: Command, by: str = "p-ana", at: datetime | None = None) -> Going:
        outcome = self.asks(command, by, at)
        assert outcome.problem is None, repr(outcome.problem)
        for item in outcome.items:
            if isinstance(item, Elsewhere) and isinstance(self.given.world, GoingBy):
                self.given.world.take(item)
        return Going(replace(self.given, case=outcome.after), outcome)

    def asks(self, command: Command, by: str = "p-ana", at: datetime | None = None) -> Outcome:
        return self.given.when(command, by, at)

    def meanwhile(self, *events: Event) -> Going:
        """Something else happens to the case."""
        case = self.case
        for event in events:
            at = self.given.now
            fact: Fact[Any] = Fact(
                9, f"complaint-{case.complaint_id}", 9, event, at, at, "sz", "", Actor("p-ana"), "k", "k"
            )
            case = fold(case, fact)
        return Going(replace(self.given, case=case))

    @property
    def case(self) -> Complaint:
        return self.given.case

    @property
    def charge(self) -> Any:
        """The latest charge."""
        return list(self.case.money.charges.values())[-1]

    def shares(self) -> dict[tuple[str, str], str]:
        return {(str(s.department), str(s.party_role)): str(s.amount) for s in self.charge.shares}

    def proposed(self, by: str = "p-ana") -> Going:
        return self.does(TRY, by).does(PROPOSE, by)

    def approved(self) -> Going:
        return self.proposed().does(ApproveCharge(charge_id="m1"), "p-qh").does(ApproveCharge(charge_id="m1"), "p-gm")


def case(*costs: Event | By, world: World | None = None, stage: Stage = Stage.IMPLEMENTING) -> Going:
    past = (stage,) if stage != Stage.TRIAGED else (Stage.TRIAGED, assigned())
    return Going(capa.given(*past, *costs).in_a_world(world or GoingBy()))
