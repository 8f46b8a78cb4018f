"""Other cases about the same thing, as far as a case knows of them; links stand in the case itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.related import (
    ComplaintMergedIn,
    ComplaintMergedOut,
    DuplicateSuspected,
    MergeUndone,
    RecurrenceDetected,
    RelatedEvent,
    SimilarComplaintLinked,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class MergedIn:
    """A case that goes on as part of this one. Its complainant is found there."""

    complaint_id: str
    case_no: str
    customer_no: str | None
    same_customer: bool | None
    received_at: datetime


@dataclass(frozen=True)
class Related:
    """Which cases these are."""

    suspected: tuple[str, ...] = ()
    """Looks like the same complaint; nobody has decided yet."""
    merged_in: tuple[MergedIn, ...] = ()
    prior: tuple[str, ...] = ()
    """Earlier cases of which this is a recurrence."""


def fold_related(related: Related, fact: Fact[RelatedEvent]) -> Related:
    """After one more fact."""
    match fact.event:
        case DuplicateSuspected() as event:
            return changed(related, suspected=(*related.suspected, event.other))
        case RecurrenceDetected() as event:
            return changed(related, prior=tuple(dict.fromkeys((*related.prior, *event.prior))))
        case ComplaintMergedIn() as event:
            one = MergedIn(
                event.merged, event.merged_case_no, event.customer_no, event.same_customer, event.received_at
            )
            return changed(related, merged_in=(*related.merged_in, one))
        case ComplaintMergedOut() as event:
            rest = tuple(one for one in related.merged_in if one.complaint_id != event.merged)
            return changed(related, merged_in=rest)
        case SimilarComplaintLinked() | MergeUndone():
            return related
        case _ as never:
            assert_never(never)
