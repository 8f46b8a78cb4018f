"""Ways that do not lead straight to the end: failed verification, reopening, failed follow-up, merging, withdrawing."""

from tests import checker
from tests.house import RunningHouse
from tests.journeys.people import People


def test_a_failed_verification_leads_back_to_planning(house: RunningHouse, people: People) -> None:
    case = people.case_at("verifying")
    (first,) = case.actions("completed")
    case.verify(effective=False)
    seen = case.sees()
    assert seen["stage"] == "planning" and seen["state"]["failed_verifications"] == 1
    assert case.refused(
        people.zhao, "capa", "close", disposition="solved", customer_acceptance="accepted", summary="no"
    )

    second = case.plan()
    assert second != first
    case.does(people.chen, "capa", "submit-action-plan")
    case.approve()
    case.complete()
    case.verify()
    case.close()
    actions = case.sees()["state"]["actions"]
    assert (actions[first]["status"], actions[second]["status"]) == ("ineffective", "effective")
    assert {"action_plan/1", "action_plan/2", f"action:{first}/1", f"action:{second}/1"} <= case.clocks().keys()
    checker.check(house.home, house.nats("relay"), people.owner.sees)


def test_a_plan_can_be_returned(people: People) -> None:
    case = people.case_at("plan_review")
    case.does(people.zhao, "capa", "return-action-plan", comment="say who trains the operators")
    assert case.sees()["stage"] == "planning"
    (planned,) = case.actions("planned")
    case.does(
        people.chen, "capa", "plan-action", action_id=planned, kind="corrective", content="Check the latch; Wang Fang trains",
        owner=people.wang.id, due=case.sees()["state"]["actions"][planned]["due"], measure_of_success="none loose",
    )  # fmt: skip
    case.does(people.chen, "capa", "submit-action-plan")
    assert case.sees()["state"]["plan_version"] == 2


def test_a_closed_case_is_reopened_and_closed_again(house: RunningHouse, people: People) -> None:
    case = people.case_at("closed")
    assert case.refused(people.chen, "capa", "start-investigation")["rule"] == "G-STAGE"
    case.reopen()
    seen = case.sees()
    assert (seen["stage"], seen["cycle"]) == ("investigating", 2)
    assert seen["state"]["root_cause"] is None and len(seen["state"]["earlier_root_causes"]) == 1
    assert {clock for clock, stands in case.clocks().items() if stands["status"] == "running"} == {
        "root_cause/2", "action_plan/2", "closure/2",
    }  # fmt: skip
    for step in ("find_cause", "plan_and_submit", "approve", "complete", "verify", "close"):
        getattr(case, step)()
    case.reopen(back_to_planning=True)
    seen = case.sees()
    assert (seen["stage"], seen["cycle"]) == ("planning", 3) and seen["state"]["root_cause"] is not None
    for step in ("plan_and_submit", "approve", "complete", "verify", "close"):
        getattr(case, step)()
    assert (case.sees()["stage"], case.types().count("Reopened"), case.types().count("Closed")) == ("closed", 2, 3)
    house.ready()
    checker.check(house.home, house.nats("relay"), people.owner.sees)


def test_a_failed_follow_up_demands_a_decision(people: People) -> None:
    case = people.case_at("closed")
    case.does(people.zhou, "intake", "complete-follow-up", reached=True, product_ok=False, comment="garbled again")
    archive = {"retention_until": "2036-12-31"}
    refused = case.refused(people.zhao, "capa", "archive", **archive)
    assert refused["rule"] == "G-FOLLOWUP" and "waive" in refused["way_out"]
    items = people.owner.sees("/intake/worklist", limit=1_000, after_position=case.position)["items"]
    assert [item["awaits"] for item in items if item["complaint_id"] == case.id] == ["follow_up_decision"]
    case.does(people.zhao, "intake", "waive-follow-up", reason="a new unit is under way")
    case.does(people.zhao, "capa", "archive", **archive)
    assert case.sees()["stage"] == "archived"


def test_after_closure_costs_and_signatures_are_still_recorded_and_the_finding_is_not_changed(people: People) -> None:
    case, other = people.case_at("closed"), people.case()
    case.does(people.zhao, "capa", "record-cost", kind="freight", amount={"minor": 12_500, "currency": "CNY"})
    case.does(people.zhao, "capa", "sign-responsibility", department="production")
    case.does(people.zhou, "intake", "record-customer-feedback", satisfied=True, score=90)
    case.does(people.chen, "triage", "link-case", other=other.id, relation="same_defect")
    assert case.refused(people.chen, "triage", "change-grade", grade="P3", rank="3", reason="less")["rule"] == "G-STAGE"
    assert case.sees()["stage"] == "closed"


def test_two_complaints_about_the_same_thing_are_merged(people: People) -> None:
    survivor, case = people.case_at("registered"), people.case_at("registered")
    case.does(people.zhao, "triage", "merge", survivor=survivor.id, reason="the same unit, reported twice")
    seen = case.sees()
    assert (seen["stage"], seen["state"]["merged_into"]) == ("merged", survivor.id)
    assert {clock["status"] for clock in case.clocks().values()} == {"met", "cancelled"}
    assert case.refused(people.zhou, "intake", "acknowledge", channel="email")["rule"] == "G-STAGE"
    late = people.case()
    assert late.refused(people.zhao, "triage", "merge", survivor=case.id, reason="same")["rule"] == "G-MERGE"


def test_the_customer_may_withdraw_but_not_what_is_critical(people: People) -> None:
    case = people.case_at("assigned")
    case.does(people.zhou, "intake", "withdraw", reason="it was the cable")
    assert case.sees()["stage"] == "withdrawn"
    critical = people.case_at("registered")
    critical.does(
        people.chen, "triage", "classify", category="hardware_failure", grade="P1", rank="1", basis="confirmed"
    )
    assert critical.refused(people.zhou, "intake", "withdraw", reason="never mind")["rule"] == "G-WITHDRAW"
    hazardous = people.case(safety_hazard=True)
    assert hazardous.refused(people.zhou, "intake", "withdraw", reason="never mind")["rule"] == "G-WITHDRAW"
