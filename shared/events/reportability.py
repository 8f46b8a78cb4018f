"""Whether an authority has to be told of a case, and what it was told. Which regimes there are stands in the policy."""

from typing import ClassVar

from shared.events.texts import CaseText, Says
from shared.events.triage_words import ReportKind
from shared.kernel.fact import Event
from shared.kernel.values import Code, Instant, Line


class ReportabilityAssessed(Event):
    """Somebody has judged whether the case has to be reported under one regime (G-REG)."""

    TOPIC: ClassVar[str] = "complaint.ReportabilityAssessed"
    SAYS: ClassVar[Says] = {
        "en": "{regime}: reportable: {reportable}; known since {awareness_at}: {rationale}",
        "zh": "{regime}：需上报：{reportable}；获知时间{awareness_at}：{rationale}",
    }

    regime: Code
    reportable: bool
    category: Line | None = None
    awareness_at: Instant
    """From when on the days of the regime are counted."""
    rationale: CaseText


class AuthorityReportSubmitted(Event):
    """An authority was told; when, says the fact around it."""

    TOPIC: ClassVar[str] = "complaint.AuthorityReportSubmitted"
    SAYS: ClassVar[Says] = {
        "en": "{kind} report under {regime} submitted, receipt {receipt_no}",
        "zh": "已按{regime}提交{kind}报告，回执{receipt_no}",
    }

    regime: Code
    kind: ReportKind
    receipt_no: Line | None = None
    note: CaseText | None = None


ReportabilityEvent = ReportabilityAssessed | AuthorityReportSubmitted
