"""Who answers for the costs of a case: by what a stock-take found, as the command says, or as triage has found out."""

from __future__ import annotations

from collections.abc import Mapping

from shared.complaint.state import Action, Complaint
from shared.events.complaint import EvidenceDisputeResolved
from shared.events.responsibility import Shares
from shared.events.triage_words import DisputeOutcome, Party
from shared.events.words import Department
from shared.kernel.errors import Invalid, Refused


def department_of(complaint: Complaint, action: Action) -> Department | None:
    """Who carries an action out: the department it was given to, or else that of the case."""
    return getattr(action, "department", None) or complaint.department


def may_be_charged(complaint: Complaint) -> EvidenceDisputeResolved | None:
    """What the last dispute of evidence came to, if there was one; refused while nobody knows, or when nobody answers.

    Source: domain §1.6 g and the table of §1.7.
    """
    disputes = complaint.disputes
    if disputes.open:
        raise Refused(
            f"dispute {', '.join(disputes.open)} is not resolved: nobody is charged meanwhile", rule="G-MONEY",
            way_out="resolve it first (resolve-evidence-dispute)",
        )  # fmt: skip
    found = [one.resolved for one in disputes.disputes.values() if one.resolved is not None]
    last = found[-1] if found else None
    if last is not None and last.outcome == DisputeOutcome.CUSTOMER_INACCURATE:
        raise Refused(
            "the stock-take found the customer's information inaccurate: nobody is charged (S2-37)", rule="G-MONEY",
            way_out="the company bears the cost; it stays recorded",
        )  # fmt: skip
    if last is not None and last.outcome == DisputeOutcome.INCONCLUSIVE:
        raise Refused(
            "the stock-take was inconclusive: nobody is charged until it is decided who answers", rule="G-MONEY",
            way_out="count again, with a reason (record-stocktake)",
        )  # fmt: skip
    return last


def answerable(complaint: Complaint, given: Shares) -> Mapping[Department, int]:
    """Department → percent of the responsibility, 100 in all."""
    dispute = may_be_charged(complaint)
    if dispute is not None and dispute.department is not None:
        if given and [share.department for share in given] != [dispute.department]:
            raise Refused(
                f"the stock-take found that {dispute.department} answers for all of it (S2-38)", rule="G-MONEY",
                field="departments", way_out="leave departments out",
            )  # fmt: skip
        return {dispute.department: 100}
    if given:
        found = {share.department: share.share_pct for share in given if share.share_pct}
        if len(found) < len(given) or sum(found.values()) != 100:
            raise Invalid(
                "the shares must come to 100 % together, each department once and with a part", rule="G-MONEY",
                field="departments",
            )  # fmt: skip
        return found
    return _as_found_out(complaint)


def _as_found_out(complaint: Complaint) -> Mapping[Department, int]:
    confirmed = complaint.accountability.confirmed
    if confirmed is not None and confirmed.party != Party.OWN:
        raise Refused(
            f"responsible is somebody outside the house ({confirmed.party}): no department is charged", rule="G-MONEY",
            field="departments", way_out="name the departments, if some of ours answer all the same",
        )  # fmt: skip
    if shares := complaint.accountability.shares:
        return {share.department: share.share_pct for share in shares if share.share_pct}
    if len(signed := set(complaint.responsibility)) == 1:
        return {next(iter(signed)): 100}
    raise Refused(
        "it is not settled which departments answer for this", rule="G-MONEY", field="departments",
        way_out="name them with their shares, or find out first (confirm-responsibility)",
    )  # fmt: skip
