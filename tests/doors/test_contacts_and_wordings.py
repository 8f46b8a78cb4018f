"""Contact details are masked for readers who do not call; wordings come filled in; new numbers open the case."""

from __future__ import annotations

from shared.policy.shipped import text_of
from tests.doors.attacked import EXAMPLE, Attacked
from tests.house import Someone

CONTACT = {"contact": "13812345678", "contact_person": "Zhang San", "customer_name": "Xinghai Technology"}


def test_contact_details_are_masked_unless_one_serves_customers_or_quality(attacked: Attacked):
    case = attacked.owner.does("/intake/complaints", **{**EXAMPLE, **CONTACT})
    attacked.house.ready()
    welder = attacked.house.person("Welder", "production", site="sz")
    clerk = attacked.house.person("Clerk2", "customer_service", site="sz")

    def contact(who: Someone, path: str = "") -> str:
        return who.get(f"/audit/complaints/{case['case_no']}{path}", after_position=case["position"]).text

    for path in ("", "/timeline"):
        assert CONTACT["contact"] in contact(clerk, path) and CONTACT["contact_person"] in contact(clerk, path)
        assert not any(secret in contact(welder, path) for secret in CONTACT.values())
        assert "***78" in contact(welder, path)


def test_cases_are_numbered_by_the_policy_and_opened_by_their_numbers(attacked: Attacked):
    owner = attacked.owner
    for site in ("nanjing", "ningbo"):
        owner.does("/intake/sites", site=site, title=site, zone="Asia/Shanghai")

    def receives(site: str) -> str:
        return str(owner.does("/intake/complaints", **{**EXAMPLE, **CONTACT, "site": site})["case_no"])

    usual = receives("nanjing")
    assert usual.startswith("NANJING-")
    owner.does("/sla-watch/policies", text=text_of("pack-base"))
    owner.does("/sla-watch/policies", text=text_of("pack-s0"))
    owner.does("/sla-watch/sites/nanjing/activate-policy", pack="pack-s0")
    alone = [receives("nanjing") for _ in range(2)]
    assert [number.partition("-")[0] for number in alone] == ["SF", "SF"]
    assert [number[-4:] for number in alone] == ["0001", "0002"]
    owner.does("/sla-watch/sites/ningbo/activate-policy", pack="pack-s0")
    both = [receives("nanjing"), receives("ningbo")]
    assert both[0].startswith("NANJING-SF-") and both[0].endswith("-0003"), "the series goes on"
    assert both[1].startswith("NINGBO-SF-") and both[1].endswith("-0001")
    attacked.house.ready()
    for number in (usual, *alone, *both):
        assert owner.sees(f"/audit/complaints/{number.lower()}")["case_no"] == number
    assert owner.get(f"/audit/complaints/{alone[0][:-4]}9999").status_code == 404
    _wordings_are_filled_in(attacked, alone[0])


def _wordings_are_filled_in(attacked: Attacked, case_no: str) -> None:
    clerk = attacked.house.person("Clerk3", "customer_service", site="nanjing")
    welder = attacked.house.person("Welder3", "production", site="nanjing")
    found = {item["template_id"]: item for item in clerk.sees(f"/intake/complaints/{case_no}/wordings")["items"]}
    assert "Zhang San" in found["received"]["en"] and case_no in found["received"]["zh"]
    masked = {item["template_id"]: item for item in welder.sees(f"/intake/complaints/{case_no}/wordings")["items"]}
    assert "Zhang San" not in masked["received"]["en"] and "Z*" in masked["received"]["en"]
    assert attacked.outsider.get(f"/intake/complaints/{case_no}/wordings").status_code == 403
