"""Responsibility: named for now, then traced down to the post."""

from __future__ import annotations

from typing import Any

import pytest

from services.triage.topics.responsibility import AssignPreliminaryResponsibility, ConfirmResponsibility
from shared.complaint.state import Stage
from shared.events.complaint import DepartmentShare, ResponsibilityPreliminarilyAssigned
from shared.events.labels import label
from shared.events.triage_words import Party
from shared.events.words import Department
from shared.kernel.say import say
from shared.policy.access import QUALITY, who_may
from tests.facts import received, registered
from tests.given import triage
from tests.services.triage.lives import Life

D = Department
POST = "operator of the reflow oven, line 2"


def shares(**parts: int) -> tuple[DepartmentShare, ...]:
    return tuple(DepartmentShare(department=Department(name), share_pct=part) for name, part in parts.items())


@pytest.mark.requirement("S2-26")
def test_quality_names_for_now_who_is_responsible():
    assert who_may(AssignPreliminaryResponsibility) == QUALITY
    first_look = AssignPreliminaryResponsibility(departments=shares(production=60, purchasing=40))
    outcome = triage.given(received(), registered()).when(first_look).leads_to(Stage.REGISTERED)
    assert outcome.after.accountability.preliminary == shares(production=60, purchasing=40)
    assert outcome.after.accountability.confirmed is None and outcome.after.department is None


@pytest.mark.parametrize("command", [AssignPreliminaryResponsibility, ConfirmResponsibility])
@pytest.mark.parametrize(
    "wrong",
    [
        (),
        shares(production=60),
        shares(production=60, rnd=50),
        (*shares(production=50), *shares(production=50)),
    ],
)
def test_shares_come_to_all_of_it(command: Any, wrong: tuple[DepartmentShare, ...]):
    posts: dict[str, Any] = {"posts": (POST,)} if command is ConfirmResponsibility else {}
    triage.given(Stage.TRIAGED).when(command(departments=wrong, **posts)).invalid("G-SHARE", "departments")
    triage.given(Stage.TRIAGED).when(command(departments=shares(production=100), **posts)).then_some(command.__mro__[1])


@pytest.mark.requirement("S0-35")
def test_responsibility_is_traced_down_to_a_post():
    case = Life.of(Stage.INVESTIGATING)
    case.asks(ConfirmResponsibility(departments=shares(production=100))).refused("G-POST", "posts")
    after = case.does(ConfirmResponsibility(departments=shares(production=100), posts=(POST,), persons=("p-cy",))).after
    assert after.accountability.confirmed is not None and after.accountability.confirmed.posts == (POST,)
    assert after.accountability.shares == shares(production=100)


@pytest.mark.requirement("S0-35")
@pytest.mark.parametrize(
    "vague",
    [
        "production",
        "the production department",
        "生产部",
        "研发",
        "相关人员",
        "责任部门",
        "operators",
        "Everybody.",
        "部门",
    ],
)
def test_what_is_left_vague_is_no_post(vague: str):
    wish = ConfirmResponsibility(departments=shares(production=100), posts=(POST, vague))
    triage.given(Stage.INVESTIGATING).when(wish).refused("G-POST", "posts")


@pytest.mark.parametrize(
    "post", ["回流焊操作工（2线）", "incoming inspection, connectors", "production planner, line 2"]
)
def test_a_post_is_a_post(post: str):
    wish = ConfirmResponsibility(departments=shares(production=100), posts=(post,))
    assert triage.given(Stage.INVESTIGATING).when(wish).after.accountability.confirmed is not None


@pytest.mark.parametrize("party", [Party.SUPPLIER, Party.CUSTOMER, Party.CARRIER])
def test_of_others_no_post_and_no_department_is_asked(party: Party):
    outcome = triage.given(Stage.INVESTIGATING).when(ConfirmResponsibility(party=party, reason="their soldering"))
    assert outcome.after.accountability.shares == ()


def test_persons_are_known():
    wish = ConfirmResponsibility(departments=shares(rnd=100), posts=(POST,), persons=("p-nobody",))
    triage.given(Stage.INVESTIGATING).when(wish).invalid("G-PERSON", "persons")


def test_shares_are_told_in_the_language_of_the_reader():
    event = ResponsibilityPreliminarilyAssigned(departments=shares(production=60, rnd=40), reason="first look")
    assert say(event, "en", label=label) == "Responsible for now: production 60 %, R&D 40 %: first look"
    assert say(event, "zh", label=label) == "初步确定责任：生产60%、研发40%：first look"
