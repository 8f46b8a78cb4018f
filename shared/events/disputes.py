"""A dispute that neither side can prove, and the stock-take that decides it (S2-34 to S2-38, domain §1.7)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.triage_words import ClaimDirection, DisputeOutcome
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Instant, LocalId, Quantity, Value

Variance = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]


class Claim(Value):
    """What the customer says was wrong with a delivery."""

    SAYS: ClassVar[Says] = {
        "en": "{material}, {direction} by {quantity}, instead: {instead}",
        "zh": "{material}，{direction}，数量{quantity}，错发：{instead}",
    }

    material: Code
    """What was ordered."""
    quantity: Quantity
    direction: ClaimDirection
    instead: Code | None = None
    """For a wrong item: what came in place of it."""


class Counted(Value):
    """One material as it stands in the ledger, on the bin card, on the shelf and beside the line, at the same moment."""

    SAYS: ClassVar[Says] = {
        "en": "{material}: ledger {ledger}, card {card}, stock {physical}, beside the line {lineside}",
        "zh": "{material}：账{ledger}，卡{card}，物{physical}，线边{lineside}",
    }

    material: Code
    ledger: Quantity
    card: Quantity
    physical: Quantity
    lineside: Quantity | None = None
    """Unplanned surplus in the workshop, which there should be none of (S2-35)."""


class Found(Value):
    """By how much stock and ledger differ for one material, and by how much they would if the claim were true."""

    SAYS: ClassVar[Says] = {
        "en": "{material}: {variance}, claimed {expected}",
        "zh": "{material}：实际{variance}，主张{expected}",
    }

    material: Code
    variance: Variance
    expected: Variance


class EvidenceDisputeOpened(Event):
    """The customer claims something that neither side can prove (S2-34)."""

    TOPIC: ClassVar[str] = "complaint.EvidenceDisputeOpened"
    SAYS: ClassVar[Says] = {
        "en": "Dispute {dispute_id} about {claim}; why nothing proves it: {insufficient_reason}",
        "zh": "证据争议{dispute_id}：{claim}；无法证明的原因：{insufficient_reason}",
    }

    dispute_id: LocalId
    claim: Claim
    our_evidence: Ids = ()
    customer_evidence: Ids = ()
    insufficient_reason: CaseText


class StocktakePerformed(Event):
    """The material was frozen and counted: books, cards, goods (S2-34, S2-35). It holds once every counter has signed it."""

    TOPIC: ClassVar[str] = "complaint.StocktakePerformed"
    SAYS: ClassVar[Says] = {
        "en": "Stock-take {stocktake_id} for {dispute_id}, frozen from {frozen_from} to {frozen_to}: {materials}; in place of "
        "{supersedes}: {reason}",
        "zh": "盘点{stocktake_id}（{dispute_id}），冻结{frozen_from}至{frozen_to}：{materials}；取代{supersedes}：{reason}",
    }

    stocktake_id: LocalId
    dispute_id: LocalId
    materials: Annotated[tuple[Counted, ...], Field(min_length=1, max_length=50)]
    frozen_from: Instant
    frozen_to: Instant
    counters: Annotated[tuple[Code, ...], Field(max_length=6)]
    """The roles that counted together and sign under the chain `stocktake`."""
    tolerance: Quantity = 0
    supersedes: LocalId | None = None
    reason: CaseText | None = None


class EvidenceDisputeResolved(Event):
    """What the stock-take shows, by the table of the procedure (S2-36 to S2-38)."""

    TOPIC: ClassVar[str] = "complaint.EvidenceDisputeResolved"
    SAYS: ClassVar[Says] = {
        "en": "Dispute {dispute_id}: {outcome}, by stock-take {stocktake_id} ({variances}): {comment}",
        "zh": "争议{dispute_id}结论：{outcome}，依据盘点{stocktake_id}（{variances}）：{comment}",
    }

    dispute_id: LocalId
    stocktake_id: LocalId
    outcome: DisputeOutcome
    variances: Annotated[tuple[Found, ...], Field(min_length=1, max_length=50)]
    department: Department | None = None
    """Who is responsible from now on, where the outcome says so."""
    comment: CaseText | None = None


DisputeEvent = EvidenceDisputeOpened | StocktakePerformed | EvidenceDisputeResolved
