"""Reports: drafted, signed through the chain of the policy, issued by the customer's voice, answered (S4-59 to S4-86)."""

from collections.abc import Iterable
from typing import ClassVar, assert_never

from services.capa.topics.asked import pack_of, terms_of
from shared.complaint.local_ids import NEXT, free
from shared.complaint.reports import Report, ReportStatus, chain_of
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.capa_words import ReportKind
from shared.events.complaint import CaseLine, CaseText, Contribution, Handling
from shared.events.words import Channel, Meaning
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, Day, FileRef, Language, LocalId
from shared.policy.access import LEADERS, QUALITY, SERVICE
from shared.policy.chains import send_back, sign, signatures, steps_of
from shared.policy.pack import ChainStep, Pack
from shared.policy.promise_terms import CASE_ROLES
from shared.policy.rules import Rules

_WRITABLE = (ReportStatus.DRAFTED, ReportStatus.REVIEWED, ReportStatus.APPROVED, ReportStatus.REJECTED)
_TO_SIGN = (ReportStatus.DRAFTED, ReportStatus.REVIEWED)
_GONE_OUT = (ReportStatus.APPROVED, ReportStatus.ISSUED, ReportStatus.ACCEPTED)


class DraftReport(Command):
    """Write a report, or write it anew under its id; one made of several departments' words is quality's (S2-33)."""

    LEADS_TO: ClassVar = (events.ReportDrafted,)

    report_id: LocalId = NEXT
    report_kind: ReportKind
    summary: CaseText
    template_id: Code | None = None
    language: Language | None = None
    contributions: tuple[Contribution, ...] = ()
    handling: Handling | None = None
    file: FileRef | None = None
    """The customer's own form, filled in elsewhere (S4-82); without it, the page is made from the facts of the case."""


class SignReport(Command):
    """Sign a report as the next of its chain: as author, reviewer, or who approves (S4-60, S4-83)."""

    LEADS_TO: ClassVar = (events.StepSigned,)

    report_id: LocalId
    comment: CaseText | None = None


class ReturnReport(Command):
    """Send a report back as the next of its chain; signatures given to it are void."""

    LEADS_TO: ClassVar = (events.StepReturned,)

    report_id: LocalId
    reason: CaseText


class IssueReport(Command):
    """Hand a report over; only whoever the policy lets speak with the customer (S4-85, G-VOICE)."""

    LEADS_TO: ClassVar = (events.ReportIssued,)

    report_id: LocalId
    to: CaseLine
    channel: Channel | None = None
    next_report_due: Day | None = None


class RecordReportAcceptance(events.ReportAccepted, Command):
    """Record that the customer took a report."""


class RecordReportRejection(events.ReportRejected, Command):
    """Record that the customer sent a report back, and why."""


ReportCommand = DraftReport | SignReport | ReturnReport | IssueReport | RecordReportAcceptance | RecordReportRejection


def decide(complaint: Complaint, command: ReportCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about a report."""
    match command:
        case DraftReport():
            yield _drafted(complaint, command, occasion, rules)
        case SignReport():
            yield from _signed(complaint, command, occasion, rules)
        case ReturnReport():
            report = _report(complaint, command.report_id, *_TO_SIGN)
            steps = _steps(complaint, report, occasion, rules)
            if not steps:
                raise Refused(
                    "no chain of signatures is asked for, so there is nothing to send back", rule="G-APPR",
                    way_out="draft the report anew (draft-report)",
                )  # fmt: skip
            yield send_back(
                complaint, chain_of(report.kind), report.signed_as, steps, occasion, rules, command.reason
            )  # fmt: skip
        case IssueReport():
            yield from _issued(complaint, command, occasion, rules)
        case RecordReportAcceptance():
            _report(complaint, command.report_id, ReportStatus.ISSUED)
            yield told(events.ReportAccepted, command)
        case RecordReportRejection():
            _report(complaint, command.report_id, ReportStatus.ISSUED)
            yield told(events.ReportRejected, command)
        case _:
            assert_never(command)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _drafted(complaint: Complaint, command: DraftReport, occasion: Occasion, rules: Rules) -> events.ReportDrafted:
    earlier = complaint.reports.get(command.report_id)
    if earlier is not None:
        _report(complaint, earlier.report_id, *_WRITABLE)
        if earlier.kind != command.report_kind:
            raise Invalid(
                f"{earlier.report_id} is of another kind: {earlier.kind}", rule="G-REPORT", field="report_kind"
            )
    if (command.report_kind == ReportKind.HANDLING_REPORT) != (command.handling is not None):
        raise Invalid(
            "the report on the handling, and no other, has the fields of its form", rule="G-REPORT", field="handling"
        )
    if command.contributions and not rules.roles(occasion.actor.id, complaint.site, occasion.now) & set(QUALITY):
        raise Refused(
            "quality makes one answer of what the departments said", rule="G-REPORT", field="contributions",
            way_out="somebody who is quality_engineer or quality_head drafts it",
        )  # fmt: skip
    templates = pack_of(complaint, occasion, rules).report_templates
    if templates and command.template_id is not None and command.template_id not in templates:
        raise Refused(
            f"the policy has no template {command.template_id}", rule="G-REPORT", field="template_id",
            way_out=f"templates: {', '.join(templates)}",
        )  # fmt: skip
    if command.file is not None and not rules.has_file(command.file.sha256):
        raise Unknown("this file is not stored here", field="file.sha256", way_out="store it first with POST /files")
    id = command.report_id if earlier else free(command.report_id, "rp", complaint.reports, "report_id")
    revision = 1 if earlier is None else earlier.revision + 1
    language = command.language or complaint.language
    drafted = told(
        events.ReportDrafted, command, report_id=id, revision=revision, language=language, rendered=None, as_of_version=None
    )  # fmt: skip
    if drafted.file is not None:
        return drafted
    page = rules.page(complaint.complaint_id, drafted, occasion)
    made = {"file": page.file, "rendered": page.file.sha256, "as_of_version": page.as_of_version}
    return drafted.model_copy(update=made)


# ── signing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _steps(complaint: Complaint, report: Report, occasion: Occasion, rules: Rules) -> tuple[ChainStep, ...]:
    """Of the report's chain; those about money only where some is paid (S4-61)."""
    steps = steps_of(complaint, chain_of(report.kind), occasion, rules)
    return tuple(step for step in steps if report.compensation is not None or not step.when_compensation)


def _signed(complaint: Complaint, command: SignReport, occasion: Occasion, rules: Rules) -> Decided:
    report = _report(complaint, command.report_id, *_TO_SIGN, *_GONE_OUT)
    steps = _steps(complaint, report, occasion, rules)
    if not steps:
        yield _approved_by_one(complaint, report, command, occasion, rules)
        return
    chain, given = chain_of(report.kind), len(signatures(complaint, chain_of(report.kind), report.signed_as))
    step, rest = (steps[given], steps[given + 1 :]) if given < len(steps) else (None, ())
    if step is not None and step.meaning == Meaning.ISSUE:
        raise Refused(
            f"{report.report_id} is approved, and its last signature is given when it is issued", rule="G-APPR",
            way_out=f"somebody who is {step.role} issues it (issue-report)",
        )  # fmt: skip
    if step is not None and step.meaning == Meaning.AUTHORSHIP and occasion.actor.id != report.author:
        raise Refused(
            f"authorship is signed by whoever wrote it, {report.author}", rule="G-SOD",
            way_out=f"{report.author} signs it, or somebody else drafts it anew",
        )  # fmt: skip
    authors = () if step is not None and step.meaning == Meaning.AUTHORSHIP else (report.author,)
    yield sign(complaint, chain, report.signed_as, steps, occasion, rules, authors=authors, comment=command.comment)
    if step is not None and step.meaning == Meaning.REVIEW and Meaning.REVIEW not in _meanings(rest):
        yield events.ReportReviewed(report_id=report.report_id, revision=report.revision)
    if report.status in _TO_SIGN and _meanings(rest) <= {Meaning.ISSUE, Meaning.EXECUTION}:
        yield events.ReportApproved(
            report_id=report.report_id, revision=report.revision, comment=command.comment
        )  # fmt: skip


def _meanings(steps: Iterable[ChainStep]) -> set[Meaning]:
    return {step.meaning for step in steps}


def _approved_by_one(
    complaint: Complaint, report: Report, command: SignReport, occasion: Occasion, rules: Rules
) -> events.ReportApproved:
    """Where no policy asks for more: one leader or quality engineer, who did not write it."""
    if report.status not in _TO_SIGN:
        raise Refused(f"{report.report_id} is {report.status} already", rule="G-APPR")
    if occasion.actor.id == report.author:
        raise Refused(
            f"{occasion.actor.id} wrote it and cannot approve it", rule="G-SOD", way_out="somebody else approves it"
        )
    allowed = {*LEADERS, *QUALITY}
    if not rules.roles(occasion.actor.id, complaint.site, occasion.now) & allowed:
        raise Refused(
            "a report is approved by a leader or by quality", rule="G-APPR",
            way_out=f"somebody who is {', '.join(sorted(allowed))} signs it",
        )  # fmt: skip
    return events.ReportApproved(report_id=report.report_id, revision=report.revision, comment=command.comment)


# ── issuing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _issued(complaint: Complaint, command: IssueReport, occasion: Occasion, rules: Rules) -> Decided:
    pack = pack_of(complaint, occasion, rules)
    report = _report(complaint, command.report_id, *_TO_SIGN, ReportStatus.APPROVED)
    steps = _steps(complaint, report, occasion, rules)
    if steps and report.status != ReportStatus.APPROVED:
        raise Refused(
            f"{report.report_id} has not every signature that it needs before it leaves", rule="G-APPR",
            way_out="the next of its chain signs it (sign-report)",
        )  # fmt: skip
    goes_on = report.kind in (ReportKind.INITIAL, ReportKind.PROGRESS)
    if goes_on and terms_of(pack, "CL-REPORT-PROG").targets and command.next_report_due is None:
        raise Refused(
            "a report that is not the last says when the next one comes", rule="G-REPORT", field="next_report_due"
        )
    role = _voice(complaint, report, pack, occasion, rules)
    given = len(signatures(complaint, chain_of(report.kind), report.signed_as))
    if given < len(steps) and steps[given].meaning == Meaning.ISSUE:
        yield sign(complaint, chain_of(report.kind), report.signed_as, steps, occasion, rules)
    yield told(
        events.ReportIssued, command, revision=report.revision, via_role=role, distribution=pack.distribution or ()
    )


def _voice(complaint: Complaint, report: Report, pack: Pack, occasion: Occasion, rules: Rules) -> str:
    """As which of those who speak with the customer somebody acts; the report on the handling stays in the house (G-VOICE)."""
    who, held = occasion.actor.id, rules.roles(occasion.actor.id, complaint.site, occasion.now)
    inside = report.kind == ReportKind.HANDLING_REPORT
    voices = (*SERVICE, *QUALITY) if inside else pack.customer_voice or SERVICE
    in_the_case = {"case_owner": complaint.owner, "first_responsible": complaint.first_responsible}
    for voice in voices:
        if (in_the_case.get(voice) == who) if voice in CASE_ROLES else (voice in held):
            return voice
    raise Refused(
        "only those who speak with the customer hand reports over", rule="G-VOICE",
        way_out=f"somebody who is {', '.join(voices)} issues it",
    )  # fmt: skip


def _report(complaint: Complaint, id: str, *wanted: ReportStatus) -> Report:
    report = complaint.reports.get(id)
    if report is None:
        known = ", ".join(complaint.reports) or "none"
        raise Invalid(f"there is no report {id!r}", rule="G-REPORT", field="report_id", way_out=f"reports: {known}")
    if report.status not in wanted:
        raise Refused(f"{id} is {report.status}, not {' or '.join(wanted)}", rule="G-REPORT", field="report_id")
    return report
