"""Parts, an exchange or a return (form F4): requested, authorised by quality, shipped by logistics (S2-21 to S2-29).

The chain `replacement` of the policy has two parts: whoever checks the facts and signs for the responsible department
authorises; whoever signs with the meaning `issue` or `execution` lets the goods leave.
"""

from datetime import date
from typing import ClassVar, assert_never
from zoneinfo import ZoneInfo

from shared.clocks.worktime import Target, due
from shared.complaint.local_ids import NEXT, free
from shared.complaint.replacements import Replacement, ReplacementStatus
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.replacements import ReplacementKind
from shared.events.words import Department, Meaning
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, LocalId
from shared.policy.access import QUALITY
from shared.policy.chains import complete, sign, signatures, steps_of
from shared.policy.pack import ANY_GRADE, ChainStep
from shared.policy.promise_terms import NAMED
from shared.policy.rules import Rules

CHAIN = "replacement"
_LETS_GO = frozenset({Meaning.ISSUE, Meaning.EXECUTION})


class RequestReplacement(events.ReplacementRequested, Command):
    """Fill in the form for parts, an exchange or a return (S2-21, S2-54)."""

    replacement_id: LocalId = NEXT


class AuthoriseReplacement(Command):
    """Having checked the facts, sign for the responsible department; left open only when it is urgent (S2-28, S2-29).

    Never by whoever asked for it (G-SOD).
    """

    LEADS_TO: ClassVar = (events.ReplacementAuthorised,)

    replacement_id: LocalId
    department: Department | None = None
    retro_sign_due: Day | None = None
    comment: CaseText | None = None


class RefuseReplacement(events.ReplacementRefused, Command):
    """Having checked the facts, turn the request down."""


class SignReplacementResponsibility(events.ReplacementResponsibilitySigned, Command):
    """Sign afterwards for the department that is responsible for a replacement (S2-29)."""


class ShipReplacement(events.ReplacementShipped, Command):
    """Record that the goods have left, and tell how they can be followed (S2-06, S1-44)."""


class DeliverReplacement(events.ReplacementDelivered, Command):
    """Record that the goods have reached the customer."""


class ReceiveReturn(events.ReturnReceived, Command):
    """Record what came back from the customer (S2-24)."""

    return_id: LocalId = NEXT


ReplacementCommand = (
    RequestReplacement | AuthoriseReplacement | RefuseReplacement | SignReplacementResponsibility | ShipReplacement
    | DeliverReplacement | ReceiveReturn
)  # fmt: skip


def decide_replacements(complaint: Complaint, command: ReplacementCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case RequestReplacement():
            if command.demand_id is not None and command.demand_id not in complaint.demanded.items:
                raise Invalid(f"there is no demand {command.demand_id!r}", rule="G-DEMAND", field="demand_id")
            id = free(command.replacement_id, "x", complaint.replacements.requests, "replacement_id")
            yield told(events.ReplacementRequested, command, replacement_id=id)
        case AuthoriseReplacement():
            yield from _authorised(complaint, command, occasion, rules)
        case RefuseReplacement():
            _request(complaint, command.replacement_id, ReplacementStatus.REQUESTED)
            yield told(events.ReplacementRefused, command)
        case SignReplacementResponsibility():
            if not _known(complaint, command.replacement_id).signature_owed:
                raise Refused("no signature is owed for this request", rule="G-RETROSIGN", field="replacement_id")
            yield told(events.ReplacementResponsibilitySigned, command)
        case ShipReplacement():
            yield from _shipped(complaint, command, occasion, rules)
        case DeliverReplacement():
            _request(complaint, command.replacement_id, ReplacementStatus.SHIPPED)
            yield told(events.ReplacementDelivered, command)
        case ReceiveReturn():
            if command.replacement_id is not None:
                _known(complaint, command.replacement_id)
            id = free(command.return_id, "w", complaint.replacements.returns, "return_id")
            yield told(events.ReturnReceived, command, return_id=id)
        case _:
            assert_never(command)


# ── authorised ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _authorised(complaint: Complaint, command: AuthoriseReplacement, occasion: Occasion, rules: Rules) -> Decided:
    """By everybody whom the policy asks before the goods leave; by quality where it asks nobody (S2-28)."""
    request = _request(complaint, command.replacement_id, ReplacementStatus.REQUESTED)
    steps = _before_leaving(complaint, occasion, rules)
    pending = command.department is None
    if pending:
        _may_be_left_open(complaint, request, steps)
    if steps:
        yield sign(
            complaint, CHAIN, request.replacement_id, steps, occasion, rules, authors=(request.requested_by,),
            comment=command.comment,
        )  # fmt: skip
        if not complete(complaint, CHAIN, request.replacement_id, steps, more=1):
            return
    elif occasion.actor.id == request.requested_by:
        raise Refused(
            "whoever asks for a replacement does not authorise it", rule="G-SOD",
            way_out="somebody else of quality checks the facts",
        )  # fmt: skip
    elif not rules.roles(occasion.actor.id, complaint.site, occasion.now) & set(QUALITY):
        raise Refused(
            "quality checks the facts of a replacement", rule="G-APPR",
            way_out=f"somebody who is quality_engineer or quality_head at {complaint.site} authorises it",
        )  # fmt: skip
    owed = command.retro_sign_due or _sign_by(complaint, occasion, rules) if pending else None
    yield told(events.ReplacementAuthorised, command, facts_correct=True, pending=pending, retro_sign_due=owed)


def _before_leaving(complaint: Complaint, occasion: Occasion, rules: Rules) -> tuple[ChainStep, ...]:
    steps = steps_of(complaint, CHAIN, occasion, rules)
    return steps[: next((n for n, step in enumerate(steps) if step.meaning in _LETS_GO), len(steps))]


def _may_be_left_open(complaint: Complaint, request: Replacement, steps: tuple[ChainStep, ...]) -> None:
    """Only in a hurry, and only where the step that signs for the department may be signed later (S2-29)."""
    given = len(signatures(complaint, CHAIN, request.replacement_id))
    if not request.urgent:
        raise Refused(
            "who is responsible is left open only for an urgent request", rule="G-RETROSIGN", field="department",
            way_out="name the responsible department",
        )  # fmt: skip
    if steps[given:] and not steps[given].may_be_pending:
        raise Refused(
            "the policy lets nobody sign for this later", rule="G-RETROSIGN", field="department",
            way_out="name the responsible department",
        )  # fmt: skip


def _sign_by(complaint: Complaint, occasion: Occasion, rules: Rules) -> date | None:
    """The day by which the policy wants the signature (CL-RETROSIGN); None where it promises none."""
    clause = (rules.policy(complaint.site, occasion.at).pack.clauses or {}).get("CL-RETROSIGN")
    targets = (clause.targets if clause is not None else None) or {}
    named = (complaint.grade or "", f"rank{complaint.rank}", *ANY_GRADE[:2])
    target = next((targets[name] for name in named if name in targets), None)
    if target is None or target in NAMED:
        return None
    site = rules.site(complaint.site)
    return (
        due(rules.calendar(site.calendar), occasion.at, Target.parse(target)).at.astimezone(ZoneInfo(site.zone)).date()
    )


# ── on its way ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _shipped(complaint: Complaint, command: ShipReplacement, occasion: Occasion, rules: Rules) -> Decided:
    request = _request(complaint, command.replacement_id, ReplacementStatus.AUTHORISED)
    if request.kind == ReplacementKind.RETURN:
        raise Refused(
            "a return comes to us and is not shipped", rule="G-REPLACE", field="replacement_id",
            way_out="record its arrival (receive-return)",
        )  # fmt: skip
    steps = steps_of(complaint, CHAIN, occasion, rules)
    before, given = _before_leaving(complaint, occasion, rules), signatures(complaint, CHAIN, request.replacement_id)
    if len(before) <= len(given) < len(steps):  # fewer: it was authorised when the policy had no such chain
        yield sign(complaint, CHAIN, request.replacement_id, steps, occasion, rules)
        if not complete(complaint, CHAIN, request.replacement_id, steps, more=1):
            return
    yield told(events.ReplacementShipped, command)


def _known(complaint: Complaint, id: str) -> Replacement:
    request = complaint.replacements.requests.get(id)
    if request is None:
        known = ", ".join(complaint.replacements.requests) or "none"
        raise Invalid(
            f"there is no request {id!r}", rule="G-REPLACE", field="replacement_id", way_out=f"requests: {known}"
        )
    return request


def _request(complaint: Complaint, id: str, wanted: ReplacementStatus) -> Replacement:
    request = _known(complaint, id)
    if request.status != wanted:
        first = (
            "quality authorises it first (authorise-replacement)" if wanted == ReplacementStatus.AUTHORISED else None
        )
        raise Refused(
            f"request {id} is {request.status}, not {wanted}", rule="G-REPLACE", field="replacement_id", way_out=first
        )
    return request
