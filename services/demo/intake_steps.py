"""What happens to a generated case at intake and triage, one function for each command."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.demo.case import Case
from services.demo.catalogue import phrases
from services.demo.customers import complaint_text
from services.demo.organisation import Staff
from services.demo.pictures import photo, report
from services.demo.scenario import CaseOf, Step
from services.sla_watch.moments import SILENCE
from shared.events.words import AskedOf, Category, Channel, Demand, EvidenceKind, Extent
from shared.kernel.values import Rank

ONLINE = {
    "zh": {Channel.WECHAT_OA: 30, Channel.WEB_PORTAL: 16, Channel.APP_CHAT: 14, Channel.EMAIL: 12},
    "de": {Channel.EMAIL: 40, Channel.WEB_PORTAL: 34, Channel.APP_CHAT: 5},
    "es": {Channel.EMAIL: 24, Channel.APP_CHAT: 26, Channel.WEB_PORTAL: 18},
    "en": {Channel.EMAIL: 40, Channel.WEB_PORTAL: 32, Channel.APP_CHAT: 8},
}
STAFFED = {
    Channel.TELEPHONE: 34,
    Channel.ON_SITE: 7,
    Channel.SHOP: 4,
    Channel.CRM: 6,
    Channel.POST: 1,
    Channel.FAX: 1,
    Channel.SURVEY: 2,
}
TERSE = frozenset({Channel.TELEPHONE, Channel.ON_SITE, Channel.CRM, Channel.SHOP, Channel.SURVEY})
ORIGINS = {Channel.ON_SITE: "on_site_service", Channel.SURVEY: "satisfaction_survey"}

DEMANDS: dict[Category, dict[Demand, float]] = {
    Category.PACKAGING_DAMAGE: {Demand.REPLENISH: 5, Demand.EXCHANGE: 3, Demand.COMPENSATION: 1},
    Category.LOGISTICS_DAMAGE: {Demand.REPLENISH: 5, Demand.COMPENSATION: 2, Demand.RETURN: 1},
    Category.SERVICE_PROCESS_ERROR: {Demand.NONE_STATED: 4, Demand.COMPENSATION: 2, Demand.ON_SITE_SERVICE: 2},
    Category.DOCUMENTATION: {Demand.NONE_STATED: 1},
    Category.APPEARANCE_DEFECT: {Demand.EXCHANGE: 4, Demand.NONE_STATED: 3, Demand.RETURN: 2},
}
ANY_DEMAND = {
    Demand.REPAIR: 5.0, Demand.EXCHANGE: 5.0, Demand.ON_SITE_SERVICE: 2.0, Demand.REPORT: 2.0, Demand.RETURN: 2.0,
    Demand.COMPENSATION: 1.0, Demand.NONE_STATED: 1.0,
}  # fmt: skip

GRADES = {
    "sz": {"1": "S", "2": "A", "3": "B", "4": "C"},
    "dresden": {"1": "P1", "2": "P2", "3": "P3", "4": "P4"},
    "monterrey": {"1": "CRITICAL", "2": "MAJOR", "3": "MINOR", "4": "NEGLIGIBLE"},
}
"""Each site grades in its own scheme; the rank makes them comparable (C1)."""


def receive(case: Case, at: datetime, *, staffed: bool) -> Step:
    """Somebody takes it in, or the portal does, at any hour."""
    chance = case.chance
    channel = chance.weighted({**ONLINE[case.language], **STAFFED} if staffed else ONLINE[case.language])
    demand = chance.weighted(DEMANDS.get(case.failure.category, ANY_DEMAND))
    case.slots.update(channel=channel, demand=demand, day=case.day(at - timedelta(days=chance.number(1, 9))))
    hazard = case.failure.safety and case.rank == Rank.CRITICAL
    actor = case.agent if staffed else case.site.one("web")
    step = case.step(
        at, actor, "intake", "receive", site=case.site.code, channel=channel,
        origin=ORIGINS.get(channel),
        description=complaint_text(
            chance, case.language, case.failure, case.rank, demand, case.many, channel in TERSE, case.slots
        ),
        language=case.language, customer_no=case.customer.number, customer_name=case.customer.company,
        contact_person=case.customer.person, contact=case.customer.contact, product_model=case.model,
        lot_no=case.lot if chance.happens(0.7) else None, safety_hazard=True if hazard else None,
    )  # fmt: skip
    case.received_at = case.now
    return step


def acknowledge(case: Case, at: datetime, *, actor: Staff | None = None, happened: datetime | None = None) -> Step:
    channel = Channel.EMAIL if case.slots["channel"] in TERSE else case.slots["channel"]
    promise = case.after(360, 900) if case.chance.happens(0.3) else None
    return case.step(
        at, actor or case.agent, "intake", "acknowledge", happened=happened, channel=channel,
        apology=case.chance.happens(0.8), promised_contact_by=promise,
    )  # fmt: skip


def contact(case: Case, at: datetime, purpose: str = "clarification", *, happened: datetime | None = None) -> Step:
    said = case.say("contact" if purpose == "clarification" else "progress")
    channel = case.chance.pick((Channel.TELEPHONE, Channel.TELEPHONE, Channel.EMAIL))
    return case.step(
        at, case.agent, "intake", "contact-customer", happened=happened, direction="outbound", channel=channel,
        purpose=purpose, summary=said,
    )  # fmt: skip


def ask(case: Case, at: datetime, of: str) -> Step:
    """Ask for what is missing; the silence of others stops the clocks that allow it."""
    items = case.chance.some(case.words[f"ask_{of}"], case.chance.number(1, 2))
    actor = case.agent if of == "customer" else case.owner
    return case.step(
        at, actor, "intake", "request-information", request_id=case.next("i"), asked_of=of, items=items,
        due=case.day(at + timedelta(days=case.chance.number(3, 7))),
    )  # fmt: skip


def answered(case: Case, at: datetime, of: str) -> Step:
    """The answer to the latest request."""
    said = case.customer_says("answer") if of == "customer" else case.say("internal_answer")
    actor = case.agent if of == "customer" else case.owner
    asked_at = case.now
    step = case.step(at, actor, "intake", "provide-information", request_id=f"i{case.counts['i']}", answer=said)
    if (wait := SILENCE.get(AskedOf(of))) is not None:
        case.pauses.append((wait, asked_at, case.now))
    return step


def attach(case: Case, at: datetime, kind: EvidenceKind, actor: Staff) -> Step:
    """A photo for each kind of failure, a report for each lot: content-addressed, so most are stored once."""
    if kind == EvidenceKind.PHOTO:
        file = photo(f"{case.product.key} {case.failure.key}", f"{case.failure.key}.png")
    else:
        file = report(f"{case.failure.key} {case.lot}", f"{case.failure.key}-{case.lot}.csv")
    return case.step(
        at,
        actor,
        "intake",
        "attach-evidence",
        evidence_id=case.next("e"),
        kind=kind,
        file=file,
        note=case.say("evidence", kind),
    )


def register(case: Case, at: datetime) -> Step:
    chance, slots = case.chance, case.slots
    many = case.many
    extent = chance.pick((Extent.LOT, Extent.MULTI_UNIT)) if many else Extent.SINGLE_UNIT
    inspected = slots["qty"] if many else None
    return case.step(
        at, case.agent, "intake", "register", symptom=case.fill(case.told.symptom), frequency=case.say("frequency"),
        extent=extent,
        product_model=case.model, lot_no=case.lot, serial_nos=[slots["serial"]] if chance.happens(0.5) else None,
        order_no=slots["order"] if chance.happens(0.4) else None,
        purchase_date=case.day(case.received_at - timedelta(days=slots["days"])) if chance.happens(0.7) else None,
        failure_date=case.day(case.received_at - timedelta(days=min(slots["days"], chance.number(0, 6)))),
        use_conditions=case.say("use") if chance.happens(0.5) else None, quantity_inspected=inspected,
        quantity_defective=slots["n"] if many else None,
        defects=[{"failure_mode": slots["mode"], "quantity": slots["n"]}] if many else None,
        safety_hazard=case.failure.safety and case.rank == Rank.CRITICAL,
        main_function_lost=case.rank in (Rank.CRITICAL, Rank.MAJOR), demands=[slots["demand"]],
    )  # fmt: skip


def classify(case: Case, at: datetime, basis: str = "confirmed", rank: Rank | None = None) -> Step:
    rank = rank or case.rank
    actor = case.quality if rank in (Rank.CRITICAL, Rank.MAJOR) else case.supervisor
    return case.step(
        at, actor, "triage", "classify", category=case.failure.category, failure_mode=case.slots["mode"],
        grade=GRADES[case.site.code][rank], rank=rank, basis=basis, reason=case.say("grade", rank),
    )  # fmt: skip


def regrade(case: Case, at: datetime, rank: Rank) -> Step:
    """The grade is what it was presumed to be, or another one."""
    case.regraded = True
    up = rank <= case.rank
    case.rank = rank
    return case.step(
        at, case.quality, "triage", "change-grade", grade=GRADES[case.site.code][rank], rank=rank, basis="confirmed",
        reason=case.say("regrade_up" if up else "regrade_down"),
    )  # fmt: skip


def assign(case: Case, at: datetime) -> Step:
    step = case.step(at, case.supervisor, "triage", "assign", owner=case.owner.id, department=case.department)
    case.assigned_at = case.now
    return step


def merge(case: Case, at: datetime, survivor: str) -> Step:
    return case.step(
        at, case.quality, "triage", "merge", survivor=CaseOf(survivor), reason=case.say("merge", case=case.model)
    )


def link(case: Case, at: datetime, other: str) -> Step:
    return case.step(at, case.quality, "triage", "link-case", other=CaseOf(other), relation="same_lot")


def withdraw(case: Case, at: datetime) -> Step:
    return case.step(
        at,
        case.agent,
        "intake",
        "withdraw",
        reason=case.fill(case.chance.pick(phrases(case.site.language)["customer"]["withdrawal"])),
    )


def feedback(case: Case, at: datetime) -> Step:
    happy = case.chance.happens(0.82)
    score = case.chance.number(75, 100) if happy else case.chance.number(30, 70)
    return case.step(
        at, case.agent, "intake", "record-customer-feedback", satisfied=happy, score=score,
        comment=case.customer_says("satisfied" if happy else "unsatisfied"),
    )  # fmt: skip


def follow_up(case: Case, at: datetime, *, in_order: bool) -> Step:
    said = case.say("follow_up_ok" if in_order else "follow_up_failed")
    return case.step(at, case.agent, "intake", "complete-follow-up", reached=True, product_ok=in_order, comment=said)


def waive(case: Case, at: datetime) -> Step:
    return case.step(at, case.site.one("qh"), "intake", "waive-follow-up", reason=case.say("follow_up_waived"))
