"""Lists from a file to the case that names them, over the doors that people and programs use."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.house import ROOT, RunningHouse, Someone, casetrail
from tests.journeys.people import People, unique


def cli(house: RunningHouse, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*casetrail("reference", *words), "--home", str(house.home), "--token", token],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def lot_recorded(by: Someone, model: str, **more: Any) -> dict[str, Any]:
    return by.does("/intake/reference/lots", product_model=model, lot_no="2024/03 一", site="sz", **more)


def test_a_file_becomes_a_list_and_changes_nothing_the_second_time(
    house: RunningHouse, people: People, tmp_path: Path
) -> None:
    model = unique("型号 ")
    file = tmp_path / "lots.csv"
    file.write_bytes(f"产品型号,批次号,工厂,发往客户\n{model},一/2,sz,C-1: 5\n{model},2 b,sz,\n".encode("gb18030"))
    first = cli(house, people.owner.token, "import", "lots", str(file))
    assert first.returncode == 0 and "2 new, 0 changed, 0 unchanged" in first.stdout, first.stdout + first.stderr
    again = cli(house, people.owner.token, "import", "lots", str(file))
    assert "0 new, 0 changed, 2 unchanged" in again.stdout
    file.write_bytes(f"产品型号,批次号,工厂,发往客户\n{model},一/2,sz,C-1: 6\n{model},2 b,sz,\n".encode("gb18030"))
    changed = cli(house, people.owner.token, "import", "lots", str(file))
    assert "0 new, 1 changed, 1 unchanged" in changed.stdout
    house.ready()
    shown = cli(house, people.owner.token, "show", "lot", "一/2", "--product", model)
    assert shown.stdout.count("Lot 一/2 of") == 2 and "C-1" in shown.stdout
    shipped = people.owner.sees("/intake/reference/lots/一%2F2/shipments", product_model=model)["items"]
    assert [(one["shipped_quantity"], one["customers"][0]["quantity"]) for one in shipped] == [(6, 6)]


def test_each_list_has_its_keepers(house: RunningHouse) -> None:
    service, quality = house.person("Se", "customer_service"), house.person("Qi", "quality_engineer")
    model = unique("A")
    product = {"product_model": model, "title": "x"}
    assert service.post("/intake/reference/products", product).status_code == 403
    recorded = quality.does("/intake/reference/products", **product)
    assert quality.post("/intake/reference/customers", {"customer_no": "C-7", "customer_name": "x"}).status_code == 403
    gone = {"kind": "products", "code": model, "reason": "no longer made"}
    assert service.post("/intake/reference/retire", gone).status_code == 403
    retired = quality.does("/intake/reference/retire", **gone)
    assert retired["version"] == recorded["version"] + 1
    assert quality.post("/intake/reference/retire", gone).status_code == 409
    assert quality.post("/intake/reference/retire", {**gone, "code": unique("B")}).status_code == 404
    found = quality.sees("/intake/reference/products", q=model, retired=True, after_position=retired["position"])
    assert [item["code"] for item in found["items"]] == [model]


def test_the_name_of_a_natural_person_is_for_customer_service(house: RunningHouse) -> None:
    service, auditor = house.person("Se", "customer_service"), house.person("Au", "auditor")
    number = unique("C")
    done = service.does("/intake/reference/customers", customer_no=number, customer_name="张伟", natural_person=True)
    path, asked = f"/intake/reference/customers/{number}/versions", {"after_position": done["position"]}
    [full] = service.sees(path, **asked)["items"]
    [masked] = auditor.sees(path, **asked)["items"]
    assert full["data"]["customer_name"] == "张伟"
    assert masked["data"]["customer_name"] == "张*" and "伟" not in str(masked)


def test_a_case_that_names_what_no_list_knows_is_taken_in_and_flagged_until_the_list_comes(
    house: RunningHouse, people: People
) -> None:
    model = unique("M")
    case = people.owner.does(
        "/intake/complaints",
        site="sz",
        channel="email",
        description="garbled",
        product_model=model,
        lot_no="2024/03 一",
    )

    def known(position: int) -> dict[str, bool]:
        path = f"/intake/complaints/{case['case_no']}/references"
        told = people.owner.sees(path, after_position=position)["references"]
        return {name: one["known"] for name, one in told.items()}

    assert known(case["position"]) == {"product_model": False, "lot_no": False}
    done = people.owner.does("/intake/reference/products", product_model=model, title="Display")
    assert known(done["position"]) == {"product_model": True, "lot_no": False}
    assert known(lot_recorded(people.owner, model)["position"]) == {"product_model": True, "lot_no": True}


def test_facts_about_a_lot_reach_whoever_listens_for_its_site(house: RunningHouse, people: People) -> None:
    """The subject names site and event; the odd letters of a code stand in the header alone, encoded."""
    done = lot_recorded(people.owner, unique("型号 %"), shipped_quantity=3)
    house.ready()
    line = people.owner.get("/audit/facts", after=done["position"] - 1, limit=1).json()
    assert (line["type"], line["site"]) == ("casetrail.reference.LotRecorded", "sz")
    assert line["subject"].startswith("reference-lots/") and line["data"]["lot_no"] == "2024/03 一"
