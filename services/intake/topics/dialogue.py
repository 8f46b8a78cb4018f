"""Who speaks with the customer, in which words, what is promised, and what the customer objects to."""

from typing import ClassVar, assert_never

from shared.complaint.local_ids import NEXT, free
from shared.complaint.objections import Objection
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.dialogue import HIGHEST_LEVEL, ObjectionOutcome, ObjectionSubject
from shared.events.words import ContactPurpose
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.holders import holds
from shared.policy.rules import Rules


class PromiseContact(events.ContactPromised, Command):
    """Tell the customer by when somebody will call (S1-25, S4-14)."""


class RaiseObjection(Command):
    """Record that the customer does not accept the remedy, the cause, the report or the time (S1-45)."""

    LEADS_TO: ClassVar = (events.CustomerObjectionRaised,)

    objection_id: LocalId = NEXT
    subject: ObjectionSubject
    statement: CaseText
    wanted: CaseText | None = None


class EscalateObjection(Command):
    """Pass an objection that cannot be settled to the next level (S4-57)."""

    LEADS_TO: ClassVar = (events.CustomerObjectionEscalated,)

    objection_id: LocalId
    reason: CaseText


class ResolveObjection(Command):
    """Settle an objection; only whoever is asked at its level may (S1-45)."""

    LEADS_TO: ClassVar = (events.CustomerObjectionResolved,)

    objection_id: LocalId
    outcome: ObjectionOutcome
    answer: CaseText


DialogueCommand = PromiseContact | RaiseObjection | EscalateObjection | ResolveObjection


def decide_dialogue(complaint: Complaint, command: DialogueCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case PromiseContact():
            if command.promised_contact_by <= occasion.at:
                raise Invalid("a promise is about the future", rule="G-TIME", field="promised_contact_by")
            must_be_a_voice(complaint, occasion, rules)
            must_be_a_wording(complaint, command.template_id, ContactPurpose.PROGRESS, occasion, rules)
            yield told(events.ContactPromised, command)
        case RaiseObjection():
            id = free(command.objection_id, "o", complaint.objections, "objection_id")
            role = _ladder(complaint, occasion, rules).get(1)
            if role == "case_owner" and complaint.owner is None:
                role = "first_responsible"  # nobody has the case yet, but somebody follows it
            yield told(events.CustomerObjectionRaised, command, objection_id=id, role=role)
        case EscalateObjection():
            objection = _open(complaint, command.objection_id)
            level, role = _next_level(complaint, objection, occasion, rules)
            yield told(events.CustomerObjectionEscalated, command, level=level, role=role)
        case ResolveObjection():
            objection = _open(complaint, command.objection_id)
            if objection.role and not holds(complaint, objection.role, occasion.actor.id, occasion.now, rules):
                raise Refused(
                    f"at level {objection.level} it is settled as {objection.role}", rule="G-OBJECTION",
                    field="objection_id",
                    way_out=f"somebody who is {objection.role} at {complaint.site} settles it (resolve-objection), "
                    "or it climbs (escalate-objection)",
                )  # fmt: skip
            yield told(events.CustomerObjectionResolved, command, level_reached=objection.level)
        case _:
            assert_never(command)


# ── who speaks, and how ───────────────────────────────────────────────────────────────────────────────────────────────
def must_be_a_voice(complaint: Complaint, occasion: Occasion, rules: Rules) -> None:
    """Raises Refused when the policy names who speaks with customers, and it is somebody else (C9, G-VOICE)."""
    voice = rules.policy(complaint.site, occasion.at).pack.customer_voice
    if voice is None or any(holds(complaint, role, occasion.actor.id, occasion.now, rules) for role in voice):
        return
    raise Refused(
        f"customers of {complaint.site} hear from {', '.join(voice)} alone", rule="G-VOICE",
        way_out="one of these calls, or answers in your place (name-stand-in); tell them what to say (request-information)",
    )  # fmt: skip


def must_be_a_wording(
    complaint: Complaint, template_id: str | None, purpose: ContactPurpose, occasion: Occasion, rules: Rules
) -> None:
    """Raises Invalid when a wording is named that the policy does not have for this purpose (S3-03)."""
    if template_id is None:
        return
    wordings = rules.policy(complaint.site, occasion.at).pack.reply_templates or {}
    fit = [name for name, wording in wordings.items() if purpose in wording.purposes]
    if template_id not in fit:
        raise Invalid(
            f"there is no wording {template_id!r} for {purpose.replace('_', ' ')}", rule="G-WORDING", field="template_id",
            way_out=f"wordings: {', '.join(fit) or 'none'}",
        )  # fmt: skip


# ── objections ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _open(complaint: Complaint, id: str) -> Objection:
    objection = complaint.objections.get(id)
    if objection is None or objection.outcome is not None:
        still = ", ".join(one.objection_id for one in complaint.objections.values() if one.outcome is None) or "none"
        raise Invalid(
            f"there is no open objection {id!r}", rule="G-OBJECTION", field="objection_id",
            way_out=f"open objections: {still}",
        )  # fmt: skip
    return objection


def _ladder(complaint: Complaint, occasion: Occasion, rules: Rules) -> dict[int, str]:
    """Level → role, as ladder E of the policy has it; a rung without a level stands where it is listed."""
    rungs = (rules.policy(complaint.site, occasion.at).pack.ladders or {}).get("E", ())
    return {rung.level or number: rung.to for number, rung in enumerate(rungs, 1)}


def _next_level(complaint: Complaint, objection: Objection, occasion: Occasion, rules: Rules) -> tuple[int, str | None]:
    ladder = _ladder(complaint, occasion, rules)
    level = objection.level + 1
    if level > min(max(ladder, default=HIGHEST_LEVEL), HIGHEST_LEVEL):
        raise Refused(
            f"there is nobody above level {objection.level}", rule="G-OBJECTION", field="objection_id",
            way_out="settle it here (resolve-objection)",
        )  # fmt: skip
    return level, ladder.get(level)
