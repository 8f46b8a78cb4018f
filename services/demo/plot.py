"""How a generated case goes from receipt to its end: which steps, when, and with what luck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.demo import capa_steps as capa
from services.demo import intake_steps as intake
from services.demo.capa_steps import Planned
from services.demo.case import Case
from services.demo.scenario import Step
from shared.events.words import ActionKind, EvidenceKind, Verdict, Where
from shared.kernel.values import Rank

GRAVE = (Rank.CRITICAL, Rank.MAJOR)


@dataclass(frozen=True)
class Fate:
    """What will happen to a case beyond the ordinary. Chosen before it begins."""

    ends: str = "closed"
    """closed, withdrawn, merged"""
    verdict: Verdict = Verdict.CONFIRMED
    failed_verification: bool = False
    reopened: bool = False
    slow_cause: bool = False
    slow_closure: bool = False
    slow_contact: bool = False
    lead: str | None = None
    """The first case of the same defective lot."""
    lead_closes: datetime | None = None


def tell(case: Case, received: datetime, staffed: bool, fate: Fate) -> Iterator[Step]:
    """All steps of a case, in order, as far as they will ever go."""
    yield intake.receive(case, received, staffed=staffed)
    yield from _first_contact(case, fate)
    if fate.ends == "withdrawn":
        yield intake.withdraw(case, case.after(60, 2_400))
        return
    yield from _triage(case, fate)
    if fate.ends == "merged" and fate.lead is not None:
        yield intake.merge(case, case.after(20, 90), fate.lead)
        return
    yield intake.assign(case, case.after(4, 40) if case.rank in GRAVE else case.after(10, 90))
    yield from _investigation(case, fate)
    if fate.verdict != Verdict.NO_TROUBLE_FOUND:
        yield from _remedy(case, fate, first=True)
        if fate.failed_verification:
            yield from _remedy(case, fate, first=False)
    yield from _ending(case, fate)
    if fate.reopened:
        yield from _again(case, fate)
    else:
        yield from _afterwards(case)


def _first_contact(case: Case, fate: Fate) -> Iterator[Step]:
    chance = case.chance
    soon = case.received_at + timedelta(minutes=chance.number(12, 58))  # nobody at the desk: the person on duty answers
    prompt = case.after(130, 330) if fate.slow_contact else min(case.after(6, 80), soon)
    if chance.happens(0.04):  # done at once, entered the next morning: the breach will be excused
        happened = min(prompt, soon)
        yield intake.acknowledge(case, case.after(300, 620), happened=happened)
    else:
        yield intake.acknowledge(case, prompt)
    if case.failure.safety and case.rank == Rank.CRITICAL:
        yield intake.classify(case, case.after(3, 20), basis="presumed")
    calm = not fate.slow_contact
    happened = None
    by = case.after(8, 150) if calm else case.after(500, 900)
    latest = case.received_at + timedelta(hours=chance.between(2, 20))
    if calm and by > latest:  # nobody at the desk: the person on duty calls
        by = latest
    if chance.happens(0.03):
        happened, by = by, by + timedelta(hours=chance.between(3, 9))
    yield intake.contact(case, by, happened=happened)
    if chance.happens(0.12):
        yield intake.ask(case, case.after(5, 40), "customer")
        yield intake.answered(case, case.after(90, 1_700), "customer")


def _triage(case: Case, fate: Fate) -> Iterator[Step]:
    chance = case.chance
    yield intake.register(case, case.after(10, 90))
    presumed = case.failure.safety and case.rank == Rank.CRITICAL
    if not presumed:
        early = chance.happens(0.07) and case.rank == Rank.MINOR
        if early:  # taken for less, or for more, than it is
            yield intake.classify(case, case.after(5, 60), rank=chance.pick((Rank.MAJOR, Rank.NEGLIGIBLE)))
            yield intake.regrade(case, case.after(30, 200), case.rank)
        else:
            yield intake.classify(case, case.after(5, 60))
    elif chance.happens(0.5):
        yield intake.regrade(case, case.after(30, 200), case.rank)
    if fate.lead is not None and fate.ends != "merged" and chance.happens(0.7):
        yield intake.link(case, case.after(5, 60), fate.lead)


def _investigation(case: Case, fate: Fate) -> Iterator[Step]:
    chance, evidence = case.chance, list[str]()
    if case.rank == Rank.CRITICAL or chance.happens({"2": 0.55, "3": 0.08}.get(case.rank, 0)):
        yield capa.contain(case, case.after(10, 120), chance.pick(tuple(Where)))
    yield capa.start(case, case.after(10, 240) if case.rank != Rank.CRITICAL else case.after(5, 40))
    if fate.verdict in (Verdict.CONFIRMED, Verdict.USE_ERROR) or chance.happens(0.1):
        kind = chance.weighted({EvidenceKind.TEST_REPORT: 6, EvidenceKind.PHOTO: 4, EvidenceKind.REPAIR_RECORD: 1})
        yield intake.attach(case, case.after(20, 200), kind, case.owner)
        evidence.append(f"e{case.counts['e']}")
    if chance.happens(0.09):
        yield intake.ask(case, case.after(10, 120), "customer")
        yield intake.answered(case, case.after(120, 2_200), "customer")
    elif chance.happens(0.05):
        of = chance.pick(("internal", "supplier"))
        yield intake.ask(case, case.after(10, 120), of)
        yield intake.answered(case, case.after(60, 900), of)
    due = case.promised("root_cause", case.assigned_at)
    share = chance.between(1.15, 2.4) if fate.slow_cause else chance.between(0.2, 0.82)
    at = case.towards(case.assigned_at, due, share)
    if fate.slow_cause and chance.happens(0.6):
        taken_on = due + timedelta(hours=chance.between(1.5, 5))
        if case.now < due and taken_on < at:
            yield capa.take_on(case, taken_on, "root_cause/1")
    if case.rank in GRAVE and chance.happens(0.25) and case.after(60, 200) < at:
        yield intake.contact(case, case.after(60, 200), "progress")
    happened = None
    if not fate.slow_cause and chance.happens(0.03):
        happened, at = at, at + timedelta(hours=chance.between(4, 20))
    yield capa.found(case, at, fate.verdict, evidence, happened=happened)


def _remedy(case: Case, fate: Fate, *, first: bool) -> Iterator[Step]:
    """Plan, approval, actions and verification; once more when they were not effective (S0-52)."""
    chance = case.chance
    actions: list[Planned] = []
    closure = case.promised("closure", case.received_at)
    for kind, content in _what_to_do(case, fate, first):
        room = closure if closure > case.after(960, 960) else case.after(960, 1_440)
        due = case.towards(case.now, room, chance.between(0.3, 0.6))
        if kind != ActionKind.CORRECTION and fate.slow_closure:
            due = room + timedelta(days=chance.number(3, 25))
        owner = case.worker if kind != ActionKind.CORRECTION or chance.happens(0.3) else case.owner
        step, action = capa.plan(case, case.after(5, 45), kind, content, owner, due)
        actions.append(action)
        yield step
    plan_due = case.promised("action_plan", case.assigned_at if first else case.now)
    yield capa.submit(case, min(case.towards(case.now, plan_due, chance.between(0.1, 0.7)), case.after(400, 900)))
    if chance.happens(0.05):
        yield capa.give_back(case, case.after(40, 300))
        step, action = capa.plan(
            case,
            case.after(60, 300),
            ActionKind.PREVENTIVE,
            case.say("preventive"),
            case.worker,
            case.after(1_500, 2_400),
        )
        actions.append(action)
        yield step
        yield capa.submit(case, case.after(10, 60))
    yield capa.approve(case, case.after(20, 420))
    for action in sorted(actions, key=lambda action: action.due):
        share = chance.between(1.1, 1.9) if chance.happens(0.06) else chance.between(0.4, 0.95)
        at = case.towards(case.now, max(action.ends(case), case.after(60, 240)), share)
        if chance.happens(0.08):
            yield capa.progress(case, case.towards(case.now, at, 0.5), action)
        happened = None
        if chance.happens(0.03):
            happened, at = at, at + timedelta(hours=chance.between(5, 20))
        yield capa.complete(case, at, action, happened=happened)
    due = case.promised("verification", case.now)
    share = chance.between(1.1, 1.6) if chance.happens(0.04) else chance.between(0.1, 0.6)
    good = not (first and fate.failed_verification)
    yield capa.verify(case, case.towards(case.now, due, share), actions, effective=good)


def _what_to_do(case: Case, fate: Fate, first: bool) -> Iterator[tuple[ActionKind, str]]:
    if fate.verdict == Verdict.USE_ERROR:
        yield ActionKind.CORRECTION, case.say("use_action")
        return
    if first:
        yield ActionKind.CORRECTION, case.fill(case.told.correct)
    if not first or case.chance.happens(0.75 if case.rank in GRAVE else 0.12):
        yield ActionKind.CORRECTIVE, case.fill(case.told.prevent)
    if case.rank in GRAVE and case.chance.happens(0.2):
        yield ActionKind.PREVENTIVE, case.say("preventive")


def _ending(case: Case, fate: Fate) -> Iterator[Step]:
    chance = case.chance
    closure = case.promised("closure", case.received_at)
    if fate.verdict != Verdict.NO_TROUBLE_FOUND and chance.happens(0.3):
        yield intake.feedback(case, case.after(30, 500))
    at = case.after(20, 600)
    if case.now < closure < at:
        at = case.towards(case.now, closure, 0.7)
    if fate.slow_closure:
        at = case.after(900, 3_000)
        taken_on = closure + timedelta(hours=chance.between(2, 8))
        if not case.regraded and case.now < taken_on < at and chance.happens(0.5):
            yield capa.take_on(case, taken_on, "closure/1")
    yield capa.close(case, at, fate.verdict)


def _again(case: Case, fate: Fate) -> Iterator[Step]:
    """Reopened, solved once more, closed once more."""
    chance = case.chance
    reason = chance.pick(("recurrence", "objection", "failed_follow_up", "new_evidence"))
    if reason == "failed_follow_up":
        yield intake.follow_up(case, case.after(4_000, 9_000), in_order=False)
        back = True
    else:
        back = chance.happens(0.5)
    yield capa.reopen(case, case.after(300, 3_000), reason, back_to_planning=back)
    case.received_at = case.assigned_at = case.now  # what is left of the new cycle is planned from here
    if not back:
        yield intake.attach(case, case.after(60, 400), EvidenceKind.TEST_REPORT, case.owner)
        at = case.towards(case.now, case.promised("root_cause", case.now), chance.between(0.2, 0.7))
        yield capa.found(case, at, Verdict.CONFIRMED, [f"e{case.counts['e']}"])
    again = Fate()
    yield from _remedy(case, again, first=True)
    yield from _ending(case, again)


def _afterwards(case: Case) -> Iterator[Step]:
    """What may still be recorded after closure."""
    chance = case.chance
    if chance.happens(0.06):
        yield capa.cost(case, case.after(200, 3_000))
    if chance.happens(0.03):
        yield capa.sign(case, case.after(200, 2_000))
    if chance.happens(0.06):
        in_order = chance.happens(0.85)
        yield intake.follow_up(case, case.after(9_000, 13_000), in_order=in_order)
        if not in_order:
            yield intake.waive(case, case.after(60, 900))
    if chance.happens(0.12):
        yield capa.archive(case, case.after(20_000, 32_000))
