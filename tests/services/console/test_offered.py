"""What is offered: what stage and roles allow, the awaited first; the same that the desk then takes."""

from __future__ import annotations

import pytest

from services.console.choices import Situation
from services.console.offered import STEPS, awaited, doors_of, events_of, offers, possible, stages_of
from services.insight.duties import CLOCK_OF, OWNERS
from services.organisation_chart import SERVICES
from services.sla_watch.clauses import CLAUSES
from shared.complaint.awaits import CODES
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.rounds import STEPS as SIGNED
from shared.complaint.state import OPEN, Stage
from shared.events.handover import TransferredToSite
from shared.events.organisation import Role
from shared.policy.access import COMMANDS
from tests.facts import HOUR, Story, asked

OFFERS = offers(SERVICES.values())
ABOUT_CASES = {door: offer for door, offer in OFFERS.items() if offer.about_a_case}
NOT_OF_THE_LIFECYCLE = {"acknowledge-escalation"}
"""About the clocks of a case, which have no stages."""
EVERY_ROLE = frozenset(Role)


def doors(story: Story, roles: frozenset[str] = EVERY_ROLE) -> list[str]:
    found = possible(
        OFFERS, Situation("en", case=story.case, clocks=tuple(story.clocks.clocks.values())), lambda site: roles
    )
    more = [offer.door for each in (found.more or {}).values() for offer in each]
    return [*(offer.door for offer in found.next), *more]


@pytest.mark.parametrize("door", ABOUT_CASES)
def test_every_command_about_a_case_says_what_it_leads_to(door: str):
    """By inheriting its event, or by LEADS_TO; else it would be offered in every open case."""
    listed = [event for event in events_of(ABOUT_CASES[door].command) if event in LIFECYCLE]
    assert listed or door in NOT_OF_THE_LIFECYCLE, f"{door} inherits no event: name it in LEADS_TO"


def test_every_command_that_somebody_may_give_has_a_page():
    without = set(COMMANDS) - set(OFFERS)
    taken_over = {"import-complaint", "import-history"}
    assert without == {"issue-token"} | taken_over, "the one shows a secret once, the others take over files"


def test_what_a_case_awaits_is_a_command():
    assert {door for code in (*CODES, *SIGNED) for door in doors_of(code)} <= set(OFFERS)
    assert set(STEPS) <= {*CODES, "escalation", "site_duty", "site_escalation"}
    assert set(CLOCK_OF) <= {*CODES, *SIGNED} and set(OWNERS) <= set(CODES)
    assert set(CLOCK_OF.values()) <= {clause.name for clause in CLAUSES}


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage in OPEN or stage is Stage.CLOSED])
def test_what_is_offered_may_happen_in_that_stage(stage: Stage):
    story = Story().goes_to(stage)
    found = doors(story)
    assert found and len(found) == len(set(found))
    for door in found:
        assert stage in stages_of(OFFERS[door].command), door
    usual = {
        Stage.RECEIVED: "acknowledge", Stage.REGISTERED: "classify", Stage.TRIAGED: "assign",
        Stage.ASSIGNED: "start-investigation", Stage.INVESTIGATING: "record-root-cause", Stage.PLANNING: "plan-action",
        Stage.PLAN_REVIEW: "approve-action-plan", Stage.IMPLEMENTING: "complete-action", Stage.VERIFYING: "verify-effect",
        Stage.CLOSING: "close",
    }  # fmt: skip
    assert stage not in usual or (usual[stage] in awaited(story.case) and usual[stage] in found[:4])


def test_only_what_the_roles_at_the_site_allow_is_offered():
    story = Story().goes_to(Stage.PLAN_REVIEW)
    assert "approve-action-plan" in doors(story, frozenset({Role.QUALITY_HEAD}))
    assert "approve-action-plan" not in doors(story, frozenset({Role.CUSTOMER_SERVICE}))
    assert doors(story, frozenset({Role.AUDITOR})) == []
    assert doors(story, frozenset()) == []


def test_what_needs_something_that_is_not_there_is_not_offered():
    story = Story().goes_to(Stage.REGISTERED)
    assert "provide-information" not in doors(story)
    story.happened(asked())
    assert doors(story)[0] == "provide-information", "a case that waits for an answer awaits just that"
    assert "acknowledge-escalation" not in doors(story)


def test_an_escalation_is_offered_until_somebody_takes_it_on():
    story = Story().goes_to(Stage.INVESTIGATING)
    story.time_passes(story.now + 24 * 40 * HOUR)
    assert "acknowledge-escalation" in doors(story, frozenset({Role.QUALITY_HEAD}))


def test_a_case_that_was_handed_to_another_site_is_taken_over_by_those_who_work_there():
    handed = TransferredToSite(from_site="sz", to_site="dd", handover_state="nothing done yet", reason="made there")
    story = Story().goes_to(Stage.ASSIGNED).happened(handed)
    situation = Situation("en", case=story.case)

    def at(site: str) -> list[str]:
        found = possible(OFFERS, situation, lambda asked: EVERY_ROLE if asked == site else frozenset[str]())
        return [offer.door for offer in found.next]

    assert "accept-transfer" in at("dd") and "accept-transfer" not in at("sz")


def test_nothing_is_offered_without_a_case():
    assert not possible(OFFERS, Situation("en"), lambda site: EVERY_ROLE)
