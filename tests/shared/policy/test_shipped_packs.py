"""The packs that come with Casetrail: without faults, true to the sources, and agreed on what is grave."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.events.grading import GradedAs, GradeFacts
from shared.events.words import GradeBasis
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.grading import graded
from shared.policy.pack import Pack, effective
from shared.policy.pack_check import check, lineage
from shared.policy.pack_file import read_pack
from shared.policy.promise_terms import NAMED
from shared.policy.shipped import shipped, text_of

PACKS = ("pack-base", "pack-s0", "pack-s1", "pack-s2", "pack-s3", "pack-s4", "overlay-8d-auto", "overlay-meddev")
SCHEMES = PACKS[1:6]
OVERLAYS = PACKS[6:]


def whole(id: str, *overlays: str) -> Pack:
    return effective([*lineage(shipped()[id], shipped()), *(shipped()[overlay] for overlay in overlays)])


def target(pack: Pack, clause: str, grade: str) -> str:
    assert pack.clauses is not None
    targets = pack.clauses[clause].targets or {}
    return targets.get(grade) or targets.get("all") or targets["other"]


def test_these_are_shipped_what_others_extend_first_overlays_last():
    assert tuple(shipped()) == PACKS


@pytest.mark.parametrize("id", PACKS)
def test_a_shipped_pack_has_no_faults(id: str):
    assert check(read_pack(text_of(id)), shipped()) == []


@pytest.mark.parametrize("id", PACKS)
def test_a_shipped_pack_is_whole_with_what_it_extends(id: str):
    pack = whole(id)
    assert pack.meta == shipped()[id].meta
    assert all(terms.targets or terms.ladder for terms in (pack.clauses or {}).values())


@pytest.mark.parametrize("id", SCHEMES)
def test_every_procedure_extends_what_all_share_and_has_grades_and_numbers_of_its_own(id: str):
    pack = shipped()[id]
    assert pack.meta.extends == "pack-base"
    assert pack.grade_scheme is not None and pack.numbering is not None and pack.required_fields is not None
    assert len({shipped()[other].numbering for other in SCHEMES}) == len(SCHEMES)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("id", SCHEMES)
def test_an_overlay_can_be_laid_over_every_procedure(id: str, overlay: str):
    below, pack = whole(id), whole(id, overlay)
    assert pack.grade_scheme == below.grade_scheme
    assert set(pack.required_fields or ()) >= set(below.required_fields or ())


def test_the_fields_of_an_overlay_are_required_besides_the_others():
    fields = whole("pack-s0", "overlay-meddev").required_fields or ()
    assert {"lot_no", "udi"} <= set(fields)
    assert len(fields) == len(set(fields))


# ── what the sources promise ──────────────────────────────────────────────────────────────────────────────────────────
PROMISED = """
pack-s0  CL-REG           PT24H                          S0-08
pack-s0  CL-NOTIFY-QH     P1=immediate                   S0-23
pack-s0  CL-RCA           P1=PT24H P2=wd3 P3=wd3         S0-29
pack-s0  CL-VERIFY-ST     wd3                            S0-45
pack-s0  CL-VERIFY-LT     cd7                            S0-46
pack-s0  CL-MONITOR-3M    mo3                            S0-48
pack-s1  CL-RESP          URGENT=PT2H IMPORTANT=PT4H GENERAL=PT8H  S1-18
pack-s1  CL-PROMISE       PT24H                          S1-06
pack-s1  CL-FEEDBACK      wd1                            S1-43
pack-s1  CL-VERIFY-LT     cd7                            S1-46
pack-s1  CL-FOLLOWUP-30D  cd30                           S1-49
pack-s2  CL-FWD           half                           S2-22
pack-s2  CL-CONT          half                           S2-20
pack-s2  CL-PLAN          PT48H                          S2-31
pack-s2  CL-REPORT-FINAL  date                           S2-32
pack-s2  CL-ALLOC-3WD     wd3                            S2-49
pack-s3  CL-RESP          S=PT15M A=PT30M B=PT2H C=PT24H S3-18
pack-s3  CL-CONT          S=PT24H A=PT24H                S3-28
pack-s3  CL-RESOLVE       S=PT24H A=PT48H B=wd7 C=wd15   S3-18
pack-s3  CL-MONITOR-3M    mo3                            S3-42
pack-s3  CL-DIGEST-D      by:17:00                       S3-12
pack-s4  CL-RESP          PT24H                          S4-68
pack-s4  CL-CONT          PT24H                          S4-70
pack-s4  CL-REPORT-INIT   cd3                            S4-81
pack-s4  CL-REPORT-FINAL  date                           S4-80
pack-s4  CL-RECALL        immediate                      S4-76
pack-s4  CL-STOP          immediate                      S4-77
"""
"""Pack, clause, target (of each grade, or of all), and where the source says so."""
ROWS = [line.split() for line in PROMISED.split("\n") if line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:2]))
def test_what_a_source_states_stands_in_its_pack(row: list[str]):
    id, clause, *targets, source = row
    pack = whole(id)
    for each in targets:
        grade, _, length = each.rpartition("=")
        of = [grade] if grade else [level.code for level in pack.grade_scheme.levels] if pack.grade_scheme else []
        assert of
        assert {target(pack, clause, code) for code in of} == {length}
    assert source in text_of(id)


RHYTHM = {
    "pack-s0": {"CL-UPDATE-W": "weekly_friday", "CL-COORD-W": "weekly"},
    "pack-s1": {"CL-REVIEW-M": "monthly"},
    "pack-s2": {"CL-COST-W": "weekly_friday"},
    "pack-s3": {
        "CL-DIGEST-D": "by:17:00", "CL-REVIEW-MON": "weekly_monday", "CL-PROGRESS-FRI": "weekly_friday",
        "CL-REVIEW-Q": "quarterly",
    },
    "pack-s4": {"CL-DIGEST-D": "close_of_business", "CL-REVIEW-M": "monthly"},
}  # fmt: skip


@pytest.mark.parametrize("id", SCHEMES)
def test_what_comes_again_comes_as_often_as_the_source_says(id: str):
    recurring = {"CL-DIGEST-D", *(name for name in CLAUSE_NAMES if name.startswith(("CL-REVIEW", "CL-PROGRESS-F")))}
    recurring |= {"CL-UPDATE-W", "CL-COORD-W", "CL-COST-W"}
    found = {
        name: terms.targets for name, terms in (whole(id).clauses or {}).items() if name in recurring and terms.targets
    }
    assert found == {name: {"all": often} for name, often in RHYTHM[id].items()}


def test_authorities_are_told_in_days_that_never_pause():
    terms = (shipped()["overlay-meddev"].clauses or {})["CL-REGREPORT"]
    assert (terms.never_pause, terms.starts_at) == (True, "awareness")
    assert terms.targets == {
        "EU_PUBLIC_HEALTH_THREAT": "cd2", "EU_DEATH_OR_SERIOUS_DETERIORATION": "cd10", "EU_SERIOUS_INCIDENT": "cd15",
        "FDA_803_STANDARD": "cd30", "FDA_803_5DAY": "wd5",
    }  # fmt: skip


def test_a_response_in_the_fourth_procedure_is_more_than_a_call():
    terms = (shipped()["pack-s4"].clauses or {})["CL-RESP"]
    assert terms.requires == ("symptom_confirmed", "failure_info_collected", "customer_contacted")


def test_one_to_three_interim_measures_are_asked_for_in_the_second():
    terms = (shipped()["pack-s2"].clauses or {})["CL-CONT"]
    assert (terms.min_measures, terms.max_measures) == (1, 3)


def test_everybody_is_called_back_in_the_third():
    assert (shipped()["pack-s3"].clauses or {})["CL-CALLBACK-100"].sampling_pct == 100


@pytest.mark.parametrize(
    ("id", "rank"), [("pack-s0", 0), ("pack-s1", 0), ("pack-s2", 4), ("pack-s3", 0), ("pack-s4", 2)]
)
def test_8d_is_for_all_for_the_grave_or_for_none(id: str, rank: int):
    guards = whole(id).guards
    assert guards is not None and guards.min_8d_rank == rank


@pytest.mark.parametrize("id", SCHEMES)
def test_no_person_is_charged_unless_a_site_says_so(id: str):
    money = whole(id).money_rules
    assert money is not None
    assert (money.person_level_enabled, money.delay_charge_enabled, money.legal_ack) == (False, False, None)


def test_the_report_of_the_fourth_procedure_has_seven_signatures_and_an_eighth_for_money():
    steps = (shipped()["pack-s4"].approval_chains or {})["handling_report"]
    assert [step.role for step in steps if not step.when_compensation] == [
        "aftersales_manager", "quality_head", "technical", "production", "customer_liaison", "general_manager", "chairman",
    ]  # fmt: skip
    assert [step.role for step in steps if step.when_compensation] == ["finance"]


def test_every_promise_with_a_target_says_who_is_told_but_for_the_watch_that_ends_by_itself():
    for id in SCHEMES:
        untold = {name for name, terms in (whole(id).clauses or {}).items() if terms.targets and not terms.ladder}
        assert untold == {"CL-MONITOR-3M"}


def test_targets_are_lengths_or_have_a_name():
    named = {
        text for pack in shipped().values() for terms in (pack.clauses or {}).values() for text in (terms.targets or {}).values()
    } & set(NAMED)  # fmt: skip
    assert named == {
        "immediate", "date", "as_told", "weekly", "weekly_monday", "weekly_friday", "monthly", "quarterly",
        "close_of_business",
    }  # fmt: skip


# ── grades ────────────────────────────────────────────────────────────────────────────────────────────────────────────
HARMLESS: dict[str, Any] = {
    "safety_hazard": False, "spoilage": False, "regulator_or_media_threat": False, "legal_reportable": False, "downtime": False,
    "core_business_interrupted": False, "customers_affected": 1, "single_customer": True, "units_affected": 1,
    "same_lot_failed_units": 1, "main_function_lost": False, "core_function_lost": False, "affects_use": True,
    "cosmetic_only": False, "unit_price_minor": 50_000, "recurrences_90d": 0, "shipped_affected": False, "wip_affected": False,
    "case_kind": "complaint", "origin": "customer_complaint",
}  # fmt: skip


def grades(**facts: Any) -> tuple[str, ...]:
    """The grade in each of the five schemes, when everything else is harmless."""
    found = [_graded(id, GradeFacts.model_validate_json(json.dumps({**HARMLESS, **facts}))) for id in SCHEMES]
    assert {each.basis for each in found} == {GradeBasis.CONFIRMED}
    return tuple(each.code for each in found)


def _graded(id: str, facts: GradeFacts) -> GradedAs:
    scheme = shipped()[id].grade_scheme
    assert scheme is not None
    return graded(scheme, id, facts)


@pytest.mark.parametrize(
    ("story", "facts", "expected"),
    [
        ("a small fault", {}, ("P3", "GENERAL", "STD", "B", "MINOR")),
        ("current leaks", {"safety_hazard": True}, ("P1", "URGENT", "HAZARD", "S", "CRITICAL")),
        ("a line stands still", {"downtime": True}, ("P1", "GENERAL", "STD", "B", "MINOR")),
        ("food has gone bad", {"spoilage": True}, ("P3", "URGENT", "STD", "B", "MINOR")),
        ("nine of one lot", {"same_lot_failed_units": 9}, ("P3", "GENERAL", "STD", "B", "MINOR")),
        ("ten of one lot", {"same_lot_failed_units": 10}, ("P1", "URGENT", "STD", "B", "MINOR")),
        ("the press is threatened with", {"regulator_or_media_threat": True}, ("P3", "URGENT", "STD", "B", "MINOR")),
        ("an authority must be told", {"legal_reportable": True}, ("P3", "GENERAL", "STD", "B", "CRITICAL")),
        ("it does not switch on", {"main_function_lost": True}, ("P2", "IMPORTANT", "STD", "B", "MAJOR")),
        ("the core function is lost", {"core_function_lost": True}, ("P3", "GENERAL", "STD", "A", "MINOR")),
        ("two customers have it", {"customers_affected": 2}, ("P3", "GENERAL", "STD", "S", "MINOR")),
        ("their business stands still", {"core_business_interrupted": True}, ("P3", "GENERAL", "STD", "S", "MINOR")),
        ("a piece for just 10 000 yuan", {"unit_price_minor": 1_000_000}, ("P3", "IMPORTANT", "STD", "B", "MINOR")),
        ("it came once before", {"recurrences_90d": 1}, ("P2", "GENERAL", "STD", "B", "MINOR")),
        ("it came three times before", {"recurrences_90d": 3}, ("P1", "GENERAL", "STD", "B", "MINOR")),
        ("more have left the site", {"shipped_affected": True}, ("P3", "GENERAL", "STD", "B", "MAJOR")),
        ("a scratch", {"cosmetic_only": True, "affects_use": False}, ("P3", "GENERAL", "STD", "C", "NEGLIGIBLE")),
        ("a suggestion", {"case_kind": "suggestion"}, ("P3", "GENERAL", "STD", "C", "MINOR")),
    ],
)  # fmt: skip
def test_the_same_facts_have_a_grade_in_every_scheme(story: str, facts: dict[str, Any], expected: tuple[str, ...]):
    assert grades(**facts) == expected, story


@pytest.mark.parametrize("id", SCHEMES)
def test_whoever_may_come_to_harm_makes_it_critical_in_every_scheme_whatever_else_is_known(id: str):
    found = _graded(id, GradeFacts(safety_hazard=True))
    assert found.rank == "1"


@pytest.mark.parametrize("id", SCHEMES)
def test_as_long_as_nothing_is_known_the_gravest_is_presumed(id: str):
    found = _graded(id, GradeFacts())
    assert (found.rank, found.basis) == ("1", GradeBasis.PRESUMED)
