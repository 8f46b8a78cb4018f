"""What a site owes again and again: each time is a clock in the site's own stream, kept by a digest or by a review."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, ComplaintId, Instant, Line, Sha256, SiteCode, Value


class DigestKind(StrEnum):
    """What a digest sums up (S3-12, S4-11; S3-34; S2-44)."""

    DAILY = "daily_digest"
    PROGRESS = "friday_progress"
    COSTS = "weekly_costs"


class Count(Value):
    """How often something was recorded."""

    of: Line
    """The name of an event, or of what it says: `Received`, `channel.email`, `department.production`."""
    times: Annotated[int, Field(ge=0)]


class DigestPublished(Event):
    """The head of a desk summed up what was recorded at the site since the last digest of its kind (S3-12, S3-34, S2-44).

    Counted from the facts that were recorded from `period_from` on and before `period_to`: anybody can count them again.
    """

    TOPIC: ClassVar[str] = "duties.DigestPublished"
    SAYS: ClassVar[Says] = {
        "en": "Digest published: {kind}, {period_from:%d %b %Y %H:%M} to {period_to:%d %b %Y %H:%M}",
        "zh": "发布汇总：{kind}，{period_from:%Y-%m-%d %H:%M}至{period_to:%Y-%m-%d %H:%M}",
    }

    site: SiteCode
    kind: DigestKind
    period: Code
    """Day, week, month or quarter: `2026-03-17`, `2026-W12`."""
    period_from: Instant
    period_to: Instant
    """Not included: a complaint at exactly 17:00 belongs to the next digest (S3-12)."""
    counts: Annotated[tuple[Count, ...], Field(max_length=2_000)] = ()
    cases: Annotated[tuple[ComplaintId, ...], Field(max_length=2_000)] = ()
    """Of a daily digest those received; of one about progress those whose promise was broken; of costs those charged."""
    sha256: Sha256
    """Of counts and cases as JSON (keys sorted, UTF-8)."""
    note: CaseText | None = None


DigestEvent = DigestPublished
