"""Each read model: plain, every fact twice, rebuilt – the same rows."""

from collections.abc import Callable
from typing import Any

import pytest

from services.audit.timeline import Timeline
from services.capa.costs import CostStatement
from services.capa.worklist import CapaWorklist
from services.insight.case_board import CaseBoard
from services.insight.my_work import MyWork
from services.intake.worklist import IntakeWorklist
from services.notify.outbox import Outbox
from services.sla_watch.board import SlaBoard
from services.triage.similar_cases import SimilarCases
from services.triage.worklist import TriageWorklist
from shared.complaint.state import Stage
from shared.events.complaint import Withdrawn
from shared.kernel.fact import Fact
from shared.kernel.personal import Erased
from shared.kernel.values import Rank
from shared.runtime import cases, folding
from shared.runtime.read_model import ReadModel
from shared.runtime.store import Store
from tests.facts import (
    DAY,
    Log,
    Story,
    acknowledged,
    answered,
    asked,
    classified,
    followed_up,
    received,
    registered,
    utc,
    verified,
)
from tests.stores import feed

MODELS = (
    Timeline,
    CaseBoard,
    IntakeWorklist,
    TriageWorklist,
    CapaWorklist,
    SlaBoard,
    CostStatement,
    MyWork,
    Outbox,
    SimilarCases,
)


@pytest.fixture(scope="module")
def year() -> list[Fact]:
    """Some of everything: paused, breached, escalated, late, reopened, erased, historical, and facts of no case."""
    log = Log()
    slow, quick, failing = (Story(log, site=site, number=n) for n, site in enumerate(("sz", "dd", "mty"), 1))
    history = Story(log, number=9, historical=True).goes_to(Stage.REGISTERED)
    slow.happened(received(slow.case_no, customer_name=Erased(), description=Erased()))
    log.noise()
    slow.happened(registered())
    quick.goes_to(Stage.CLOSED).happened(followed_up(ok=False))
    slow.happened(classified(Rank.CRITICAL)).goes_to(Stage.ASSIGNED).happened(asked())
    failing.goes_to(Stage.VERIFYING).happened(verified(effective=False)).goes_to(Stage.CLOSED)
    Story(log, number=6).goes_to(Stage.REGISTERED)
    Story(log, number=4).goes_to(Stage.REGISTERED).happened(Withdrawn(reason="it works again"))
    late = Story(log, number=5).goes_to(Stage.RECEIVED).time_passes(slow.now + 3 * DAY)
    late.happened(acknowledged(), at=late.case.received_at)
    slow.now = slow.now + 3 * DAY
    slow.happened(answered(), at=slow.now - DAY).time_passes(slow.now + 20 * DAY)
    failing.goes_to(Stage.PLAN_REVIEW)
    history.goes_to(Stage.TRIAGED)
    Story(log, number=8, historical=True).goes_to(Stage.CLOSED).taken_over(utc("2026-05-01"))
    quick.goes_to(Stage.INVESTIGATING).time_passes(utc("2026-06-01"))
    return log.facts


@pytest.mark.parametrize("model", MODELS)
def test_the_same_facts_make_the_same_rows(
    model: type[ReadModel], year: list[Fact], same_rows: Callable[[type[ReadModel], list[Fact]], None]
):
    same_rows(model, year)


def test_the_year_has_some_of_everything(year: list[Fact]):
    told = {type(fact.event).__name__ for fact in year}
    assert {"ClockPaused", "ClockResumed", "ClockRebased", "Breached", "Escalated", "BreachExcused", "Met"} <= told
    assert {"ClockCancelled", "Reopened", "Withdrawn"} <= told


@pytest.mark.parametrize("model", MODELS)
def test_a_transaction_that_failed_leaves_nothing_behind(
    model: type[ReadModel], year: list[Fact], build: Callable[..., Store[Any]], monkeypatch: pytest.MonkeyPatch
):
    expected = build(model, year).dump()
    store = build(model, year[:50], batch=5)
    for first in range(50, len(year), 20):
        with monkeypatch.context() as broken, pytest.raises(OSError, match="disk"):
            broken.setattr(model, "finish", fails_after(model.finish))
            feed(store, year[first : first + 20])
        feed(store, year[first : first + 20])
    assert store.dump() == expected


def fails_after(finish: Callable[[Any], None]) -> Callable[[Any], None]:
    """All rows have been written, and the position has moved; nothing is committed."""

    def finished(model: Any) -> None:
        finish(model)
        raise OSError("the disk is gone")

    return finished


def test_cases_that_memory_has_no_room_for_are_read_back(
    year: list[Fact], build: Callable[..., Store[Any]], monkeypatch: pytest.MonkeyPatch
):
    expected = [build(model, year).dump() for model in (CaseBoard, SlaBoard)]
    monkeypatch.setattr(cases, "REMEMBERED", 1)
    monkeypatch.setattr(folding, "REMEMBERED", 1)
    monkeypatch.setattr(folding, "FOLDED", 1)
    assert [build(model, year, batch=3).dump() for model in (CaseBoard, SlaBoard)] == expected
