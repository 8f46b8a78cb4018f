"""Grades found by the rules of a policy: first match, the gravest that is possible where something is not known, and reasons."""

from typing import Any

import pytest

from services.triage.domain import ChangeGrade, Classify
from shared.events.complaint import GradeChanged
from shared.events.grading import GradeFacts
from shared.events.policy import PolicyPackPublished
from shared.events.words import Category, Extent, GradeBasis
from shared.kernel.values import Rank
from shared.policy.pack_file import read_pack
from shared.policy.policies import Policy, PublishedPack, digest_of_text, fold_policy
from tests.facts import MONDAY, Log, acknowledged, received, registered
from tests.given import Given, World, triage

OURS = """
meta: {id: pack-ours, version: 1, title: {en: Three grades, zh: 三级}}
grade_scheme:
  presumed_at_intake: true
  levels:
    - {code: P1, rank: 1, label: {en: urgent, zh: 紧急}}
    - {code: P2, rank: 2, label: {en: important, zh: 重要}}
    - {code: P3, rank: 3, label: {en: general, zh: 一般}}
  rules:
    - {id: o-1, when: "safety_hazard or same_lot_failed_units >= 10", code: P1}
    - {id: o-2, when: "main_function_lost", code: P2}
    - {id: o-3, when: "true", code: P3}
"""
THEIRS = """
meta: {id: pack-theirs, version: 1, title: {en: Two grades, zh: 两级}}
grade_scheme:
  levels:
    - {code: HIGH, rank: 1, label: {en: high, zh: 高}}
    - {code: LOW, rank: 4, label: {en: low, zh: 低}}
  rules:
    - {id: t-1, when: "regulator_or_media_threat", code: HIGH}
    - {id: t-2, when: "true", code: LOW}
"""


def published(text: str) -> PublishedPack:
    pack = read_pack(text).pack
    assert pack is not None
    event = PolicyPackPublished(pack=pack.meta.id, version=1, title="x", text=text, digest=digest_of_text(text))
    log = Log()
    log.append(f"policy-{pack.meta.id}", event, MONDAY)
    return fold_policy(PublishedPack(), log.facts[0])


class Governed(World):
    """Shenzhen goes by our three grades; theirs are published too."""

    def __init__(self) -> None:
        super().__init__()
        self.known = {"pack-ours": published(OURS), "pack-theirs": published(THEIRS)}
        latest = self.known["pack-ours"].latest
        assert latest is not None
        self.going_by = Policy(latest.pack, "pack-ours@1 digest")

    def packs(self) -> dict[str, PublishedPack]:
        return self.known


def given(*past: Any) -> Given:
    return triage.given(*past).in_a_world(Governed())


def single(**changed: Any) -> Any:
    return registered().model_copy(update={"extent": Extent.SINGLE_UNIT, **changed})


HARDWARE = Category.HARDWARE_FAILURE


@pytest.mark.parametrize(
    ("record", "facts", "code", "rank", "rule", "basis"),
    [
        ({"safety_hazard": True}, {}, "P1", Rank.CRITICAL, "o-1", GradeBasis.CONFIRMED),
        ({"main_function_lost": True}, {}, "P2", Rank.MAJOR, "o-2", GradeBasis.CONFIRMED),
        ({"main_function_lost": False}, {}, "P3", Rank.MINOR, "o-3", GradeBasis.CONFIRMED),
        ({}, {"same_lot_failed_units": 10}, "P1", Rank.CRITICAL, "o-1", GradeBasis.CONFIRMED),
        ({}, {"same_lot_failed_units": 9, "main_function_lost": True}, "P2", Rank.MAJOR, "o-2", GradeBasis.CONFIRMED),
        ({"extent": Extent.LOT, "main_function_lost": True}, {}, "P1", Rank.CRITICAL, "o-1", GradeBasis.PRESUMED),
    ],
)
def test_the_rules_find_the_grade(
    record: dict[str, Any], facts: dict[str, Any], code: str, rank: Rank, rule: str, basis: GradeBasis
):
    wish = Classify(category=HARDWARE, facts=GradeFacts(**facts))
    event = given(received(), acknowledged(), single(**record)).when(wish).event()
    assert (event.grade, event.rank, event.rule_id, event.basis, event.scheme) == (code, rank, rule, basis, "pack-ours")


def test_the_same_facts_are_graded_in_every_other_scheme():
    facts = GradeFacts(regulator_or_media_threat=True)
    event = given(received(), acknowledged(), single()).when(Classify(category=HARDWARE, facts=facts)).event()
    (other,) = event.also_graded
    assert (other.scheme, other.code, other.rank, other.rule_id) == ("pack-theirs", "HIGH", Rank.CRITICAL, "t-1")
    assert event.facts.regulator_or_media_threat is True and event.facts.safety_hazard is False


@pytest.mark.requirement("S4-89")
def test_a_grade_given_before_registration_is_presumed():
    event = given(received()).when(Classify(category=HARDWARE, facts=GradeFacts(safety_hazard=True))).event()
    assert (event.grade, event.basis) == ("P1", GradeBasis.PRESUMED)


def test_another_grade_than_the_rules_give_takes_a_reason():
    case = given(received(), acknowledged(), single())
    case.when(Classify(category=HARDWARE, grade="P1")).refused("G-GRADE", "reason")
    event = case.when(Classify(category=HARDWARE, grade="P1", reason="the customer is a hospital")).event()
    assert (event.grade, event.rank, event.rule_id) == ("P1", Rank.CRITICAL, None)
    assert case.when(Classify(category=HARDWARE, grade="P3")).event().rule_id == "o-3"


def test_only_grades_of_the_scheme_with_their_rank():
    case = given(received(), acknowledged(), single())
    case.when(Classify(category=HARDWARE, grade="S", reason="x")).invalid("G-GRADE", "grade")
    case.when(Classify(category=HARDWARE, grade="P1", rank=Rank.MINOR, reason="x")).invalid("G-GRADE", "rank")
    graded = given(received(), acknowledged(), single(), case.when(Classify(category=HARDWARE)).event())
    graded.when(ChangeGrade(grade="S", rank=Rank.CRITICAL, reason="x")).invalid("G-GRADE", "grade")
    graded.when(ChangeGrade(grade="P1", rank=Rank.CRITICAL, reason="smoke was seen")).then_some(GradeChanged)


def test_without_a_scheme_grade_and_rank_are_said():
    triage.given(received(), registered()).when(Classify(category=HARDWARE)).invalid("G-GRADE", "grade")
