"""Nothing of one site is read with a role at another: lists, cases, timelines, clocks, files, the ledger (domain §4.11, 14)."""

from __future__ import annotations

import hashlib

import pytest

from tests.doors.attacked import EXAMPLE, Attacked, says_no
from tests.house import Someone

LISTS = (
    "/insight/complaints", "/intake/worklist", "/triage/worklist", "/capa/worklist", "/sla-watch/clocks",
)  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(attacked: Attacked) -> Someone:
    """Head of quality, auditor and service at another site of the same house."""
    attacked.owner.post("/intake/sites", {"site": "faraway", "title": "Far away", "zone": "Europe/Berlin"})
    return attacked.house.person("Far", "quality_head", "auditor", "customer_service", site="faraway")


def test_lists_show_nothing_of_other_sites(attacked: Attacked, elsewhere: Someone):
    made = elsewhere.does("/intake/complaints", **{**EXAMPLE, "site": "faraway"})
    for path in LISTS:
        items = elsewhere.sees(path, after_position=made["position"])["items"]
        assert {item["site"] for item in items} <= {"faraway"}, path
        says_no(elsewhere.get(path, site="sz"), 403)
    seen_by_the_owner = {item["site"] for item in attacked.owner.sees("/insight/complaints")["items"]}
    assert seen_by_the_owner >= {"faraway", "sz"}
    counts = elsewhere.sees("/insight/counts")
    assert set(counts["sites"]) == {"faraway"} and counts["total"] == counts["sites"]["faraway"]
    says_no(elsewhere.get("/sla-watch/compliance", site="sz"), 403)
    says_no(elsewhere.get("/capa/sites/sz/cost-statement"), 403)
    assert elsewhere.sees("/capa/sites/faraway/cost-statement")["items"] == []


def test_reviews_of_other_sites_are_not_in_the_book(attacked: Attacked, elsewhere: Someone):
    owner = attacked.owner.sees("/intake/me")["person"]
    review = {"chair_role": "owner", "findings": "none", "kind": "spot_check", "attendees": [owner]}
    made = attacked.owner.does("/capa/reviews", site="sz", **review)
    assert elsewhere.sees("/capa/reviews", after_position=made["position"])["items"] == []
    says_no(elsewhere.get("/capa/reviews", site="sz"), 403)
    says_no(attacked.outsider.get("/capa/reviews"), 403)
    assert attacked.owner.sees("/capa/reviews", site="sz", kind="spot_check")["items"][0]["findings"] == "none"


def test_a_case_of_another_site_is_as_if_it_were_not_there(attacked: Attacked, elsewhere: Someone):
    for path in (
        "/audit/complaints/{}",
        "/audit/complaints/{}/timeline",
        "/audit/complaints/{}/gantt",
        "/triage/complaints/{}/similar",
    ):
        assert attacked.owner.get(path.format(attacked.case)).status_code == 200
        says_no(elsewhere.get(path.format(attacked.case)), 404)


def test_the_ledger_is_read_by_its_readers_and_only_of_their_sites(attacked: Attacked, elsewhere: Someone):
    lines = elsewhere.get("/audit/facts", limit=100_000).text.splitlines()
    assert lines and not any(f'"{attacked.case}"' in line or '"casetrailsite":"sz"' in line for line in lines)
    clerk = attacked.house.person("Clerk", "customer_service", site="sz")
    says_no(clerk.get("/audit/facts"), 403)
    assert any(attacked.case in line for line in attacked.owner.get("/audit/facts", limit=100_000).text.splitlines())


def test_a_file_of_another_site_s_case_is_not_fetched_by_its_hash(attacked: Attacked, elsewhere: Someone):
    content = b"the type plate of the unit in question"
    sha256 = hashlib.sha256(content).hexdigest()
    stored = attacked.owner.http.post("/files", content=content, headers={"content-type": "image/png"}).json()
    file = {**stored, "name": "plate.png"}
    attacked.owner.does(f"/intake/complaints/{attacked.case}/attach-evidence", kind="photo", file=file)
    attacked.house.ready()
    assert attacked.owner.get(f"/files/{sha256}").content == content
    says_no(elsewhere.get(f"/files/{sha256}"), 404)


def test_lists_of_reference_data_show_nothing_of_other_sites(attacked: Attacked, elsewhere: Someone):
    lot = {"product_model": "ABC-2000", "lot_no": "read by site", "site": "sz"}
    made = attacked.owner.does("/intake/reference/lots", **lot)
    known = attacked.owner.does("/intake/reference/products", product_model="ABC-2000", title="Display")
    asked = {"after_position": known["position"]}
    assert known["position"] > made["position"]
    assert elsewhere.sees("/intake/reference/lots", q="read by site", **asked)["items"] == []
    assert elsewhere.sees("/intake/reference/products", q="ABC-2000", **asked)["items"], "belongs to no site"
    says_no(elsewhere.get("/intake/reference/lots", site="sz"), 403)
    says_no(elsewhere.get("/intake/reference/lots/read by site/shipments"), 404)
    says_no(elsewhere.get("/intake/reference/lots/read by site/versions"), 404)
    says_no(elsewhere.get(f"/intake/complaints/{attacked.case}/references"), 404)
    assert attacked.owner.sees("/intake/reference/lots/read by site/shipments")["items"][0]["site"] == "sz"


def test_whoever_holds_no_role_reads_no_case_at_all(attacked: Attacked):
    for path in (
        *LISTS,
        "/insight/counts",
        "/intake/reference/products",
        f"/audit/complaints/{attacked.case}",
        "/audit/facts",
    ):
        says_no(attacked.outsider.get(path), 403)
    clerk = attacked.house.person("Clerk of service", "customer_service", site="sz")
    says_no(clerk.get("/capa/sites/sz/cost-statement"), 403)
