"""Each of the five procedures, from receipt to archive through HTTP, and read back from there (issue 3, “Show”)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.demo.player import Report, play_programme
from services.demo.procedures import PROCEDURES
from services.demo.programme import NAMED, told_cases
from services.demo.worked import EARPHONES, SCREEN
from tests import checker
from tests.house import RunningHouse, running_house
from tests.journeys.told import Told

UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A simulated house of its own."""
    with running_house(tmp_path_factory.mktemp("procedures"), simulated=told_cases(UNTIL).begins) as house:
        yield house


@pytest.fixture(scope="module")
def report(house: RunningHouse) -> Report:
    """How it went."""
    token = (house.home / "admin.token").read_text().strip()
    return play_programme(house.url, token, told_cases(UNTIL))


@pytest.fixture
def told(house: RunningHouse, report: Report, request: pytest.FixtureRequest) -> Told:
    """The case that the test is about."""
    return Told.of(house, report.cases[request.param])


def about(case: str) -> pytest.MarkDecorator:
    """The test is about this case."""
    return pytest.mark.parametrize("told", [case], indirect=True, ids=[case])


def test_everything_is_carried_out_as_it_is_told(house: RunningHouse, report: Report) -> None:
    assert report.refused == []
    assert report.commands == len(list(told_cases(UNTIL).steps))
    assert tuple(report.cases) == tuple(sorted(NAMED, key=list(report.cases).index)) and set(report.cases) == set(NAMED)
    house.ready()
    checker.check(house.home, house.nats("relay"), house.owner.sees)


@pytest.mark.parametrize("case", NAMED)
def test_every_told_case_reaches_the_archive(house: RunningHouse, report: Report, case: str) -> None:
    told = Told.of(house, report.cases[case])
    assert told.stage == "archived"
    assert told.types()[0] == "Received" and told.types()[-1] == "Archived"


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.case)
def test_each_case_goes_by_its_own_procedure(house: RunningHouse, report: Report, procedure: object) -> None:
    from services.demo.procedures.company import Procedure

    assert isinstance(procedure, Procedure)
    site = house.owner.sees(f"/sla-watch/sites/{procedure.site.code}/policy")
    assert site["policy"] == f"{procedure.site.pack}@1"
    told = Told.of(house, report.cases[procedure.case])
    assert site["effective_from"] < told.entries[0]["recorded_at"]
    assert told.state["judgement"]["scheme"] == procedure.site.pack


@about("procedure-s2")
def test_s2(told: Told) -> None:
    print(told.types())
    assert told.refusals()
    assert told.broken() == []
