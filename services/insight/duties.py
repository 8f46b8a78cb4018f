"""What each open case asks of somebody: its next steps, its approved actions, its escalations; and what a site owes by itself.
Pure; knows no policy.

A duty is somebody's by name, or anybody's who may do it. Who that is, the asker looks up: roles change without the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.clocks.duties import Duties
from shared.clocks.state import Clock, ClockStatus
from shared.complaint.awaits import of_capa, of_intake, of_triage
from shared.complaint.rounds import STEPS as SIGNED
from shared.complaint.rounds import Round, rounds
from shared.complaint.state import OPEN, ActionStatus, Complaint
from shared.policy.chains import AUTHOR, by_name, turn
from shared.runtime.cases import Case

OWN = "own_case"
ACTION = "own_action"
ESCALATION = "escalation"
TRANSFER = "accept_transfer"
SITE_DUTY = "site_duty"
SITE_ESCALATION = "site_escalation"
CLOCK_OF = {
    "acknowledge": "acknowledgement", "contact_customer": "first_response", "start_investigation": "root_cause",
    "root_cause": "root_cause", "plan": "action_plan", "verify": "verification", "close": "closure",
    "approve_plan": "plan_approval", "sign_closure": "closure_approval", "consent_to_recall": "recall_decision",
    "sign_stocktake": "stocktake", "authorise_replacement": "replacement", "ship_replacement": "replacement",
    "execute_charge": "cost_split", "pay_compensation": "payment",
}  # fmt: skip
"""Step → the promise about time that it keeps; any other step is due when the case is due next."""
OWNERS = frozenset({"start_investigation", "root_cause", "plan"})
"""Steps that whoever answers for the case takes."""


@dataclass(frozen=True)
class Duty:
    """One thing to be done. `asks` narrows whose it is: the role an escalation went to, how far a chain of signatures is."""

    duty: str
    part: str = ""
    """Of the case: an action, a clock."""
    person: str | None = None
    asks: str = ""
    never: frozenset[str] = frozenset()
    """Who may not do it, whatever their roles: doers do not verify, authors do not approve (G-SOD)."""
    due: datetime | None = None
    site: str | None = None
    """Where it is to be done, if not at the site of the case."""
    begins: datetime | None = None
    """Before that it is nobody's business yet."""


def duties_of(case: Case) -> Iterator[Duty]:
    """Nothing for a case taken over as history on which nobody has worked here."""
    if case.history:
        return
    c = case.complaint
    clocks = [] if c.historical else list(case.clocks.open())  # the promises of a history are over
    for step in (of(c) for of in (of_intake, of_triage, of_capa)):
        if step not in (None, "actions", *SIGNED) and not (step == "close" and c.closing.request is not None):
            yield _step(c, step, clocks)
    for round in rounds(c):
        yield from _to_be_signed(c, round, clocks)
    if of_capa(c) == "actions":
        yield from _actions(c, clocks)
    for clock in clocks:
        if clock.status == ClockStatus.BREACHED and clock.level > clock.acknowledged_level:
            role = clock.ladder[clock.level - 1].role if clock.level <= len(clock.ladder) else ""
            person = {
                "case_owner": c.owner,
                "responsible_person": clock.responsible,
                "first_responsible": c.first_responsible,
            }
            yield Duty(ESCALATION, clock.clock_id, person.get(role), "" if person.get(role) else role, due=clock.due_at)
    if c.owner is not None and c.stage in OPEN:
        yield Duty(OWN, person=c.owner, due=_next(clocks))


def duties_of_site(duties: Duties) -> Iterator[Duty]:
    """What a site owes now or later, as the business of whom its policy names; what has climbed, as that of whom it reached."""
    for clock in duties.open():
        yield Duty(SITE_DUTY, clock.clock_id, asks=clock.clause, due=clock.due_at, begins=clock.starts_at)
        if clock.status == ClockStatus.BREACHED and clock.level > clock.acknowledged_level:
            role = clock.ladder[clock.level - 1].role if clock.level <= len(clock.ladder) else ""
            yield Duty(SITE_ESCALATION, clock.clock_id, asks=role, due=clock.due_at)


def _step(c: Complaint, step: str, clocks: list[Clock]) -> Duty:
    due = _due(step, "", clocks)
    if step == "verify":
        done = [action for action in c.actions_of_cycle() if action.status == ActionStatus.COMPLETED]
        return Duty(
            step, never=frozenset(who for each in done for who in (*each.doers, *each.planners, each.owner)), due=due
        )
    site = c.handover.to_site if step == TRANSFER else None
    return Duty(step, person=c.owner if step in OWNERS else None, due=due, site=site)


def _to_be_signed(c: Complaint, round: Round, clocks: list[Clock]) -> Iterator[Duty]:
    """Anybody's whose turn it is by the policy; by name also theirs to whom the policy may give a turn by their part."""
    due, at = _due(round.step, round.part, clocks), turn(round)
    if round.only is not None:
        yield Duty(round.step, round.part, round.only, due=due)
        return
    for asks in round.roles or (at,):
        yield Duty(round.step, round.part, asks=asks, never=round.never, due=due)
    parts = {"case_owner": c.owner, "first_responsible": c.first_responsible}
    for part, person in parts.items():
        if person is not None and person not in round.never:
            yield Duty(round.step, round.part, person, by_name(at, part), due=due)
    if round.step == "sign_report" and not round.signed:
        for author in round.authors:
            yield Duty(round.step, round.part, author, by_name(at, AUTHOR), due=due)


def _due(step: str, part: str, clocks: list[Clock]) -> datetime | None:
    """By the promise that the step keeps, about the same thing if it is about one; else when the case is due next."""
    mine = [clock for clock in clocks if clock.clause == CLOCK_OF.get(step)]
    about = [clock for clock in mine if part and clock.clock_id.startswith(f"{clock.clause}:{part}/")]
    return next((clock.due_at for clock in about or mine), None) or _next(clocks)


def _actions(c: Complaint, clocks: list[Clock]) -> Iterator[Duty]:
    due = {
        clock.clock_id.rpartition("/")[0].partition(":")[2]: clock.due_at
        for clock in clocks
        if clock.clause == "action"
    }
    for action in c.actions_of_cycle():
        if action.status == ActionStatus.APPROVED:
            yield Duty(ACTION, action.action_id, action.owner, due=due.get(action.action_id))


def _next(clocks: list[Clock]) -> datetime | None:
    return min((clock.due_at for clock in clocks if clock.status != ClockStatus.PAUSED), default=None)
