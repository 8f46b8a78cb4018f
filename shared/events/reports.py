"""Reports: drafted, signed step by step, issued by the customer's voice, accepted or sent back (S4-59, S4-80 to S4-86)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import ReportKind
from shared.events.texts import CaseLine, CaseText, Says
from shared.events.words import Channel, Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, FileRef, Language, Line, LocalId, Money, Sha256, Value


class Contribution(Value):
    """What one department said to the case (S2-33)."""

    department: Department
    says: CaseText


class Handling(Value):
    """The complaint handling report (客诉处理报告, domain §1.2 F8, S4-59)."""

    event_summary: CaseText
    cause: CaseText
    responsible_department: Department
    rectification: CaseText
    technical_analysis: CaseText
    site_control: CaseText
    later_order_requirements: CaseText | None = None
    compensation: Money | None = None


class ReportDrafted(Event):
    """A report was written, or written anew; signatures given to an earlier revision do not count for it (S2-33, S4-59)."""

    TOPIC: ClassVar[str] = "complaint.ReportDrafted"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} drafted ({report_kind}), revision {revision}: {summary}",
        "zh": "编制报告{report_id}（{report_kind}），第{revision}稿：{summary}",
    }

    report_id: LocalId
    report_kind: ReportKind
    revision: Annotated[int, Field(ge=1)]
    summary: CaseText
    template_id: Code | None = None
    """Of the policy's own templates, or the customer's."""
    language: Language | None = None
    contributions: Annotated[tuple[Contribution, ...], Field(max_length=20)] = ()
    handling: Handling | None = None
    file: FileRef | None = None
    """The page as it was rendered and stored."""
    rendered: Sha256 | None = None
    """Its hash, where it can be made again from the facts up to `as_of_version` and compared."""
    as_of_version: Annotated[int, Field(ge=1)] | None = None


class ReportReviewed(Event):
    """Everybody who was to review the report has signed (S4-83)."""

    TOPIC: ClassVar[str] = "complaint.ReportReviewed"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} reviewed, revision {revision}",
        "zh": "报告{report_id}第{revision}稿审核完成",
    }

    report_id: LocalId
    revision: Annotated[int, Field(ge=1)]


class ReportApproved(Event):
    """Every signature that the report needs before it leaves is given (S4-60, S4-83)."""

    TOPIC: ClassVar[str] = "complaint.ReportApproved"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} approved, revision {revision}: {comment}",
        "zh": "批准报告{report_id}第{revision}稿：{comment}",
    }

    report_id: LocalId
    revision: Annotated[int, Field(ge=1)]
    comment: CaseText | None = None


class ReportIssued(Event):
    """The report was handed over, by somebody who speaks with the customer (S2-25, S4-52, S4-81, S4-85)."""

    TOPIC: ClassVar[str] = "complaint.ReportIssued"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} issued to {to} by {via_role}; the next is due {next_report_due}",
        "zh": "{via_role}向{to}提交报告{report_id}；下次报告期限{next_report_due}",
    }

    report_id: LocalId
    revision: Annotated[int, Field(ge=1)]
    to: CaseLine
    via_role: Code
    channel: Channel | None = None
    next_report_due: Day | None = None
    distribution: Annotated[tuple[Code, ...], Field(max_length=40)] = ()
    """The roles within the house that have it too, as the policy lists them (S4-52)."""


class ReportAccepted(Event):
    """The customer took the report (8D practice)."""

    TOPIC: ClassVar[str] = "complaint.ReportAccepted"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} accepted by {answered_by}: {comment}",
        "zh": "{answered_by}接受报告{report_id}：{comment}",
    }

    report_id: LocalId
    answered_by: CaseLine | None = None
    comment: CaseText | None = None


class ReportRejected(Event):
    """The customer sent the report back, and says which parts do not do (8D practice)."""

    TOPIC: ClassVar[str] = "complaint.ReportRejected"
    SAYS: ClassVar[Says] = {
        "en": "Report {report_id} rejected by {answered_by}, {sections}: {comment}",
        "zh": "{answered_by}退回报告{report_id}（{sections}）：{comment}",
    }

    report_id: LocalId
    answered_by: CaseLine | None = None
    sections: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    comment: CaseText


ReportEvent = ReportDrafted | ReportReviewed | ReportApproved | ReportIssued | ReportAccepted | ReportRejected
