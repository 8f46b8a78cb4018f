"""What intake decides: everything that touches the customer, from receipt to follow-up."""

from datetime import datetime
from typing import ClassVar, Literal, assert_never

from pydantic import Field

from services.intake.topics.demands import DemandCommand, decide_demands
from services.intake.topics.dialogue import DialogueCommand, decide_dialogue, must_be_a_voice, must_be_a_wording
from services.intake.topics.information import InformationCommand, decide_information
from services.intake.topics.record import RecordCommand, decide_record
from services.intake.topics.registration import known_at_receipt, must_be_workable, times_must_fit
from services.intake.topics.remedies import RemedyCommand, decide_remedies
from services.intake.topics.replacements import ReplacementCommand, decide_replacements
from shared.complaint.field_action import unsettled
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseLine, CaseText, Received
from shared.events.organisation import NumberTaken
from shared.events.receipt import Serials
from shared.events.words import CaseKind, Category, Channel, ContactPurpose, Direction, Origin
from shared.kernel.command import Command, Dated, Decided, Elsewhere, Topics
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.ids import derived7, uuid7
from shared.kernel.told import told
from shared.kernel.values import Code, Day, Instant, Language, Line, LocalId, Rank, SiteCode
from shared.policy.numbering import series
from shared.policy.rules import Rules


class ReceiveComplaint(Command):
    """Take in a complaint at a site; it gets its number at once (S0-06, S1-04)."""

    LEADS_TO: ClassVar = (events.Received,)

    site: SiteCode
    channel: Channel
    origin: Origin = Origin.CUSTOMER_COMPLAINT
    case_kind: CaseKind = CaseKind.COMPLAINT
    description: CaseText
    language: Language | None = None
    customer_no: Code | None = None
    customer_name: CaseLine | None = None
    contact_person: CaseLine | None = None
    contact: CaseLine | None = None
    product_model: Line | None = None
    lot_no: Line | None = None
    safety_hazard: bool | None = None
    external_ref: Line | None = None
    origin_text: CaseLine | None = None
    requested_at: Instant | None = None
    awareness_at: Instant | None = None
    failure_date: Day | None = None
    failure_at: Instant | None = None
    contact_address: CaseLine | None = None
    order_no: Line | None = None
    spec: Line | None = None
    serial_nos: Serials = ()
    purchase_date: Day | None = None
    shipment_date: Day | None = None
    udi: Line | None = None


class ImportComplaint(ReceiveComplaint):
    """Take over one case from another system, as history or, if asked for, as a live case."""

    source: Line
    category: Category | None = None
    subcategory: Line | None = None
    rank: Rank | None = None
    state: Literal["open", "closed"] = "open"
    closed_at: Instant | None = None
    result: CaseLine | None = None
    live: bool = False
    also: dict[Line, CaseText] = Field(default_factory=dict, max_length=100)


class Acknowledge(events.Acknowledged, Command):
    """Record that the customer was told the complaint has arrived (S1-05)."""


class RequestInformation(events.InformationRequested, Command):
    """Ask the customer, a colleague or a supplier for what is missing (S1-14)."""

    request_id: LocalId = NEXT


class ProvideInformation(events.InformationProvided, Command):
    """Record the answer to a request for information."""


class AttachEvidence(events.EvidenceAttached, Command):
    """Add a stored file as evidence; store it first with POST /files."""

    evidence_id: LocalId = NEXT


class Register(events.Registered, Command):
    """Put the complaint on the form, once it says clearly what happens (G-DESC, G-COMPLETE)."""


class ContactCustomer(events.CustomerContacted, Command):
    """Record a conversation with the customer."""


class RecordCustomerFeedback(events.CustomerFeedbackRecorded, Command):
    """Record what the customer says to the result (S1-44)."""


class CompleteFollowUp(events.FollowUpCompleted, Command):
    """Record the call some time after closure (S1-49)."""


class WaiveFollowUp(events.FollowUpWaived, Command):
    """Decide that a failed follow-up does not reopen the case."""


class Withdraw(events.Withdrawn, Command):
    """Record that the customer takes the complaint back; with `goes_on` the case goes on as an internal nonconformity."""

    goes_on: bool = False


IntakeCommand = (
    ReceiveComplaint | Acknowledge | RequestInformation | ProvideInformation | AttachEvidence | Register
    | ContactCustomer | RecordCustomerFeedback | CompleteFollowUp | WaiveFollowUp | Withdraw
)  # fmt: skip


def decide(complaint: Complaint, command: IntakeCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one intake command; raises Refused with the rule that forbids it."""
    match command:
        case ReceiveComplaint():
            yield from _receive(command, occasion, rules)
        case Acknowledge():
            must_be_a_wording(complaint, command.template_id, ContactPurpose.ACKNOWLEDGEMENT, occasion, rules)
            yield told(events.Acknowledged, command)
        case RequestInformation():
            taken = {*complaint.open_requests, *complaint.answered_requests, *complaint.lapsed_requests}
            yield told(
                events.InformationRequested, command, request_id=free(command.request_id, "i", taken, "request_id")
            )
        case ProvideInformation():
            if command.request_id not in complaint.open_requests:
                raise Invalid(
                    f"there is no open request {command.request_id!r}",
                    rule="G-REQUEST",
                    field="request_id",
                    way_out=f"open requests: {', '.join(complaint.open_requests) or 'none'}",
                )
            yield told(events.InformationProvided, command)
        case AttachEvidence():
            if not rules.has_file(command.file.sha256):
                raise Unknown(
                    "this file is not stored here", field="file.sha256", way_out="store it first with POST /files"
                )
            yield told(
                events.EvidenceAttached,
                command,
                evidence_id=free(command.evidence_id, "e", complaint.evidence, "evidence_id"),
            )
        case Register():
            form = told(events.Registered, command, **known_at_receipt(complaint, command))
            must_be_workable(complaint, form, occasion, rules)
            yield form
        case ContactCustomer():
            if command.direction == Direction.OUTBOUND:
                must_be_a_voice(complaint, occasion, rules)
            must_be_a_wording(complaint, command.template_id, command.purpose, occasion, rules)
            yield told(events.CustomerContacted, command)
        case RecordCustomerFeedback():
            yield told(events.CustomerFeedbackRecorded, command)
        case CompleteFollowUp():
            if command.reached and command.product_ok is None:
                raise Invalid("say whether the product is in order", rule="S1-50", field="product_ok")
            if command.new_case is not None:
                _must_be_another_case(complaint, command.new_case, rules)
            yield told(events.FollowUpCompleted, command)
        case WaiveFollowUp():
            if not complaint.follow_up_decision_due:
                raise Refused("no failed follow-up waits for a decision", rule="G-FOLLOWUP")
            yield told(events.FollowUpWaived, command)
        case Withdraw():
            if command.goes_on:
                yield told(events.WithdrawnButContinued, command)
            elif why := goes_on_anyway(complaint):
                raise Refused(
                    f"{why}, so it goes on even when the customer withdraws it", rule="G-WITHDRAW", field="goes_on",
                    way_out="record the customer's wish with goes_on, and go on as an internal nonconformity",
                )  # fmt: skip
            else:
                yield told(events.Withdrawn, command)
        case _:
            assert_never(command)


TOPICS: Topics = (
    (IntakeCommand, decide),
    (RecordCommand, decide_record),
    (InformationCommand, decide_information),
    (DialogueCommand, decide_dialogue),
    (DemandCommand, decide_demands),
    (RemedyCommand, decide_remedies),
    (ReplacementCommand, decide_replacements),
)
"""Everything that intake decides; what is beside the main way of a case stands in topics/."""


def complaint_id_for(command: ReceiveComplaint, occasion: Occasion) -> str:
    """A new time-ordered id; for an imported case always the same one."""
    if isinstance(command, ImportComplaint):
        return imported_id(command, occasion.at)
    return uuid7(occasion.now, occasion.randomness)


def imported_id(command: ImportComplaint, received_at: datetime) -> str:
    """The id of an imported case: its source and its reference there, in order of receipt."""
    return derived7(received_at, "import", command.source, command.external_ref)


def goes_on_anyway(complaint: Complaint) -> str | None:
    """Why a case may not end with the customer's interest in it; None when it may (T26 of the domain)."""
    if complaint.rank == Rank.CRITICAL:
        return "the case is critical"
    if complaint.safety_hazard:
        return "somebody may come to harm"
    return unsettled(complaint.field_action, complaint.signed)


def _must_be_another_case(complaint: Complaint, id: str, rules: Rules) -> None:
    if id == complaint.complaint_id:
        raise Invalid("the other problem needs a case of its own", rule="G-FOLLOWUP", field="new_case")
    try:
        rules.complaint(id)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-FOLLOWUP", field="new_case", way_out="receive-complaint") from None


def _receive(command: ReceiveComplaint, occasion: Occasion, rules: Rules) -> Decided:
    site = rules.site(command.site)
    times_must_fit(command, occasion, site)
    numbers = series(site, occasion.at, rules)
    case_no = numbers.number(rules.numbers(site.code, numbers.period).taken + 1)
    yield Elsewhere(
        f"numbers-{site.code}-{numbers.period}",
        NumberTaken(case_no=case_no, complaint=complaint_id_for(command, occasion)),
    )
    if not isinstance(command, ImportComplaint):
        yield told(Received, command, case_no=case_no, source=None, also={})
        return
    yield told(Received, command, case_no=case_no)
    if command.category is not None and command.rank is not None:
        yield events.Classified(
            category=command.category, subcategory=command.subcategory, grade=f"R{command.rank}", rank=command.rank,
            basis=events.GradeBasis.PRESUMED,
        )  # fmt: skip
    if command.closed_at is not None and command.closed_at > occasion.now:
        raise Invalid("lies in the future", rule="G-TIME", field="closed_at")
    if command.state == "closed":
        closed = events.ClosedBeforeImport(source=command.source, result=command.result)
        yield Dated(closed, max(command.closed_at or occasion.at, occasion.at))
