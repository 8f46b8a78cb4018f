"""What happens to a generated case from containment to reopening, one function for each command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from services.demo.case import Case
from services.demo.organisation import Staff
from services.demo.scenario import Step
from shared.events.words import ActionKind, Disposition, Method, Verdict, Where
from shared.kernel.values import Rank

METHODS = {Method.FIVE_WHY: 6.0, Method.FISHBONE_6M: 2.5, Method.FIVE_W_ONE_H: 1.5}
FISH = ("man", "machine", "material", "method", "environment", "measurement")


@dataclass(frozen=True)
class Planned:
    """An action on its way."""

    id: str
    owner: Staff
    due: datetime

    def ends(self, case: Case) -> datetime:
        """When work ends on the day it is due."""
        hours = case.hours.office.hours(self.due.astimezone(case.site.tz).date())
        return datetime.fromtimestamp(hours[-1][1], UTC) if hours else self.due


def contain(case: Case, at: datetime, where: Where) -> Step:
    checked = case.chance.number(40, 400)
    return case.step(
        at, case.quality, "capa", "define-containment", containment_id=case.next("c"), where=[where],
        measure=case.say("contain", where), owner=case.worker.id, quantity_checked=checked,
        quantity_nonconforming=case.chance.number(0, checked // 12),
    )  # fmt: skip


def start(case: Case, at: datetime) -> Step:
    case.slots["method"] = case.chance.weighted(METHODS)
    return case.step(at, case.owner, "capa", "start-investigation", methods_planned=[case.slots["method"]])


def found(case: Case, at: datetime, verdict: Verdict, evidence: list[str], *, happened: datetime | None = None) -> Step:
    """The cause, by the method that was planned, with its chart and with what shows it."""
    told, symptom = case.told, case.fill(case.told.symptom)
    direct, root = told.because[0], told.because[-1]
    if verdict == Verdict.NO_TROUBLE_FOUND:
        direct, root = case.say("nothing_found"), case.say("nothing_root")
    elif verdict == Verdict.USE_ERROR:
        direct, root = case.say("use_direct"), case.say("use_root")
    method = case.slots["method"]
    if verdict in (Verdict.NO_TROUBLE_FOUND, Verdict.USE_ERROR) and method == Method.FIVE_WHY:
        method = Method.FIVE_W_ONE_H
    chart: dict[str, Any]
    match method:
        case Method.FIVE_WHY:
            links = (symptom, *told.because)
            last = len(links) - 2
            chart = {
                "five_whys": [
                    {"why": why, "because": because, "evidence": evidence if index in (0, last) else []}
                    for index, (why, because) in enumerate(pairwise(links))
                ]
            }
        case Method.FISHBONE_6M:
            bones = {bone: [case.say("fish", bone)] for bone in FISH}
            bones[case.failure.six_m] = [root] if direct == root else [direct, root]
            chart = {"fishbone": bones}
        case _:
            chart = {
                "five_w_one_h": {
                    "what": symptom, "when": case.slots["day"], "who": case.say("who"), "why": direct, "root_why": root,
                    "how": case.say("how"),
                }
            }  # fmt: skip
    reason = case.say("presumed") if verdict == Verdict.PRESUMED else None
    return case.step(
        at, case.owner, "capa", "record-root-cause", happened=happened, direct_cause=direct, root_cause=root,
        method=method,
        verdict=verdict, reason_if_unverifiable=reason, evidence=evidence or None, **chart,
    )  # fmt: skip


def plan(case: Case, at: datetime, kind: ActionKind, content: str, owner: Staff, due: datetime) -> tuple[Step, Planned]:
    action = Planned(case.next("a"), owner, due)
    step = case.step(
        at, case.owner, "capa", "plan-action", action_id=action.id, kind=kind, content=content, owner=owner.id,
        department=case.department, due=case.day(due), measure_of_success=case.say("success"),
    )  # fmt: skip
    return step, action


def submit(case: Case, at: datetime) -> Step:
    return case.step(at, case.owner, "capa", "submit-action-plan")


def approve(case: Case, at: datetime) -> Step:
    comment = case.say("approve") if case.chance.happens(0.6) else None
    return case.step(at, case.approver, "capa", "approve-action-plan", comment=comment)


def give_back(case: Case, at: datetime) -> Step:
    return case.step(at, case.approver, "capa", "return-action-plan", comment=case.say("return"))


def progress(case: Case, at: datetime, action: Planned) -> Step:
    if case.chance.happens(0.15):
        why = case.chance.pick(("supplier", "machine"))
        return case.step(
            at, action.owner, "capa", "block-action", action_id=action.id, reason=case.say("stuck", why),
            way_out=case.say("way_out", why),
        )  # fmt: skip
    percent = 10 * case.chance.number(2, 8)
    return case.step(
        at, action.owner, "capa", "report-action-progress", action_id=action.id, percent=percent,
        note=case.say("progress_note"),
    )  # fmt: skip


def complete(case: Case, at: datetime, action: Planned, *, happened: datetime | None = None) -> Step:
    return case.step(
        at,
        action.owner,
        "capa",
        "complete-action",
        happened=happened,
        action_id=action.id,
        result=case.say("done"),
    )


def verify(case: Case, at: datetime, actions: list[Planned], *, effective: bool) -> Step:
    doers = {action.owner.key for action in actions}
    somebody_else = [case.verifier, case.quality, case.site.one("qh")]
    verifier = next(each for each in somebody_else if each.key not in doers)
    measured = case.chance.pick(
        (("100 %", "100 %", "91 %"), ("≤ 1 %", "0.4 %", "3.8 %"), ("≤ 0.5 %", "0.2 %", "2.1 %"))
    )
    target, good, bad = measured
    return case.step(
        at, verifier, "capa", "verify-effect", action_ids=[action.id for action in actions], effective=effective,
        method=case.say("verify" if effective else "verify_failed"),
        criteria=[
            {"metric": case.say("metric"), "target": target, "actual": good if effective else bad, "met": effective}
        ],
    )  # fmt: skip


CLOSING = {Verdict.NO_TROUBLE_FOUND: ("no_trouble_found", "close_ntf"), Verdict.USE_ERROR: ("use_error", "close_use")}


def close(case: Case, at: datetime, verdict: Verdict) -> Step:
    disposition, words = CLOSING.get(verdict, (Disposition.SOLVED, "close"))
    acceptance = case.chance.weighted({"accepted": 78, "no_answer": 17, "not_accepted": 5})
    step = case.step(
        at,
        case.quality,
        "capa",
        "close",
        disposition=disposition,
        customer_acceptance=acceptance,
        summary=case.say(words),
    )
    case.closed_at = case.now
    return step


def reopen(case: Case, at: datetime, reason: str, *, back_to_planning: bool) -> Step:
    return case.step(
        at,
        case.site.one("qh"),
        "capa",
        "reopen",
        reason=reason,
        explanation=case.say("reopen"),
        back_to_planning=back_to_planning,
    )


def sign(case: Case, at: datetime) -> Step:
    return case.step(at, case.site.one("qh"), "capa", "sign-responsibility", department=case.department)


def cost(case: Case, at: datetime) -> Step:
    currency = {"sz": "CNY", "dresden": "EUR", "monterrey": "MXN"}[case.site.code]
    scale = {"CNY": 7, "EUR": 1, "MXN": 19}[currency] * (6 if case.rank in (Rank.CRITICAL, Rank.MAJOR) else 1)
    kind = case.chance.pick(("freight", "rework", "scrap", "travel", "compensation"))
    return case.step(
        at, case.site.one("fin"), "capa", "record-cost", cost_id=case.next("k"), kind=kind,
        amount={"minor": case.chance.number(12, 240) * 100 * scale, "currency": currency}, department=case.department,
        incurred_on=case.day(case.now),
    )  # fmt: skip


def archive(case: Case, at: datetime) -> Step:
    today = date.fromisoformat(case.day(at))
    return case.step(at, case.quality, "capa", "archive", retention_until=f"{today.year + 10}-12-31")


def take_on(case: Case, at: datetime, clock: str) -> Step:
    """A leader takes an escalated breach on."""
    actor = case.chance.pick((case.site.one("head"), case.site.one("qh")))
    return case.step(at, actor, "sla-watch", "acknowledge-escalation", clock_id=clock, decision=case.say("escalation"))
