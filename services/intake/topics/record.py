"""What is put right or passed on once a case stands on the form, and who follows it to its end."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.intake.topics.registration import must_be_clear
from shared.complaint.record import CORRECTABLE, corrected, read
from shared.complaint.record import told as written
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, FieldChange
from shared.events.organisation import Role
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.personal import Erased
from shared.kernel.told import told
from shared.kernel.values import Code, Value
from shared.policy.access import QUALITY, SERVICE
from shared.policy.rules import Rules, must_know


class Correction(Value):
    """A field of the record and what it should say: texts, codes and days as they are written, all else as JSON."""

    field: Code
    new: CaseText


class CorrectRegistration(Command):
    """Put right what the record says, with the reason; what it said before stays in the timeline."""

    LEADS_TO: ClassVar = (events.RegistrationCorrected,)

    changes: Annotated[tuple[Correction, ...], Field(min_length=1, max_length=40)]
    reason: CaseText


class Forward(events.Forwarded, Command):
    """Pass the completed form on to those who are to work on it (S2-22, S4-66)."""


class ChangeFirstResponsible(events.FirstResponsibleChanged, Command):
    """Let somebody else follow the case to its end (S0-07, S4-48)."""


RecordCommand = CorrectRegistration | Forward | ChangeFirstResponsible


def decide_record(complaint: Complaint, command: RecordCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case CorrectRegistration():
            yield _corrected(complaint, command, occasion, rules)
        case Forward():
            if unknown := [role for role in command.to_roles if role not in tuple(Role)]:
                raise Invalid(f"there is no role {unknown[0]!r}", rule="G-ROLE", field="to_roles")
            for site in command.to_sites:
                _must_be_a_site(site, rules)
            yield told(events.Forwarded, command)
        case ChangeFirstResponsible():
            _may_be_handed_over(complaint, command, occasion, rules)
            yield told(events.FirstResponsibleChanged, command)
        case _:
            assert_never(command)


def _corrected(
    complaint: Complaint, command: CorrectRegistration, occasion: Occasion, rules: Rules
) -> events.RegistrationCorrected:
    changes: list[FieldChange] = []
    for number, one in enumerate(command.changes):
        place = f"changes.{number}"
        if one.field not in CORRECTABLE:
            raise Invalid(
                f"{one.field!r} is no field that can be put right", rule="G-RECORD", field=f"{place}.field",
                way_out=f"fields: {', '.join(CORRECTABLE)}",
            )  # fmt: skip
        if any(one.field == other.field for other in changes):
            raise Invalid(f"{one.field} is changed twice", rule="G-RECORD", field=f"{place}.field")
        old = _stands(complaint, one.field)
        changes.append(FieldChange(field=one.field, old=old, new=_as_written(one, place)))
        if changes[-1].new == old:
            raise Refused(f"{one.field} says so already", rule="G-RECORD", field=f"{place}.new")
    _, form, _ = corrected(complaint.receipt, complaint.form, tuple(changes))
    if form is not None:
        must_be_clear(complaint, form, rules.policy(complaint.site, occasion.at).pack)
    return events.RegistrationCorrected(changes=tuple(changes), reason=command.reason)


def _stands(complaint: Complaint, field: str) -> CaseText | None:
    records = (complaint.form, complaint.receipt)
    value = next((found for one in records if (found := getattr(one, field, None)) not in (None, ())), None)
    return written(field, value)


def _as_written(one: Correction, place: str) -> CaseText:
    """As it is told ever after: the same value is always written the same way."""
    if isinstance(one.new, Erased):
        return one.new
    try:
        said = written(one.field, read(one.field, one.new))
    except ValueError:
        raise Invalid(f"is no {one.field}", rule="G-RECORD", field=f"{place}.new") from None
    return one.new if said is None else said


def _must_be_a_site(site: str, rules: Rules) -> None:
    try:
        rules.site(site)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-SITE", field="to_sites", way_out=unknown.way_out) from None


def _may_be_handed_over(
    complaint: Complaint, command: ChangeFirstResponsible, occasion: Occasion, rules: Rules
) -> None:
    """By whoever has it, or by service and quality; to somebody who works there."""
    must_know(rules, command.first_responsible, "first_responsible")
    if command.first_responsible == complaint.first_responsible:
        raise Refused("this person follows the case already", rule="G-FIRST", field="first_responsible")
    mine = occasion.actor.id == complaint.first_responsible
    if not mine and not rules.roles(occasion.actor.id, complaint.site, occasion.now) & {*SERVICE, *QUALITY}:
        raise Refused(
            "only whoever follows the case, service or quality may hand it over", rule="G-FIRST",
            way_out=f"{complaint.first_responsible or 'somebody at the service desk'} does it",
        )  # fmt: skip
    if not rules.roles(command.first_responsible, complaint.site):
        raise Refused(
            f"{command.first_responsible} holds no role at {complaint.site}", rule="G-FIRST", field="first_responsible",
            way_out="name somebody who works there, or grant a role first (casetrail person grant)",
        )  # fmt: skip
