"""What CAPA decides: containment, cause, plan, actions, verification, closure, and reopening."""

from __future__ import annotations

from typing import Annotated, ClassVar, assert_never
from zoneinfo import ZoneInfo

from pydantic import Field

from services.capa.topics import money
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Action, ActionStatus, Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, Ids
from shared.events.words import ActionKind, Department, Method, ReopenReason, Verdict
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, LocalId, PersonId
from shared.policy.chains import complete, sign, steps_of
from shared.policy.rules import Rules, must_know


class DefineContainment(events.ContainmentDefined, Command):
    """Keep the problem from spreading while its cause is sought (S2-20, D3)."""

    containment_id: LocalId = NEXT


class StartInvestigation(Command):
    """Begin to look for the cause; the lead is the owner of the case unless named."""

    LEADS_TO: ClassVar = (events.InvestigationStarted,)

    lead: PersonId | None = None
    methods_planned: Annotated[tuple[Method, ...], Field(max_length=3)] = ()


class RecordRootCause(events.RootCauseFound, Command):
    """Record direct and root cause with method and evidence (S0-31, S1-33)."""


class PlanAction(Command):
    """Agree an action; one that is not yet approved may be planned again under its id."""

    LEADS_TO: ClassVar = (events.ActionPlanned,)

    action_id: LocalId = NEXT
    kind: ActionKind
    content: CaseText
    owner: PersonId
    department: Department | None = None
    due: Day
    measure_of_success: CaseText


class SubmitActionPlan(Command):
    """Put the planned actions forward for approval."""

    LEADS_TO: ClassVar = (events.ActionPlanSubmitted,)


class ApproveActionPlan(Command):
    """Let the plan be carried out; never by whoever submitted it (G-SOD)."""

    LEADS_TO: ClassVar = (events.ActionPlanApproved,)

    comment: CaseText | None = None


class ReturnActionPlan(Command):
    """Send the plan back with a comment."""

    LEADS_TO: ClassVar = (events.ActionPlanReturned,)

    comment: CaseText


class ReportActionProgress(events.ActionProgressReported, Command):
    """Say how far an action is (S0-41)."""


class CompleteAction(Command):
    """Report an action as carried out; by the actor unless another doer is named."""

    LEADS_TO: ClassVar = (events.ActionCompleted,)

    action_id: LocalId
    done_by: PersonId | None = None
    result: CaseText
    evidence: Ids = ()


class VerifyEffect(events.Verified, Command):
    """Judge whether completed actions are effective; never by anyone who did or owns one of them (S1-46, S2-05)."""


class Close(events.Closed, Command):
    """State the result and close the case (S0-50)."""


class Reopen(Command):
    """Begin a new cycle of a closed case (S0-52)."""

    LEADS_TO: ClassVar = (events.Reopened,)

    reason: ReopenReason
    explanation: CaseText
    back_to_planning: bool = False


class SignResponsibility(events.ResponsibilitySigned, Command):
    """Sign for the responsible department, if need be after closure (S2-29)."""


class Archive(events.Archived, Command):
    """Put the closed case away until the end of its retention."""


CapaCommand = (
    DefineContainment | StartInvestigation | RecordRootCause | PlanAction | SubmitActionPlan | ApproveActionPlan
    | ReturnActionPlan | ReportActionProgress | CompleteAction | VerifyEffect | Close | Reopen | SignResponsibility
    | Archive
)  # fmt: skip


def decide(complaint: Complaint, command: CapaCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one CAPA command; raises Refused with the rule that forbids it."""
    match command:
        case DefineContainment():
            must_know(rules, command.owner, "owner")
            id = free(command.containment_id, "c", complaint.containment, "containment_id")
            yield told(events.ContainmentDefined, command, containment_id=id)
        case StartInvestigation():
            lead = command.lead or complaint.owner or occasion.actor.id
            must_know(rules, lead, "lead")
            yield events.InvestigationStarted(lead=lead, methods_planned=command.methods_planned)
        case RecordRootCause():
            _root_cause_is_founded(complaint, command)
            yield told(events.RootCauseFound, command)
        case PlanAction():
            yield _planned(complaint, command, occasion, rules)
        case SubmitActionPlan():
            yield _submitted(complaint)
        case ApproveActionPlan():
            yield from _approved(complaint, command, occasion, rules)
        case ReturnActionPlan():
            yield events.ActionPlanReturned(plan_version=_submitted_version(complaint), comment=command.comment)
        case ReportActionProgress():
            _action(complaint, command.action_id, ActionStatus.APPROVED)
            yield told(events.ActionProgressReported, command)
        case CompleteAction():
            _action(complaint, command.action_id, ActionStatus.APPROVED)
            _cites(complaint, command.evidence)
            doer = command.done_by or occasion.actor.id
            must_know(rules, doer, "done_by")
            yield told(events.ActionCompleted, command, done_by=doer)
        case VerifyEffect():
            for action_id in command.action_ids:
                action = _action(complaint, action_id, ActionStatus.COMPLETED)
                # Ours (compare S1-46, S2-05): whoever did the work, or answers for it, does not verify it.
                if occasion.actor.id in {*action.doers, action.owner}:
                    raise Refused(
                        f"{occasion.actor.id} did or owns action {action_id} and cannot verify it",
                        rule="G-SOD",
                        way_out="somebody else with the role quality_engineer or quality_head verifies it",
                    )
            _cites(complaint, command.evidence)
            yield told(events.Verified, command)
        case Close():
            yield told(events.Closed, command)
        case Reopen():
            if command.back_to_planning and complaint.root_cause is None:
                raise Refused("no cause is on record to plan on", rule="G-REOPEN", field="back_to_planning")
            yield told(events.Reopened, command, cycle=complaint.cycle + 1)
        case SignResponsibility():
            yield told(events.ResponsibilitySigned, command)
        case Archive():
            if complaint.follow_up_decision_due:
                raise Refused(
                    "a failed follow-up waits for a decision",
                    rule="G-FOLLOWUP",
                    way_out="reopen the case, or waive with a reason (waive-follow-up)",
                )
            if unsettled := complaint.money.unsettled():
                raise Refused(
                    f"money of the case is not settled: {', '.join(unsettled)}", rule="G-MONEY",
                    way_out="finance executes or pays (execute-charge, pay-compensation), or a leader waives (waive-charge)",
                )  # fmt: skip
            yield told(events.Archived, command)
        case _:
            assert_never(command)


TOPICS: Topics = ((CapaCommand, decide), (money.MoneyCommand, money.decide))
"""Everything that capa decides; what is beside the main way of a case stands in topics/."""


def _root_cause_is_founded(complaint: Complaint, command: RecordRootCause) -> None:
    """The method's own chart is filled in; a confirmed cause cites evidence, a presumed one says why (G-RCA, G-EVID)."""
    charts = {
        Method.FIVE_WHY: ("five_whys", command.five_whys),
        Method.FISHBONE_6M: ("fishbone", command.fishbone),
        Method.FIVE_W_ONE_H: ("five_w_one_h", command.five_w_one_h),
    }
    field, chart = charts[command.method]
    if not chart or chart == events.Fishbone():
        raise Invalid(f"the method {command.method} needs its chart", rule="G-RCA", field=field)
    if command.verdict == Verdict.PRESUMED and command.reason_if_unverifiable is None:
        raise Invalid(
            "a presumed cause needs the reason why it cannot be verified", rule="G-RCA", field="reason_if_unverifiable"
        )
    cited = (*command.evidence, *(id for why in command.five_whys for id in why.evidence))
    if command.verdict == Verdict.CONFIRMED and not cited:
        raise Refused(
            "a confirmed cause cites at least one piece of evidence",
            rule="G-EVID",
            field="evidence",
            way_out="attach evidence first, or give the verdict presumed with reason_if_unverifiable",
        )
    _cites(complaint, cited)


def _planned(complaint: Complaint, command: PlanAction, occasion: Occasion, rules: Rules) -> events.ActionPlanned:
    must_know(rules, command.owner, "owner")
    earlier = complaint.actions.get(command.action_id)
    if earlier is not None and (earlier.status != ActionStatus.PLANNED or earlier.cycle != complaint.cycle):
        raise Invalid(f"action {command.action_id} is already {earlier.status}", rule="G-UNIQUE", field="action_id")
    id = command.action_id if earlier else free(command.action_id, "a", complaint.actions, "action_id")
    today = occasion.at.astimezone(ZoneInfo(rules.site(complaint.site).zone)).date()
    if command.due < today:
        raise Refused("an action cannot be due before it is planned", rule="G-SMART", field="due")
    return told(events.ActionPlanned, command, action_id=id)


def _submitted(complaint: Complaint) -> events.ActionPlanSubmitted:
    """A plan holds at least one new action, and every cycle at least one correction or corrective action (G-SMART)."""
    new = [action for action in complaint.actions_of_cycle() if action.status == ActionStatus.PLANNED]
    if not new:
        raise Refused("the plan holds no new action", rule="G-SMART", way_out="plan one first (plan-action)")
    if all(action.kind == ActionKind.PREVENTIVE for action in complaint.actions_of_cycle()):
        raise Refused("the plan holds no correction or corrective action", rule="G-SMART", field="kind")
    return events.ActionPlanSubmitted(
        plan_version=complaint.plan_version + 1, action_ids=tuple(action.action_id for action in new)
    )


def _approved(complaint: Complaint, command: ApproveActionPlan, occasion: Occasion, rules: Rules) -> Decided:
    """By every signature that the policy asks for, one after another; by one leader where it asks for none (G-APPR)."""
    version = _submitted_version(complaint)
    if occasion.actor.id == complaint.plan_submitted_by:
        raise Refused(
            "whoever submitted the plan cannot approve it", rule="G-SOD",
            way_out="somebody else with the role quality_head, dept_head or general_manager approves it",
        )  # fmt: skip
    if steps := steps_of(complaint, "plan", occasion, rules):
        plan = f"p{version}"
        yield sign(complaint, "plan", plan, steps, occasion, rules, comment=command.comment)
        if not complete(complaint, "plan", plan, steps, more=1):
            return
    yield events.ActionPlanApproved(plan_version=version, comment=command.comment)


def _submitted_version(complaint: Complaint) -> int:
    if complaint.plan_version == 0:
        raise Refused("no plan has been submitted yet", rule="G-STAGE", way_out="submit one first (submit-action-plan)")
    return complaint.plan_version


def _action(complaint: Complaint, action_id: str, wanted: ActionStatus) -> Action:
    action = complaint.actions.get(action_id)
    if action is None or action.cycle != complaint.cycle:
        known = ", ".join(action.action_id for action in complaint.actions_of_cycle()) or "none"
        raise Invalid(
            f"there is no action {action_id!r}", rule="G-ACTION", field="action_id", way_out=f"actions: {known}"
        )
    if action.status != wanted:
        raise Refused(f"action {action_id} is {action.status}, not {wanted}", rule="G-ACTION", field="action_id")
    return action


def _cites(complaint: Complaint, evidence: Ids) -> None:
    for id in evidence:
        if id not in complaint.evidence:
            known = ", ".join(complaint.evidence) or "none"
            raise Invalid(f"there is no evidence {id!r}", rule="G-EVID", field="evidence", way_out=f"evidence: {known}")
