"""Whose turn it is: nobody is offered what the chain or the separation of duties would refuse."""

from __future__ import annotations

from services.console.choices import Situation
from services.console.offered import offers, possible
from services.organisation_chart import SERVICES
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import ReportKind
from shared.events.organisation import Role
from shared.policy.pack import Pack
from tests.facts import Story, planned
from tests.policies import policy

OFFERS = offers(SERVICES.values())
S0 = policy("pack-s0").pack
"""Closure is signed by the engineer, then by whoever was asked first (S0-50)."""
S3, S4 = policy("pack-s3").pack, policy("pack-s4").pack
"""The plan is signed by the head of quality (S3-31)."""
EVERY_ROLE = frozenset(Role)


def offered(
    story: Story, person: str = "p-else", roles: frozenset[Role] = EVERY_ROLE, pack: Pack | None = None
) -> tuple[list[str], list[str]]:
    """What is next, and all there is."""
    found = possible(OFFERS, Situation("en", case=story.case, pack=pack), lambda site: roles, person)
    first = [offer.door for offer in found.next]
    return first, [*first, *(offer.door for each in (found.more or {}).values() for offer in each)]


def asked_to_close(story: Story, by: str = "p-head") -> Story:
    asked = e.ClosureRequested(
        request=1, disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
    )
    return story.happened(asked, by=by)


def signed(step: int, role: str, of: str = "z1", chain: str = "close") -> e.StepSigned:
    return e.StepSigned(chain=chain, of=of, step=step, role=role, meaning=w.Meaning.APPROVAL)


def test_where_no_policy_asks_for_signatures_a_case_is_simply_closed():
    first, all = offered(Story().goes_to(Stage.CLOSING))
    assert first == ["close"] and "sign-closure" not in all


def test_where_a_policy_asks_for_signatures_they_are_asked_for_first():
    first, all = offered(Story().goes_to(Stage.CLOSING), pack=S0)
    assert first == ["request-closure"] and not {"close", "sign-closure"} & set(all)


def test_the_closure_is_offered_for_signing_to_whoever_is_next():
    story = asked_to_close(Story().goes_to(Stage.CLOSING))
    engineer = frozenset({Role.QUALITY_ENGINEER})
    assert offered(story, "p-qe", engineer, S0)[0] == ["sign-closure"]
    assert "sign-closure" not in offered(story, "p-cs", frozenset({Role.CUSTOMER_SERVICE}), S0)[1]
    assert "sign-closure" not in offered(story, "p-head", EVERY_ROLE, S0)[1], "who asked for it does not sign it"
    story.happened(signed(1, "quality_engineer"), by="p-qe")
    first_responsible = story.case.first_responsible
    assert first_responsible is not None
    assert offered(story, first_responsible, frozenset({Role.CUSTOMER_SERVICE}), S0)[0] == ["sign-closure"]
    assert "sign-closure" not in offered(story, "p-else", EVERY_ROLE, S0)[1]


def test_whoever_submitted_a_plan_is_not_offered_to_approve_it():
    story = Story().goes_to(Stage.PLAN_REVIEW)
    author = story.case.plan_submitted_by
    assert author is not None
    assert "approve-action-plan" not in offered(story, author)[1]
    assert offered(story)[0][0] == "approve-action-plan"


def test_whoever_planned_an_action_is_not_offered_to_approve_it_or_to_judge_it():
    story = Story().goes_to(Stage.PLANNING)
    story.happened(planned("a9"), by="p-planner").happened(
        e.ActionPlanSubmitted(plan_version=1, action_ids=("a9",)), by="p-other"
    )
    assert story.case.stage == Stage.PLAN_REVIEW
    assert "approve-action-plan" not in offered(story, "p-planner")[1]
    assert "approve-action-plan" in offered(story)[0]
    story = Story().goes_to(Stage.VERIFYING)
    (action,) = story.case.actions_of_cycle()
    assert "verify-effect" not in offered(story, action.planners[0])[1]


def test_a_report_is_offered_for_signing_to_whoever_is_next():
    story = Story().goes_to(Stage.INVESTIGATING)
    story.happened(
        e.ReportDrafted(report_id="r1", report_kind=ReportKind.PROGRESS, revision=1, summary="half way"), by="p-rnd"
    )
    assert "sign-report" in offered(story, "p-rnd", frozenset({Role.RND}), S4)[1], "whoever wrote it signs first"
    assert "sign-report" not in offered(story, "p-qh", frozenset({Role.QUALITY_HEAD}), S4)[1]
    first = e.StepSigned(chain="customer_report", of=story.case.reports["r1"].signed_as, step=1, role="rnd",
                         meaning=w.Meaning.AUTHORSHIP)  # fmt: skip
    story.happened(first, by="p-rnd")
    assert "sign-report" in offered(story, "p-rh", frozenset({Role.RND_HEAD}), S4)[1]
    assert "sign-report" not in offered(story, "p-rnd", frozenset({Role.RND, Role.RND_HEAD}), S4)[1]


def test_a_plan_is_offered_to_the_role_that_its_chain_names():
    story = Story().goes_to(Stage.PLAN_REVIEW)
    assert "approve-action-plan" in offered(story, roles=frozenset({Role.QUALITY_HEAD}), pack=S3)[0]
    assert "approve-action-plan" not in offered(story, roles=frozenset({Role.DEPT_HEAD}), pack=S3)[1]


def test_whoever_did_all_the_work_is_not_offered_to_judge_it():
    story = Story().goes_to(Stage.VERIFYING)
    (action,) = story.case.actions_of_cycle()
    assert "verify-effect" not in offered(story, action.owner)[1]
    assert offered(story)[0][0] == "verify-effect"


def test_whoever_has_nothing_to_do_is_told_whom_the_case_waits_for():
    service = frozenset({Role.CUSTOMER_SERVICE})

    def waits(story: Story, roles: frozenset[Role] = service) -> tuple[object, ...]:
        found = possible(OFFERS, Situation("en", case=story.case, pack=S0), lambda site: roles, "p-else")
        return found.next, found.others, found.role, found.person

    story = Story().goes_to(Stage.INVESTIGATING)
    assert waits(story) == ((), ["record-root-cause"], None, story.case.owner)
    story = asked_to_close(Story().goes_to(Stage.CLOSING))
    assert waits(story) == ((), ["sign-closure"], "quality_engineer", None)
    story.happened(signed(1, "quality_engineer"), by="p-qe")
    assert waits(story) == ((), ["sign-closure"], "first_responsible", story.case.first_responsible)
    assert waits(Story().goes_to(Stage.REGISTERED))[1:] == ((), None, None), "it waits for this very reader"
