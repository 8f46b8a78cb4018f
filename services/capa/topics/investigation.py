"""Investigation: begin it; inspect, trace, test, and try to make it happen again (S1-26 to S1-31)."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.capa.topics.asked import cites, guards_of, no_more_bad_than_checked
from services.capa.topics.team import asks_for_8d
from shared.complaint.local_ids import NEXT, free
from shared.complaint.signatures import key
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.capa_words import CapaType
from shared.events.complaint import CaseText
from shared.events.words import Meaning, Method
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId, PersonId
from shared.policy.access import ENGINEERS
from shared.policy.rules import Rules, must_know

CHAIN = "inspection"
"""Under which the engineer's signature is kept."""


class StartInvestigation(Command):
    """Begin to look for the cause; the lead is the owner of the case unless named."""

    LEADS_TO: ClassVar = (events.InvestigationStarted,)

    lead: PersonId | None = None
    methods_planned: Annotated[tuple[Method, ...], Field(max_length=3)] = ()


class RecordInspection(events.InspectionRecorded, Command):
    """Record, as the inspector, what was found on what came back; the engineer who was there signs next (S1-26)."""

    inspection_id: LocalId = NEXT


class SignInspection(Command):
    """Sign, as the engineer who was there, what the inspector recorded (S1-26)."""

    LEADS_TO: ClassVar = (events.StepSigned,)

    inspection_id: LocalId
    comment: CaseText | None = None


class RecordTraceability(events.TraceabilityRecorded, Command):
    """Trace a lot back to material, line and people, and rule transport and storage in or out (S1-28, S1-29, S4-51)."""

    trace_id: LocalId = NEXT


class RecordTest(events.TestRecorded, Command):
    """Record a test of other pieces of the lot (S1-30)."""

    test_id: LocalId = NEXT


class AttemptReproduction(events.ReproductionAttempted, Command):
    """Record an attempt to make the failure happen again (S1-31)."""

    reproduction_id: LocalId = NEXT


InvestigationCommand = (
    StartInvestigation | RecordInspection | SignInspection | RecordTraceability | RecordTest | AttemptReproduction
)


def decide(complaint: Complaint, command: InvestigationCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about the investigation."""
    found = complaint.investigation
    match command:
        case StartInvestigation():
            lead = command.lead or complaint.owner or occasion.actor.id
            must_know(rules, lead, "lead")
            yield events.InvestigationStarted(lead=lead, methods_planned=command.methods_planned)
            in_8d = complaint.disciplines.capa_type == CapaType.EIGHT_D
            if not in_8d and asks_for_8d(complaint, guards_of(complaint, occasion, rules)):
                yield events.CapaOpened(capa_type=CapaType.EIGHT_D)
        case RecordInspection():
            _by_two(complaint, command, occasion, rules)
            cites(complaint, command.evidence, least=1)
            id = free(command.inspection_id, "in", found.inspections, "inspection_id")
            yield told(events.InspectionRecorded, command, inspection_id=id)
        case SignInspection():
            yield _signed(complaint, command, occasion, rules)
        case RecordTraceability():
            for operator in command.operators:
                must_know(rules, operator, "operators")
            cites(complaint, command.evidence)
            id = free(command.trace_id, "tr", found.traces, "trace_id")
            yield told(events.TraceabilityRecorded, command, trace_id=id)
        case RecordTest():
            no_more_bad_than_checked(command.quantity_failed, command.quantity_tested, "quantity_failed")
            cites(complaint, command.evidence)
            id = free(command.test_id, "te", found.tests, "test_id")
            yield told(events.TestRecorded, command, test_id=id)
        case AttemptReproduction():
            cites(complaint, command.evidence)
            id = free(command.reproduction_id, "re", found.reproductions, "reproduction_id")
            yield told(events.ReproductionAttempted, command, reproduction_id=id)
        case _:
            assert_never(command)


def signed_by_both(complaint: Complaint, inspection_id: str) -> bool:
    """Whether the engineer has signed what the inspector recorded."""
    return bool(complaint.signed.get(key(CHAIN, inspection_id)))


def _by_two(complaint: Complaint, command: RecordInspection, occasion: Occasion, rules: Rules) -> None:
    """An inspector and an engineer, who are two people."""
    must_know(rules, command.engineer, "engineer")
    if command.engineer == occasion.actor.id:
        raise Refused("inspector and engineer are two people", rule="G-SOD", field="engineer")
    if not rules.roles(command.engineer, complaint.site, occasion.now) & set(ENGINEERS):
        raise Refused(
            f"{command.engineer} holds no role of engineering at {complaint.site}", rule="G-INSPECT", field="engineer",
            way_out=f"name somebody who is {', '.join(ENGINEERS)}",
        )  # fmt: skip


def _signed(complaint: Complaint, command: SignInspection, occasion: Occasion, rules: Rules) -> events.StepSigned:
    inspections = complaint.investigation.inspections
    inspection = inspections.get(command.inspection_id)
    if inspection is None:
        known = ", ".join(inspections) or "none"
        raise Invalid(
            f"there is no inspection {command.inspection_id!r}", rule="G-INSPECT", field="inspection_id",
            way_out=f"inspections: {known}",
        )  # fmt: skip
    if signed_by_both(complaint, inspection.inspection_id):
        raise Refused(f"{inspection.inspection_id} is signed by both already", rule="G-INSPECT", field="inspection_id")
    if occasion.actor.id != inspection.engineer:
        raise Refused(
            f"{inspection.inspection_id} is signed by {inspection.engineer}, who was there", rule="G-SOD",
            way_out=f"{inspection.engineer} signs it",
        )  # fmt: skip
    held = rules.roles(inspection.engineer, complaint.site, occasion.now)
    role = next((role for role in ENGINEERS if role in held), None)
    if role is None:
        raise Refused(f"{inspection.engineer} holds no role of engineering any more", rule="G-INSPECT")
    return events.StepSigned(
        chain=CHAIN, of=inspection.inspection_id, step=1, role=role, meaning=Meaning.COUNTERSIGN,
        comment=command.comment,
    )  # fmt: skip
