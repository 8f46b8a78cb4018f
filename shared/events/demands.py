"""What the customer asks for, and what customer or contract demand in place of a promise of the procedure."""

from typing import ClassVar

from shared.events.texts import CaseText, Says
from shared.events.words import Demand
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Line, LocalId, Money, Quantity


class CustomerDemandRecorded(Event):
    """One thing that the customer asks for: how much of it, by when, on whose form (S1-12, S2-17, S4-55)."""

    TOPIC: ClassVar[str] = "complaint.CustomerDemandRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Customer demands {kind}, {quantity} pieces, {amount}, by {due}: {note}",
        "zh": "客户诉求{kind}，数量{quantity}，金额{amount}，期限{due}：{note}",
    }

    demand_id: LocalId
    kind: Demand
    amount: Money | None = None
    quantity: Quantity | None = None
    due: Day | None = None
    template: Code | None = None
    """The form on which the customer wants a report."""
    note: CaseText | None = None
    customer_loss: Money | None = None
    """What the customer has lost by it (S4-55)."""


class CustomerRequirementRecorded(Event):
    """The customer asks for a reply of another kind or by another time than the procedure promises (S2-32)."""

    TOPIC: ClassVar[str] = "complaint.CustomerRequirementRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Customer requires for {clause}: {due}, {target} – {statement}",
        "zh": "客户对{clause}的要求：{due}，{target}——{statement}",
    }

    term_id: LocalId
    clause: Code | None = None
    due: Day | None = None
    target: Line | None = None
    """A length of time, as in a policy: PT12H, wd2."""
    statement: CaseText


class ContractTermsRecorded(Event):
    """What the contract with this customer says goes before the procedure (S4-72)."""

    TOPIC: ClassVar[str] = "complaint.ContractTermsRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Contract {contract_ref} says for {clause}: {due}, {target} – {statement}",
        "zh": "合同{contract_ref}对{clause}的约定：{due}，{target}——{statement}",
    }

    term_id: LocalId
    contract_ref: Line
    clause: Code | None = None
    due: Day | None = None
    target: Line | None = None
    statement: CaseText


DemandEvent = CustomerDemandRecorded | CustomerRequirementRecorded | ContractTermsRecorded
