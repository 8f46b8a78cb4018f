"""What is still open before the end of a case, as its page shows it."""

from __future__ import annotations

import inspect
import re

from services.capa.topics import points
from services.console.checklist import checklist, doors_in
from services.console.texts import TEXTS
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.triage_words import FinalBasis
from shared.kernel.values import Rank
from shared.policy.access import COMMANDS
from tests.facts import Story, closed
from tests.policies import policy

S0, S4 = policy("pack-s0").pack, policy("pack-s4").pack


def final_grade() -> e.FinalGradeAssigned:
    return e.FinalGradeAssigned(
        grade="P3", rank=Rank("3"), basis=FinalBasis.RESULT, initial="P3", differs_from_initial=False
    )


def test_every_point_that_a_policy_can_ask_for_has_its_words():
    codes = set(re.findall(r'Point\(\s*"(\w+)"', inspect.getsource(points)))
    assert len(codes) > 15
    assert {f"point_{code}" for code in codes} <= TEXTS["zh"].keys()


def test_every_way_out_of_a_point_names_a_command():
    ways = re.findall(r'"[^"]*\(([a-z][a-z, -]+)\)"', inspect.getsource(points))
    assert len(ways) > 8
    assert {door for way in ways for door in way.split(", ")} <= COMMANDS.keys()


def test_what_is_open_is_told_with_the_commands_that_do_it():
    story = Story().goes_to(Stage.CLOSING)
    grade = next(item for item in checklist(story.case, S0).items if item.code == "final_grade")
    assert (grade.done, grade.doors) == (False, ["assign-final-grade"])
    story.happened(final_grade())
    found = checklist(story.case, S0)
    grade = next(item for item in found.items if item.code == "final_grade")
    assert (grade.done, grade.doors) == (True, [])
    assert found.to == "close" and found.done >= 1


def test_after_closing_it_tells_what_is_open_before_the_archive():
    story = Story().goes_to(Stage.CLOSED)
    (follow_up,) = checklist(story.case, S4).items
    assert (follow_up.code, follow_up.done) == ("follow_up", False)
    assert follow_up.doors == ["complete-follow-up", "waive-follow-up"]
    story.happened(e.FollowUpCompleted(reached=True, product_ok=True))
    found = checklist(story.case, S4)
    assert found.to == "archive" and found.done == 1


def test_who_has_signed_and_who_is_next_is_told():
    story = Story().goes_to(Stage.CLOSING)
    assert not checklist(story.case, S0).signing, "nobody has asked for signatures yet"
    story.happened(e.ClosureRequested(
        request=1, disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
    ))  # fmt: skip
    story.happened(
        e.StepSigned(chain="close", of="z1", step=1, role="quality_engineer", meaning=w.Meaning.VERIFICATION), by="p-qe"
    )
    (first, one), (second, nobody) = checklist(story.case, S0).signing
    assert (first.role, one and one.by) == ("quality_engineer", "p-qe")
    assert (second.role, nobody) == ("first_responsible", None)


def test_nothing_is_asked_of_a_case_that_has_not_begun_or_is_over_or_goes_by_no_policy():
    assert not checklist(Story().goes_to(Stage.REGISTERED).case, S0)
    assert not checklist(Story().goes_to(Stage.CLOSED).happened(closed()).case, None)
    archived = Story().goes_to(Stage.CLOSED).happened(e.Archived(retention_until=Story().now.date()))
    assert not checklist(archived.case, S4)


def test_commands_are_found_in_sentences():
    assert doors_in("end it (lift-containment), or close-by (reopen) and close") == ["lift-containment", "reopen"]
