"""What of a case waits for a signature, or for the last step of its chain: of whatever kind it is, told in one way.

Who signs next stands in the policy, in the chain of this name (`shared/policy/chains.py`); here is what the case itself knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from shared.complaint.disputes import STOCKTAKE, still_to_sign
from shared.complaint.field_action import RECALL, latest, waits_for_signature
from shared.complaint.money import ChargeStatus
from shared.complaint.replacements import ReplacementStatus
from shared.complaint.reports import ReportStatus, chain_of
from shared.complaint.signatures import Signature, key
from shared.complaint.state import OPEN, Complaint, Stage
from shared.events.replacements import ReplacementKind

PLAN, CLOSE, REPLACEMENT, CHARGE, INSPECTION = "plan", "close", "replacement", "charge", "inspection"
HANDLING_REPORT, CUSTOMER_REPORT = "handling_report", "customer_report"
COMPENSATION = "compensation"
"""No chain of its own: once the report on the handling is signed, one leader approves what it says is paid."""


@dataclass(frozen=True)
class Round:
    """One thing that waits. `of` is under what its signatures are kept, `part` by what commands name it."""

    chain: str
    step: str
    """What somebody has to do, as worklists name it."""
    of: str
    part: str = ""
    signed: tuple[Signature, ...] = ()
    authors: frozenset[str] = frozenset()
    carried_out: bool = False
    """Everybody has agreed; what is left is to issue, to ship or to pay."""
    roles: tuple[str, ...] = ()
    """Who is still to sign, in any order, where the case itself says so."""
    only: str | None = None
    """The one person who can, where the case itself names one."""

    @property
    def never(self) -> frozenset[str]:
        """Who does not take this step, whatever their roles: who wrote it, or has signed it (G-SOD)."""
        return self.authors | {one.by for one in self.signed}


def rounds(case: Complaint) -> Iterator[Round]:
    """Everything that waits, also in a case that is closed."""
    if case.stage in OPEN or case.stage == Stage.CLOSED:
        parts = (_plan, _closure, _reports, _compensation, _charges, _replacements, _recall, _stocktakes, _inspections)
        for round in chain.from_iterable(part(case) for part in parts):
            yield replace(round, signed=case.signed.get(key(round.chain, round.of), ()))


def _of(author: str | None) -> frozenset[str]:
    return frozenset(() if author is None else (author,))


def _plan(case: Complaint) -> Iterator[Round]:
    if case.stage == Stage.PLAN_REVIEW:
        yield Round(PLAN, "approve_plan", f"p{case.plan_version}", authors=case.plan_authors)


def _closure(case: Complaint) -> Iterator[Round]:
    request = case.closing.request
    if case.stage == Stage.CLOSING and request is not None:
        yield Round(CLOSE, "sign_closure", f"z{request.request}", authors=_of(case.closing.requested_by))


def _reports(case: Complaint) -> Iterator[Round]:
    """The report on the handling stays in the house; the others, once approved, are issued."""
    for report in case.reports.values():
        name, of, id = chain_of(report.kind), report.signed_as, report.report_id
        if report.status in (ReportStatus.DRAFTED, ReportStatus.REVIEWED):
            yield Round(name, "sign_report", of, id, authors=_of(report.author))
        elif report.status == ReportStatus.APPROVED and name == CUSTOMER_REPORT:
            yield Round(name, "issue_report", of, id, carried_out=True)


def _compensation(case: Complaint) -> Iterator[Round]:
    """Approved after the report that says so, or signed for by its sum (S4-60); then paid (S4-61)."""
    approved = case.money.compensations.values()
    settled = {each.signed_for for each in approved if not each.withdrawn}
    for report in case.reports.values():
        of, signed = report.signed_as, key(HANDLING_REPORT, report.signed_as) in case.signed
        if signed and report.compensation and report.status == ReportStatus.APPROVED and of not in settled:
            yield Round(COMPENSATION, "approve_compensation", of, authors=_of(report.author))
    for name, given in case.signed.items():
        kind, _, of = name.partition("/")
        minor, _, rest = of.partition("-")
        if kind == HANDLING_REPORT and given and minor.isdigit() and rest and of not in settled:
            yield Round(HANDLING_REPORT, "approve_compensation", of, rest.partition("-")[2])
    for each in approved:
        if each.open:
            yield Round(
                HANDLING_REPORT, "pay_compensation", each.signed_for or "", each.compensation_id,
                authors=_of(each.approved_by), carried_out=True,
            )  # fmt: skip


def _charges(case: Complaint) -> Iterator[Round]:
    for charge in case.money.charges.values():
        id = charge.charge_id
        if charge.status == ChargeStatus.PROPOSED:
            yield Round(CHARGE, "approve_charge", id, id, authors=_of(charge.proposed_by))
        elif charge.status == ChargeStatus.APPROVED:
            yield Round(CHARGE, "execute_charge", id, id, carried_out=True)


def _replacements(case: Complaint) -> Iterator[Round]:
    for one in case.replacements.requests.values():
        id = one.replacement_id
        if one.status == ReplacementStatus.REQUESTED:
            yield Round(REPLACEMENT, "authorise_replacement", id, id, authors=_of(one.requested_by))
        elif one.status == ReplacementStatus.AUTHORISED and one.kind != ReplacementKind.RETURN:
            yield Round(REPLACEMENT, "ship_replacement", id, id, carried_out=True)


def _recall(case: Complaint) -> Iterator[Round]:
    decision = latest(case.field_action)
    if decision is not None and waits_for_signature(case.field_action, case.signed):
        yield Round(RECALL, "consent_to_recall", decision.decision_id, authors=_of(case.field_action.recall_author))


def _stocktakes(case: Complaint) -> Iterator[Round]:
    for id in case.disputes.open:
        count = case.disputes.latest_count(id)
        if count is not None and (left := still_to_sign(count, case.signed)):
            yield Round(STOCKTAKE, "sign_stocktake", count.stocktake_id, count.stocktake_id, roles=left)


def _inspections(case: Complaint) -> Iterator[Round]:
    for id, one in case.investigation.inspections.items():
        if not case.signed.get(key(INSPECTION, id)):
            yield Round(INSPECTION, "sign_inspection", id, id, only=one.engineer)


STEPS: dict[str, tuple[tuple[str, ...], bool]] = {
    "approve_plan": ((PLAN,), False), "sign_closure": ((CLOSE,), False),
    "sign_report": ((HANDLING_REPORT, CUSTOMER_REPORT), False), "issue_report": ((CUSTOMER_REPORT,), True),
    "approve_compensation": ((HANDLING_REPORT, COMPENSATION), False), "pay_compensation": ((HANDLING_REPORT,), True),
    "approve_charge": ((CHARGE,), False), "execute_charge": ((CHARGE,), True),
    "authorise_replacement": ((REPLACEMENT,), False), "ship_replacement": ((REPLACEMENT,), True),
    "consent_to_recall": ((RECALL,), False), "sign_stocktake": ((STOCKTAKE,), False),
    "sign_inspection": ((INSPECTION,), False),
}  # fmt: skip
"""What waits, as worklists name it → in which chains, and whether it is carried out then."""
