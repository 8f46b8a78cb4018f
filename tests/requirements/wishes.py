"""Commands as one would give them, with what the test is about changed; and what was recorded, read back as it is stored."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.capa.domain import PlanAction, RecordRootCause
from services.intake.domain import AttachEvidence, ContactCustomer, ReceiveComplaint, Register
from services.triage.domain import Classify
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.grading import GradeFacts
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.values import FileRef
from shared.policy.pack import effective
from shared.policy.pack_check import lineage
from shared.policy.policies import Policy
from shared.policy.shipped import shipped
from shared.runtime.codec import fact_of, row_of
from tests.facts import MONDAY, acknowledged, classified, received, registered
from tests.given import Given, Outcome, World, capa, intake, triage

FILE = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="screen.png")
ALWAYS_ALLOWED: dict[str, Any] = {"site": "sz", "channel": w.Channel.EMAIL, "description": "the screen is garbled"}
FORM: dict[str, Any] = {
    "symptom": "the screen is garbled after start",
    "frequency": "every time, after two hours",
    "extent": w.Extent.SINGLE_UNIT,
    "product_model": "ABC-2000",
    "demands": (w.Demand.REPAIR,),
}
ACTION: dict[str, Any] = {
    "kind": w.ActionKind.CORRECTIVE,
    "content": "lock the profile of the oven",
    "owner": "p-cy",
    "due": date(2026, 3, 20),
    "measure_of_success": "no cold joint in 500 boards",
}
WHY = e.Why(why="garbled", because="cold solder joint", evidence=("e1",))
CAUSE: dict[str, Any] = {
    "direct_cause": "cold joint",
    "root_cause": "the profile drifted",
    "method": w.Method.FIVE_WHY,
    "five_whys": (WHY,),
}
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=FILE)


def receiving(**changed: Any) -> ReceiveComplaint:
    return ReceiveComplaint(**{**ALWAYS_ALLOWED, **changed})


def registering(**changed: Any) -> Register:
    return Register(**{**FORM, **changed})


def planning(**changed: Any) -> PlanAction:
    return PlanAction(**{**ACTION, **changed})


def finding(**changed: Any) -> RecordRootCause:
    return RecordRootCause(**{**CAUSE, **changed})


def was_received(**changed: Any) -> Any:
    """The fact that a complaint was received, as it stands in the ledger."""
    return stored(intake.given().when(receiving(**changed)), 1)


def was_registered(**changed: Any) -> Any:
    return stored(intake.given(received()).when(registering(**changed)))


def was_attached(kind: w.EvidenceKind) -> Any:
    outcome = intake.given(received()).when(AttachEvidence(kind=kind, file=FILE))
    return outcome.after.evidence[stored(outcome).evidence_id]


def was_contacted(stage: Stage, purpose: w.ContactPurpose, by: str = "p-ana") -> Any:
    call = ContactCustomer(
        direction=w.Direction.OUTBOUND, channel=w.Channel.TELEPHONE, purpose=purpose, summary="told how it stands"
    )
    return stored(intake.given(stage).when(call, by=by))


def was_planned(**changed: Any) -> Any:
    outcome = capa.given(Stage.PLANNING).when(planning(**changed))
    event = stored(outcome)
    action = outcome.after.actions[event.action_id]
    assert (action.kind, action.content, action.owner, action.due) == (
        event.kind,
        event.content,
        event.owner,
        event.due,
    )
    return event


def was_classified(category: w.Category) -> Any:
    wish = Classify(category=category, grade="P2", rank=classified().rank, basis=w.GradeBasis.CONFIRMED)
    outcome = triage.given(received(), registered()).when(wish)
    assert outcome.after.category == category
    return stored(outcome)


def stored(outcome: Outcome, number: int = 0) -> Any:
    """An event of an outcome, written to the ledger's form and read again."""
    assert outcome.problem is None, outcome.problem
    event: Event = outcome.event(number)
    fact: Fact[Any] = Fact(1, "complaint-c", 1, event, MONDAY, MONDAY, "sz", "", Actor("p-ana"), "k1", "k1")
    again = fact_of(row_of(fact)).event
    assert again == event
    return again


# ── grading ───────────────────────────────────────────────────────────────────────────────────────────────────────────
NOTHING_SPECIAL: dict[str, Any] = {
    name: False if "bool" in str(field.annotation) else 0
    for name, field in GradeFacts.model_fields.items()
    if name not in ("case_kind", "origin")
}
"""Everything is known, and nothing of it is bad."""


def going_by(pack: str) -> Given:
    """A registered case at a site that goes by a pack that is shipped."""
    world = World()
    world.going_by = Policy(effective(lineage(shipped()[pack], shipped())), f"{pack}@1 digest")
    return triage.given(received(), acknowledged(), registered()).in_a_world(world)


def grade(pack: str, **known: Any) -> str:
    """The grade that the rules of a shipped pack give, and the state of the case keeps."""
    facts = GradeFacts(**{**NOTHING_SPECIAL, **known})
    outcome = going_by(pack).when(Classify(category=w.Category.HARDWARE_FAILURE, facts=facts))
    assert stored(outcome).scheme == pack
    return str(outcome.after.grade)
