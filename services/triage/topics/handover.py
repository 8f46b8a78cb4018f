"""Taking a case on: its owner accepts or declines it, another site accepts or declines it."""

from typing import ClassVar, assert_never

from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.words import Department
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import PersonId, SiteCode
from shared.policy.rules import Rules, must_know


class AcceptAssignment(Command):
    """Take on the case that was given to you."""

    LEADS_TO: ClassVar = (events.AssignmentAccepted,)

    comment: CaseText | None = None


class DeclineAssignment(Command):
    """Say why the case that was given to you is not yours; triage then names somebody else."""

    LEADS_TO: ClassVar = (events.AssignmentDeclined,)

    reason: CaseText


class TransferToSite(Command):
    """Hand the case to another site; it stays here until that site accepts it, and keeps its number (T28)."""

    LEADS_TO: ClassVar = (events.TransferredToSite,)

    to_site: SiteCode
    reason: CaseText
    handover_state: CaseText


class AcceptTransfer(Command):
    """Take over, for your site, a case that another site has handed to it. A case with an owner gets one here."""

    LEADS_TO: ClassVar = (events.TransferAccepted,)

    owner: PersonId | None = None
    department: Department | None = None


class DeclineTransfer(Command):
    """Say why your site does not take over a case; it stays where it was."""

    LEADS_TO: ClassVar = (events.TransferDeclined,)

    reason: CaseText


HandoverCommand = AcceptAssignment | DeclineAssignment | TransferToSite | AcceptTransfer | DeclineTransfer


def decide(complaint: Complaint, command: HandoverCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case AcceptAssignment():
            owner = _its_owner(complaint, occasion)
            if complaint.handover.accepted_at is not None:
                raise Refused("you have taken it on already", rule="G-OWNER")
            yield told(events.AssignmentAccepted, command, owner=owner)
        case DeclineAssignment():
            yield told(events.AssignmentDeclined, command, owner=_its_owner(complaint, occasion))
        case TransferToSite():
            yield _handed_over(complaint, command, rules)
        case AcceptTransfer():
            yield _taken_over(complaint, command, occasion, rules)
        case DeclineTransfer():
            yield told(events.TransferDeclined, command, to_site=_destination(complaint))
        case _:
            assert_never(command)


def _its_owner(complaint: Complaint, occasion: Occasion) -> str:
    if complaint.owner is None or occasion.actor.id != complaint.owner:
        raise Refused(
            f"the case was given to {complaint.owner or 'nobody'}", rule="G-OWNER",
            way_out="its owner answers; triage gives it to somebody else (reassign)",
        )  # fmt: skip
    return complaint.owner


def _handed_over(complaint: Complaint, command: TransferToSite, rules: Rules) -> events.TransferredToSite:
    try:
        rules.site(command.to_site)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-SITE", field="to_site", way_out=unknown.way_out) from None
    if command.to_site == complaint.site:
        raise Invalid("the case is at this site", rule="G-SITE", field="to_site")
    if complaint.handover.to_site is not None:
        raise Refused(
            f"the case is on its way to {complaint.handover.to_site}", rule="G-SITE",
            way_out="that site accepts or declines it first",
        )  # fmt: skip
    return told(events.TransferredToSite, command, from_site=complaint.site)


def _taken_over(
    complaint: Complaint, command: AcceptTransfer, occasion: Occasion, rules: Rules
) -> events.TransferAccepted:
    to_site = _destination(complaint)
    owner = command.owner or (occasion.actor.id if complaint.owner is not None else None)
    if owner is not None:
        must_know(rules, owner, "owner")
        if not rules.roles(owner, to_site, occasion.now):
            raise Refused(
                f"{owner} holds no role at {to_site}", rule="G-SITE", field="owner",
                way_out="name an owner of that site, or grant a role there (casetrail person grant)",
            )  # fmt: skip
    return told(events.TransferAccepted, command, from_site=complaint.site, to_site=to_site, owner=owner)


def _destination(complaint: Complaint) -> str:
    if complaint.handover.to_site is None:
        raise Refused("nobody has handed the case over", rule="G-SITE", way_out="hand it over first (transfer-to-site)")
    return complaint.handover.to_site
