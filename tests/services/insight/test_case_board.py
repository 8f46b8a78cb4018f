"""The case board: its rows, its order, its filters, its pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.insight.case_board import CaseBoard, counts, find, search
from shared.complaint.state import Stage
from shared.events import words as w
from shared.kernel.errors import Invalid
from shared.kernel.personal import Erased
from shared.kernel.values import Rank, rfc3339
from tests.facts import DAY, HOUR, MONDAY, Log, Story, asked, assigned, classified, received

Build = Callable[..., Any]


def board(build: Build, log: Log) -> sa.Connection:
    return build(CaseBoard, log.facts).engine.connect()


@pytest.fixture
def db(build: Build) -> Iterator[sa.Connection]:
    log = Log()
    Story(log, number=1).goes_to(Stage.CLOSED)
    Story(log, number=2).happened(
        received("SZ-2026-00002", product_model="A1 earphone", lot_no="100%_x", customer_no="K-7")
    )
    grave = Story(log, number=3).goes_to(Stage.REGISTERED).happened(classified(Rank.CRITICAL))
    grave.happened(assigned(department=w.Department.PRODUCTION)).time_passes(MONDAY + 4 * DAY)
    Story(log, site="dd", number=1, begins=MONDAY + HOUR).goes_to(Stage.TRIAGED)
    with board(build, log) as db:
        yield db


@pytest.mark.requirement("S4-26")
def test_a_row_says_where_the_case_stands(build: Build):
    story = Story().goes_to(Stage.INVESTIGATING)
    with board(build, story.log) as db:
        (row,) = search(db).items
    due = min((clock.due_at, clock.clause) for clock in story.clocks.open())
    assert row == {
        "complaint_id": story.id,
        "case_no": "SZ-2026-00001",
        "site": "sz",
        "stage": "investigating",
        "cycle": 1,
        "rank": "2",
        "grade": "P2",
        "category": "hardware_failure",
        "department": "quality",
        "owner": "p-bo",
        "first_responsible": "p-ana",
        "product_model": "ABC-2000",
        "lot_no": "L2403",
        "customer_no": "C-1001",
        "customer_name": "张*",
        "summary": "开机后花屏，重启无效",
        "language": "zh",
        "received_at": "2026-03-02T01:00:00.000000Z",
        "closed_at": None,
        "next_due": rfc3339(due[0]),
        "next_due_clause": due[1],
        "overdue_since": None,
        "breached_open": 0,
        "paused": False,
        "level": 0,
        "historical": False,
        "version": 7,
        "last_position": len(story.facts),
        "overdue": False,
    }


@pytest.mark.requirement("S4-91")
def test_grade_comes_first_then_what_is_due(db: sa.Connection):
    assert [row["case_no"] for row in search(db).items] == [
        "SZ-2026-00003",
        "DD-2026-00001",
        "SZ-2026-00001",
        "SZ-2026-00002",
    ]


def test_an_overdue_case_tells_since_when_and_how_high(db: sa.Connection):
    (row,) = search(db, overdue=True).items
    assert (row["case_no"], row["overdue"], row["breached_open"], row["level"]) == ("SZ-2026-00003", True, 3, 3)
    assert row["overdue_since"] < rfc3339(MONDAY + 4 * DAY)
    assert len(search(db, overdue=False).items) == 3


def test_a_history_is_never_overdue(build: Build):
    story = Story(historical=True).goes_to(Stage.ASSIGNED).taken_over(MONDAY + 60 * DAY)
    with board(build, story.log) as db:
        (row,) = search(db).items
    assert (row["historical"], row["overdue"], row["next_due"], row["breached_open"]) == (True, False, None, 0)


def test_a_case_that_waits_for_the_customer_is_paused(build: Build):
    story = Story().goes_to(Stage.INVESTIGATING).happened(asked())
    with board(build, story.log) as db:
        (row,) = search(db).items
    assert (row["paused"], row["next_due"]) == (True, None)


@pytest.mark.parametrize(
    ("asked_for", "found"),
    [
        ({"sites": ["dd"]}, {"DD-2026-00001"}),
        ({"stage": "closed"}, {"SZ-2026-00001"}),
        ({"stage": "open", "sites": ["sz"]}, {"SZ-2026-00002", "SZ-2026-00003"}),
        ({"rank": "1"}, {"SZ-2026-00003"}),
        ({"department": "production"}, {"SZ-2026-00003"}),
        ({"q": "a1 EAR"}, {"SZ-2026-00002"}),
        ({"q": "k-7"}, {"SZ-2026-00002"}),
        ({"q": "100%_X"}, {"SZ-2026-00002"}),
        ({"q": "%"}, {"SZ-2026-00002"}),
        ({"q": "dd-2026"}, {"DD-2026-00001"}),
        ({"q": "花屏", "rank": "1"}, {"SZ-2026-00003"}),
        ({"q": "张三"}, set()),
        ({"q": "' OR 1=1 --"}, set()),
    ],
)
def test_filters_and_search(db: sa.Connection, asked_for: dict[str, str], found: set[str]):
    assert {row["case_no"] for row in search(db, **asked_for).items} == found  # type: ignore[arg-type]


def test_pages_follow_one_another_without_gap_or_repetition(db: sa.Connection):
    whole = search(db).items
    seen, cursor = list[dict[str, Any]](), None
    while True:
        page = search(db, limit=1, cursor=cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == whole
    assert search(db, limit=4).next_cursor is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "bnVsbA==",
        "WzEsMl0=",
        "WzEsMiwzLDRd",
        "W10=",
        "WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCIiLCIiLCIiXQ==",
        "WzEsIlx1MDAwMCIsIiIsIiJd",
    ],
)
def test_a_foreign_cursor_is_invalid(db: sa.Connection, cursor: str):
    with pytest.raises(Invalid) as told:
        search(db, cursor=cursor)
    assert (told.value.field, told.value.rule) == ("cursor", "G-CURSOR")


@pytest.mark.requirement("S4-16")
def test_counts(db: sa.Connection):
    assert counts(db) == {
        "total": 4,
        "open": 3,
        "overdue": 1,
        "stages": {"closed": 1, "received": 1, "assigned": 1, "triaged": 1},
        "ranks": {"ungraded": 1, "1": 1, "2": 1},
        "departments": {"none": 2, "production": 1},
        "sites": {"sz": 3, "dd": 1},
    }
    assert counts(db, None, "dd") | {"sites": {}} == {
        "total": 1,
        "open": 1,
        "overdue": 0,
        "stages": {"triaged": 1},
        "ranks": {"2": 1},
        "departments": {"none": 1},
        "sites": {},
    }


def test_a_case_is_found_by_id_and_by_number(db: sa.Connection):
    case = find(db, "SZ-2026-00003")
    assert case is not None
    assert find(db, case["complaint_id"]) == case
    assert find(db, "nobody") is None


def test_erased_people_stay_erased_and_texts_are_cut(build: Build):
    log = Log()
    Story(log, number=1).happened(received(customer_name=Erased(), description=Erased()))
    Story(log, number=2).happened(received("SZ-2026-00002", customer_name=None, description="x" * 500))
    with board(build, log) as db:
        rows = {row["case_no"]: row for row in search(db).items}
    assert (rows["SZ-2026-00001"]["customer_name"], rows["SZ-2026-00001"]["summary"]) == ("[erased]", "[erased]")
    assert (rows["SZ-2026-00002"]["customer_name"], rows["SZ-2026-00002"]["summary"]) == (None, "x" * 160)


@pytest.mark.requirement("S0-40")
def test_whoever_follows_cases_sees_them_together_with_what_is_due(build: Build):
    log = Log()
    mine = Story(log, number=1).goes_to(Stage.IMPLEMENTING)
    Story(log, number=2).happened(received("SZ-2026-00002"), by="p-bo")
    with board(build, log) as db:
        (row,) = search(db, first_responsible="p-ana").items
    assert (row["complaint_id"], row["next_due_clause"]) == (mine.id, "action")
