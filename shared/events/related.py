"""Other cases about the same thing: suspected, linked, come again, merged, and parted again."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.events.triage_words import Sign
from shared.events.words import Relation
from shared.kernel.fact import Event
from shared.kernel.values import Code, ComplaintId, Instant, Line, Percent, Rank

Window = Annotated[int, Field(ge=1, le=3_650)]
"""Days."""


class DuplicateSuspected(Event):
    """Another case looks like the same complaint; a person decides whether to merge."""

    TOPIC: ClassVar[str] = "complaint.DuplicateSuspected"
    SAYS: ClassVar[Says] = {
        "en": "May be the same as {other_case_no}: {score} of 100, by {same}",
        "zh": "疑似与{other_case_no}重复：{score}分（满分100），依据：{same}",
    }

    other: ComplaintId
    other_case_no: Line
    score: Percent
    same: Annotated[tuple[Sign, ...], Field(min_length=1, max_length=10)]


class SimilarComplaintLinked(Event):
    """Another case with the same defect, lot or customer belongs beside this one; also recorded after closure."""

    TOPIC: ClassVar[str] = "complaint.SimilarComplaintLinked"
    SAYS: ClassVar[Says] = {
        "en": "Linked to {other_case_no} ({relation})",
        "zh": "关联案件{other_case_no}（{relation}）",
    }

    other: ComplaintId
    other_case_no: Line
    relation: Relation


class RecurrenceDetected(Event):
    """The same trouble was complained of before, within the days given (S0-02)."""

    TOPIC: ClassVar[str] = "complaint.RecurrenceDetected"
    SAYS: ClassVar[Says] = {
        "en": "Came again within {window_days} days: {prior_case_nos}; same failure mode: {same_failure_mode}, "
        "same lot: {same_lot}",
        "zh": "{window_days}天内再次发生：{prior_case_nos}；失效模式相同：{same_failure_mode}，批次相同：{same_lot}",
    }

    prior: Annotated[tuple[ComplaintId, ...], Field(min_length=1, max_length=50)]
    prior_case_nos: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    window_days: Window
    same_failure_mode: bool
    same_lot: bool


class ComplaintMergedIn(Event):
    """Another case goes on as part of this one; its complainant is still somebody to be answered (G-MERGE)."""

    TOPIC: ClassVar[str] = "complaint.ComplaintMergedIn"
    SAYS: ClassVar[Says] = {
        "en": "{merged_case_no} merged into this case; same customer: {same_customer}: {reason}",
        "zh": "{merged_case_no}并入本案；同一客户：{same_customer}：{reason}",
    }

    merged: ComplaintId
    merged_case_no: Line
    customer_no: Code | None = None
    """Names and contacts stay with the merged case, so that they can be erased there alone."""
    same_customer: bool | None = None
    received_at: Instant
    rank: Rank | None = None
    reason: CaseText


class ComplaintMergedOut(Event):
    """A case that had been merged into this one stands by itself again."""

    TOPIC: ClassVar[str] = "complaint.ComplaintMergedOut"
    SAYS: ClassVar[Says] = {
        "en": "{merged_case_no} stands by itself again: {reason}",
        "zh": "{merged_case_no}恢复独立处理：{reason}",
    }

    merged: ComplaintId
    merged_case_no: Line
    reason: CaseText


class MergeUndone(Event):
    """The merge was a mistake; the case goes on from where it stood (T25)."""

    TOPIC: ClassVar[str] = "complaint.MergeUndone"
    SAYS: ClassVar[Says] = {
        "en": "Merge into {survivor_case_no} undone: {reason}",
        "zh": "撤销并入{survivor_case_no}：{reason}",
    }

    survivor: ComplaintId
    survivor_case_no: Line
    reason: CaseText


RelatedEvent = (
    DuplicateSuspected
    | SimilarComplaintLinked
    | RecurrenceDetected
    | ComplaintMergedIn
    | ComplaintMergedOut
    | MergeUndone
)
