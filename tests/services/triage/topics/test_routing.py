"""Where a case goes and who answers for it: by the routes of a policy."""

from __future__ import annotations

from typing import Any

import pytest

from services.triage.domain import Assign, Classify, Reassign
from shared.events import complaint as e
from shared.events.grading import GradeFacts
from shared.events.words import CaseKind, Category, Department, Origin
from shared.kernel.values import Rank
from tests.facts import acknowledged, classified, received, registered
from tests.services.triage.lives import Life

C, D = Category, Department


def graded(category: Category, *packs: str, rank: Rank = Rank.MAJOR) -> Life:
    """A case that waits to be assigned."""
    first = classified(rank).model_copy(update={"category": category})
    return Life.of(received(), acknowledged(), registered(), first, packs=packs)


ROUTES = [
    pytest.param(C.HARDWARE_FAILURE, (D.PRODUCTION, D.RND), marks=pytest.mark.requirement("S0-24")),
    pytest.param(C.SOFTWARE_DEFECT, (D.RND,), marks=pytest.mark.requirement("S0-25")),
    pytest.param(C.SERVICE_PROCESS_ERROR, (D.AFTERSALES,), marks=pytest.mark.requirement("S0-26")),
    pytest.param(C.LOGISTICS_DAMAGE, (D.SUPPLY_CHAIN,), marks=pytest.mark.requirement("S0-27")),
]


@pytest.mark.requirement("S4-24")
@pytest.mark.parametrize(("category", "departments"), ROUTES)
def test_a_case_goes_where_the_policy_sends_its_category(category: Category, departments: tuple[Department, ...]):
    case = graded(category, "pack-s0")
    assert case.asks(Assign(owner="p-bo")).after.department == departments[0]
    for department in Department:
        outcome = case.asks(Assign(owner="p-bo", department=department))
        if department in departments:
            assert outcome.after.department == department
        else:
            outcome.refused("G-ROUTE", "department")


@pytest.mark.requirement("S4-24")
def test_another_department_takes_a_reason_that_is_kept():
    case = graded(C.SOFTWARE_DEFECT, "pack-s0")
    wish = Assign(owner="p-bo", department=D.QUALITY, reason="the test bench is theirs")
    assert case.does(wish).event().reason == "the test bench is theirs"


def test_where_the_policy_says_nothing_somebody_says_it():
    graded(C.OTHER).asks(Assign(owner="p-bo")).invalid("G-ROUTE", "department")
    graded(C.USE_ERROR, "pack-s0").asks(Assign(owner="p-bo")).invalid("G-ROUTE", "department")
    graded(C.OTHER).does(Assign(owner="p-bo", department=D.FINANCE))


@pytest.mark.requirement("S1-24")
def test_an_urgent_case_reaches_quality_manager_and_service_supervisor_together():
    case = graded(C.HARDWARE_FAILURE, "pack-s1", rank=Rank.CRITICAL)
    case.asks(Assign(owner="p-eng", supporters=("p-head", "p-sup"))).refused("G-ROUTE", "owner")
    case.asks(Assign(owner="p-head")).refused("G-ROUTE", "supporters")
    case.asks(Assign(owner="p-head", supporters=("p-nobody",))).invalid("G-PERSON", "supporters")
    for owner, beside in (("p-head", "p-sup"), ("p-sup", "p-head")):
        after = case.asks(Assign(owner=owner, supporters=(beside,))).then_some(e.Assigned).after
        assert (after.owner, after.supporters, after.department) == (owner, (beside,), D.QUALITY)
    graded(C.HARDWARE_FAILURE, "pack-s1").does(Assign(owner="p-eng"))


@pytest.mark.requirement("S1-24")
def test_an_urgent_case_does_not_slip_away_from_them_later():
    case = graded(C.HARDWARE_FAILURE, "pack-s1", rank=Rank.CRITICAL)
    case.does(Assign(owner="p-head", supporters=("p-sup",)))
    case.asks(Reassign(owner="p-eng", department=D.QUALITY, reason="knows it")).refused("G-ROUTE", "owner")
    case.asks(Reassign(owner="p-sup", department=D.QUALITY, reason="knows it")).refused("G-ROUTE", "supporters")
    assert case.does(Reassign(owner="p-ana", department=D.QUALITY, reason="holds both roles")).after.supporters == (
        "p-sup",
    )


# ── three levels and a tag ────────────────────────────────────────────────────────────────────────────────────────────
OURS = """
meta: {id: ours, version: 1, title: {en: Ours, zh: 我们}}
catalogs:
  categories: [software_defect, hardware_failure]
  subcategories:
    hardware_failure: [{code: display, label: {en: Display, zh: 显示}}]
  failure_modes:
    hardware_failure: [{code: garbled, label: {en: Garbled, zh: 花屏}}, {code: dark, label: {en: Dark, zh: 黑屏}}]
"""


def waiting(*packs: str) -> Life:
    return Life.of(received(), acknowledged(), registered(), packs=packs)


def classify(category: Category, subcategory: str | None = None, failure_mode: str | None = None) -> Classify:
    return Classify(category=category, subcategory=subcategory, failure_mode=failure_mode, grade="P2", rank=Rank.MAJOR)


def test_a_class_is_one_of_the_catalogue_at_every_level():
    case = waiting(OURS)
    case.asks(classify(C.OTHER)).refused("G-CATALOG", "category")
    case.asks(classify(C.HARDWARE_FAILURE, "housing")).refused("G-CATALOG", "subcategory")
    case.asks(classify(C.HARDWARE_FAILURE, "display", "loud")).refused("G-CATALOG", "failure_mode")
    after = case.does(classify(C.HARDWARE_FAILURE, "display", "garbled")).after
    assert (after.subcategory, after.failure_mode) == ("display", "garbled")


def test_what_is_not_listed_is_free_and_what_is_left_out_is_not_asked_for():
    waiting(OURS).does(classify(C.HARDWARE_FAILURE))
    waiting(OURS).does(classify(C.SOFTWARE_DEFECT, "driver", "crashes"))
    waiting().does(classify(C.OTHER, "anything", "at all"))


@pytest.mark.requirement("S3-15")
@pytest.mark.parametrize("subcategory", ["service_attitude", "process_efficiency"])
def test_how_people_were_treated_and_how_slow_things_went_can_be_told_apart(subcategory: str):
    case = waiting("pack-s3")
    wish = Classify(category=C.SERVICE_PROCESS_ERROR, subcategory=subcategory)
    assert case.asks(wish).after.subcategory == subcategory
    case.asks(Classify(category=C.SERVICE_PROCESS_ERROR, subcategory="bad luck")).refused("G-CATALOG", "subcategory")


@pytest.mark.requirement("S0-01")
@pytest.mark.parametrize(
    ("category", "subcategory"),
    [
        (C.HARDWARE_FAILURE, None),
        (C.SERVICE_PROCESS_ERROR, "slow_response"),
        (C.SERVICE_PROCESS_ERROR, "spare_parts_supply"),
    ],
)
def test_a_case_is_about_goods_about_service_or_about_parts(category: Category, subcategory: str | None):
    audited = received().model_copy(update={"origin": Origin.INTERNAL_AUDIT})
    case = Life.of(audited, acknowledged(), registered(), packs=("pack-s0",))
    case.asks(Classify(category=C.SERVICE_PROCESS_ERROR, subcategory="bad luck")).refused("G-CATALOG", "subcategory")
    after = case.does(Classify(category=category, subcategory=subcategory)).after
    assert (after.origin, after.category, after.subcategory) == (Origin.INTERNAL_AUDIT, category, subcategory)


@pytest.mark.requirement("S3-13")
@pytest.mark.parametrize(
    ("kind", "facts", "tag"),
    [
        (CaseKind.COMPLAINT, {"downtime": True}, "URGENT"),
        (CaseKind.COMPLAINT, {"downtime": False, "core_business_interrupted": False}, "GENERAL"),
        (CaseKind.ENQUIRY, {"downtime": True}, "GENERAL"),
        (CaseKind.COMPLAINT, {}, "URGENT"),  # nobody knows whether anything stands still
    ],
)
def test_what_stands_still_is_marked_apart_from_what_is_only_a_question(
    kind: CaseKind, facts: dict[str, Any], tag: str
):
    first = received().model_copy(update={"case_kind": kind})
    case = Life.of(first, acknowledged(), registered(), packs=("pack-s3",))
    outcome = case.does(Classify(category=C.HARDWARE_FAILURE, facts=GradeFacts(**facts)))
    assert (outcome.event().tag.code, outcome.after.judgement.tag) == (tag, tag)
    assert outcome.event().grade in {"S", "A", "B", "C"}, "the tag stands beside the grade"


def test_without_a_second_scheme_there_is_no_tag():
    assert waiting("pack-s0").does(Classify(category=C.HARDWARE_FAILURE)).event().tag is None
