"""What triage does beside the main way, over HTTP: another site takes over, three people count, a merge is undone."""

from datetime import UTC, datetime, timedelta

from tests import checker
from tests.house import RunningHouse
from tests.journeys.people import People
from tests.journeys.test_who_and_in_what_order import unique


def test_a_case_is_handed_to_another_site_whose_people_alone_may_take_it_and_go_on_with_it(
    house: RunningHouse, people: People
) -> None:
    site = unique("dd")
    people.owner.does("/intake/sites", site=site, title="Dresden", zone="Europe/Berlin", language="en")
    local = house.person(unique("Local"), "quality_engineer", site=site)
    case = people.case_at("triaged")
    number = case.sees()["case_no"]
    stored = people.zhou.http.post("/files", content=b"type plate", headers={"content-type": "image/png"}).json()
    case.attach(stored["sha256"], stored["bytes"])
    house.ready()
    plate = f"/files/{stored['sha256']}"
    assert {local.get(path).status_code for path in (f"/audit/complaints/{case.id}", plate)} == {404}
    case.does(people.chen, "triage", "transfer-to-site", to_site=site, reason="made there", handover_state="graded")
    assert case.sees()["site"] == "sz"

    def waits(where: str) -> bool:
        rows = people.owner.sees("/triage/worklist", site=where, limit=1_000, after_position=case.position)["items"]
        return any(row["complaint_id"] == case.id and row["awaits"] == "accept_transfer" for row in rows)

    assert waits(site) and not waits("sz")
    house.ready()
    assert local.sees(f"/audit/complaints/{case.id}")["state"]["handover"]["to_site"] == site
    assert local.get(f"/audit/complaints/{case.id}/timeline").status_code == 200
    assert local.get(plate).content == b"type plate", "whoever is to decide sees what there is"
    assert people.chen.post(f"/triage/complaints/{case.id}/accept-transfer", {}).status_code == 403
    case.does(local, "triage", "accept-transfer")
    seen = case.sees()
    assert (seen["site"], seen["case_no"], seen["stage"]) == (site, number, "triaged")
    (board,) = people.owner.sees("/insight/complaints", site=site, after_position=case.position)["items"]
    assert board["case_no"] == number
    body = {"owner": local.id, "department": "quality"}
    assert people.chen.post(f"/triage/complaints/{number}/assign", body).status_code == 403
    case.does(local, "triage", "assign", **body)
    house.ready()
    checker.check(house.home, house.nats("relay"), people.owner.sees)


def test_a_claim_that_nobody_can_prove_is_decided_by_a_count_that_three_have_signed(
    house: RunningHouse, people: People
) -> None:
    finance, warehouse = (house.person(unique(role), role) for role in ("finance", "warehouse"))
    case = people.case_at("investigating")
    claim = {"material": "M-100", "quantity": 5, "direction": "short"}
    case.does(people.chen, "triage", "open-evidence-dispute", claim=claim, insufficient_reason="no packing list")
    now = datetime.now(UTC)
    frozen = {
        "frozen_from": (now - timedelta(hours=2)).isoformat(),
        "frozen_to": (now - timedelta(hours=1)).isoformat(),
    }
    materials = [{"material": "M-100", "ledger": 100, "card": 100, "physical": 100, "lineside": 0}]
    case.does(warehouse, "triage", "record-stocktake", dispute_id="d1", materials=materials, **frozen)
    for person in (warehouse, people.chen):
        case.does(person, "triage", "sign-stocktake", stocktake_id="t1")
    refused = case.refused(people.zhao, "triage", "resolve-evidence-dispute", dispute_id="d1")
    assert refused["rule"] == "G-DISPUTE" and "finance" in refused["detail"]
    case.does(finance, "triage", "sign-stocktake", stocktake_id="t1")
    case.does(people.zhao, "triage", "resolve-evidence-dispute", dispute_id="d1")
    seen = case.sees()
    assert seen["stage"] == "closing"
    assert seen["state"]["disputes"]["disputes"]["d1"]["resolved"]["outcome"] == "customer_inaccurate"


def test_a_merge_that_was_a_mistake_is_undone(house: RunningHouse, people: People) -> None:
    survivor, case = people.case_at("registered"), people.case_at("assigned", customer_no="C-1")
    case.does(people.zhao, "triage", "merge", survivor=survivor.id, reason="the same unit, reported twice")
    survivor.position = case.position
    (merged,) = survivor.sees()["state"]["related"]["merged_in"]
    assert (merged["complaint_id"], merged["customer_no"]) == (case.id, "C-1")
    case.does(people.zhao, "triage", "undo-merge", reason="another unit after all")
    seen = case.sees()
    assert (seen["stage"], seen["state"]["merged_into"]) == ("assigned", None)
    survivor.position = case.position
    assert survivor.sees()["state"]["related"]["merged_in"] == []
    house.ready()
    checker.check(house.home, house.nats("relay"), people.owner.sees)
