"""A claim that neither side can prove: opened, counted together, decided by the table of the procedure (G-DISPUTE)."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.triage.topics.evidence import must_be_on_record
from shared.complaint.disputes import STOCKTAKE, Dispute, counters, still_to_sign
from shared.complaint.lifecycle import AFTER_DISPUTE
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint, Stage
from shared.complaint.stocktakes import judged, materials_of
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.disputes import Counted, StocktakePerformed
from shared.events.organisation import Role
from shared.events.triage_words import ClaimDirection, DisputeOutcome
from shared.events.words import Department, Meaning
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Instant, LocalId, rfc3339
from shared.policy.pack import Stocktake
from shared.policy.rules import Rules

AS_WRITTEN = Stocktake(
    counters=(Role.FINANCE, Role.QUALITY_ENGINEER, Role.WAREHOUSE), include_lineside=False, tolerance=0
)
"""Where no policy says who counts: the three of the source (S2-34)."""


class OpenEvidenceDispute(events.EvidenceDisputeOpened, Command):
    """Open a dispute about a claim that neither side can prove (S2-34)."""

    dispute_id: LocalId = NEXT


class RecordStocktake(Command):
    """Record a joint count of the material in dispute, frozen meanwhile; each counter then signs it (S2-34, S2-35).

    A second one replaces the first, with the reason.
    """

    LEADS_TO: ClassVar = (events.StocktakePerformed,)

    stocktake_id: LocalId = NEXT
    dispute_id: LocalId
    materials: Annotated[tuple[Counted, ...], Field(min_length=1, max_length=50)]
    frozen_from: Instant
    frozen_to: Instant
    reason: CaseText | None = None


class SignStocktake(Command):
    """Sign a stock-take as one of those who counted, each for another of the roles that the policy names."""

    LEADS_TO: ClassVar = (events.StepSigned,)

    stocktake_id: LocalId
    comment: CaseText | None = None


class ResolveEvidenceDispute(Command):
    """Let the signed stock-take decide the dispute (S2-36 to S2-38); never by one of those who counted (G-SOD)."""

    LEADS_TO: ClassVar = (events.EvidenceDisputeResolved,)

    dispute_id: LocalId
    comment: CaseText | None = None


DisputeCommand = OpenEvidenceDispute | RecordStocktake | SignStocktake | ResolveEvidenceDispute


def decide(complaint: Complaint, command: DisputeCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case OpenEvidenceDispute():
            yield _opened(complaint, command)
        case RecordStocktake():
            yield _counted(complaint, command, occasion, rules)
        case SignStocktake():
            yield _signed(complaint, command, occasion, rules)
        case ResolveEvidenceDispute():
            yield _resolved(complaint, command, occasion)
        case _:
            assert_never(command)


def _opened(complaint: Complaint, command: OpenEvidenceDispute) -> events.EvidenceDisputeOpened:
    must_be_on_record(complaint, command.our_evidence, "our_evidence")
    must_be_on_record(complaint, command.customer_evidence, "customer_evidence")
    wrong = command.claim.direction == ClaimDirection.WRONG_ITEM
    if wrong != (command.claim.instead is not None):
        said = "say what came instead" if wrong else "nothing came instead"
        raise Invalid(said, rule="G-DISPUTE", field="claim.instead")
    if command.claim.instead == command.claim.material:
        raise Invalid("what came instead is another material", rule="G-DISPUTE", field="claim.instead")
    if complaint.disputes.open:
        raise Refused(
            f"dispute {complaint.disputes.open[0]} is open already", rule="G-DISPUTE",
            way_out="resolve that one first (resolve-evidence-dispute)",
        )  # fmt: skip
    id = free(command.dispute_id, "d", complaint.disputes.disputes, "dispute_id")
    return told(events.EvidenceDisputeOpened, command, dispute_id=id)


def _counted(complaint: Complaint, command: RecordStocktake, occasion: Occasion, rules: Rules) -> StocktakePerformed:
    dispute = _dispute(complaint, command.dispute_id)
    terms = rules.policy(complaint.site, occasion.at).pack.stocktake or AS_WRITTEN
    if command.frozen_to <= command.frozen_from:
        raise Invalid(
            "the material is frozen from before the count until after it", rule="G-DISPUTE", field="frozen_to"
        )
    if command.frozen_to > occasion.now:
        raise Invalid(f"lies in the future: it is {rfc3339(occasion.now)}", rule="G-TIME", field="frozen_to")
    _everything_is_counted(dispute, command, terms)
    before = complaint.disputes.latest_count(dispute.dispute_id)
    if before is not None and command.reason is None:
        raise Refused(
            f"{before.stocktake_id} was counted already; a second count takes a reason", rule="G-DISPUTE", field="reason",
            way_out="say why the first count does not hold",
        )  # fmt: skip
    id = free(command.stocktake_id, "t", complaint.disputes.counts, "stocktake_id")
    return told(
        StocktakePerformed, command, stocktake_id=id, counters=terms.counters, tolerance=terms.tolerance,
        supersedes=None if before is None else before.stocktake_id,
    )  # fmt: skip


def _everything_is_counted(dispute: Dispute, command: RecordStocktake, terms: Stocktake) -> None:
    counted = [one.material for one in command.materials]
    if len(set(counted)) < len(counted):
        raise Invalid("a material is counted twice", rule="G-DISPUTE", field="materials")
    if missing := [name for name in materials_of(dispute.claim) if name not in counted]:
        raise Invalid(f"{', '.join(missing)} was not counted", rule="G-DISPUTE", field="materials")
    if terms.include_lineside and any(one.lineside is None for one in command.materials):
        raise Refused(
            "what lies beside the line is counted too, also when it is nothing", rule="G-DISPUTE", field="materials",
            way_out="give lineside for every material (S2-35)",
        )  # fmt: skip


def _signed(complaint: Complaint, command: SignStocktake, occasion: Occasion, rules: Rules) -> events.StepSigned:
    count = complaint.disputes.counts.get(command.stocktake_id)
    if count is None:
        known = ", ".join(complaint.disputes.counts) or "none"
        raise Invalid(
            f"there is no stock-take {command.stocktake_id!r}",
            rule="G-DISPUTE",
            field="stocktake_id",
            way_out=f"there are: {known}",
        )
    open_roles = still_to_sign(count, complaint.signed)
    if not open_roles:
        raise Refused("everybody who counted has signed", rule="G-DISPUTE")
    if occasion.actor.id in {one.by for one in counters(count, complaint.signed)}:
        raise Refused(
            f"{occasion.actor.id} has signed already",
            rule="G-SOD",
            way_out=f"somebody else signs as {' or '.join(open_roles)}",
        )
    held = rules.roles(occasion.actor.id, complaint.site, occasion.now)
    # In whatever order they come: they counted together.
    role = next((role for role in open_roles if role in held), None)
    if role is None:
        raise Refused(
            f"who counted as {' or '.join(open_roles)} signs", rule="G-DISPUTE",
            way_out=f"somebody who is {' or '.join(open_roles)} at {complaint.site} signs",
        )  # fmt: skip
    return events.StepSigned(
        chain=STOCKTAKE, of=count.stocktake_id, step=count.counters.index(role) + 1, role=role, meaning=Meaning.WITNESS,
        comment=command.comment,
    )  # fmt: skip


def _resolved(
    complaint: Complaint, command: ResolveEvidenceDispute, occasion: Occasion
) -> events.EvidenceDisputeResolved:
    dispute = _dispute(complaint, command.dispute_id)
    count = complaint.disputes.latest_count(dispute.dispute_id)
    if count is None:
        raise Refused("nothing has been counted yet", rule="G-DISPUTE", way_out="count together (record-stocktake)")
    if unsigned := still_to_sign(count, complaint.signed):
        raise Refused(
            f"{count.stocktake_id} is not signed by {', '.join(unsigned)}", rule="G-DISPUTE",
            way_out="everybody who counted signs (sign-stocktake)",
        )  # fmt: skip
    if dispute.resolved is not None and dispute.resolved.stocktake_id == count.stocktake_id:
        raise Refused(
            f"this count has decided it: {dispute.resolved.outcome}", rule="G-DISPUTE",
            way_out="only a second stock-take, with its reason, decides otherwise",
        )  # fmt: skip
    if occasion.actor.id in {one.by for one in counters(count, complaint.signed)}:
        raise Refused(
            "who counted does not also decide", rule="G-SOD", way_out="somebody else decides, as quality_head"
        )
    outcome, found = judged(dispute.claim, count.materials, count.tolerance)
    return events.EvidenceDisputeResolved(
        dispute_id=dispute.dispute_id, stocktake_id=count.stocktake_id, outcome=outcome, variances=found,
        department=Department.WAREHOUSE if outcome == DisputeOutcome.WAREHOUSE_PROBLEM else None, comment=command.comment,
    )  # fmt: skip


def _dispute(complaint: Complaint, id: str) -> Dispute:
    """A dispute that can still be counted: while the cause is sought, or where its own outcome has led."""
    dispute = complaint.disputes.disputes.get(id)
    if dispute is None:
        known = ", ".join(complaint.disputes.disputes) or "none"
        raise Invalid(
            f"there is no dispute {id!r}", rule="G-DISPUTE", field="dispute_id", way_out=f"there are: {known}"
        )
    led_to = AFTER_DISPUTE.get(dispute.resolved.outcome) if dispute.resolved is not None else None
    if complaint.stage not in (Stage.INVESTIGATING, led_to):
        raise Refused(f"the case is {complaint.stage} for other reasons than this dispute", rule="G-DISPUTE")
    return dispute
