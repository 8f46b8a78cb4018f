"""Signatures: one step after another of an approval chain, as the policy of the site orders them (domain §1.4)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.events.words import Meaning
from shared.kernel.fact import Event
from shared.kernel.values import Code, LocalId


class StepSigned(Event):
    """One step of an approval chain was signed; the fact around it says by whom, when, and on whose behalf."""

    TOPIC: ClassVar[str] = "complaint.StepSigned"
    SAYS: ClassVar[Says] = {
        "en": "Signed by {role} ({meaning}), step {step} of {chain} for {of}: {comment}",
        "zh": "{role}签字（{meaning}），{chain}第{step}步，{of}：{comment}",
    }

    chain: Code
    """As the policy names it: plan, close, handling_report, customer_report, replacement, charge."""
    of: LocalId
    """What is signed, within the case: p2 is the second version of the plan."""
    step: Annotated[int, Field(ge=1, le=12)]
    role: Code
    meaning: Meaning
    comment: CaseText | None = None


class StepReturned(Event):
    """Whoever was to sign next sends it back; every signature given so far is void."""

    TOPIC: ClassVar[str] = "complaint.StepReturned"
    SAYS: ClassVar[Says] = {
        "en": "Returned by {role}, step {step} of {chain} for {of}: {reason}",
        "zh": "{role}退回，{chain}第{step}步，{of}：{reason}",
    }

    chain: Code
    of: LocalId
    step: Annotated[int, Field(ge=1, le=12)]
    role: Code
    reason: CaseText


SignatureEvent = StepSigned | StepReturned
