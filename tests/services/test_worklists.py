"""Worklists: what waits for whom, and in which order."""

from collections.abc import Callable
from typing import Any

import pytest

from services.capa import worklist as capa
from services.intake import worklist as intake
from services.triage import worklist as triage
from shared.complaint import awaits
from shared.complaint.state import OPEN, Complaint, Stage
from shared.events import complaint as e
from shared.kernel.values import Rank
from tests.facts import (
    DAY,
    HOUR,
    MONDAY,
    Log,
    Story,
    acknowledged,
    answered,
    asked,
    cause,
    classified,
    contacted,
    followed_up,
    planned,
    registered,
)

Build = Callable[..., Any]


def waiting(build: Build, log: Log, site: str | None = None, limit: int = 200) -> dict[str, list[tuple[str, str]]]:
    """Service → (case number, what it awaits)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, module, model in (
        ("intake", intake, intake.IntakeWorklist),
        ("triage", triage, triage.TriageWorklist),
        ("capa", capa, capa.CapaWorklist),
    ):
        with build(model, log.facts).reading() as db:
            found[name] = [
                (row["case_no"], row["awaits"]) for row in module.waiting(db, None if site is None else [site], limit)
            ]
    return found


def test_a_case_goes_from_list_to_list(build: Build):
    story = Story()

    def now() -> tuple[str | None, str | None, str | None]:
        found = waiting(build, story.log)
        return tuple(found[name][0][1] if found[name] else None for name in ("intake", "triage", "capa"))  # type: ignore[return-value]

    steps: list[tuple[Callable[[], Any], tuple[str | None, str | None, str | None]]] = [
        (lambda: story.goes_to(Stage.RECEIVED), ("acknowledge", None, None)),
        (lambda: story.happened(acknowledged()), ("register", None, None)),
        (lambda: story.happened(asked()), ("information", None, None)),
        (lambda: story.happened(answered()), ("register", None, None)),
        (lambda: story.happened(registered()), ("contact_customer", "classify", None)),
        (lambda: story.happened(contacted()), (None, "classify", None)),
        (lambda: story.happened(classified()), (None, "assign", None)),
        (lambda: story.goes_to(Stage.ASSIGNED), (None, None, "start_investigation")),
        (lambda: story.goes_to(Stage.INVESTIGATING), (None, None, "root_cause")),
        (lambda: story.happened(cause()), (None, None, "plan")),
        (lambda: story.happened(planned()), (None, None, "plan")),
        (lambda: story.goes_to(Stage.PLAN_REVIEW), (None, None, "approve_plan")),
        (lambda: story.goes_to(Stage.IMPLEMENTING), (None, None, "actions")),
        (lambda: story.goes_to(Stage.VERIFYING), (None, None, "verify")),
        (lambda: story.goes_to(Stage.CLOSING), (None, None, "close")),
        (lambda: story.happened(asked("i2")), ("information", None, "close")),
        (lambda: story.happened(answered("i2")), (None, None, "close")),
        (lambda: story.goes_to(Stage.CLOSED), (None, None, None)),
        (lambda: story.happened(followed_up(ok=False)), ("follow_up_decision", None, None)),
        (lambda: story.happened(e.FollowUpWaived(reason="a new unit was sent")), (None, None, None)),
        (lambda: story.goes_to(Stage.INVESTIGATING), (None, None, "root_cause")),
    ]
    for step, expected in steps:
        step()
        assert now() == expected


@pytest.mark.requirement("S1-53", "S3-45")
def test_the_gravest_first_then_what_is_due_next(build: Build):
    log = Log()
    minor = Story(log, number=1).goes_to(Stage.REGISTERED).happened(classified(Rank.MINOR)).goes_to(Stage.ASSIGNED)
    Story(log, number=3).goes_to(Stage.ASSIGNED)
    Story(log, number=2, begins=MONDAY + HOUR).goes_to(Stage.ASSIGNED)
    Story(log, site="dd", number=4).goes_to(Stage.REGISTERED).happened(classified(Rank.CRITICAL)).goes_to(
        Stage.ASSIGNED
    )
    minor.time_passes(MONDAY + 9 * DAY)
    numbers = [case_no[-1] for case_no, _ in waiting(build, log)["capa"]]
    assert numbers == ["4", "3", "2", "1"]
    assert [case_no[-1] for case_no, _ in waiting(build, log, "sz", limit=2)["capa"]] == ["3", "2"]


def test_an_entry_says_who_has_it_and_what_is_overdue(build: Build):
    story = Story().goes_to(Stage.ASSIGNED).time_passes(MONDAY + 30 * DAY)
    with build(capa.CapaWorklist, story.facts).reading() as db:
        (row,) = capa.waiting(db)
    assert set(row) == {
        "complaint_id",
        "case_no",
        "site",
        "stage",
        "cycle",
        "rank",
        "grade",
        "category",
        "department",
        "owner",
        "first_responsible",
        "product_model",
        "lot_no",
        "customer_no",
        "customer_name",
        "summary",
        "language",
        "received_at",
        "closed_at",
        "next_due",
        "next_due_clause",
        "overdue_since",
        "breached_open",
        "paused",
        "level",
        "historical",
        "version",
        "last_position",
        "awaits",
        "overdue",
    }
    assert (row["owner"], row["department"], row["overdue"], row["breached_open"]) == ("p-bo", "quality", True, 3)


def test_history_waits_for_nobody_until_somebody_works_on_it(build: Build):
    story = Story(historical=True).goes_to(Stage.REGISTERED)
    assert waiting(build, story.log) == {"intake": [], "triage": [], "capa": []}
    story.historical = False
    story.happened(classified())
    assert waiting(build, story.log)["triage"] == [(story.case_no, "assign")]


@pytest.mark.parametrize("stage", Stage)
def test_every_open_case_waits_for_somebody(stage: Stage):
    case = Complaint(stage=stage, acknowledged_at=MONDAY)
    codes = {awaits.of_intake(case), awaits.of_triage(case), awaits.of_capa(case)} - {None}
    assert bool(codes) == (stage in OPEN)
    assert codes <= set(awaits.CODES)


def test_codes_are_told_once():
    assert len(awaits.CODES) == len(set(awaits.CODES))
