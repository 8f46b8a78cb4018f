"""What triage decides: every command accepted once, every guard refusing once."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.triage.domain import Assign, ChangeGrade, Classify, Reassign, TriageCommand
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.words import Category, Department, GradeBasis
from shared.kernel.command import Command
from shared.kernel.values import Rank
from tests.facts import assigned, classified, received, registered
from tests.given import Given, World, told, triage

CLASSIFY = Classify(category=Category.OTHER, grade="P2", rank=Rank.MAJOR, basis=GradeBasis.CONFIRMED)
REGRADE = ChangeGrade(grade="P1", rank=Rank.CRITICAL, reason="smoke was seen")


def given(*past: Any) -> Given:
    return triage.given(*past).in_a_world(World())


ACCEPTED: dict[type[Command], tuple[tuple[Any, ...], Command, type, Stage]] = {
    Classify: ((received(), registered()), CLASSIFY, e.Classified, Stage.TRIAGED),
    ChangeGrade: ((Stage.TRIAGED,), REGRADE, e.GradeChanged, Stage.TRIAGED),
    Assign: ((Stage.TRIAGED,), Assign(owner="p-bo", department=Department.RND), e.Assigned, Stage.ASSIGNED),
    Reassign: (
        (Stage.ASSIGNED,),
        Reassign(owner="p-cy", department=Department.RND, reason="knows it"),
        e.Reassigned,
        Stage.ASSIGNED,
    ),
}


@pytest.mark.parametrize("kind", get_args(TriageCommand))
def test_every_command_is_accepted_where_it_belongs(kind: type[Command]):
    past, command, event, stage = ACCEPTED[kind]
    given(*past).when(command).then_some(event).leads_to(stage)


@pytest.mark.requirement("S0-19")
def test_a_grade_presumed_at_intake_waits_for_the_registration():
    given(received()).when(CLASSIFY).leads_to(Stage.RECEIVED)
    assert told(received(), classified(), registered()).case.stage == Stage.TRIAGED


def test_a_graded_case_is_regraded_not_classified_again():
    given(received(), classified()).when(CLASSIFY).refused("G-GRADE")


def test_a_case_without_a_grade_is_not_regraded():
    given(received(), registered()).when(REGRADE).refused("G-GRADE")


def test_a_regrade_changes_something_and_remembers_what_it_was():
    same = ChangeGrade(grade="P2", rank=Rank.MAJOR, basis=GradeBasis.CONFIRMED, reason="no reason")
    given(Stage.TRIAGED).when(same).refused("G-GRADE", "grade")
    changed = given(Stage.TRIAGED).when(REGRADE)
    assert (changed.event().was, changed.after.grade, changed.after.rank) == ("P2", "P1", Rank.CRITICAL)


def test_only_people_who_are_known_answer_for_a_case():
    given(Stage.TRIAGED).when(Assign(owner="p-nobody", department=Department.RND)).invalid("G-PERSON", "owner")
    wish = Reassign(owner="p-nobody", department=Department.RND, reason="knows it")
    given(Stage.ASSIGNED).when(wish).invalid("G-PERSON", "owner")


def test_whoever_answers_already_is_not_assigned_again():
    wish = Reassign(owner="p-bo", department=Department.QUALITY, reason="again")
    given(Stage.TRIAGED, assigned()).when(wish).refused("G-ROUTE", "owner")


@pytest.mark.parametrize("ended", [Stage.CLOSED])
@pytest.mark.parametrize("kind", [Classify, ChangeGrade, Assign, Reassign])
def test_an_ended_case_is_not_triaged(kind: type[Command], ended: Stage):
    outcome = given(ended).when(ACCEPTED[kind][1])
    assert outcome.problem is not None and outcome.problem.rule in ("G-STAGE", "G-GRADE")
