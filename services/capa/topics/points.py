"""What the policy wants done before a case is closed, or put away: one function for each thing, listed at the end (G-CLOSE).

Whoever adds a rule adds a function that tells its point, and puts it in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.capa.topics.asked import NO_GUARDS, holds_for, terms_of
from services.capa.topics.investigation import signed_by_both
from services.capa.topics.plan import lacking
from services.capa.topics.team import asks_for_8d
from shared.complaint.field_action import undecided
from shared.complaint.reportability import unreported
from shared.complaint.reports import Report, ReportStatus, chain_of
from shared.complaint.state import ActionStatus, Complaint
from shared.events.capa_words import CapaType, ReportKind
from shared.events.words import ActionKind
from shared.kernel.values import Rank
from shared.policy.pack import Pack


@dataclass(frozen=True)
class Point:
    """One thing that is asked for in this case, and whether it is done."""

    code: str
    done: bool
    detail: str
    """What is missing, where it is not done."""
    way_out: str


Points = Callable[[Complaint, Pack], Iterator[Point]]
_OUT = frozenset({ReportStatus.ISSUED, ReportStatus.ACCEPTED})
_SIGNED = frozenset({ReportStatus.APPROVED, *_OUT})
_LAST = frozenset({ReportKind.FINAL, ReportKind.EIGHT_D, ReportKind.RECTIFICATION, ReportKind.LETTER})
"""Kinds that tell the customer the whole."""


def open_points(complaint: Complaint, pack: Pack) -> list[Point]:
    """What is still to be done before the case may be closed."""
    return [point for point in all_points(complaint, pack) if not point.done]


def all_points(complaint: Complaint, pack: Pack) -> list[Point]:
    """Everything that is asked for before the case may be closed, done or not."""
    return [point for points in BEFORE_CLOSING for point in points(complaint, pack)]


def open_before_archiving(complaint: Complaint, pack: Pack) -> list[Point]:
    """What is still to be done before the closed case may be put away (T21)."""
    return [point for points in BEFORE_ARCHIVING for point in points(complaint, pack) if not point.done]


# ── before closing ────────────────────────────────────────────────────────────────────────────────────────────────────
def _inspections_have_two_signatures(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    for id, inspection in complaint.investigation.inspections.items():
        detail = f"inspection {id} waits for the signature of {inspection.engineer}"
        yield Point("inspection", signed_by_both(complaint, id), detail, "the engineer signs it (sign-inspection)")


def _containment_has_ended(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    if (pack.guards or NO_GUARDS).containment_rank is None:
        return
    for id, measure in complaint.containment.items():
        detail = f"containment {id} is neither lifted nor made permanent"
        yield Point("containment", not measure.active, detail, "end it (lift-containment)")


def _the_grade_is_final(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """Severity is judged again by what came out (S4-90)."""
    if (pack.guards or NO_GUARDS).final_grade:
        detail, done = "the final grade has not been given", complaint.judgement.final is not None
        yield Point("final_grade", done, detail, "give it (assign-final-grade)")


def _a_recall_is_decided(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """Where pieces of a critical case have reached customers, whether to call them back is decided (G-RECALL)."""
    if complaint.rank == Rank.CRITICAL and complaint.field_action.shipped:
        why = undecided(complaint.field_action, complaint.rank, complaint.signed)
        yield Point(
            "recall", why is None, why or "", "decide it (decide-recall), and let it be signed (consent-to-recall)"
        )


def _authorities_have_been_told(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """What has to be reported under a law is reported before the case is closed (domain §2.1)."""
    if not any(complaint.reportability.assessed.values()):
        return
    regimes = unreported(complaint.reportability)
    detail = f"not yet reported to the authority under {', '.join(regimes)}"
    yield Point("reportable", not regimes, detail, "report it (submit-authority-report)")


def _the_plan_is_whole(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    guards, actions = pack.guards or NO_GUARDS, complaint.actions_of_cycle()
    if (guards.min_capa_rank, guards.preventive_rank) == (None, None) or not actions:
        return
    missing = lacking(complaint, guards, (each for each in actions if each.status == ActionStatus.EFFECTIVE))
    detail = f"{missing} that is effective is missing"
    yield Point("plan", missing is None, detail, "send the closure back to planning (return-closure)")


def _eight_disciplines(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """D1 to D7; where no trouble was found there is nothing to correct and to prevent (G-8D)."""
    if not asks_for_8d(complaint, pack.guards or NO_GUARDS):
        return
    frame = complaint.disciplines
    cause = complaint.root_cause is not None or complaint.findings.in_place_of_a_cause
    is_8d = frame.capa_type == CapaType.EIGHT_D
    yield Point("8d", is_8d, "the case is not worked on in eight disciplines", "say so (open-capa)")
    yield Point("d1", frame.team is not None, "D1: no team has been formed", "form one (form-team)")
    yield Point("d2", frame.problem is not None, "D2: the problem is not described", "describe it (describe-problem)")
    if _nothing_to_put_right(complaint):
        return
    contained, sent_back = bool(complaint.containment), "send the closure back (return-closure)"
    yield Point("d3", contained, "D3: nothing has been contained", f"{sent_back}, then define-containment")
    yield Point("d4", cause, "D4: no cause is on record", "reopen the investigation")
    actions = [each for each in complaint.actions_of_cycle() if each.status != ActionStatus.CANCELLED]
    lasting = any(action.kind in (ActionKind.CORRECTIVE, ActionKind.PREVENTIVE) for action in actions)
    effective = any(action.status == ActionStatus.EFFECTIVE for action in actions)
    yield Point("d5", lasting, "D5: no lasting action was chosen", sent_back)
    yield Point("d6", effective, "D6: no action was found effective", sent_back)
    prevented = complaint.cycle in (*frame.prevented_in, *frame.read_across_in)
    yield Point("d7", prevented, "D7: nothing was done so that it does not come back", "update-standards")


def _prevention(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    guards, frame = pack.guards or NO_GUARDS, complaint.disciplines
    if _nothing_to_put_right(complaint):
        return
    if holds_for(complaint, guards.standards_updated_rank):
        done = complaint.cycle in frame.prevented_in
        yield Point("standards", done, "no standard was updated", "record it (update-standards)")
    if holds_for(complaint, guards.read_across_rank):
        done = complaint.cycle in frame.read_across_in
        yield Point("read_across", done, "nobody looked where else it may happen", "record it (complete-read-across)")


def _reports_are_out(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """The last report to the customer where one is promised, and the signed report on the handling (S4-59, S4-60, S4-80)."""
    reports = [report for report in complaint.reports.values() if report.cycle == complaint.cycle]
    if terms_of(pack, "CL-REPORT-FINAL").targets:
        in_8d = asks_for_8d(complaint, pack.guards or NO_GUARDS)
        last = frozenset({ReportKind.EIGHT_D}) if in_8d else _LAST
        done = any(report.kind in last and report.status in _OUT and report.paper for report in reports)
        which = "8D report" if in_8d else "final report"
        detail = f"the {which} has not been issued, as a page that is kept"
        yield Point("final_report", done, detail, "issue it (draft-report, issue-report)")
    if chain_of(ReportKind.HANDLING_REPORT) in (pack.approval_chains or {}):
        done = any(report.kind == ReportKind.HANDLING_REPORT and report.status in _SIGNED for report in reports)
        yield Point(
            "handling_report", done, "the report on the handling has not every signature", "draft-report, sign-report"
        )
    for report in reports:
        yield from _not_left_rejected(report)


def _not_left_rejected(report: Report) -> Iterator[Point]:
    if report.status == ReportStatus.REJECTED:
        detail = f"the customer rejected report {report.report_id}"
        yield Point("rejected_report", False, detail, "draft it anew and issue it (draft-report, issue-report)")


def _nothing_to_put_right(complaint: Complaint) -> bool:
    """No trouble, or one that was the customer's own mistake: there is nothing to put right, and nothing to prevent."""
    return not complaint.actions_of_cycle()


# ── before archiving ──────────────────────────────────────────────────────────────────────────────────────────────────
def _followed_up(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    promised = terms_of(pack, "CL-FOLLOWUP-30D").targets or terms_of(pack, "CL-CALLBACK-100").targets
    if promised and not complaint.historical:
        done = complaint.follow_ups > 0 or complaint.follow_up_waived
        yield Point("follow_up", done, "nobody has asked the customer since", "complete-follow-up, or waive-follow-up")


def _reports_are_not_left_rejected(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    for report in complaint.reports.values():
        yield from _not_left_rejected(report)


def _others_learn(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    if holds_for(complaint, (pack.guards or NO_GUARDS).case_study_rank):
        done = complaint.disciplines.case_study is not None
        yield Point("case_study", done, "no lesson for others was published", "publish one (publish-case-study)")


def _objections_are_settled(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    for objection in complaint.objections.values():
        detail = f"objection {objection.objection_id} is not settled"
        yield Point(
            "objection", objection.outcome is not None, detail, "settle it, or let it climb (resolve-objection)"
        )


def _replacements_are_signed_for(complaint: Complaint, pack: Pack) -> Iterator[Point]:
    """What left in a hurry is signed for before the case is put away (S2-29)."""
    for id in complaint.replacements.signatures_owed:
        detail = f"nobody has signed for the department responsible for replacement {id}"
        yield Point("retro_signature", False, detail, "sign for it (sign-replacement-responsibility)")


BEFORE_CLOSING: tuple[Points, ...] = (
    _inspections_have_two_signatures, _containment_has_ended, _the_grade_is_final, _a_recall_is_decided,
    _authorities_have_been_told, _the_plan_is_whole, _eight_disciplines, _prevention, _reports_are_out,
    _objections_are_settled,
)  # fmt: skip
BEFORE_ARCHIVING: tuple[Points, ...] = (
    _followed_up, _reports_are_not_left_rejected, _others_learn, _replacements_are_signed_for,
)  # fmt: skip
