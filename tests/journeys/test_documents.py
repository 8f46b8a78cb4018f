"""Documents through the doors: a report is drafted, its page is kept, printed, checked, and asked for before closing."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.journeys.people import Case, People
from tests.services.console.clerk import Clerk


@pytest.fixture(scope="module")
def case(people: People) -> Case:
    """With an 8D report in Chinese, drafted while actions are carried out."""
    case = people.case_at("implementing", customer_name="Huaqiang Electronics", language="zh")
    case.does(people.chen, "capa", "draft-report", report_kind="8d", summary="原因已查明，措施实施中")
    return case


def kept(case: Case) -> dict[str, str]:
    told = case.people.chen.sees(f"/audit/complaints/{case.id}/timeline", after_position=case.position)["entries"]
    return next(entry["data"] for entry in told if entry["type"] == "ReportDrafted")


@pytest.mark.requirement("S4-86")
def test_a_draft_is_kept_as_a_page_with_its_hash_and_version_in_the_fact(people: People, case: Case):
    fact = kept(case)
    answer = people.chen.get(f"/files/{fact['file']['sha256']}")  # pyright: ignore[reportArgumentType]
    assert hashlib.sha256(answer.content).hexdigest() == fact["rendered"]
    page = answer.content.decode()
    assert "8D报告" in page
    assert "原因已查明，措施实施中" in page
    assert f'content="{fact["as_of_version"]}"' in page


def test_the_facts_give_the_same_page_again_however_far_the_case_has_gone_on(people: People, case: Case):
    case.does(people.zhao, "capa", "sign-report", report_id="rp1", comment="ok")
    checked = people.chen.sees(f"/audit/complaints/{case.id}/documents/report/rp1/check")
    assert (checked["kept"], checked["same"]) == (True, True)
    assert checked["sha256"] == kept(case)["rendered"]


def test_what_can_be_printed_is_listed_and_each_of_it_is_a_page(people: People, case: Case):
    listed = people.chen.sees(f"/audit/complaints/{case.id}/documents", language="zh")["items"]
    assert [(item["kind"], item["part"], item["title"]) for item in listed] == [
        ("8d", "", "8D报告"), ("report", "rp1", "8D报告"),
    ]  # fmt: skip
    for item in listed:
        address = f"/audit/complaints/{case.id}/documents/{item['kind']}" + (f"/{item['part']}" if item["part"] else "")
        answer = people.chen.get(address)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "Huaqiang Electronics" in answer.text


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("documents/9d", 404, "Not Found"), ("documents/9d/x", 422, "document"), ("documents/report/rp9", 404, "there are: rp1"),
        ("documents/8d?version=999", 404, "no version 999"),
        ("documents/8d?language=de", 422, "language"), ("documents/report/rp9/check", 404, "rp9"),
        ("documents/stocktake/rp1", 404, "there are: none"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_named(people: People, case: Case, address: str, status: int, said: str):
    answer = people.chen.http.get(f"/audit/complaints/{case.id}/{address}")
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.requirement("S0-59")
def test_whoever_need_not_call_the_customer_reads_the_name_masked(people: People, case: Case):
    assert "Huaqiang" not in people.wang.get(f"/audit/complaints/{case.id}/documents/8d").text


def test_another_sites_people_are_told_nothing(people: People, case: Case):
    site = f"x-{people.chen.id[2:6]}"
    people.owner.does("/intake/sites", site=site, title="Dresden", zone="Europe/Berlin", language="en")
    stranger = people.house.person("Vera Brandt", "quality_engineer", site=site)
    for address in ("", "/8d", "/report/rp1", "/report/rp1/check"):
        assert stranger.get(f"/audit/complaints/{case.id}/documents{address}").status_code == 404


# ── on pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_case_page_offers_its_documents_as_of_the_version_shown(people: People, case: Case):
    clerk = Clerk.of(people.house, people.chen)
    page = clerk.opens(f"/cases/{case.id}")
    assert "Documents to print" in page.says
    [link, *_] = re.findall(r'href="(/cases/[^"]*/documents/report/rp1\?version=\d+)"', page.html)
    assert "8D报告" in clerk.opens(link).says, "a report is told in its own language"
    assert "8D report" in clerk.opens(f"{link}&lang=en").says
