"""Who takes a case on: whether its owner accepts it, and how it passes from one site to another."""

from typing import ClassVar

from shared.events.texts import CaseText, Says
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import PersonId, SiteCode


class AssignmentAccepted(Event):
    """Whoever was given the case takes it on (T8)."""

    TOPIC: ClassVar[str] = "complaint.AssignmentAccepted"
    SAYS: ClassVar[Says] = {"en": "{owner} takes the case on: {comment}", "zh": "{owner}接受分派：{comment}"}

    owner: PersonId
    comment: CaseText | None = None


class AssignmentDeclined(Event):
    """Whoever was given the case does not take it on; it waits for triage to name somebody else."""

    TOPIC: ClassVar[str] = "complaint.AssignmentDeclined"
    SAYS: ClassVar[Says] = {"en": "{owner} declines the case: {reason}", "zh": "{owner}拒绝分派：{reason}"}

    owner: PersonId
    reason: CaseText


class TransferredToSite(Event):
    """The case was handed to another site; it stays where it is until that site accepts it (T28)."""

    TOPIC: ClassVar[str] = "complaint.TransferredToSite"
    SAYS: ClassVar[Says] = {
        "en": "Handed from {from_site} to {to_site}: {reason} – how it stands: {handover_state}",
        "zh": "由{from_site}移交至{to_site}：{reason}；当前情况：{handover_state}",
    }

    from_site: SiteCode
    to_site: SiteCode
    reason: CaseText
    handover_state: CaseText


class TransferAccepted(Event):
    """The other site has taken the case on; from now on its people, policy and calendar hold. The number stays."""

    TOPIC: ClassVar[str] = "complaint.TransferAccepted"
    SAYS: ClassVar[Says] = {
        "en": "{to_site} takes the case over from {from_site}; {owner}, {department}",
        "zh": "{to_site}从{from_site}接收案件；{owner}（{department}）",
    }

    from_site: SiteCode
    to_site: SiteCode
    owner: PersonId | None = None
    department: Department | None = None


class TransferDeclined(Event):
    """The other site does not take the case; it stays where it was."""

    TOPIC: ClassVar[str] = "complaint.TransferDeclined"
    SAYS: ClassVar[Says] = {"en": "{to_site} does not take the case: {reason}", "zh": "{to_site}拒绝接收：{reason}"}

    to_site: SiteCode
    reason: CaseText


HandoverEvent = AssignmentAccepted | AssignmentDeclined | TransferredToSite | TransferAccepted | TransferDeclined
