"""What must be true of a pack beyond its form: each fault once with its line, and beside it what is accepted."""

from __future__ import annotations

import pytest

from shared.policy.pack import Pack
from shared.policy.pack_check import Unresolvable, check, lineage
from shared.policy.pack_file import read_pack

META = "meta: {id: mine, version: 1, title: {en: Mine, zh: 我的}}\n"
"""One line; what is added begins on the second."""
SCHEME = """\
grade_scheme:
  levels:
    - {code: HIGH, rank: 1, label: {en: High, zh: 高}}
    - {code: LOW, rank: 3, label: {en: Low, zh: 低}}
  rules:
    - {id: r1, when: safety_hazard, code: HIGH}
    - {id: r2, when: "true", code: LOW}
"""
"""Seven lines; what is added after META and SCHEME begins on the ninth."""
GRADED = META + SCHEME


def packs(*texts: str) -> dict[str, Pack]:
    read = [read_pack(text).pack for text in texts]
    return {pack.meta.id: pack for pack in read if pack is not None}


def faults(text: str, *known: str) -> list[tuple[int, str, str]]:
    file = read_pack(text)
    assert file.pack is not None, file.faults
    return [(fault.line, fault.where, fault.detail) for fault in check(file, packs(*known))]


def named(id: str, rest: str = "", extends: str | None = None, overlay: bool = False) -> str:
    more = (f", extends: {extends}" if extends else "") + (", overlay: true" if overlay else "")
    return f"meta: {{id: {id}, version: 1, title: {{en: {id}, zh: {id}}}{more}}}\n{rest}"


def test_a_pack_that_says_nothing_has_no_faults():
    assert faults(META) == []


def test_the_faults_of_a_file_that_could_not_be_read_are_told_as_they_are():
    file = read_pack("meta: [")
    assert check(file, {}) == list(file.faults) != []


# ── what it stands on ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_pack_stands_on_what_it_extends_and_that_on_more():
    one, two, three = named("one"), named("two", extends="one"), named("three", extends="two")
    assert faults(three, one, two) == []
    known = packs(one, two, three)
    assert [pack.meta.id for pack in lineage(known["three"], known)] == ["one", "two", "three"]


def test_a_pack_that_is_not_there_cannot_be_extended():
    ((line, where, detail),) = faults(named("two", extends="one"), named("other"))
    assert (line, where, detail) == (1, "meta.extends", "there is no pack 'one'; known are other")


def test_a_pack_does_not_extend_itself():
    ((_, where, detail),) = faults(named("one", extends="one"))
    assert (where, detail) == ("meta.extends", "extends itself by way of one")


def test_a_pack_does_not_extend_itself_by_way_of_others():
    one, two, three = named("one", extends="three"), named("two", extends="one"), named("three", extends="two")
    ((_, _, detail),) = faults(three, one, two)
    assert detail == "extends itself by way of three → two → one"
    with pytest.raises(Unresolvable):
        lineage(packs(one)["one"], packs(one, two, three))


def test_what_it_extends_counts_when_it_is_checked():
    parent = named("parent", SCHEME + "ladders: {C: [{to: dept_head, at: 100%}]}\n")
    assert (
        faults(named("mine", "clauses: {CL-RCA: {targets: {HIGH: wd1}, ladder: C}}\n", extends="parent"), parent) == []
    )
    ((_, where, _),) = faults(named("mine", "clauses: {CL-RCA: {targets: {S: wd1}}}\n", extends="parent"), parent)
    assert where == "clauses.CL-RCA.targets.S"


# ── grades ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def scheme(*rules: str) -> str:
    """A pack with the grades HIGH and LOW; its first rule stands on line 7."""
    return META + "".join(SCHEME.splitlines(keepends=True)[:5]) + "".join(f"    - {rule}\n" for rule in rules)


LAST = '{id: last, when: "true", code: LOW}'


@pytest.mark.parametrize(
    "rules",
    [
        (LAST,),
        ("{id: r1, when: units_affected >= 3, code: HIGH}", "{id: r2, when: units_affected >= 1, code: HIGH}", LAST),
        ("{id: r1, when: safety_hazard, code: HIGH}", "{id: r2, when: not safety_hazard, code: LOW}"),
        ("{id: r1, when: units_affected > 2, code: HIGH}", "{id: r2, when: units_affected <= 2, code: LOW}"),
        ("{id: r1, when: origin == 'other', code: HIGH}", "{id: r2, when: origin != 'other', code: LOW}"),
    ],
)
def test_rules_that_find_a_grade_for_every_case_are_accepted(rules: tuple[str, ...]):
    assert faults(scheme(*rules)) == []


@pytest.mark.parametrize(
    ("rules", "line", "id"),
    [
        (("{id: r1, when: safety_hazard and not safety_hazard, code: HIGH}", LAST), 7, "r1"),
        (("{id: r1, when: units_affected > 3 and units_affected < 2, code: HIGH}", LAST), 7, "r1"),
        (("{id: r1, when: units_affected >= 1, code: HIGH}", "{id: r2, when: units_affected >= 3, code: LOW}", LAST), 8, "r2"),
        ((LAST, "{id: r2, when: safety_hazard, code: HIGH}"), 8, "r2"),
        (("{id: r1, when: units_affected < 0, code: HIGH}", LAST), 7, "r1"),
        (("{id: r1, when: origin == 'other' and origin == 'internal_audit', code: HIGH}", LAST), 7, "r1"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_match_is_a_fault(rules: tuple[str, ...], line: int, id: str):
    ((at, where, detail),) = faults(scheme(*rules))
    assert (at, where) == (line, f"grade_scheme.rules.{line - 7}.when")
    assert detail == f"{id} can never match: a rule before it always does, or it contradicts itself"


def test_cases_without_a_grade_are_a_fault():
    ((line, where, detail),) = faults(scheme("{id: r1, when: safety_hazard, code: HIGH}"))
    assert (line, where) == (7, "grade_scheme.rules.0.when")
    assert detail == 'some cases match no rule; let the last one be `when: "true"`'


def test_a_rule_gives_a_grade_of_the_scheme():
    ((line, where, detail),) = faults(scheme('{id: r1, when: "true", code: MIDDLE}'))
    assert (line, where, detail) == (
        7,
        "grade_scheme.rules.0.code",
        "there is no grade 'MIDDLE'; there are HIGH, LOW",
    )


def test_every_rule_has_its_own_id():
    ((line, where, detail),) = faults(scheme("{id: last, when: safety_hazard, code: HIGH}", LAST))
    assert (line, where, detail) == (8, "grade_scheme.rules.1.id", "last is given twice")


@pytest.mark.parametrize(
    ("levels", "detail"),
    [
        ((("A", 1), ("B", 2), ("C", 2)), None),
        ((("A", 1), ("A", 2)), "two grades have the same code"),
        ((("A", 2), ("B", 1)), "the gravest comes first: ranks rise from 1 to 4"),
    ],
)
def test_the_gravest_grade_comes_first_and_each_has_its_own_code(
    levels: tuple[tuple[str, int], ...], detail: str | None
):
    written = ", ".join(f"{{code: {code}, rank: {rank}, label: {{en: x, zh: x}}}}" for code, rank in levels)
    text = META + f'grade_scheme:\n  levels: [{written}]\n  rules: [{{id: r, when: "true", code: A}}]\n'
    assert faults(text) == ([(3, "grade_scheme.levels", detail)] if detail else [])


# ── clauses ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "clauses",
    [
        "{CL-RESP: {targets: {HIGH: PT2H, LOW: wd1}}}",
        "{CL-RESP: {targets: {HIGH: PT2H, other: wd1}}}",
        "{CL-RESP: {targets: {rank1: PT2H, rank3: wd1}}}",
        "{CL-RESP: {targets: {all: PT2H}}}",
        "{CL-RCA: {targets: {HIGH: wd1}}}",
        "{CL-NOTIFY-QH: {targets: {rank1: immediate}}}",
        "{CL-RESP: {targets: {all: PT2H}, stops_at: {HIGH: CustomerContacted, other: RemedyExecuted}}}",
        "{CL-REPORT-FINAL: {targets: {all: cd30}, override_by: customer_requirement}}",
        "{CL-INFO: {targets: {all: cd7}, reminders: [cd2]}}",
        "{CL-RCA: {targets: {HIGH: wd1}, warn: [50, 60%, cd1, wd1, PT15M, PT2H:biz, 70, 80, 90]}}",
    ],
)
def test_promises_for_the_grades_there_are_are_accepted(clauses: str):
    assert faults(GRADED + f"clauses: {clauses}\n") == []


@pytest.mark.parametrize(
    ("clause", "where", "detail"),
    [
        ("CL-WISH: {targets: {all: wd1}}", "CL-WISH", "there is no clause CL-WISH; there are CL-ACK, CL-REG"),
        ("CL-RESP: {targets: {HIGH: wd1, S: wd1, LOW: wd1}}", "CL-RESP.targets.S", "is no grade of this pack: HIGH, LOW"),
        ("CL-RESP: {targets: {all: wd1}, stops_at: {S: Closed}}", "CL-RESP.stops_at.S", "is no grade of this pack: HIGH, LOW"),
        ("CL-RESP: {targets: {HIGH: wd1}}", "CL-RESP.targets", "says nothing of LOW; add them, or `other`"),
        ("CL-RESP: {targets: {all: wd1}, ladder: C}", "CL-RESP.ladder", "there is no ladder C"),
        (
            "CL-INFO: {targets: {all: cd9}, warn: [10, 20, 30, 40, 50, 60, 70, 80], reminders: [cd2, cd5]}", "CL-INFO",
            "warns more than 9 times, reminders included",
        ),
        ("CL-REGREPORT: {never_pause: true, override_by: contract}", "CL-REGREPORT", "never pauses, so nothing may override it"),
    ],
)  # fmt: skip
def test_a_promise_that_cannot_be_kept_track_of_is_a_fault(clause: str, where: str, detail: str):
    ((line, at, told),) = faults(GRADED + f"clauses:\n  {clause}\n")
    assert (line, at) == (10, f"clauses.{where}")
    assert told.startswith(detail)


def test_a_ladder_that_is_there_may_be_climbed():
    assert faults(META + "ladders: {C: [{to: dept_head, at: 100%}]}\nclauses: {CL-RCA: {ladder: C}}\n") == []


def test_an_overlay_cannot_know_the_grades_and_ladders_below_it():
    overlay = named("over", "clauses: {CL-RESP: {targets: {S: PT1H}, ladder: C}}\n", overlay=True)
    assert faults(overlay) == []


REGIMES = "regimes: {EU: {en: EU, zh: 欧盟}, US: {en: USA, zh: 美国}}"


def test_laws_that_ask_for_the_same_have_a_target_each():
    assert faults(GRADED + f"clauses:\n  CL-REGREPORT: {{{REGIMES}, targets: {{EU: cd15, US: cd30}}}}\n") == []


@pytest.mark.parametrize(
    ("targets", "where", "detail"),
    [
        ("{EU: cd15, US: cd30, all: cd2}", "targets.all", "is no regime of this clause: EU, US"),
        ("{EU: cd15}", "regimes.US", "has no target"),
    ],
)
def test_a_law_without_a_target_and_a_target_without_a_law_are_faults(targets: str, where: str, detail: str):
    text = GRADED + f"clauses:\n  CL-REGREPORT: {{{REGIMES}, targets: {targets}}}\n"
    assert faults(text) == [(10, f"clauses.CL-REGREPORT.{where}", detail)]


# ── what else it names ────────────────────────────────────────────────────────────────────────────────────────────────
def test_fields_of_the_intake_record_may_be_required():
    assert faults(META + "required_fields: [lot_no, udi]\n") == []
    ((line, where, detail),) = faults(META + "required_fields:\n  - lot_no\n  - star_sign\n")
    assert (line, where) == (4, "required_fields.1")
    assert detail == "there is no field 'star_sign' in the intake record"


def test_remedies_are_offered_by_grade():
    assert faults(GRADED + "remedy_matrix: {HIGH: [{kind: exchange}], other: [{kind: coupon}]}\n") == []
    ((line, where, detail),) = faults(GRADED + "remedy_matrix:\n  S: [{kind: exchange}]\n")
    assert (line, where, detail) == (10, "remedy_matrix.S", "is no grade of this pack: HIGH, LOW")


@pytest.mark.parametrize("pattern", ["SF-{yyyy}-{seq:4}", "{site}_{yyyy}{mm}{dd}-{seq:3}", "{seq:1}"])
def test_numbers_are_told_apart_by_a_running_one(pattern: str):
    assert faults(META + f'numbering: "{pattern}"\n') == []


@pytest.mark.parametrize(
    ("pattern", "detail"),
    [
        ("SF-{yyyy}", "needs {seq:4}, or every case would have the same number"),
        ("SF-{year}-{seq:4}", "allowed in braces: yyyy, mm, dd, site, seq:4"),
        ("SF-{yyyy-{seq:4}", "allowed in braces: yyyy, mm, dd, site, seq:4"),
        ("{seq:4}-SF", "the count comes last, after - or _, so that a number can be found again"),
        ("SF{yyyy}{seq:4}", "the count comes last, after - or _, so that a number can be found again"),
        ("SF/{yyyy}-{seq:4}", "a number stands in addresses, so it has neither / nor :"),
    ],
)
def test_a_number_without_a_running_one_or_with_unknown_parts_is_a_fault(pattern: str, detail: str):
    assert faults(META + f'numbering: "{pattern}"\n') == [(2, "numbering", detail)]


@pytest.mark.requirement("S3-03")
def test_a_wording_has_no_blank_that_nobody_can_fill():
    def wording(text: str) -> str:
        return META + f'reply_templates:\n  hello: {{purposes: [progress], en: "{text}", zh: 您好}}\n'

    assert faults(wording("Dear {customer}, your case is {case_no}")) == []
    ((line, where, detail),) = faults(wording("Dear {sir}"))
    assert (line, where) == (3, "reply_templates.hello.en")
    assert detail.startswith("there is no blank {sir}; there are case_no,")


CATALOGS = "catalogs: {categories: [software_defect, other], departments: [rnd]}\n"


def test_cases_go_to_departments_of_the_catalogue():
    assert faults(META + CATALOGS + "routing: {departments: {software_defect: [rnd]}}\n") == []
    assert faults(META + "routing: {departments: {use_error: [finance]}}\n") == []


@pytest.mark.parametrize(
    ("routed", "category", "detail"),
    [
        ("use_error: [rnd]", "use_error", "is not among catalogs.categories"),
        ("other: [rnd, finance]", "other", "finance is not among catalogs.departments"),
    ],
)
def test_a_route_outside_the_catalogue_is_a_fault(routed: str, category: str, detail: str):
    text = META + CATALOGS + f"routing:\n  departments:\n    {routed}\n"
    assert faults(text) == [(5, f"routing.departments.{category}", detail)]


# ── money ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_charges_against_persons_need_somebody_who_has_examined_the_law():
    assert faults(META + "money_rules: {person_level_enabled: false}\n") == []
    assert faults(META + "money_rules: {person_level_enabled: true, legal_ack: counsel on 2026-01-31}\n") == []
    ((line, where, detail),) = faults(META + "money_rules:\n  person_level_enabled: true\n")
    assert (line, where) == (3, "money_rules.person_level_enabled")
    assert detail == "charges against persons need legal_ack: who has examined the law, and when"


def tiers(*tiers: str) -> str:
    """An allocation with these tiers; the first stands on line 12."""
    return META + (
        "money_rules:\n  logistics_allocation:\n    base: freight\n    scope: item\n    currency: CNY\n"
        "    supervisor_share: 1/5\n    rounding: half_up\n    multi_department: split_then_tier\n"
        "    persons: equal_unless_recorded\n    tiers:\n"
    ) + "".join(f'      - {{{tier}, fixed: 0, rate: "1"}}\n' for tier in tiers)  # fmt: skip


def test_tiers_that_follow_one_another_are_accepted():
    assert faults(tiers("from: 0, upto: null")) == []
    assert faults(tiers("from: 0, upto: 100", "from: 100, upto: 500", "from: 500, upto: null")) == []


@pytest.mark.parametrize(
    ("written", "line", "where", "detail"),
    [
        (("from: 0, upto: 100", "from: 101, upto: null"), 13, "1.from", "begins where the tier before ends"),
        (("from: 10, upto: null",), 12, "0.from", "the first tier begins at 0"),
        (("from: 0, upto: 100",), 12, "0", "only the last tier is open (upto: null)"),
        (("from: 0, upto: 100", "from: 100, upto: 500"), 13, "1", "only the last tier is open (upto: null)"),
    ],
)
def test_tiers_leave_no_gap(written: tuple[str, ...], line: int, where: str, detail: str):
    assert faults(tiers(*written)) == [(line, f"money_rules.logistics_allocation.tiers.{where}", detail)]


def test_an_open_tier_is_the_last():
    told = faults(tiers("from: 0, upto: null", "from: 100, upto: null"))
    assert told[0] == (12, "money_rules.logistics_allocation.tiers.0", "only the last tier is open (upto: null)")


def test_never_more_than_the_cost_is_shared():
    text = tiers("from: 0, upto: 100", "from: 100, upto: null").replace("null, fixed: 0", "null, fixed: 101")
    where = "money_rules.logistics_allocation.tiers.1.fixed"
    assert faults(text) == [(13, where, "more than the cost would be shared")]


def test_tiers_of_other_money_are_checked_as_well():
    other = '    other_currencies:\n      EUR: [{from: 1, upto: null, fixed: 0, rate: "1"}]\n'
    where = "money_rules.logistics_allocation.other_currencies.EUR.0.from"
    assert faults(tiers("from: 0, upto: null") + other) == [(14, where, "the first tier begins at 0")]


def test_all_faults_are_told_at_once_in_the_order_of_their_lines():
    text = GRADED + 'clauses:\n  CL-WISH: {}\nrequired_fields: [star_sign]\nnumbering: "SF-{yyyy}"\n'
    assert [line for line, _, _ in faults(text)] == [10, 11, 12]
