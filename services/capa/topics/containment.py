"""Containment: defined, in place, verified, and lifted or made permanent (D3)."""

from typing import assert_never

from services.capa.topics.asked import cites, no_more_bad_than_checked, pack_of, terms_of
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint, Containment
from shared.events import complaint as events
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.pack import Pack
from shared.policy.rules import Rules, must_know


class DefineContainment(events.ContainmentDefined, Command):
    """Keep the problem from spreading while its cause is sought (S2-20, D3)."""

    containment_id: LocalId = NEXT


class ImplementContainment(events.ContainmentImplemented, Command):
    """Report a measure as in place, with what was checked and what of it was bad."""


class VerifyContainment(events.ContainmentVerified, Command):
    """Make sure that a measure holds; never by its owner, nor by whoever put it in place (G-SOD)."""


class LiftContainment(events.ContainmentLifted, Command):
    """End a measure, or make it permanent once it was found effective."""


ContainmentCommand = DefineContainment | ImplementContainment | VerifyContainment | LiftContainment


def decide(complaint: Complaint, command: ContainmentCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about containment."""
    match command:
        case DefineContainment():
            must_know(rules, command.owner, "owner")
            no_more_bad_than_checked(command.quantity_nonconforming, command.quantity_checked, "quantity_nonconforming")
            _agreed_in_detail(command)
            _not_too_many(complaint, pack_of(complaint, occasion, rules))
            id = free(command.containment_id, "c", complaint.containment, "containment_id")
            yield told(events.ContainmentDefined, command, containment_id=id)
        case ImplementContainment():
            measure = _active(complaint, command.containment_id)
            if measure.implemented_at is not None:
                raise Refused(f"{measure.containment_id} is in place already", rule="G-CONT", field="containment_id")
            no_more_bad_than_checked(command.quantity_nonconforming, command.quantity_checked, "quantity_nonconforming")
            cites(complaint, command.evidence)
            yield told(events.ContainmentImplemented, command)
        case VerifyContainment():
            measure = _active(complaint, command.containment_id)
            if measure.implemented_at is None:
                raise Refused(
                    f"{measure.containment_id} is not in place yet", rule="G-CONT", field="containment_id",
                    way_out="report it first (implement-containment)",
                )  # fmt: skip
            if occasion.actor.id in (measure.owner, measure.implemented_by):
                raise Refused(
                    f"{occasion.actor.id} owns {measure.containment_id} or put it in place, and cannot verify it",
                    rule="G-SOD",
                    way_out="somebody else with the role quality_engineer or quality_head verifies it",
                )
            cites(complaint, command.evidence)
            yield told(events.ContainmentVerified, command)
        case LiftContainment():
            measure = _active(complaint, command.containment_id)
            if command.made_permanent and not measure.effective:
                raise Refused(
                    f"only a measure that was found effective becomes permanent, and {measure.containment_id} was not",
                    rule="G-CONT",
                    field="made_permanent",
                    way_out="verify it first (verify-containment)",
                )
            yield told(events.ContainmentLifted, command)
        case _:
            assert_never(command)


def least_measures(complaint: Complaint, pack: Pack, containment_rank: int | None) -> int:
    """How many measures the policy wants before a plan: by the grade, and by the promise itself (S2-20)."""
    by_grade = complaint.rank is not None and int(complaint.rank) <= (containment_rank or 0)
    return max(terms_of(pack, "CL-CONT").min_measures or 0, int(by_grade))


def _agreed_in_detail(command: DefineContainment) -> None:
    """What is agreed with the customer says what is done and how long it takes (S4-71)."""
    if command.agreed_with_customer and not command.work_plan:
        raise Invalid("what is agreed with the customer names the work and its times", rule="G-CONT", field="work_plan")


def _not_too_many(complaint: Complaint, pack: Pack) -> None:
    most = terms_of(pack, "CL-CONT").max_measures
    active = sum(measure.active for measure in complaint.containment.values())
    if most is not None and active >= most:
        raise Refused(
            f"the policy allows {most} interim measures at a time, and there are {active}", rule="G-CONT",
            way_out="lift one first (lift-containment)",
        )  # fmt: skip


def _active(complaint: Complaint, id: str) -> Containment:
    measure = complaint.containment.get(id)
    if measure is None:
        known = ", ".join(complaint.containment) or "none"
        raise Invalid(
            f"there is no containment {id!r}", rule="G-CONT", field="containment_id", way_out=f"containment: {known}"
        )
    if not measure.active:
        raise Refused(f"{id} has ended already", rule="G-CONT", field="containment_id")
    return measure
