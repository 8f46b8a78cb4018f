"""What the shipped packs offer to choose from, and what is wrong with a catalogue."""

from __future__ import annotations

import pytest

from shared.policy.catalogs import cause_patterns
from shared.policy.pack import effective
from shared.policy.pack_check import check, lineage
from shared.policy.pack_file import read_pack
from shared.policy.shipped import shipped

PATTERNS = [
    pytest.param("pack-base", "product", {"no_inspection_standard", "weak_production_control", "design_too_complex"},
                 marks=pytest.mark.requirement("S4-02")),
    pytest.param("pack-base", "service", {"poor_product_knowledge", "process_not_fixed", "no_timely_follow_up"},
                 marks=pytest.mark.requirement("S4-03")),
    pytest.param("pack-base", "logistics", {"late_delivery", "damaged_or_lost", "courier_attitude"},
                 marks=pytest.mark.requirement("S4-04")),
    pytest.param("pack-s4", "law", {"law_not_kept"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "skill", {"lack_of_skill"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "duty", {"duty_not_met"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "conduct", {"improper_conduct"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "attitude", {"poor_attitude"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "rules", {"rules_incomplete"}, marks=pytest.mark.requirement("S4-17")),
    pytest.param("pack-s4", "people", {"lack_of_qualification"}, marks=pytest.mark.requirement("S4-31")),
    pytest.param("pack-s4", "process", {"process_not_smooth"}, marks=pytest.mark.requirement("S4-31")),
    pytest.param("pack-s4", "product", {"weak_production_control"}, marks=pytest.mark.requirement("S4-31")),
]  # fmt: skip


@pytest.mark.parametrize(("id", "domain", "codes"), PATTERNS)
def test_typical_causes_can_be_picked_in_both_languages(id: str, domain: str, codes: set[str]):
    pack = effective(lineage(shipped()[id], shipped()))
    assert pack.catalogs is not None and pack.catalogs.cause_patterns is not None
    offered = {entry.code: entry for entry in pack.catalogs.cause_patterns[domain]}
    assert codes <= offered.keys() <= cause_patterns(pack).keys()
    for entry in offered.values():
        assert entry.label.en.isascii() and not entry.label.zh.isascii()


def test_where_nothing_is_listed_there_is_nothing_to_pick():
    assert cause_patterns(read("")) == {}


META = "meta: {id: p, version: 1, title: {en: x, zh: 甲}}\n"
ENTRY = "{code: a, label: {en: a, zh: 甲}}"


def read(text: str):
    pack = read_pack(META + text).pack
    assert pack is not None
    return pack


@pytest.mark.parametrize(
    ("text", "where", "detail"),
    [
        (f"catalogs:\n  categories: [other]\n  subcategories: {{use_error: [{ENTRY}]}}\n", "catalogs.subcategories.use_error",
         "is not among catalogs.categories"),
        (f"catalogs:\n  failure_modes: {{other: [{ENTRY}, {ENTRY}]}}\n", "catalogs.failure_modes.other.1.code", "a is given twice"),
        (f"catalogs:\n  cause_patterns: {{x: [{ENTRY}], y: [{ENTRY}]}}\n", "catalogs.cause_patterns.y.0.code", "a is given twice"),
    ],
)  # fmt: skip
def test_a_catalogue_that_contradicts_itself_is_a_fault(text: str, where: str, detail: str):
    assert [(fault.where, fault.detail) for fault in check(read_pack(META + text), {})] == [(where, detail)]


def test_the_second_scheme_is_checked_like_the_first():
    text = META + (
        "tags:\n  levels: [{code: U, rank: 1, label: {en: u, zh: 急}}]\n  rules: [{id: r, when: downtime, code: V}]\n"
    )
    assert {fault.where for fault in check(read_pack(text), {})} == {"tags.rules.0.code", "tags.rules.0.when"}
