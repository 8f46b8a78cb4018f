"""How far the trouble reaches, whether to recall, and when production stops and goes on (G-RECALL; S4-75 to S4-77)."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.triage.topics.evidence import must_be_on_record
from shared.complaint.field_action import RECALL, latest, recalling, waits_for_signature
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, Ids
from shared.events.field_action import Lots, Population
from shared.events.triage_words import RecallDecision
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, LocalId, PersonId, Quantity, Rank
from shared.policy.chains import send_back, sign, steps_of
from shared.policy.pack import ChainStep
from shared.policy.rules import Rules, must_know


class AssessImpactScope(Command):
    """Say how far the trouble may reach, place by place; that it reaches no further takes evidence (S4-75)."""

    LEADS_TO: ClassVar = (events.ImpactScopeAssessed,)

    population: Annotated[tuple[Population, ...], Field(max_length=50)] = ()
    at_risk_quantity: Quantity | None = None
    """How many of them may really have it; all, if nobody says otherwise."""
    residual_risk: CaseText | None = None
    evidence: Ids = ()


class DecideRecall(Command):
    """Decide what happens to goods that have left the house; the policy says who signs a recall of rank 1 (S4-76)."""

    LEADS_TO: ClassVar = (events.RecallDecided,)

    decision: RecallDecision
    lots: Lots = ()
    quantity_shipped: Quantity | None = None
    customers: Quantity
    justification: CaseText
    decided_by: Annotated[tuple[PersonId, ...], Field(max_length=10)] = ()


class ConsentToRecall(Command):
    """Sign the decision on a recall, as the one whom the policy asks next."""

    LEADS_TO: ClassVar = (events.StepSigned,)

    comment: CaseText | None = None


class ReturnRecallDecision(Command):
    """Refuse to sign the decision on a recall; it is decided again."""

    LEADS_TO: ClassVar = (events.StepReturned,)

    reason: CaseText


class ReportRecallProgress(Command):
    """Say how much of what is called back came back, was put right, or is unaccounted for; the three add up."""

    LEADS_TO: ClassVar = (events.RecallProgressed,)

    returned: Quantity
    corrected: Quantity
    unaccounted: Quantity
    as_of: Day


class OrderProductionStop(events.ProductionStopOrdered, Command):
    """Stop production of what is concerned, with a notice (S4-77, form F12)."""

    stop_id: LocalId = NEXT


class RefuseProductionStop(events.ProductionStopRefused, Command):
    """Let production go on although goods in process are concerned, with the reason."""


class ResumeProduction(events.ProductionResumed, Command):
    """Let production go on once the condition of the notice is met; never by whoever ordered the stop (G-SOD)."""


FieldActionCommand = (
    AssessImpactScope | DecideRecall | ConsentToRecall | ReturnRecallDecision | ReportRecallProgress
    | OrderProductionStop | RefuseProductionStop | ResumeProduction
)  # fmt: skip


def decide(complaint: Complaint, command: FieldActionCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case AssessImpactScope():
            yield _assessed(complaint, command)
        case DecideRecall():
            yield from _decided(complaint, command, occasion, rules)
        case ConsentToRecall():
            id, steps = _to_be_signed(complaint, occasion, rules)
            author = complaint.field_action.recall_author
            authors = () if author is None else (author,)
            yield sign(complaint, RECALL, id, steps, occasion, rules, authors=authors, comment=command.comment)
        case ReturnRecallDecision():
            id, steps = _to_be_signed(complaint, occasion, rules)
            yield send_back(complaint, RECALL, id, steps, occasion, rules, command.reason)
        case ReportRecallProgress():
            yield _progressed(complaint, command)
        case OrderProductionStop():
            yield _stopped(complaint, command)
        case RefuseProductionStop():
            if not complaint.field_action.in_process or complaint.field_action.standing:
                raise Refused(
                    "no goods in process are known to be concerned, or their production stands still", rule="G-STOP",
                    way_out="say first how far the trouble reaches (assess-impact-scope)",
                )  # fmt: skip
            yield told(events.ProductionStopRefused, command)
        case ResumeProduction():
            yield _resumed(complaint, command, occasion)
        case _:
            assert_never(command)


def _assessed(complaint: Complaint, command: AssessImpactScope) -> events.ImpactScopeAssessed:
    must_be_on_record(complaint, command.evidence)
    if not command.population and not command.evidence:
        raise Refused(
            "that nothing else is concerned is shown by evidence", rule="G-EVID", field="evidence",
            way_out="attach what shows it first (attach-evidence), or name what is concerned",
        )  # fmt: skip
    found = sum(one.quantity for one in command.population)
    at_risk = found if command.at_risk_quantity is None else command.at_risk_quantity
    if at_risk > found:
        raise Invalid(
            f"{at_risk} pieces at risk are more than the {found} that were found",
            rule="G-RECALL",
            field="at_risk_quantity",
        )
    return told(events.ImpactScopeAssessed, command, at_risk_quantity=at_risk)


def _decided(complaint: Complaint, command: DecideRecall, occasion: Occasion, rules: Rules) -> Decided:
    action = complaint.field_action
    if action.scope is None:
        raise Refused(
            "nobody has said yet how far the trouble reaches",
            rule="G-RECALL",
            way_out="do that first (assess-impact-scope)",
        )
    for person in command.decided_by:
        must_know(rules, person, "decided_by")
    steps = steps_of(complaint, RECALL, occasion, rules) if _is_grave(complaint, command) else ()
    id = free(NEXT, "f", action.recalls, "decision_id")
    yield told(
        events.RecallDecided, command, decision_id=id, signed_as=tuple(step.role for step in steps),
        quantity_shipped=action.shipped if command.quantity_shipped is None else command.quantity_shipped,
    )  # fmt: skip
    if steps and steps[0].role in rules.roles(occasion.actor.id, complaint.site, occasion.now):
        yield sign(complaint, RECALL, id, steps, occasion, rules)


def _is_grave(complaint: Complaint, command: DecideRecall) -> bool:
    """For rank 1 a recall is not one person's word, and neither is taking it back (domain §1.8)."""
    before = latest(complaint.field_action)
    taken_back = before is not None and before.decision == RecallDecision.RECALL
    return complaint.rank == Rank.CRITICAL and (command.decision == RecallDecision.RECALL or taken_back)


def _to_be_signed(complaint: Complaint, occasion: Occasion, rules: Rules) -> tuple[str, tuple[ChainStep, ...]]:
    decision = latest(complaint.field_action)
    if decision is None or not waits_for_signature(complaint.field_action, complaint.signed):
        raise Refused("no decision on a recall waits for a signature", rule="G-RECALL")
    return decision.decision_id, steps_of(complaint, RECALL, occasion, rules)


def _progressed(complaint: Complaint, command: ReportRecallProgress) -> events.RecallProgressed:
    decision = latest(complaint.field_action)
    if decision is None or not recalling(complaint.field_action, complaint.signed):
        raise Refused("nothing is being called back", rule="G-RECALL", way_out="decide it first (decide-recall)")
    total = command.returned + command.corrected + command.unaccounted
    if total != decision.quantity_shipped:
        raise Invalid(
            f"returned, corrected and unaccounted come to {total}, not to the {decision.quantity_shipped} that were shipped",
            rule="G-RECALL", field="unaccounted",
        )  # fmt: skip
    return told(events.RecallProgressed, command, decision_id=decision.decision_id)


def _stopped(complaint: Complaint, command: OrderProductionStop) -> events.ProductionStopOrdered:
    if not (command.lines or command.models or command.lots):
        raise Invalid("say which lines, models or lots stop", rule="G-STOP", field="lines")
    stops = complaint.field_action.stops
    if any(stop.notice_no == command.notice_no for stop in stops.values()):
        raise Invalid(f"there is a notice {command.notice_no} already", rule="G-UNIQUE", field="notice_no")
    return told(events.ProductionStopOrdered, command, stop_id=free(command.stop_id, "s", stops, "stop_id"))


def _resumed(complaint: Complaint, command: ResumeProduction, occasion: Occasion) -> events.ProductionResumed:
    action = complaint.field_action
    if command.stop_id not in action.standing:
        raise Refused(
            f"no production stands still by {command.stop_id}", rule="G-STOP", field="stop_id",
            way_out=f"standing: {', '.join(action.standing) or 'none'}",
        )  # fmt: skip
    if action.stops[command.stop_id].ordered_by == occasion.actor.id:
        raise Refused(
            "whoever stopped production does not judge whether it may go on", rule="G-SOD",
            way_out="somebody else of quality judges it",
        )  # fmt: skip
    must_be_on_record(complaint, command.evidence)
    return told(events.ProductionResumed, command)
