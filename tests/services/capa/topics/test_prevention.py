"""Standards, read-across, thanks, and the lesson for others."""

from typing import Any

import pytest

from services.capa.topics.prevention import CompleteReadAcross, PublishCaseStudy, UpdateStandards
from services.capa.topics.team import DescribeProblem, FormTeam, RecogniseTeam
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.capa_words import StandardKind
from shared.events.words import Department
from tests.facts import received
from tests.given import capa

WI_17 = e.StandardDocument(kind=StandardKind.WORK_INSTRUCTION, number="WI-17", old_revision="B", new_revision="C")


@pytest.mark.requirement("S4-63")
def test_what_was_learned_goes_into_rules_and_instructions():
    wish = UpdateStandards(documents=(WI_17,), summary="the profile is checked at every change of alloy")
    outcome = capa.given(Stage.VERIFYING).when(wish)
    assert outcome.event().documents == (WI_17,)
    assert outcome.after.disciplines.prevented_in == (1,)
    with pytest.raises(ValueError):
        UpdateStandards(documents=(), summary="we shall be careful")


def test_it_is_looked_elsewhere_by_name_and_with_actions_that_there_are():
    given = capa.given(Stage.VERIFYING)
    usual: dict[str, Any] = {"applicable": True, "conclusion": "the same check there"}
    given.when(CompleteReadAcross(**usual)).invalid("G-8D", "products")
    given.when(CompleteReadAcross(**usual, lines=("SMT 1",), action_ids=("a9",))).invalid("G-ACTION")
    done = given.when(CompleteReadAcross(**usual, lines=("SMT 1",), sites=("dd",), action_ids=("a1",)))
    assert done.after.disciplines.read_across_in == (1,)


@pytest.mark.requirement("S4-44")
def test_good_work_is_rewarded():
    wish = RecogniseTeam(praise="found in two days", recognised=("p-bo", "p-cy"))
    outcome = capa.given(Stage.CLOSED).when(wish, by="p-head")
    assert outcome.event().recognised == ("p-bo", "p-cy") and outcome.after.disciplines.recognised
    capa.given(Stage.CLOSED).when(RecogniseTeam(praise="x", recognised=("p-nobody",))).invalid("G-PERSON", "recognised")
    capa.given(Stage.PLANNING).when(wish, by="p-head").refused("G-STAGE")


# ── team and problem ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("people", "field"),
    [
        ({"leader": "p-nobody"}, "leader"),
        ({"leader": "p-bo", "champion": "p-nobody"}, "champion"),
        ({"leader": "p-bo", "members": (e.Member(person="p-nobody", role="engineer"),)}, "members"),
    ],
)
def test_a_team_is_made_of_people_who_are_known(people: dict[str, Any], field: str):
    capa.given(Stage.ASSIGNED).when(FormTeam(**people)).invalid("G-PERSON", field)


def test_a_team_formed_anew_replaces_the_one_before():
    first = e.TeamFormed(leader="p-bo", members=(e.Member(person="p-cy", role="engineer", department=Department.RND),))
    outcome = capa.given(Stage.ASSIGNED, first).when(FormTeam(leader="p-ana"))
    assert outcome.after.disciplines.team == e.TeamFormed(leader="p-ana")


def test_of_six_questions_where_may_be_left_out():
    six = e.SixQuestions(what="garbled", when="warm", who="one customer", why="cannot be read", how="after two hours")
    line = e.IsIsNot(question="which lots", observed="L2403", not_observed="any other")
    outcome = capa.given(Stage.ASSIGNED).when(DescribeProblem(problem="x", six_questions=six, is_is_not=(line,)))
    assert outcome.after.disciplines.problem == outcome.event() and six.where is None
    with pytest.raises(ValueError):
        e.SixQuestions(what="garbled", when="warm", who="one customer", why="cannot be read")  # type: ignore[call-arg]


# ── the lesson ────────────────────────────────────────────────────────────────────────────────────────────────────────
def study(**changed: Any) -> PublishCaseStudy:
    usual: dict[str, Any] = {
        "title": "Alloy",
        "lesson": "ask which settings were made for the old one",
        "anonymised": True,
    }
    return PublishCaseStudy(**{**usual, **changed})


@pytest.mark.parametrize("lesson", ["张三 had a broken screen", "the customer C-1001", "see sz-2026-00001"])
def test_nobody_is_recognised_in_a_lesson(lesson: str):
    given = capa.given(received(), Stage.CLOSED)
    given.when(study(lesson=lesson)).refused("G-ANON", "lesson")
    given.when(study(title=lesson)).refused("G-ANON")
    given.when(study(anonymised=False)).refused("G-ANON", "anonymised")
    given.when(study()).then_some(e.CaseStudyPublished)


def test_only_a_finished_case_is_a_lesson():
    capa.given(Stage.VERIFYING).when(study()).refused("G-STAGE")
