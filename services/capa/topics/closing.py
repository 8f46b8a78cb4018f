"""Closing: asked for with the result, signed, sent back or done; reopened, and put away at last (S0-50 to S0-52, S4-62)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, assert_never

from services.capa.topics.asked import action_of, guards_of, pack_of
from services.capa.topics.points import Point, all_points, open_before_archiving, open_points
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import complaint as events
from shared.events.capa_words import ReturnTo
from shared.events.complaint import CaseText
from shared.events.organisation import Role
from shared.events.words import Acceptance, Disposition, ReopenReason
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.access import LEADERS, QUALITY
from shared.policy.chains import complete, send_back, sign, steps_of
from shared.policy.rules import Rules

CHAIN = "close"


class RequestClosure(Command):
    """State the result and ask for the signatures that the policy wants; everything it asks for is done (S0-50)."""

    LEADS_TO: ClassVar = (events.ClosureRequested,)

    disposition: Disposition
    customer_acceptance: Acceptance
    summary: CaseText


class SignClosure(Command):
    """Sign the closure as the next of its chain; the last signature closes the case (S0-50)."""

    LEADS_TO: ClassVar = (events.Closed,)

    comment: CaseText | None = None


class ReturnClosure(events.ClosureReturned, Command):
    """Send the closure back: to plan again, or to carry out or judge some actions again (T20)."""


class Close(events.Closed, Command):
    """State the result and close the case, where no policy asks for signatures (S0-50)."""


class Reopen(Command):
    """Begin a new cycle of a closed case (S0-52)."""

    LEADS_TO: ClassVar = (events.Reopened,)

    reason: ReopenReason
    explanation: CaseText
    back_to_planning: bool = False


class Archive(events.Archived, Command):
    """Put the closed case away until the end of its retention (S4-62)."""


ClosingCommand = RequestClosure | SignClosure | ReturnClosure | Close | Reopen | Archive


def decide(complaint: Complaint, command: ClosingCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about the end of a case."""
    match command:
        case RequestClosure():
            _nothing_is_open(complaint, occasion, rules)
            points = all_points(complaint, pack_of(complaint, occasion, rules))
            yield told(
                events.ClosureRequested, command, request=complaint.closing.number + 1,
                checklist=tuple(dict.fromkeys(point.code for point in points)),
            )  # fmt: skip
        case SignClosure():
            yield from _signed(complaint, command, occasion, rules)
        case ReturnClosure():
            yield from _returned(complaint, command, occasion, rules)
        case Close():
            if steps_of(complaint, CHAIN, occasion, rules):
                raise Refused(
                    "the policy asks for signatures before a case is closed", rule="G-APPR",
                    way_out="ask for them (request-closure); the last one closes the case",
                )  # fmt: skip
            _nothing_is_open(complaint, occasion, rules)
            yield told(events.Closed, command)
        case Reopen():
            known = complaint.root_cause is not None or complaint.findings.in_place_of_a_cause
            if command.back_to_planning and not known:
                raise Refused("no cause is on record to plan on", rule="G-REOPEN", field="back_to_planning")
            _within_the_window(complaint, occasion, rules)
            yield told(events.Reopened, command, cycle=complaint.cycle + 1)
        case Archive():
            if complaint.follow_up_decision_due:
                raise Refused(
                    "a failed follow-up waits for a decision",
                    rule="G-FOLLOWUP",
                    way_out="reopen the case, or waive with a reason (waive-follow-up)",
                )
            if unsettled := complaint.money.unsettled():
                raise Refused(
                    f"money of the case is not settled: {', '.join(unsettled)}", rule="G-MONEY",
                    way_out="finance executes or pays (execute-charge, pay-compensation), or a leader takes it back (waive-charge,"
                    " withdraw-compensation)",
                )  # fmt: skip
            _refuse(open_before_archiving(complaint, pack_of(complaint, occasion, rules)), "G-ARCHIVE")
            yield told(events.Archived, command)
        case _:
            assert_never(command)


def _nothing_is_open(complaint: Complaint, occasion: Occasion, rules: Rules) -> None:
    """Only while it waits to be closed: before, the lifecycle refuses it for a better reason."""
    if complaint.stage == Stage.CLOSING:
        _refuse(open_points(complaint, pack_of(complaint, occasion, rules)), "G-CLOSE")


def _refuse(points: Sequence[Point], rule: str) -> None:
    if points:
        raise Refused(
            "; ".join(point.detail for point in points), rule=rule,
            way_out="; ".join(dict.fromkeys(point.way_out for point in points)),
        )  # fmt: skip


# ── signatures ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _signed(complaint: Complaint, command: SignClosure, occasion: Occasion, rules: Rules) -> Decided:
    request, steps = complaint.closing.request, steps_of(complaint, CHAIN, occasion, rules)
    if request is None or not steps:
        raise Refused(
            "nobody has asked for signatures to close this case", rule="G-APPR",
            way_out="request-closure, or close where no policy asks for signatures",
        )  # fmt: skip
    _nothing_is_open(complaint, occasion, rules)
    of, by = f"z{request.request}", complaint.closing.requested_by
    authors = () if by is None else (by,)
    yield sign(complaint, CHAIN, of, steps, occasion, rules, authors=authors, comment=command.comment)
    if complete(complaint, CHAIN, of, steps, more=1):
        yield events.Closed(
            disposition=request.disposition, customer_acceptance=request.customer_acceptance, summary=request.summary
        )


def _returned(complaint: Complaint, command: ReturnClosure, occasion: Occasion, rules: Rules) -> Decided:
    """By whoever was to sign next; where nobody is asked to sign, by a leader or by quality (T20)."""
    if command.to_stage == ReturnTo.PLANNING and command.action_ids:
        raise Invalid("what is planned again are new actions", rule="G-CLOSE", field="action_ids")
    if command.to_stage != ReturnTo.PLANNING and not command.action_ids:
        raise Invalid("name the actions to be done or judged again", rule="G-CLOSE", field="action_ids")
    for id in command.action_ids:
        action_of(complaint, id, ActionStatus.EFFECTIVE)
    request, steps = complaint.closing.request, steps_of(complaint, CHAIN, occasion, rules)
    if request is not None and steps:
        yield send_back(complaint, CHAIN, f"z{request.request}", steps, occasion, rules, command.reason)
    elif not rules.roles(occasion.actor.id, complaint.site, occasion.now) & {*LEADERS, *QUALITY}:
        raise Refused(
            "a closure is sent back by a leader or by quality", rule="G-APPR",
            way_out=f"somebody who is {', '.join(sorted({*LEADERS, *QUALITY}))} sends it back",
        )  # fmt: skip
    yield told(events.ClosureReturned, command)


# ── after closure ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _within_the_window(complaint: Complaint, occasion: Occasion, rules: Rules) -> None:
    """Later than the policy allows, or out of the archive, the head of quality reopens a case (G-REOPEN, T23)."""
    days = guards_of(complaint, occasion, rules).reopen_window_days
    if days is None or complaint.closed_at is None:
        return
    late = occasion.at > complaint.closed_at + timedelta(days=days)
    if not (late or complaint.stage == Stage.ARCHIVED):
        return
    if Role.QUALITY_HEAD not in rules.roles(occasion.actor.id, complaint.site, occasion.now):
        why = f"it was closed more than {days} days ago" if late else "it is in the archive"
        raise Refused(
            f"{why}: the head of quality reopens it", rule="G-REOPEN",
            way_out=f"somebody who is quality_head at {complaint.site} reopens it",
        )  # fmt: skip
