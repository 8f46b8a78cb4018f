"""What the customer is offered, agrees to and gets. It runs beside the improvement inside; neither waits (S1-54)."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from shared.complaint.local_ids import NEXT, free
from shared.complaint.remedies import Remedy, RemedyStatus
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, Ids, RemedyItem
from shared.events.remedies import RemedyBasis, RemedyKind
from shared.events.words import Demand
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, Line, LocalId, Money, PersonId
from shared.policy import pack as packs
from shared.policy.access import QUALITY
from shared.policy.compensation import not_more_than_approved
from shared.policy.rules import Rules, must_know


class ProposeRemedy(Command):
    """Offer the customer something; left out, it is what the policy offers for the grade (S1-35 to S1-38).

    Another offer than the policy's takes a reason, or another basis.
    """

    LEADS_TO: ClassVar = (events.RemedyProposed,)

    remedy_id: LocalId = NEXT
    offer: Annotated[tuple[RemedyItem, ...], Field(max_length=20)] = ()
    offer_basis: RemedyBasis = RemedyBasis.GRADE_MATRIX
    rule_ref: Line | None = None
    reason: CaseText | None = None
    demand_ids: Ids = ()
    owner: PersonId | None = None
    due: Day | None = None


class AgreeRemedy(events.RemedyAgreed, Command):
    """Record that the customer agrees to an offer."""


class ExecuteRemedy(Command):
    """Record that the customer has got what was agreed (S1-42 to S1-44)."""

    LEADS_TO: ClassVar = (events.RemedyExecuted,)

    remedy_id: LocalId
    done_by: PersonId | None = None
    tracking_no: Line | None = None
    expected_arrival: Day | None = None
    cost: Money | None = None
    note: CaseText | None = None


class RestoreService(events.ServiceRestored, Command):
    """Record that the customer can work again, be it by a way around the problem (S3-18)."""


RemedyCommand = ProposeRemedy | AgreeRemedy | ExecuteRemedy | RestoreService


def decide_remedies(complaint: Complaint, command: RemedyCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case ProposeRemedy():
            yield _proposed(complaint, command, occasion, rules)
        case AgreeRemedy():
            _remedy(complaint, command.remedy_id, RemedyStatus.PROPOSED)
            yield told(events.RemedyAgreed, command)
        case ExecuteRemedy():
            remedy = _remedy(complaint, command.remedy_id, RemedyStatus.AGREED)
            _may_execute(complaint, remedy, occasion, rules)
            _as_approved(complaint, remedy, command.cost, occasion, rules)
            doer = command.done_by or occasion.actor.id
            must_know(rules, doer, "done_by")
            yield told(events.RemedyExecuted, command, done_by=doer)
        case RestoreService():
            yield told(events.ServiceRestored, command)
        case _:
            assert_never(command)


# ── offered ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _proposed(complaint: Complaint, command: ProposeRemedy, occasion: Occasion, rules: Rules) -> events.RemedyProposed:
    if command.owner is not None:
        must_know(rules, command.owner, "owner")
    for id in command.demand_ids:
        if id not in complaint.demanded.items:
            raise Invalid(f"there is no demand {id!r}", rule="G-DEMAND", field="demand_ids")
    offer, rule_ref = command.offer, command.rule_ref
    if command.offer_basis == RemedyBasis.GRADE_MATRIX:
        usual, rule_ref = _by_grade(complaint, occasion, rules)
        if offer and offer != usual and command.reason is None:
            raise Refused(
                f"for grade {complaint.grade} the policy offers {_told(usual)}", rule="G-REMEDY", field="reason",
                way_out="leave the offer out, give the reason, or name another basis (contract, negotiated, goodwill)",
            )  # fmt: skip
        offer = offer or usual
    elif not offer:
        raise Invalid("say what is offered", rule="G-REMEDY", field="offer")
    if command.offer_basis == RemedyBasis.CONTRACT:
        rule_ref = rule_ref or _contract(complaint)
    return told(
        events.RemedyProposed, command, offer=offer, rule_ref=rule_ref, not_offered=_not_offered(complaint, offer),
        remedy_id=free(command.remedy_id, "r", complaint.remedies, "remedy_id"),
    )  # fmt: skip


def _by_grade(complaint: Complaint, occasion: Occasion, rules: Rules) -> tuple[tuple[RemedyItem, ...], str]:
    """What the policy offers for the grade of the case, and where it says so."""
    pack = rules.policy(complaint.site, occasion.at).pack
    by = {complaint.grade, f"rank{complaint.rank}", "all"} - {None}
    offered = (pack.remedy_matrix or {}).items()
    found = next(((grade, items) for grade, items in offered if grade in by), None)
    found = found or next(((grade, items) for grade, items in offered if grade == "other"), None)
    if found is None:
        raise Refused(
            "the case has no grade yet" if complaint.grade is None else f"no policy offers anything for {complaint.grade}",
            rule="G-REMEDY", field="offer_basis",
            way_out="grade it first (classify), or say what is offered, with basis negotiated, contract or goodwill",
        )  # fmt: skip
    return tuple(_item(one) for one in found[1]), f"{pack.meta.id} {found[0]}"


def _item(offered: packs.Remedy) -> RemedyItem:
    amount = None
    if offered.amount_minor is not None and offered.currency is not None:
        amount = Money(minor=offered.amount_minor, currency=offered.currency)
    return RemedyItem(
        kind=RemedyKind(str(offered.kind)),
        amount=amount,
        months=offered.months,
        discount_percent=offered.percent,
        free=offered.free,
    )


def _contract(complaint: Complaint) -> str:
    """The contract that the form or its terms name."""
    named = [term.contract_ref for term in complaint.demanded.terms.values() if term.contract_ref]
    found = (complaint.form and complaint.form.contract_ref) or next(iter(named), None)
    if found is None:
        raise Refused(
            "no contract is on record", rule="G-REMEDY", field="rule_ref",
            way_out="name it here, or record what it says first (record-contract-terms)",
        )  # fmt: skip
    return found


def _not_offered(complaint: Complaint, items: tuple[RemedyItem, ...]) -> tuple[Demand, ...]:
    """What was asked for, on the form or since, and is no part of the offer (S1-35)."""
    on_form = complaint.form.demands if complaint.form is not None else ()
    asked = dict.fromkeys((*on_form, *(demand.kind for demand in complaint.demanded.items.values())))
    offered = {item.kind.value for item in items}
    return tuple(demand for demand in asked if demand != Demand.NONE_STATED and demand.value not in offered)


def _told(offer: tuple[RemedyItem, ...]) -> str:
    return ", ".join(item.kind.replace("_", " ") for item in offer)


# ── agreed and carried out ────────────────────────────────────────────────────────────────────────────────────────────
def _remedy(complaint: Complaint, id: str, wanted: RemedyStatus) -> Remedy:
    remedy = complaint.remedies.get(id)
    if remedy is None:
        known = ", ".join(complaint.remedies) or "none"
        raise Invalid(f"there is no remedy {id!r}", rule="G-REMEDY", field="remedy_id", way_out=f"remedies: {known}")
    if remedy.status != wanted:
        first = "the customer agrees first (agree-remedy)" if remedy.status == RemedyStatus.PROPOSED else None
        raise Refused(
            f"remedy {id} is {remedy.status}, not {wanted}", rule="G-REMEDY", field="remedy_id", way_out=first
        )
    return remedy


def _may_execute(complaint: Complaint, remedy: Remedy, occasion: Occasion, rules: Rules) -> None:
    """Whoever was named to carry it out says that it is done; quality watches over it and may (S1-42)."""
    who = occasion.actor.id
    if remedy.owner in (None, who) or rules.roles(who, complaint.site, occasion.now) & set(QUALITY):
        return
    raise Refused(
        f"remedy {remedy.remedy_id} is carried out by {remedy.owner}", rule="G-REMEDY", field="remedy_id",
        way_out=f"{remedy.owner}, or somebody in quality, says that it is done",
    )  # fmt: skip


def _as_approved(complaint: Complaint, remedy: Remedy, cost: Money | None, occasion: Occasion, rules: Rules) -> None:
    """The customer gets no more money than was approved, with the remedies that were carried out before (S4-61)."""
    amounts = _money_in(remedy)
    if cost is not None and all(item.kind == RemedyKind.COMPENSATION for item in remedy.offer):
        amounts = [cost]
    for currency in {one.currency for one in amounts}:
        done = [one for each in complaint.remedies.values() if each.executed_at for one in _money_in(each)]
        total = sum(one.minor for one in (*amounts, *done) if one.currency == currency)
        not_more_than_approved(complaint, Money(minor=total, currency=currency), occasion, rules, "remedy_id")


def _money_in(remedy: Remedy) -> list[Money]:
    return [item.amount for item in remedy.offer if item.kind == RemedyKind.COMPENSATION and item.amount is not None]
