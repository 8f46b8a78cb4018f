"""The fold of a complaint: facts in, state out. It may change, never refuses, and knows no clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never, cast, get_args

from shared.complaint.actions import ActionStatus, done_again, fold_actions
from shared.complaint.closing import fold_closing
from shared.complaint.containment import fold_containment
from shared.complaint.demands import fold_demands
from shared.complaint.disciplines import fold_disciplines
from shared.complaint.evidence import Evidence, fold_evidence
from shared.complaint.fold_triage import fold_triage
from shared.complaint.investigation import GatheringEvent, fold_investigation
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.money import fold_money
from shared.complaint.objections import fold_objections
from shared.complaint.record import corrected
from shared.complaint.remedies import fold_remedies
from shared.complaint.replacements import fold_replacements
from shared.complaint.reports import fold_reports
from shared.complaint.signatures import fold_signatures
from shared.complaint.state import Complaint, Link
from shared.complaint.visits import fold_visits
from shared.complaint.waiting import fold_waiting
from shared.events import complaint as e
from shared.events.capa_words import ReturnTo
from shared.events.words import CaseKind, Direction
from shared.kernel.changed import changed
from shared.kernel.fact import Fact

INITIAL = Complaint()


def fold(complaint: Complaint, fact: Fact[e.ComplaintEvent]) -> Complaint:
    """The state after one more fact; the stage comes from the lifecycle table and from nowhere else."""
    after = evolve(complaint, fact)
    stage = LIFECYCLE[type(fact.event)].next(after, fact.event)
    return after if stage == after.stage else changed(after, stage=stage)


def evolve(c: Complaint, fact: Fact[e.ComplaintEvent]) -> Complaint:
    """What a fact changes, but for the stage."""
    of_topic = _OF_TOPIC.get(type(fact.event))
    return _of_the_main_way(c, cast("Fact[e.MainEvent]", fact)) if of_topic is None else of_topic(c, fact)


def _of_the_main_way(c: Complaint, fact: Fact[e.MainEvent]) -> Complaint:
    """Every event has its case: pyright refuses a forgotten one."""
    match fact.event:
        case e.Received() as event:
            return changed(
                c, receipt=event, complaint_id=fact.subject_id, site=fact.site, received_at=fact.occurred_at,
                first_responsible=fact.actor.id if fact.actor.id.startswith("p-") else None,
                historical=fact.historical, case_no=event.case_no, channel=event.channel, origin=event.origin,
                case_kind=event.case_kind, description=event.description, language=event.language,
                customer_no=event.customer_no, customer_name=event.customer_name,
                contact_person=event.contact_person, contact=event.contact, product_model=event.product_model,
                lot_no=event.lot_no, safety_hazard=event.safety_hazard, external_ref=event.external_ref,
            )  # fmt: skip
        case e.Acknowledged() as event:
            promised = event.promised_contact_by or c.promised_contact_by
            return changed(c, acknowledged_at=c.acknowledged_at or fact.occurred_at, promised_contact_by=promised)
        case e.ContactPromised() as event:
            return changed(c, promised_contact_by=event.promised_contact_by)
        case e.InformationRequested() as event:
            return changed(c, open_requests={**c.open_requests, event.request_id: event.asked_of})
        case e.InformationProvided() as event:
            if not event.complete:
                return c
            still = {id: of for id, of in c.open_requests.items() if id != event.request_id}
            return changed(c, open_requests=still, answered_requests=(*c.answered_requests, event.request_id))
        case e.InformationReminderSent() as event:
            return changed(c, reminders={**c.reminders, event.request_id: event.number})
        case e.InformationRequestLapsed() as event:
            still = {id: of for id, of in c.open_requests.items() if id != event.request_id}
            return changed(c, open_requests=still, lapsed_requests=(*c.lapsed_requests, event.request_id))
        case e.EvidenceAttached() as event:
            item = Evidence(
                event.evidence_id, event.kind, event.file, fact.occurred_at, event.note, event.holder
            )  # fmt: skip
            return changed(c, evidence={**c.evidence, event.evidence_id: item})
        case e.Registered() as event:
            return changed(
                c, form=event, registered_at=fact.occurred_at, symptom=event.symptom, product_model=event.product_model,
                lot_no=event.lot_no or c.lot_no, safety_hazard=event.safety_hazard,
                main_function_lost=event.main_function_lost, extent=event.extent,
                quantity_defective=event.quantity_defective,
            )  # fmt: skip
        case e.RegistrationCorrected() as event:
            receipt, form, new = corrected(c.receipt, c.form, event.changes)
            known = {field: value for field, value in new.items() if field in c.__dict__}
            return changed(c, receipt=receipt, form=form, **known)
        case e.FirstResponsibleChanged() as event:
            return changed(c, first_responsible=event.first_responsible)
        case e.Forwarded():
            return changed(c, forwarded_at=c.forwarded_at or fact.occurred_at)
        case e.CustomerContacted() as event:
            if event.direction != Direction.OUTBOUND:
                return c
            return changed(
                c, first_contact_at=c.first_contact_at or fact.occurred_at, promised_contact_by=event.next_contact_by,
                answer_to_feedback_due=False,
            )  # fmt: skip
        case e.CustomerFeedbackRecorded() as event:
            return changed(c, satisfied=event.satisfied, answer_to_feedback_due=not event.satisfied)
        case e.FollowUpCompleted() as event:
            left_open = event.other_problem is not None and event.new_case is None
            failed = event.reached and (event.product_ok is False or left_open)
            return changed(c, follow_ups=c.follow_ups + 1, follow_up_decision_due=c.follow_up_decision_due or failed)
        case e.FollowUpWaived():
            return changed(c, follow_up_decision_due=False, follow_up_waived=True)
        case e.Withdrawn() | e.ActionPlanReturned():
            return c
        case e.WithdrawnButContinued():
            return changed(c, case_kind=CaseKind.INTERNAL_NONCONFORMITY)
        case e.ClosedBeforeImport():
            return changed(c, closed_at=fact.occurred_at)
        case e.Classified() as event:
            return changed(
                c, category=event.category, subcategory=event.subcategory, failure_mode=event.failure_mode,
                grade=event.grade, rank=event.rank, grade_basis=event.basis,
                judgement=changed(
                    c.judgement, initial_grade=event.grade, facts=event.facts, tag=event.tag.code if event.tag else None
                ),
            )  # fmt: skip
        case e.GradeChanged() as event:
            return changed(c, grade=event.grade, rank=event.rank, grade_basis=event.basis)
        case e.Assigned() | e.Reassigned() as event:
            beside = event.supporters if isinstance(event, e.Assigned) else c.supporters
            return changed(
                c, owner=event.owner, department=event.department, supporters=beside,
                handover=changed(c.handover, accepted_at=None),
            )  # fmt: skip
        case e.Merged() as event:
            return changed(c, merged_into=event.survivor, stage_before_merge=c.stage)
        case e.RecurrenceLinked() as event:
            return changed(c, links=(*c.links, Link(event.other, event.other_case_no, event.relation)))
        case e.InvestigationStarted() as event:
            return changed(c, owner=event.lead)
        case e.RootCauseFound() as event:
            return changed(c, root_cause=event)
        case e.ActionPlanSubmitted() as event:
            return changed(c, plan_version=event.plan_version, plan_submitted_by=fact.actor.id)
        case e.Closed() as event:
            return changed(
                c, disposition=event.disposition, closed_at=fact.occurred_at, closing=changed(c.closing, request=None)
            )
        case e.Reopened() as event:
            kept = event.back_to_planning or c.root_cause is None
            return changed(
                c, cycle=event.cycle, reopened_at=fact.occurred_at, closed_at=None, disposition=None, follow_up_decision_due=False,
                judgement=changed(c.judgement, final=None),
                follow_up_waived=False, closing=changed(c.closing, request=None),
                answer_to_feedback_due=False,
                root_cause=c.root_cause if kept else None,
                earlier_root_causes=c.earlier_root_causes if c.root_cause is None or kept
                else (*c.earlier_root_causes, c.root_cause),
            )  # fmt: skip
        case e.ResponsibilitySigned() as event:
            return changed(c, responsibility=(*c.responsibility, event.department))
        case e.Archived():
            return c
        case _ as never:
            assert_never(never)


def _closing(c: Complaint, fact: Fact[e.ClosingEvent]) -> Complaint:
    """A closure sent back may send actions back too: to be carried out, or judged, once more."""
    actions = c.actions
    if isinstance(fact.event, e.ClosureReturned):
        again = ActionStatus.APPROVED if fact.event.to_stage == ReturnTo.IMPLEMENTING else ActionStatus.COMPLETED
        actions = done_again(c.actions, fact.event.action_ids, again)
    return changed(c, closing=fold_closing(c.closing, fact), actions=actions)


def _actions(c: Complaint, fact: Fact[e.ActionEvent]) -> Complaint:
    failed = c.failed_verifications + (isinstance(fact.event, e.Verified) and fact.event.failed)
    approved = fact.occurred_at if isinstance(fact.event, e.ActionPlanApproved) else c.plan_approved_at
    actions = fold_actions(c.actions, c.cycle, fact)
    return changed(c, actions=actions, failed_verifications=failed, plan_approved_at=approved)


def _remedies(c: Complaint, fact: Fact[e.RemedyEvent]) -> Complaint:
    restored = fact.occurred_at if isinstance(fact.event, e.ServiceRestored) else c.service_restored_at
    return changed(c, remedies=fold_remedies(c.remedies, fact), service_restored_at=restored)


def _objections(c: Complaint, fact: Fact[e.ObjectionEvent]) -> Complaint:
    return changed(c, objections=fold_objections(c.objections, fact), answer_to_feedback_due=False)


def _history(c: Complaint, fact: Fact[e.HistoryEvent]) -> Complaint:
    return changed(c, taken_over=fact.event) if isinstance(fact.event, e.HistoryTakenOver) else c


_TOPICS: tuple[tuple[Any, Callable[[Complaint, Fact[Any]], Complaint]], ...] = (
    (e.SignatureEvent, lambda c, fact: changed(c, signed=fold_signatures(c.signed, fact))),
    (e.TriageEvent, fold_triage),
    (e.MoneyEvent, lambda c, fact: changed(c, money=fold_money(c.money, fact))),
    (e.ActionEvent, _actions),
    (e.ContainmentEvent, lambda c, fact: changed(c, containment=fold_containment(c.containment, fact))),
    (GatheringEvent, lambda c, fact: changed(c, investigation=fold_investigation(c.investigation, fact))),
    (e.DisciplineEvent, lambda c, fact: changed(c, disciplines=fold_disciplines(c.disciplines, c.cycle, fact))),
    (e.ReportEvent, lambda c, fact: changed(c, reports=fold_reports(c.reports, c.cycle, fact))),
    (e.ClosingEvent, _closing),
    (e.EvidenceEvent, lambda c, fact: changed(c, evidence=fold_evidence(c.evidence, fact))),
    (e.VisitEvent, lambda c, fact: changed(c, visits=fold_visits(c.visits, fact))),
    (e.ObjectionEvent, _objections),
    (e.DemandEvent, lambda c, fact: changed(c, demanded=fold_demands(c.demanded, fact))),
    (e.RemedyEvent, _remedies),
    (e.WaitingEvent, lambda c, fact: changed(c, waiting=fold_waiting(c.waiting, fact))),
    (e.ReplacementEvent, lambda c, fact: changed(c, replacements=fold_replacements(c.replacements, fact))),
    (e.HistoryEvent, _history),
)
"""Events of a topic → their fold, in a part of the state of its own."""
_OF_TOPIC: dict[type[Any], Callable[[Complaint, Fact[Any]], Complaint]] = {
    kind: fold for events, fold in _TOPICS for kind in get_args(events)
}
"""By class: asking one union after another whether it holds an event was measured at a tenth of a command."""
