"""A pack is read from YAML strictly, and every fault is found at its line."""

from __future__ import annotations

import pytest

from shared.policy.pack_file import LONGEST, Fault, read_pack

META = """\
meta:
  id: mine
  version: 1
  title: {en: Mine, zh: 我的}
"""
"""Four lines; what is added begins on the fifth."""


def faults(text: str) -> tuple[Fault, ...]:
    file = read_pack(text)
    assert file.pack is None
    return file.faults


def the_fault(text: str) -> tuple[int, str, str]:
    (fault,) = faults(text)
    return fault.line, fault.where, fault.detail


def test_the_shortest_pack_has_but_its_name():
    file = read_pack(META)
    assert file.pack is not None
    assert (file.pack.meta.id, file.pack.meta.title.zh, file.pack.clauses) == ("mine", "我的", None)


def test_every_entry_has_its_line():
    file = read_pack(META + "clauses:\n  CL-RCA:\n    targets:\n      all: wd3\nmethods:\n  - five_why\n  - 8d\n")
    assert file.lines["meta", "id"] == 2
    assert file.lines["clauses", "CL-RCA", "targets", "all"] == 8
    assert file.lines["methods", 1] == 11


def test_a_fault_stands_at_the_nearest_entry_that_was_written():
    file = read_pack(META + "clauses:\n  CL-RCA: {targets: {all: wd3}}\n")
    assert str(file.fault(("clauses", "CL-RCA", "ladder"), "is missing")) == "line 6: clauses.CL-RCA.ladder: is missing"


# ── not YAML ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("added", "line", "says"),
    [
        ("clauses: {all: [", 5, "is not YAML"),
        ("clauses:\n\tCL-RCA: x\n", 6, "cannot start any token"),
        ("vague_terms: ['unended\n", 6, "unexpected end"),
        ("methods: [8d]\n---\nmeta: {}\n", 6, "but found another document"),
        ("vague_terms: [\x07]\n", 1, "special characters are not allowed"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(added: str, line: int, says: str):
    (fault,) = faults(META + added)
    assert fault.detail.startswith("is not YAML: ")
    assert (fault.line, says in fault.detail) == (line, True), fault


@pytest.mark.parametrize("text", ["", "# nothing\n", "a text", "- a\n- list\n", "null"])
def test_a_pack_is_a_mapping(text: str):
    assert the_fault(text) == (1, "", "a pack begins with `meta:`")


# ── what YAML allows and a pack does not ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("added", "line", "where", "detail"),
    [
        ("methods: [8d]\nmethods: [8d]\n", 6, "methods", "is given twice"),
        ("guards:\n  min_8d_rank: 2\n  min_8d_rank: 3\n", 7, "guards.min_8d_rank", "is given twice"),
        (
            "kpi_targets:\n  KPI-X: 0.5\n", 6, "kpi_targets.KPI-X",
            "0.5 is not exact; write a fraction such as 1/5, or a text in quotes",
        ),
        ("retention_years: .inf\n", 5, "retention_years", ".inf is not exact; write a fraction such as 1/5, or a text in quotes"),
        ("retention_years: 0x10\n", 5, "retention_years", "'0x10' is not a plain number"),
        ("retention_years: 1:30\n", 5, "retention_years", "'1:30' is not a plain number"),
        (
            "guards:\n  final_grade: yes\n", 6, "guards.final_grade",
            "write true or false, not yes; a text goes into quotes",
        ),
        ("guards: {<<: {min_8d_rank: 2}}\n", 5, "guards", "merge keys (<<) are not allowed; use `extends`"),
        ("? [a, b]\n: 1\n", 5, "", "a key is a plain word"),
        ("methods: &m [8d]\nreviews:\n  - *m\n", 7, "", "an alias (*) is not allowed; write it out, or use `extends`"),
        ("reviews: *nowhere\n", 5, "", "an alias (*) is not allowed; write it out, or use `extends`"),
        ("methods: &m [*m]\n", 5, "", "an alias (*) is not allowed; write it out, or use `extends`"),
    ],
)  # fmt: skip
def test_what_is_easily_misread_is_refused(added: str, line: int, where: str, detail: str):
    assert the_fault(META + added) == (line, where, detail)


@pytest.mark.parametrize(
    "added",
    [
        "methods: !!python/object/apply:os.system ['exit 1']\n",
        "retention_years: !!python/name:os.system ''\n",
        "methods: !!python/object/new:subprocess.Popen [[x]]\n",
        "calendar_default: !!python/object:builtins.object {}\n",
    ],
)
def test_tags_are_not_followed(added: str):
    """What is tagged is read as the text, list or mapping it looks like; here that is no pack."""
    assert {fault.line for fault in faults(META + added)} == {5}


def test_a_tagged_text_stays_a_text():
    file = read_pack(META + "calendar_default: !anything cn-std\n")
    assert file.pack is not None
    assert file.pack.calendar_default == "cn-std"


def test_a_date_stays_a_text():
    file = read_pack(META + "money_rules: {legal_ack: 2026-01-31}\n")
    assert file.pack is not None and file.pack.money_rules is not None
    assert file.pack.money_rules.legal_ack == "2026-01-31"


def test_a_pack_nested_too_deeply_is_refused():
    (fault,) = faults(META + "reviews: " + "[" * 40 + "]" * 40 + "\n")
    assert (fault.line, fault.detail) == (5, "is nested too deeply")


def test_a_pack_nested_without_end_is_refused():
    (fault,) = faults(META + "reviews: " + "[" * 20_000)
    assert fault.detail.startswith("is not YAML")


def test_a_pack_that_is_too_long_is_refused_unread():
    assert the_fault("x" * (LONGEST + 1)) == (1, "", f"a pack is at most {LONGEST:,} characters")


# ── what a pack does not know ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("added", "line", "where", "detail"),
    [
        ("colour: red\n", 5, "colour", "unknown key"),
        ("clauses:\n  CL-RCA:\n    target: {all: wd3}\n", 7, "clauses.CL-RCA.target", "unknown key"),
        (
            "grade_scheme:\n  levels:\n    - {code: A, rank: 1, label: {en: A}}\n  rules: [{id: r, when: 'true', code: A}]\n",
            7, "grade_scheme.levels.0.label.zh", "field required",
        ),
        (
            "clauses:\n  CL-RCA: {targets: {all: 3 days}}\n", 6, "clauses.CL-RCA.targets.all",
            "target '3 days': is none of PT2H, PT2H:biz, wd3, wd3:elapsed, cd30, mo3, half, by:17:00",
        ),
        (
            "clauses:\n  CL-RCA: {targets: {all: wd0}}\n", 6, "clauses.CL-RCA.targets.all",
            "target 'wd0': a target must be longer than nothing, not 0",
        ),
        (
            "clauses:\n  CL-RCA:\n    warn: [50, half]\n", 7, "clauses.CL-RCA.warn.1",
            "'half' is no time before something is due; there are wd1, wd1:elapsed, cd7, PT15M, PT2H:biz",
        ),
        ("clauses:\n  CL-RCA: {warn: [100]}\n", 6, "clauses.CL-RCA.warn.0", "100 is no share of the allowed time"),
        ("clauses:\n  CL-RCA: {warn: [0%]}\n", 6, "clauses.CL-RCA.warn.0", "0% is no share of the allowed time"),
        ("clauses:\n  CL-RCA: {warn: [-5]}\n", 6, "clauses.CL-RCA.warn.0", "-5 is no share of the allowed time"),
        ("clauses:\n  CL-RCA: {warn: [soon]}\n", 6, "clauses.CL-RCA.warn.0", "target 'soon': is none of PT2H"),
        ("clauses:\n  CL-RCA: {ladder: F}\n", 6, "clauses.CL-RCA.ladder", "input should be 'A', 'B', 'C', 'D' or 'E'"),
        ("ladders:\n  A:\n    - {to: somebody}\n", 7, "ladders.A.0.to", "there is no role 'somebody'"),
        (
            "grade_scheme:\n  levels: []\n  rules:\n    - {id: r1, when: 'true', code: A}\n    - {id: r2, when: hazard, code: A}\n",
            9, "grade_scheme.rules.1.when", "there is no fact 'hazard'",
        ),
        ("guards: {min_8d_rank: 5}\n", 5, "guards.min_8d_rank", "input should be less than or equal to 4"),
        ("time:\n  immediate:\n    rank7: PT1H\n", 7, "time.immediate.rank7", "input should be 'rank1', 'rank2', 'rank3'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(added: str, line: int, where: str, detail: str):
    fault = next(each for each in faults(META + added) if each.where == where)
    assert fault.line == line
    assert fault.detail.startswith(detail)


def test_warnings_are_shares_of_the_time_or_so_long_before_its_end():
    """As numbers, shares are what packs had before; such a pack is the same pack, with the same digest."""
    ours, before = (
        read_pack(META + f"clauses: {{CL-RCA: {{warn: [{warn}]}}}}\n").pack for warn in ("50%, wd1, PT15M", "50, 80")
    )
    assert ours is not None and ours.clauses is not None and ours.clauses["CL-RCA"].warnings == (50, "wd1", "PT15M")
    assert before is not None and before.model_dump(mode="json")["clauses"]["CL-RCA"]["warn"] == [50, 80]


@pytest.mark.parametrize("share", ["0", "1", "1/5", "2/5", "4/4"])
def test_a_share_is_a_fraction(share: str):
    assert read_pack(META + _allocation(share)).pack is not None


@pytest.mark.parametrize("share", ["2", "6/5", "1/0", "0/0"])
def test_a_share_is_not_more_than_the_whole(share: str):
    (fault,) = faults(META + _allocation(share))
    assert (fault.line, fault.detail) == (7, f"{share} is no share; it lies between 0 and 1, for example 1/5")


def _allocation(share: str) -> str:
    return f"""\
money_rules:
  logistics_allocation:
    supervisor_share: "{share}"
    base: freight
    scope: item
    currency: CNY
    tiers: [{{from: 0, upto: null, fixed: 0, rate: "1"}}]
    rounding: half_up
    multi_department: split_then_tier
    persons: equal_unless_recorded
"""


def test_the_title_is_there_in_both_languages():
    assert the_fault("meta:\n  id: mine\n  version: 1\n  title: {en: Mine}\n") == (4, "meta.title.zh", "field required")


def test_all_faults_are_told_at_once_in_the_order_of_their_lines():
    text = META + "colour: red\nretention_years: 0\nmethods: [guess]\n"
    lines = [fault.line for fault in faults(text)]
    assert (lines, set(lines)) == (sorted(lines), {5, 6, 7})
