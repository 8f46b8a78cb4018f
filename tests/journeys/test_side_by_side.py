"""The same complaint, word for word, at five sites of one house: whatever differs is what their packs say (issue 3, “Show”)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from docs import five_procedures as page
from services.demo.pictures import photo
from services.demo.procedures import one_complaint as one
from shared.policy.shipped import text_of
from tests.house import RunningHouse, Someone, running_house
from tests.policies import PROCEDURES as PACKS

SITES = tuple(pack.removeprefix("pack-") for pack in PACKS)
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Company:
    """A site that goes by one pack, with the same four people as every other, and the complaint there."""

    site: str
    house: RunningHouse
    service: Someone
    quality: Someone
    head: Someone
    warehouse: Someone
    case: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def people(self) -> tuple[Someone, ...]:
        return (self.service, self.quality, self.head, self.warehouse)

    def posts(self, who: Someone, path: str, at: datetime, **body: Any) -> httpx.Response:
        """One command at an instant of the simulated clock."""
        return who.post(path, body, casetrail_clock=at.isoformat())

    def does(self, who: Someone, door: str, at: datetime, **body: Any) -> dict[str, Any]:
        """One command about the case that must be carried out."""
        answer = self.asks(who, door, at, **body)
        assert answer.is_success, f"{self.site} {door}: {answer.status_code} {answer.text}"
        return answer.json()

    def asks(self, who: Someone, door: str, at: datetime, **body: Any) -> httpx.Response:
        """One command about the case."""
        service, _, command = door.partition("/")
        return self.posts(who, f"/{service}/complaints/{self.case['complaint_id']}/{command}", at, **body)

    def seen(self) -> dict[str, Any]:
        """The case as audit tells it."""
        position = self.house.owner.sees("/audit/head")["position"]
        return self.house.owner.sees(f"/audit/complaints/{self.case['complaint_id']}", after_position=position)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("beside"), simulated=one.RECEIVED - timedelta(hours=1)) as house:
        yield house


@pytest.fixture(scope="module")
def companies(house: RunningHouse) -> list[Company]:
    """Five sites in one zone, with one calendar, the same people by role, and a pack each."""
    for pack in ("pack-base", *PACKS):
        house.owner.does("/sla-watch/policies", text=text_of(pack))
    found: list[Company] = []
    for site, pack in zip(SITES, PACKS, strict=True):
        house.owner.does("/intake/sites", site=site, title=f"Works by {pack}", zone=ZONE.key, language="en")
        house.owner.does(f"/sla-watch/sites/{site}/activate-policy", pack=pack)
        found.append(
            Company(
                site, house, house.person("Service", "customer_service", site=site),
                house.person("Quality", "quality_engineer", site=site), house.person("Head", "quality_head", site=site),
                house.person("Warehouse", "warehouse", site=site),
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def refused(companies: list[Company]) -> dict[str, str | None]:
    """Site → what is said to the complaint as it was written, before it may stand on the form; None where nothing is."""
    told: dict[str, str | None] = {}
    for each in companies:
        first = each.posts(each.service, "/intake/complaints", one.RECEIVED, site=each.site, **one.TERSE)
        each.case = first.json()
        each.does(each.service, "intake/acknowledge", one.RECEIVED, channel="email")
        answer = each.asks(each.service, "intake/register", one.RECEIVED, **one.TERSE_FORM)
        told[each.site] = None if answer.is_success else f"{answer.json()['rule']}: {answer.json()['detail']}"
    return told


@pytest.fixture(scope="module")
def graded(companies: list[Company], refused: dict[str, str | None]) -> list[Company]:
    """The complaint with all that is known, received, registered and graded at the same minutes everywhere."""
    for each in companies:
        received = each.posts(each.service, "/intake/complaints", one.RECEIVED, site=each.site, **one.WHOLE)
        assert received.status_code == 201, received.text
        each.case = received.json()
    for each in companies:
        picture = photo("CP-7 cover", "cover.png")
        stored = each.service.http.post("/files", content=picture.content, headers={"content-type": picture.media_type})
        assert stored.is_success
    for each in companies:
        each.does(each.service, "intake/attach-evidence", one.RECEIVED, kind="photo", file=picture.reference())
    clocks = {each.site: _due(each) for each in companies}
    for each in companies:
        each.does(each.service, "intake/acknowledge", one.REGISTERED, channel="email")
    for each in companies:
        each.does(each.service, "intake/register", one.REGISTERED, **one.WHOLE_FORM)
    for each in companies:
        each.does(each.quality, "triage/classify", one.CLASSIFIED, **one.GRADED_BY)
    for each in companies:
        each.case["at receipt"] = clocks[each.site]
    return companies


def _due(company: Company) -> dict[str, str]:
    """Promise → when it is due, at the wall of the site."""
    company.house.ready()
    return {
        clock["clause"]: datetime.fromisoformat(clock["due_at"]).astimezone(ZONE).isoformat(timespec="minutes")[:16]
        for clock in company.seen()["clocks"]
    }


# ── at the customer's end ─────────────────────────────────────────────────────────────────────────────────────────────
def test_each_asks_back_what_its_own_form_needs(refused: dict[str, str | None]) -> None:
    assert refused == {
        "s0": "G-COMPLETE: the record lacks contact_person, purchase_date, failure_occurred_at",
        "s1": "G-COMPLETE: the record lacks order_no, purchase_date, scenario",
        "s2": "G-COMPLETE: the record lacks spec, serial_nos, evidence_photo",
        "s3": "G-COMPLETE: the record lacks customer_no, purchase_date, steps_tried, requested_at",
        "s4": None,
    }


def test_each_numbers_in_its_own_way(graded: list[Company]) -> None:
    assert [each.case["case_no"] for each in graded] == [
        "SF-2026-0002", "QC-202603-0002", "CF-2026-00002", "AS-20260302-002", "KS-2026-0002",
    ]  # fmt: skip


def test_only_some_let_whoever_took_the_call_speak_with_the_customer(graded: list[Company]) -> None:
    call = {"direction": "outbound", "channel": "telephone", "purpose": "progress", "summary": "Asked for a sample"}
    told = {each.site: each.asks(each.service, "intake/contact-customer", one.CLASSIFIED, **call) for each in graded}
    assert {site: answer.status_code for site, answer in told.items()} == {
        "s0": 200, "s1": 200, "s2": 409, "s3": 200, "s4": 409,
    }  # fmt: skip
    assert {told[site].json()["rule"] for site in ("s2", "s4")} == {"G-VOICE"}


def test_only_one_offers_by_grade(graded: list[Company]) -> None:
    told = {each.site: each.asks(each.service, "intake/propose-remedy", one.CLASSIFIED) for each in graded}
    assert {site: answer.status_code for site, answer in told.items()} == {
        "s0": 409, "s1": 200, "s2": 409, "s3": 409, "s4": 409,
    }  # fmt: skip
    offered = told["s1"].json()["events"][0]["offer"]
    assert [(item["kind"], item["amount"]) for item in offered] == [
        ("exchange", None), ("compensation", {"minor": 50_000, "currency": "CNY"}), ("gift", None),
    ]  # fmt: skip
    assert {answer.json().get("rule") for site, answer in told.items() if site != "s1"} == {"G-REMEDY"}


# ── grade, promises, route ────────────────────────────────────────────────────────────────────────────────────────────
def test_an_emergency_here_is_next_to_nothing_there(graded: list[Company]) -> None:
    state = {each.site: each.seen()["state"] for each in graded}
    assert {site: (one["grade"], one["rank"], one["grade_basis"]) for site, one in state.items()} == {
        "s0": ("P1", "1", "confirmed"), "s1": ("URGENT", "1", "confirmed"), "s2": ("STD", "2", "confirmed"),
        "s3": ("C", "4", "confirmed"), "s4": ("NEGLIGIBLE", "4", "confirmed"),
    }  # fmt: skip


def test_each_promises_what_its_own_policy_says(graded: list[Company]) -> None:
    day = "2026-03-02T"
    assert {each.site: each.case["at receipt"].get("acknowledgement") for each in graded} == {
        "s0": f"{day}10:00", "s1": f"{day}09:15", "s2": f"{day}13:00", "s3": f"{day}09:15", "s4": f"{day}13:00",
    }  # fmt: skip
    due = {each.site: _due(each) for each in graded}
    assert {site: promises.get("first_response") for site, promises in due.items()} == {
        "s0": f"{day}13:00", "s1": f"{day}11:00", "s2": "2026-03-03T17:30", "s3": "2026-03-03T09:00",
        "s4": "2026-03-03T09:00",
    }  # fmt: skip
    assert {site: promises.get("containment") for site, promises in due.items()} == {
        "s0": "2026-03-03T09:40", "s1": f"{day}11:40", "s2": f"{day}17:30", "s3": None, "s4": "2026-03-03T09:40",
    }  # fmt: skip
    assert [site for site, promises in due.items() if "quality_head_told" in promises] == ["s0", "s1"]
    assert [site for site, promises in due.items() if "resolution" in promises] == ["s1", "s3"]


def test_the_page_tells_what_the_house_does(graded: list[Company], refused: dict[str, str | None]) -> None:
    for told, each in zip(page.companies(), graded, strict=True):
        assert told.grade.code == each.seen()["state"]["grade"]
        asked_back = (refused[each.site] or "").removeprefix("G-COMPLETE: the record lacks ").split(", ")
        assert asked_back == list(page.lacks(told) or ("",))
        promised = _due(each)
        for clause in page.clauses():
            at = page.due(told, clause)
            if clause.name not in ("root_cause", "action_plan"):  # these begin with the assignment
                there = None if at is None else at.astimezone(ZONE).isoformat(timespec="minutes")[:16]
                assert promised.get(clause.name) == there, (each.site, clause.name)


def test_each_sends_it_its_own_way(graded: list[Company]) -> None:
    answers = [each.asks(each.head, "triage/assign", one.ASSIGNED, owner=each.quality.id) for each in graded]
    assert [(answer.status_code, answer.json().get("rule")) for answer in answers] == [
        (200, None), (409, "G-ROUTE"), (422, "G-ROUTE"), (422, "G-ROUTE"), (422, "G-ROUTE"),
    ]  # fmt: skip
    assert answers[0].json()["events"][0]["department"] == "production"
    assert [answer.json().get("field") for answer in answers[1:]] == ["owner", "department", "department", "department"]


# ── who signs ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_goods_leave_after_the_signatures_that_each_asks_for(graded: list[Company]) -> None:
    done: dict[str, list[str]] = {}
    for each in graded:
        asked = {
            "replacement_id": "x1",
            "kind": "exchange",
            "parts": [{"part_no": "CP-7-C", "quantity": 12}],
            "urgent": True,
        }
        each.does(each.service, "intake/request-replacement", one.ASSIGNED, **asked)
        authorised = each.does(each.quality, "intake/authorise-replacement", one.ASSIGNED, replacement_id="x1")
        shipped = each.does(each.warehouse, "intake/ship-replacement", one.ASSIGNED, replacement_id="x1")
        entries = each.house.owner.sees(
            f"/audit/complaints/{each.case['complaint_id']}/timeline", after_position=shipped["position"]
        )["entries"]
        since = authorised["position"] - len(authorised["events"])
        done[each.site] = [
            entry["type"] for entry in entries if entry["position"] > since and entry["stream"].startswith("complaint-")
        ]
    plain = ["ReplacementAuthorised", "ReplacementShipped"]
    signed = ["StepSigned", "ReplacementAuthorised", "StepSigned", "ReplacementShipped"]
    assert done == {"s0": plain, "s1": plain, "s2": signed, "s3": plain, "s4": plain}


def test_one_has_reports_signed_by_their_author_first(graded: list[Company]) -> None:
    answers: dict[str, tuple[int, str | None]] = {}
    for each in graded:
        body = {"report_id": "rp1", "report_kind": "initial", "summary": "Twelve covers scratched, stock is checked"}
        each.does(each.quality, "capa/draft-report", one.ASSIGNED, **body)
        answer = each.asks(each.head, "capa/sign-report", one.ASSIGNED, report_id="rp1")
        answers[each.site] = (answer.status_code, answer.json().get("rule"))
    assert answers == {"s0": (200, None), "s1": (200, None), "s2": (200, None), "s3": (200, None), "s4": (409, "G-SOD")}
