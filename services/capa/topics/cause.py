"""Causes: proposed, rejected, and found, with the method, its chart, and evidence for each (D4, G-RCA, G-EVID)."""

from typing import assert_never

from services.capa.topics.asked import cites, guards_of, holds_for, pack_of
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.capa_words import CauseKind, CauseSide, Confidence
from shared.events.complaint import Cause, Ids
from shared.events.words import Method, Verdict
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.pack import Guards, Pack
from shared.policy.rules import Rules

_SOMETHING_FAILED = frozenset({Verdict.CONFIRMED, Verdict.PRESUMED, Verdict.SUPPLIER, Verdict.TRANSPORT})
"""Verdicts by which something occurred, and escaped."""


class ProposeRootCause(events.RootCauseProposed, Command):
    """Say what may be a cause, and how sure one is (S0-31, S4-35)."""

    cause_id: LocalId = NEXT


class RejectRootCause(events.RootCauseRejected, Command):
    """Rule out a cause that was proposed."""


class RecordRootCause(events.RootCauseFound, Command):
    """Record direct and root cause with method and evidence (S0-31, S1-33)."""

    cause_ids: Ids = ()
    """Proposed causes that were it; they join `causes`."""


CauseCommand = ProposeRootCause | RejectRootCause | RecordRootCause


def decide(complaint: Complaint, command: CauseCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about causes."""
    match command:
        case ProposeRootCause():
            cites(complaint, (*command.evidence, *(id for why in command.five_whys for id in why.evidence)))
            if command.confidence == Confidence.CONFIRMED:
                cites(complaint, command.evidence, least=1)
            id = free(command.cause_id, "ca", complaint.investigation.proposed, "cause_id")
            yield told(events.RootCauseProposed, command, cause_id=id)
        case RejectRootCause():
            _proposed(complaint, command.cause_id, "cause_id")
            cites(complaint, command.evidence)
            yield told(events.RootCauseRejected, command)
        case RecordRootCause():
            proposed = (_proposed(complaint, id, "cause_ids") for id in command.cause_ids)
            causes = (*command.causes, *(_taken_over(each, command.verdict) for each in proposed))
            pack = pack_of(complaint, occasion, rules)
            if complaint.disputes.open:
                raise Refused(
                    f"whether anything failed is in dispute ({', '.join(complaint.disputes.open)})", rule="G-DISPUTE",
                    way_out="resolve it first (resolve-evidence-dispute)",
                )  # fmt: skip
            _is_founded(complaint, command)
            _fits_the_policy(complaint, command, causes, pack, guards_of(complaint, occasion, rules))
            yield told(events.RootCauseFound, command, causes=causes)
        case _:
            assert_never(command)


def _proposed(complaint: Complaint, id: str, field: str) -> events.RootCauseProposed:
    """One that nobody has rejected."""
    proposed = complaint.investigation.proposed.get(id)
    if proposed is None:
        known = ", ".join(complaint.investigation.proposed) or "none"
        raise Invalid(f"nobody has proposed a cause {id!r}", rule="G-RCA", field=field, way_out=f"proposed: {known}")
    if id in complaint.investigation.rejected:
        raise Refused(
            f"{id} has been rejected", rule="G-RCA", field=field, way_out="propose it anew, with new evidence"
        )
    return proposed


def _taken_over(proposed: events.RootCauseProposed, verdict: Verdict) -> Cause:
    """What was proposed, as sure as the verdict on the whole."""
    evidence = (*proposed.evidence, *(id for why in proposed.five_whys for id in why.evidence))
    return Cause(
        cause_kind=proposed.cause_kind, cause_side=proposed.cause_side, cause_nature=proposed.cause_nature,
        statement=proposed.statement, cause_pattern=proposed.cause_pattern,
        confidence=proposed.confidence if verdict == Verdict.PRESUMED else Confidence.CONFIRMED,
        reason_if_unverifiable=proposed.reason_if_unverifiable, evidence=tuple(dict.fromkeys(evidence)),
        cause_id=proposed.cause_id,
    )  # fmt: skip


def _is_founded(complaint: Complaint, command: RecordRootCause) -> None:
    """The method's own chart is filled in; a confirmed cause cites evidence, a presumed one says why (G-RCA, G-EVID)."""
    charts = {
        Method.FIVE_WHY: ("five_whys", command.five_whys),
        Method.FISHBONE_6M: ("fishbone", command.fishbone),
        Method.FIVE_W_ONE_H: ("five_w_one_h", command.five_w_one_h),
    }
    field, chart = charts[command.method]
    if not chart or chart == events.Fishbone():
        raise Invalid(f"the method {command.method} needs its chart", rule="G-RCA", field=field)
    if command.verdict == Verdict.PRESUMED and command.reason_if_unverifiable is None:
        raise Invalid(
            "a presumed cause needs the reason why it cannot be verified", rule="G-RCA", field="reason_if_unverifiable"
        )
    cited = _cited(command)
    if command.verdict == Verdict.CONFIRMED and not cited:
        raise Refused(
            "a confirmed cause cites at least one piece of evidence",
            rule="G-EVID",
            field="evidence",
            way_out="attach evidence first, or give the verdict presumed with reason_if_unverifiable",
        )
    cites(complaint, cited)


def _cited(command: RecordRootCause) -> Ids:
    return (
        *command.evidence,
        *(id for why in command.five_whys for id in why.evidence),
        *(id for cause in command.causes for id in cause.evidence),
    )


def _fits_the_policy(
    complaint: Complaint, command: RecordRootCause, causes: tuple[Cause, ...], pack: Pack, guards: Guards
) -> None:
    """Method and verdict are among those of the policy, and every cause has its evidence (G-RCA, G-EVID)."""
    # 8D is the form of the work and leaves the tool of its fourth discipline free.
    tools = tuple(method for method in pack.methods or () if method != "8d")
    if tools and command.method not in tools:
        raise Refused(
            f"the policy finds causes by {', '.join(tools)}", rule="G-RCA", field="method", way_out="use one of these"
        )
    verdicts = pack.catalogs.verdicts if pack.catalogs is not None else None
    if verdicts is not None and command.verdict not in verdicts:
        raise Refused(f"the policy knows the verdicts {', '.join(verdicts)}", rule="G-RCA", field="verdict")
    if command.verdict not in _SOMETHING_FAILED:
        return
    if holds_for(complaint, guards.occurrence_and_escape_rank):
        _why_it_occurred_and_why_it_escaped(causes)
    least = guards.evidence_per_cause or 0
    if command.verdict != Verdict.PRESUMED and not causes:
        cites(complaint, _cited(command), least)
    for cause in causes:
        if cause.confidence == Confidence.CONFIRMED:
            cites(complaint, cause.evidence, least)
        elif cause.reason_if_unverifiable is None:
            raise Invalid(
                f"a cause that is {cause.confidence} says why it cannot be verified", rule="G-RCA", field="causes"
            )


def _why_it_occurred_and_why_it_escaped(causes: tuple[Cause, ...]) -> None:
    for side in CauseSide:
        if not any(cause.cause_side == side and cause.cause_kind == CauseKind.ROOT for cause in causes):
            why = "it occurred" if side == CauseSide.OCCURRENCE else "nobody noticed it before the customer did"
            raise Refused(
                f"a case of this grade names the root cause for which {why}", rule="G-RCA", field="causes",
                way_out=f"add a cause with cause_kind root and cause_side {side}",
            )  # fmt: skip
