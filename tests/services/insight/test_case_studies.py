"""The library of finished cases: who finds which lesson, and what it does not tell."""

from collections.abc import Callable
from typing import Any

import pytest

from services.insight.case_studies import CaseStudies, studies
from shared.complaint.state import Stage
from shared.events.complaint import CaseStudyPublished
from tests.facts import Log, Story

Build = Callable[..., Any]


def lesson(title: str, *tags: str, audience: tuple[str, ...] = ()) -> CaseStudyPublished:
    return CaseStudyPublished(
        title=title, lesson="Ask which settings were made for the old alloy.", tags=tags, anonymised=True,
        audience_sites=audience,
    )  # fmt: skip


@pytest.fixture
def log() -> Log:
    log = Log()
    told = [
        ("sz", lesson("Alloy", "solder")), ("sz", lesson("Only here", audience=("sz",))),
        ("dd", lesson("Cable", "wiring", audience=("sz",))), ("dd", lesson("Of Dresden", audience=("dd",))),
    ]  # fmt: skip
    for number, (site, event) in enumerate(told, 1):
        Story(log, site=site, number=number, clocks=False).goes_to(Stage.CLOSED).happened(event)
    return log


def titles(build: Build, log: Log, *sites: str, **asked: Any) -> list[str]:
    with build(CaseStudies, log.facts).reading() as db:
        return [found["title"] for found in studies(db, sites or None, **asked)]


@pytest.mark.requirement("S1-51")
def test_others_find_what_was_learned(build: Build, log: Log):
    assert titles(build, log) == ["Of Dresden", "Cable", "Only here", "Alloy"]
    assert titles(build, log, tag="solder") == ["Alloy"]
    assert titles(build, log, q="cAbLe") == ["Cable"]
    assert titles(build, log, limit=1) == ["Of Dresden"]


def test_a_lesson_is_told_to_those_it_is_meant_for_and_where_it_was_learned(build: Build, log: Log):
    assert titles(build, log, "sz") == ["Cable", "Only here", "Alloy"]
    assert titles(build, log, "dd") == ["Of Dresden", "Cable", "Alloy"]
    assert titles(build, log, "mty") == ["Alloy"]


def test_nothing_in_it_leads_to_the_case(build: Build, log: Log):
    with build(CaseStudies, log.facts).reading() as db:
        told = repr(studies(db))
    assert not [fact.subject_id for fact in log.facts if fact.subject_id in told or "SZ-2026" in told]


def test_a_newer_lesson_of_the_same_case_takes_its_place(build: Build):
    story = Story(clocks=False).goes_to(Stage.CLOSED).happened(lesson("first")).happened(lesson("second"))
    assert titles(build, story.log) == ["second"]


def test_however_it_is_fed_the_library_is_the_same(same_rows: Any, log: Log):
    same_rows(CaseStudies, log.facts)
