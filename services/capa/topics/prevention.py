"""So that it does not come back, here or elsewhere: standards, read-across, and the lesson for others (D7, S4-63, S1-51)."""

from typing import assert_never

from services.capa.topics.asked import action_of
from shared.complaint.state import ActionStatus, Complaint
from shared.events import complaint as events
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.rules import Rules

_SHORTEST = 2
"""A name of one letter would be found in every text."""


class UpdateStandards(events.StandardsUpdated, Command):
    """Record which documents were changed because of the case (S4-63, D7)."""


class CompleteReadAcross(events.ReadAcrossCompleted, Command):
    """Record where else the like could happen, and what is done there (D7)."""


class PublishCaseStudy(events.CaseStudyPublished, Command):
    """Make a lesson for others of a closed case, in which nobody can be recognised (S1-51)."""


PreventionCommand = UpdateStandards | CompleteReadAcross | PublishCaseStudy


def decide(complaint: Complaint, command: PreventionCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about prevention."""
    match command:
        case UpdateStandards():
            yield told(events.StandardsUpdated, command)
        case CompleteReadAcross():
            if not (command.products or command.lines or command.sites):
                raise Invalid("name at least one product, line or site", rule="G-8D", field="products")
            _known_sites(rules, command.sites, "sites")
            for id in command.action_ids:
                action_of(complaint, id, *ActionStatus)
            yield told(events.ReadAcrossCompleted, command)
        case PublishCaseStudy():
            _known_sites(rules, command.audience_sites, "audience_sites")
            _nobody_is_recognised(complaint, command)
            yield told(events.CaseStudyPublished, command)
        case _:
            assert_never(command)


def _known_sites(rules: Rules, sites: tuple[str, ...], field: str) -> None:
    for code in sites:
        try:
            rules.site(code)
        except Unknown as unknown:
            raise Invalid(unknown.detail, rule="G-SITE", field=field) from None


def _nobody_is_recognised(complaint: Complaint, command: PublishCaseStudy) -> None:
    """Whoever publishes it vouches for that; what the case knows of its customer is looked for besides (G-ANON)."""
    if not command.anonymised:
        raise Refused("a lesson for others names nobody", rule="G-ANON", field="anonymised")
    told_text = f"{command.title}\n{command.lesson}".casefold()
    known = (
        complaint.customer_name, complaint.contact_person, complaint.contact, complaint.customer_no, complaint.case_no,
    )  # fmt: skip
    if any(isinstance(word, str) and len(word) >= _SHORTEST and word.casefold() in told_text for word in known):
        raise Refused(
            "the lesson names the customer, a contact or the case", rule="G-ANON", field="lesson",
            way_out="tell it without names and numbers of the customer",
        )  # fmt: skip
