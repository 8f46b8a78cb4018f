"""What each open case asks of somebody: its next steps, its approved actions, its escalations. Pure; knows no policy.

A duty is somebody's by name, or anybody's who may do it. Who that is, the asker looks up: roles change without the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.clocks.state import Clock, ClockStatus
from shared.complaint.awaits import of_capa, of_intake, of_triage
from shared.complaint.signatures import key
from shared.complaint.state import OPEN, ActionStatus, Complaint
from shared.runtime.cases import Case

OWN = "own_case"
ACTION = "own_action"
ESCALATION = "escalation"
APPROVAL = "approve_plan"
TRANSFER = "accept_transfer"
CLOCK_OF = {
    "acknowledge": "acknowledgement", "contact_customer": "first_response", "start_investigation": "root_cause",
    "root_cause": "root_cause", "plan": "action_plan", APPROVAL: "action_plan", "verify": "verification", "close": "closure",
}  # fmt: skip
"""Step → the promise about time that it keeps; any other step is due when the case is due next."""
OWNERS = frozenset({"start_investigation", "root_cause", "plan"})
"""Steps that whoever answers for the case takes."""


@dataclass(frozen=True)
class Duty:
    """One thing to be done. `asks` narrows whose it is: the role an escalation went to, how many have signed a plan."""

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


def duties_of(case: Case) -> Iterator[Duty]:
    """Nothing for a case taken over as history on which nobody has worked here."""
    if case.history:
        return
    c = case.complaint
    clocks = list(case.clocks.open())
    for step in (of(c) for of in (of_intake, of_triage, of_capa)):
        if step is not None and step != "actions":
            yield _step(c, step, clocks)
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
            yield Duty(ESCALATION, clock.clock_id, person.get(role), role, due=clock.due_at)
    if c.owner is not None and c.stage in OPEN:
        yield Duty(OWN, person=c.owner, due=_next(clocks))


def _step(c: Complaint, step: str, clocks: list[Clock]) -> Duty:
    due = next((clock.due_at for clock in clocks if clock.clause == CLOCK_OF.get(step)), None) or _next(clocks)
    if step == APPROVAL:
        signed = c.signed.get(key("plan", f"p{c.plan_version}"), ())
        never = c.plan_authors | {one.by for one in signed}
        return Duty(step, asks=str(len(signed)), never=never, due=due)
    if step == "verify":
        done = [action for action in c.actions_of_cycle() if action.status == ActionStatus.COMPLETED]
        return Duty(
            step, never=frozenset(who for each in done for who in (*each.doers, *each.planners, each.owner)), due=due
        )
    site = c.handover.to_site if step == TRANSFER else None
    return Duty(step, person=c.owner if step in OWNERS else None, due=due, site=site)


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
