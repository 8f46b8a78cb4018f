"""Other cases about the same thing: suspected, linked, come again, merged, and parted again (G-MERGE, G-LINK)."""

from datetime import timedelta
from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from shared.complaint.similarity import similarity
from shared.complaint.state import OPEN, Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.related import Window
from shared.events.triage_words import Sign
from shared.events.words import Relation
from shared.kernel.command import Command, Decided, Elsewhere
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import ComplaintId
from shared.policy.rules import Rules


class SuspectDuplicate(Command):
    """Say that another case looks like the same complaint; how much they have in common is counted."""

    LEADS_TO: ClassVar = (events.DuplicateSuspected,)

    other: ComplaintId


class LinkCase(Command):
    """Link a case with the same problem, lot or customer; possible after closure too."""

    LEADS_TO: ClassVar = (events.RecurrenceLinked,)

    other: ComplaintId
    relation: Relation


class RecordRecurrence(Command):
    """Record that the same trouble was complained of before, within so many days (S0-02)."""

    LEADS_TO: ClassVar = (events.RecurrenceDetected,)

    prior: Annotated[tuple[ComplaintId, ...], Field(min_length=1, max_length=50)]
    window_days: Window = 90


class Merge(Command):
    """Continue this case as part of another open one at the same site (G-MERGE)."""

    LEADS_TO: ClassVar = (events.Merged,)

    survivor: ComplaintId
    reason: CaseText


class UndoMerge(Command):
    """Let a merged case go on by itself, from where it stood, while the other one is still open (T25)."""

    LEADS_TO: ClassVar = (events.MergeUndone,)

    reason: CaseText


RelatedCommand = SuspectDuplicate | LinkCase | RecordRecurrence | Merge | UndoMerge


def decide(complaint: Complaint, command: RelatedCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case SuspectDuplicate():
            yield _suspected(complaint, command, rules)
        case LinkCase():
            yield _linked(complaint, command, rules)
        case RecordRecurrence():
            yield _come_again(complaint, command, rules)
        case Merge():
            yield from _merged(complaint, command, rules)
        case UndoMerge():
            yield from _parted(complaint, command, rules)
        case _:
            assert_never(command)


def other_case(complaint: Complaint, id: str, rules: Rules, field: str) -> Complaint:
    """The other case of a pair; raises Invalid when it does not exist or is the case itself."""
    if id == complaint.complaint_id:
        raise Invalid("a case cannot be paired with itself", rule="G-MERGE", field=field)
    try:
        return rules.complaint(id)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-MERGE", field=field) from None


def _suspected(complaint: Complaint, command: SuspectDuplicate, rules: Rules) -> events.DuplicateSuspected:
    other = other_case(complaint, command.other, rules, "other")
    alike = similarity(complaint, other)
    if not alike.suspicious:
        raise Refused(
            f"the two have too little in common: {', '.join(alike.same) or 'nothing'} ({alike.score} of 100)",
            rule="G-LINK", field="other", way_out="link them with the relation you see (link-case)",
        )  # fmt: skip
    if command.other in complaint.related.suspected:
        raise Refused("this is suspected already", rule="G-LINK", field="other", way_out="merge them, or go on")
    return told(events.DuplicateSuspected, command, other_case_no=other.case_no, score=alike.score, same=alike.same)


def _linked(
    complaint: Complaint, command: LinkCase, rules: Rules
) -> events.RecurrenceLinked | events.SimilarComplaintLinked:
    other = other_case(complaint, command.other, rules, "other")
    if any(link.complaint_id == command.other and link.relation == command.relation for link in complaint.links):
        raise Refused("the two cases are already linked so", rule="G-LINK", field="other")
    if command.relation == Relation.RECURRENCE:
        return told(events.RecurrenceLinked, command, other_case_no=other.case_no)
    return told(events.SimilarComplaintLinked, command, other_case_no=other.case_no)


def _come_again(complaint: Complaint, command: RecordRecurrence, rules: Rules) -> events.RecurrenceDetected:
    others = [other_case(complaint, id, rules, "prior") for id in dict.fromkeys(command.prior)]
    shared = [set(similarity(complaint, other).same) for other in others]
    for other, same in zip(others, shared, strict=True):
        assert complaint.received_at is not None and other.received_at is not None
        earlier_by = complaint.received_at - other.received_at
        if not timedelta(0) <= earlier_by <= timedelta(days=command.window_days):
            raise Refused(
                f"{other.case_no} was not received in the {command.window_days} days before", rule="G-LINK", field="prior",
                way_out="give another window, or link it (link-case)",
            )  # fmt: skip
        if not same & {Sign.FAILURE_MODE, Sign.LOT} and not same >= {Sign.PRODUCT_MODEL, Sign.CATEGORY}:
            raise Refused(
                f"{other.case_no} shares neither failure mode nor lot, nor product and category", rule="G-LINK", field="prior",
                way_out="classify both to the failure mode, or link it (link-case)",
            )  # fmt: skip
    return events.RecurrenceDetected(
        prior=tuple(other.complaint_id for other in others), prior_case_nos=tuple(other.case_no for other in others),
        window_days=command.window_days, same_failure_mode=all(Sign.FAILURE_MODE in same for same in shared),
        same_lot=all(Sign.LOT in same for same in shared),
    )  # fmt: skip


def _merged(complaint: Complaint, command: Merge, rules: Rules) -> Decided:
    survivor = other_case(complaint, command.survivor, rules, "survivor")
    if survivor.stage not in OPEN:
        raise Refused(f"{survivor.case_no} is not open", rule="G-MERGE", field="survivor")
    if survivor.site != complaint.site:
        raise Refused("both cases must belong to the same site", rule="G-MERGE", field="survivor")
    yield told(events.Merged, command, survivor_case_no=survivor.case_no)
    known = complaint.customer_no is not None and survivor.customer_no is not None
    assert complaint.received_at is not None
    yield Elsewhere(
        f"complaint-{survivor.complaint_id}",
        events.ComplaintMergedIn(
            merged=complaint.complaint_id, merged_case_no=complaint.case_no, customer_no=complaint.customer_no,
            same_customer=complaint.customer_no == survivor.customer_no if known else None,
            received_at=complaint.received_at, rank=complaint.rank, reason=command.reason,
        ),
    )  # fmt: skip


def _parted(complaint: Complaint, command: UndoMerge, rules: Rules) -> Decided:
    if complaint.merged_into is None:
        raise Refused("the case is not merged into another one", rule="G-MERGE")
    survivor = other_case(complaint, complaint.merged_into, rules, "survivor")
    if survivor.stage not in OPEN:
        raise Refused(
            f"{survivor.case_no} is not open any more", rule="G-MERGE",
            way_out="reopen that one, or receive a new complaint and link it",
        )  # fmt: skip
    yield told(events.MergeUndone, command, survivor=survivor.complaint_id, survivor_case_no=survivor.case_no)
    # A merge of before there was a list has nothing to strike off it.
    if any(one.complaint_id == complaint.complaint_id for one in survivor.related.merged_in):
        yield Elsewhere(
            f"complaint-{survivor.complaint_id}",
            events.ComplaintMergedOut(
                merged=complaint.complaint_id, merged_case_no=complaint.case_no, reason=command.reason
            ),
        )
