"""The shipped packs against the two tables of the proposal, cell by cell: who owes what (§4.5.6), who is told when (§4.5.2).

The tables stand here as they are written there. Where a pack says something else, it is named with its reason.
"""

from __future__ import annotations

import pytest

from services.sla_watch.clauses import BY_NAME, CLAUSES
from services.sla_watch.duties import DUTIES
from services.sla_watch.promises import promised
from shared.kernel.values import Rank
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.pack import Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.promise_terms import ClauseTerms
from shared.policy.shipped import shipped
from tests.policies import policy

COLUMNS = ("pack-s0", "pack-s1", "pack-s2", "pack-s3", "pack-s4", "overlay-8d-auto", "overlay-meddev")
TARGETS = """
CL-ACK          | PT1H             | immediate PT15M     | PT4H     | PT15M                  | PT4H            | –     | –
CL-REG          | PT24H            | immediate PT1H      | with FWD | same day               | PT4H            | –     | –
CL-FWD          | –                | PT4H                | half     | by:17:00               | PT4H            | –     | –
CL-NOTIFY-QH    | immediate/–/–    | immediate           | –        | immediate (S)          | immediate       | –     | –
CL-RESP         | PT4H/PT8H/wd1    | PT2H/PT4H/PT8H      | wd1      | PT15M/PT30M/PT2H/PT24H | PT24H           | PT24H | –
CL-PROMISE      | –                | PT24H               | –        | –                      | as told         | –     | –
CL-CONT         | PT24H/wd3/wd3    | PT2H/PT8H/wd3       | half     | PT24H/PT24H/wd3/–      | PT24H           | PT24H | –
CL-RCA          | PT24H/wd3/wd3    | wd3/wd5/wd10        | in PLAN  | PT24H/PT48H/wd5/–      | wd3/wd5/wd10/–  | wd10  | wd20
CL-PLAN         | wd5              | wd5                 | PT48H    | PT48H/wd3/wd7/–        | customer’s date | wd10  | –
CL-RESOLVE      | –                | wd5/wd10/wd15       | –        | PT24H/PT48H/wd7/wd15   | –               | –     | –
CL-FEEDBACK     | wd1              | wd1                 | wd1      | wd1                    | wd1             | –     | –
CL-REPORT-INIT  | –                | –                   | cd3      | –                      | cd3             | PT24H | –
CL-REPORT-FINAL | –                | –                   | customer | –                      | customer        | cd30  | –
CL-VERIFY-ST    | wd3              | wd5                 | wd5      | wd5                    | pre-validation  | wd3   | –
CL-VERIFY-LT    | cd7              | cd7                 | cd7      | mo3                    | cd7             | cd30  | mo3
CL-MONITOR-3M   | mo3              | mo3                 | mo3      | mo3                    | mo3             | mo3   | mo12
CL-FOLLOWUP-30D | –                | cd30                | –        | –                      | cd30            | –     | –
CL-CALLBACK-100 | –                | –                   | –        | cd14                   | –               | –     | –
CL-RETROSIGN    | –                | –                   | wd3      | –                      | –               | –     | –
CL-ALLOC-3WD    | –                | –                   | wd3      | –                      | –               | –     | –
CL-RECALL       | PT4H             | PT4H                | –        | PT4H                   | immediate       | PT4H  | law
CL-STOP         | PT1H             | PT1H                | –        | PT1H                   | immediate       | –     | –
CL-REGREPORT    | –                | –                   | –        | –                      | –               | –     | regimes
"""
"""Domain §4.5.6; its row of two clauses, CL-RECALL and CL-STOP, stands here as two."""
RECURRING = {
    "CL-UPDATE-W": {"pack-s0": "weekly_friday"},
    "CL-COORD-W": {"pack-s0": "weekly"},
    "CL-REVIEW-M": {"pack-s1": "monthly", "pack-s4": "monthly", "overlay-meddev": "monthly"},
    "CL-COST-W": {"pack-s2": "weekly_friday"},
    "CL-DIGEST-D": {"pack-s3": "by:17:00", "pack-s4": "close_of_business"},
    "CL-REVIEW-MON": {"pack-s3": "weekly_monday"},
    "CL-PROGRESS-FRI": {"pack-s3": "weekly_friday"},
    "CL-REVIEW-Q": {"pack-s3": "quarterly"},
}
"""The last row of that table, by clause."""
WRITTEN = {
    "immediate PT15M": "PT15M",
    "immediate PT1H": "PT1H",
    "same day": "by:17:00",
    "immediate (S)": "immediate/–/–/–",
    "as told": "as_told",
    "customer": "date",
    "customer’s date": "date",
}
"""Words of the table, and how a pack writes them."""
OTHERWISE = {
    ("CL-REG", "pack-s2"): ("half", "“with FWD”: what is forwarded in half a day stands on the form by then"),
    ("CL-RCA", "pack-s2"): ("PT48H", "“within PLAN”: the plan that is due then holds the cause (S2-41)"),
    ("CL-FWD", "pack-s1"): ("PT4H:biz", "forwarding is counted in working time (§4.5.2)"),
    ("CL-FWD", "pack-s4"): ("PT4H:biz", "the same"),
    ("CL-VERIFY-ST", "pack-s4"): ("–", "short-term measures are proved before they go out (S4-79)"),
    ("CL-NOTIFY-QH", "pack-s1"): ("immediate/–/–", "only of an urgent case is the head of quality told (S1-24)"),
    ("CL-NOTIFY-QH", "pack-s4"): ("immediate/–/–/–", "only of a critical case (§4.5.2: rank 1)"),
    ("CL-STOP", "overlay-8d-auto"): ("–", "the cell holds one length for two clauses; that of the recall"),
    ("CL-RECALL", "overlay-meddev"): ("–", "“per recall law”: which law that is nobody can ship; the procedure’s own holds"),
    ("CL-REGREPORT", "overlay-meddev"): (
        (
            "EU_PUBLIC_HEALTH_THREAT=cd2 EU_DEATH_OR_SERIOUS_DETERIORATION=cd10 EU_SERIOUS_INCIDENT=cd15 "
            "FDA_803_STANDARD=cd30 FDA_803_5DAY=wd5"
        ),
        "by regime: EU cd2/cd10/cd15; FDA cd30 / wd5",
    ),
}  # fmt: skip
"""Where a pack says it otherwise: what it says, and why."""
BEYOND = {
    ("CL-REMEDY", "pack-s2"): "wd2",
    ("CL-STOCKTAKE", "pack-s2"): "wd3",
    ("CL-PROGRESS-C", "pack-s4"): "rank1=cd1 rank2=cd3 other=cd7",
    ("CL-REPORT-PROG", "pack-s4"): "cd7",
    ("CL-PAY", "pack-s4"): "wd5",
}
"""Clauses without a row there whose default of §4.5.2 a pack takes, since its source names the duty."""
CELLS = [
    (name, pack, cell)
    for name, *cells in (map(str.strip, line.split("|")) for line in TARGETS.strip().split("\n"))
    for pack, cell in zip(COLUMNS, cells, strict=True)
]


def codes(pack: str) -> tuple[str, ...]:
    scheme = shipped()[pack].grade_scheme
    return tuple(level.code for level in scheme.levels) if scheme else ()


def said(pack: str, clause: str) -> str:
    """What the pack itself says, written like a cell of the table."""
    terms = (shipped()[pack].clauses or {}).get(clause, ClauseTerms())
    if terms.targets is None:
        return "–"
    if set(terms.targets) == {"all"}:
        return terms.targets["all"]
    if set(terms.targets) <= set(codes(pack)):
        return "/".join(terms.targets.get(code, "–") for code in codes(pack))
    return " ".join(f"{key}={target}" for key, target in terms.targets.items())


@pytest.mark.parametrize(("clause", "pack", "cell"), CELLS)
def test_every_cell_of_the_table_stands_in_its_pack(clause: str, pack: str, cell: str):
    wanted, reason = OTHERWISE.get((clause, pack), (WRITTEN.get(cell, cell), "as it stands there"))
    assert said(pack, clause) == wanted, reason


@pytest.mark.parametrize("pack", COLUMNS)
def test_a_pack_says_no_more_than_its_column(pack: str):
    here = {clause for clause, column, _ in CELLS if column == pack and said(pack, clause) != "–"}
    again = {clause: often[pack] for clause, often in RECURRING.items() if pack in often}
    beyond = {clause: target for (clause, column), target in BEYOND.items() if column == pack}
    found = {name: said(pack, name) for name, terms in (shipped()[pack].clauses or {}).items() if terms.targets}
    assert {name: target for name, target in found.items() if name not in here} == again | beyond


# ── what holds for all ────────────────────────────────────────────────────────────────────────────────────────────────
DEFAULTS = {
    "CL-ACK": "all=immediate", "CL-TRIAGE": "all=PT2H:biz", "CL-INFO": "all=cd7", "CL-APPR-PLAN": "all=wd1",
    "CL-OBJECTION": "all=wd3", "CL-ACTION": "all=date", "CL-MILESTONE": "all=date", "CL-MONITOR-3M": "all=mo3",
    "CL-APPR-CLOSE": "all=wd1", "CL-RECALL": "rank1=PT4H other=PT24H", "CL-STOP": "all=PT1H", "CL-STOCKTAKE": "all=wd3",
}  # fmt: skip
"""Promised wherever a site goes by any pack: the defaults of §4.5.2 for what no procedure leaves out."""
LADDERS_AND_WARNINGS = """
CL-ACK          A 80
CL-REG          A 75
CL-FWD          A 75
CL-TRIAGE       B 80
CL-NOTIFY-QH    C –
CL-RESP         B 50 80
CL-PROMISE      A 1h
CL-INFO         A –
CL-CONT         C 50 80
CL-RCA          C 50 75 90
CL-PLAN         C 50 75 90
CL-APPR-PLAN    D 1wd
CL-RESOLVE      C 50 75 90
CL-REMEDY       B 75
CL-RETROSIGN    C 1wd
CL-FEEDBACK     B 75
CL-PROGRESS-C   A 80
CL-OBJECTION    E 50 80
CL-REPORT-INIT  B 50 80
CL-REPORT-PROG  B 80
CL-REPORT-FINAL C 50 80
CL-ACTION       C 7d 1d
CL-MILESTONE    B 3d
CL-UPDATE-W     B Thu
CL-VERIFY-ST    C 1wd
CL-VERIFY-LT    C 2d
CL-MONITOR-3M   – –
CL-FOLLOWUP-30D B 3d
CL-CALLBACK-100 B 50
CL-APPR-CLOSE   D 1wd
CL-RECALL       C 50
CL-STOP         C 50
CL-STOCKTAKE    C 1wd
CL-COST-W       B Thu
CL-ALLOC-3WD    C 1wd
CL-PAY          C 1wd
CL-REGREPORT    C 50 75 90
CL-DIGEST-D     A 30min
CL-REVIEW-MON   C –
CL-PROGRESS-FRI B –
CL-COORD-W      C –
CL-REVIEW-M     C –
CL-REVIEW-Q     C –
"""
"""Domain §4.5.2: the ladder of each clause, and when it warns, in percent or so long before it is due."""
ROWS = {name: (ladder, warn) for name, ladder, *warn in map(str.split, LADDERS_AND_WARNINGS.strip().split("\n"))}
IN_CASES = {clause.terms: clause for clause in CLAUSES if clause.terms}
OF_SITES = {duty.terms: duty for duty in DUTIES}


def whole(name: str) -> Pack:
    """Where each clause is promised: the base, but the law’s own."""
    return effective(lineage(shipped()["overlay-meddev" if name == "CL-REGREPORT" else "pack-base"], shipped()))


def test_every_clause_has_its_row():
    assert set(ROWS) == set(CLAUSE_NAMES)


def test_the_base_promises_what_no_procedure_leaves_out():
    terms = {name: each.targets for name, each in (shipped()["pack-base"].clauses or {}).items() if each.targets}
    assert {name: " ".join(f"{key}={to}" for key, to in targets.items()) for name, targets in terms.items()} == DEFAULTS


@pytest.mark.parametrize("name", ROWS)
def test_every_clause_climbs_its_ladder(name: str):
    terms = (whole(name).clauses or {})[name]
    assert (terms.ladder or "–") == ROWS[name][0]


NOTATION = {
    "1h": "PT1H",
    "30min": "PT30M",
    "1wd": "wd1",
    "1d": "cd1",
    "2d": "cd2",
    "3d": "cd3",
    "7d": "cd7",
    "Thu": "wd1",
}
"""Lengths before the due instant, as a pack writes them; a working day before the close of Friday is Thursday’s."""


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("silent", [False, True], ids=["the base", "a pack that says nothing"])
def test_every_clause_warns_when_the_table_says(name: str, silent: bool):
    terms, wanted = (whole(name).clauses or {}).get(name, ClauseTerms()), ROWS[name][1]
    usual = IN_CASES[name].warn if name in IN_CASES else OF_SITES[name].warn
    warn = usual if silent or terms.warnings is None else terms.warnings
    assert warn == tuple(int(one) if one.isdigit() else NOTATION[one] for one in wanted if one != "–")


@pytest.mark.parametrize(
    ("ladder", "clause", "rank", "wanted"),
    [
        ("A", "acknowledgement", Rank.MAJOR, "service_supervisor aftersales_manager+PT4H"),
        ("B", "grading", Rank.MAJOR, "quality_engineer dept_head+wd1"),
        ("C", "action", Rank.MAJOR, "dept_head quality_head+wd1 general_manager+wd2 chairman+wd4"),
        ("C", "action", Rank.CRITICAL, "dept_head quality_head+PT4H general_manager+wd1 chairman+wd3"),
        ("D", "plan_approval", Rank.MAJOR, "delegate next_level+wd1"),
        ("E", "objection", Rank.MAJOR, "dept_head"),
    ],
)
def test_a_ladder_is_climbed_as_the_table_says(ladder: str, clause: str, rank: Rank, wanted: str):
    """Each rung counts from the breach; §4.5.2 gives the chairman two working days after the general manager."""
    found = promised(BY_NAME[clause], policy("pack-base"), rank, None)
    assert found is not None and ROWS[BY_NAME[clause].terms or ""][0] == ladder
    assert " ".join(rung.role + (f"+{rung.after}" if rung.after else "") for rung in found.ladder) == wanted


@pytest.mark.parametrize(
    ("level", "to"), [(1, "dept_head"), (2, "marketing_head"), (3, "general_manager"), (4, "chairman")]
)
def test_an_objection_climbs_from_where_it_is(level: int, to: str):
    found = promised(BY_NAME["objection"], policy("pack-base"), Rank.MAJOR, None, level)
    assert found is not None and [rung.role for rung in found.ladder] == [to]
