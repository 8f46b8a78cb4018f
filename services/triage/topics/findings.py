"""What spares a case the search for its cause, and the training that follows wrong use."""

from typing import ClassVar, assert_never
from zoneinfo import ZoneInfo

from services.triage.topics.evidence import must_be_on_record
from services.triage.topics.judgement import hazardous
from services.triage.topics.related import other_case
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.triage_words import WaiverReason
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import ComplaintId, Rank
from shared.policy.rules import Rules


class WaiveInvestigation(Command):
    """Decide that no cause is looked for, with the reason; never where somebody may come to harm (G-WAIVE)."""

    LEADS_TO: ClassVar = (events.InvestigationWaived,)

    reason: WaiverReason
    explanation: CaseText
    similar_case: ComplaintId | None = None


class DetermineUseError(events.UseErrorDetermined, Command):
    """Find that the product was used wrongly, with evidence; measures are planned next, training among them (S4-87)."""


class RecordTraining(events.TrainingDelivered, Command):
    """Record that the customer, or our own people, were trained (S4-87, S1-40)."""


FindingCommand = WaiveInvestigation | DetermineUseError | RecordTraining


def decide(complaint: Complaint, command: FindingCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case WaiveInvestigation():
            yield _waived(complaint, command, occasion, rules)
        case DetermineUseError():
            _nothing_is_disputed(complaint)
            must_be_on_record(complaint, command.evidence)
            yield told(events.UseErrorDetermined, command)
        case RecordTraining():
            must_be_on_record(complaint, command.evidence)
            today = occasion.now.astimezone(ZoneInfo(rules.site(complaint.site).zone)).date()
            if command.held_on > today:
                raise Invalid("a training that is yet to come is planned as an action", rule="G-TIME", field="held_on",
                              way_out="plan it first (plan-action)")  # fmt: skip
            yield told(events.TrainingDelivered, command)
        case _:
            assert_never(command)


def _waived(
    complaint: Complaint, command: WaiveInvestigation, occasion: Occasion, rules: Rules
) -> events.InvestigationWaived:
    _nothing_is_disputed(complaint)
    way_out = "start the investigation (start-investigation)"
    if hazardous(complaint):
        raise Refused("somebody may come to harm, so the cause is looked for", rule="G-WAIVE", way_out=way_out)
    if complaint.rank == Rank.CRITICAL:
        raise Refused("the cause of a case of rank 1 is always looked for", rule="G-WAIVE", way_out=way_out)
    if command.reason == WaiverReason.LOWEST_GRADE and complaint.rank != Rank.NEGLIGIBLE:
        raise Refused(f"the case has rank {complaint.rank}, not 4", rule="G-WAIVE", field="reason", way_out=way_out)
    guards = rules.policy(complaint.site, occasion.at).pack.guards
    asked = guards is not None and bool(guards.waiver_requires_similar_case)
    if (asked or command.reason == WaiverReason.SIMILAR_INVESTIGATED) and command.similar_case is None:
        raise Refused(
            "name the similar case whose cause was found" + (", as this site always asks" if asked else ""),
            rule="G-WAIVE", field="similar_case", way_out=way_out,
        )  # fmt: skip
    similar = None if command.similar_case is None else _settled(complaint, command.similar_case, rules)
    return told(
        events.InvestigationWaived, command, decided_by=occasion.actor.id,
        similar_case_no=None if similar is None else similar.case_no,
    )  # fmt: skip


def _settled(complaint: Complaint, id: str, rules: Rules) -> Complaint:
    """The similar case, which was closed after an action of it proved effective."""
    similar = other_case(complaint, id, rules, "similar_case")
    ended = similar.stage in (Stage.CLOSED, Stage.ARCHIVED)
    if not ended or not any(action.status == ActionStatus.EFFECTIVE for action in similar.actions_of_cycle()):
        raise Refused(
            f"{similar.case_no} was not closed with an effective action", rule="G-WAIVE", field="similar_case",
            way_out="name a case that was, or start the investigation (start-investigation)",
        )  # fmt: skip
    return similar


def _nothing_is_disputed(complaint: Complaint) -> None:
    if complaint.disputes.open:
        raise Refused(
            f"dispute {', '.join(complaint.disputes.open)} is open", rule="G-DISPUTE",
            way_out="resolve it first (resolve-evidence-dispute)",
        )  # fmt: skip
