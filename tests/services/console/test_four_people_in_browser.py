"""Four people with four roles take a case from receipt to the archive in real Chromium, once in English and once in Chinese.

The site goes by a shipped procedure: the form decides what must be known, a leader approves the plan, and the closure
takes two signatures, the last from whoever was asked first (S0-50). Every step is a click on what a page offers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.events.labels import label
from shared.policy.shipped import text_of
from tests.house import RunningHouse, running_house
from tests.services.console.at_a_screen import IN_A_BROWSER, Signs

pytestmark = IN_A_BROWSER

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("walked")) as house:
        for pack in ("pack-base", "pack-s0"):
            house.owner.does("/sla-watch/policies", text=text_of(pack))
        house.owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s0")
        yield house


@dataclass(frozen=True)
class Words:
    """What people type, in their own language."""

    language: str
    names: tuple[str, str, str, str]
    customer: str
    contact_person: str
    symptom: str
    frequency: str
    asked: str
    file: str
    chart: dict[str, str]
    direct_cause: str
    root_cause: str
    correction: str
    corrective: str
    success: str
    people: str
    kpi: str
    target: str
    actual: str
    go_ahead: str
    done: str
    method: str
    result: str
    in_order: str


WORDS = [
    Words(
        "en", ("Anna Schmidt", "Ben Carter", "Clara Novak", "David Moreau"),
        customer="Huber & Söhne", contact_person="Mrs Huber",
        symptom="The screen is garbled two hours after power on", frequency="every day", asked="Asked for a photo",
        file="screen.png",
        chart={"what": "garbled screen", "when": "two hours after power on", "who": "the customer", "why": "no contact",
               "root_why": "profile not locked", "how": "loose connector"},
        direct_cause="cold solder joint", root_cause="the reflow profile is not locked", correction="Exchange the unit",
        corrective="Lock the reflow profile", success="no cold joint in 500 boards", people="one process engineer",
        kpi="cold joints", target="0 of 500", actual="0 of 500", go_ahead="go ahead", done="done as planned",
        method="500 boards under X-ray", result="The cause is removed", in_order="works without trouble",
    ),
    Words(
        "zh", ("周敏", "陈洁", "王芳", "赵雷"), customer="华强电子", contact_person="刘女士",
        symptom="开机两小时后屏幕花屏，重启后恢复", frequency="每天一次", asked="已索要照片", file="花屏.png",
        chart={"what": "花屏", "when": "开机两小时后", "who": "客户", "why": "接触不良", "root_why": "曲线未锁定", "how": "虚焊"},
        direct_cause="虚焊", root_cause="回流焊曲线未锁定", correction="更换整机", corrective="锁定回流焊曲线",
        success="500块板无虚焊", people="一名工艺工程师", kpi="虚焊数", target="500块中0块", actual="500块中0块",
        go_ahead="同意", done="已按计划完成", method="500块板X光检查", result="原因已消除", in_order="使用正常",
    ),
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.language)
def test_four_people_take_a_case_from_receipt_to_the_archive(house: RunningHouse, signed_in: Signs, words: Words):
    roles = ("customer_service", "quality_engineer", "dept_head", "quality_head")
    people = [house.person(name, role) for name, role in zip(words.names, roles, strict=True)]
    service, engineer, department, head = (signed_in(who, words.language) for who in people)
    language = words.language

    # customer service takes the complaint in
    service.page.locator("header .new").click()
    service.types(site="sz", channel="telephone", description=words.symptom, customer_name=words.customer)
    service.types(contact_person=words.contact_person, contact="021-555-0100", product_model="ABC-2000", lot_no="L7")
    service.sends().is_recorded()
    address = service.page.url.partition("?")[0].removeprefix(service.base)
    service.does("acknowledge", channel="email")
    service.clicks_command("attach-evidence")
    service.page.set_input_files("input[type=file]", {"name": words.file, "mimeType": "image/png", "buffer": b"png"})
    service.types(kind="photo").sends().is_recorded()
    service.does(
        "contact-customer", direction="outbound", channel="telephone", purpose="clarification", summary=words.asked
    )
    service.clicks_command("register")
    service.types(symptom=words.symptom, frequency=words.frequency, extent="single_unit", demands=["exchange"])
    service.types(purchase_date=str(TODAY - timedelta(days=90)), failure_date=str(TODAY - timedelta(days=2)))
    service.sends().is_recorded()

    # quality grades it and gives it to the department
    engineer.takes_up(address, "classify")
    facts = {"safety_hazard": False, "downtime": False, "main_function_lost": False, "units_affected": "1"}
    engineer.types(category="hardware_failure", facts={**facts, "same_lot_failed_units": "1", "recurrences_90d": "0"})
    engineer.sends().is_recorded()
    engineer.does("assign", owner=people[2].id, department="production")

    # the department finds the cause and plans
    department.takes_up(address, "start-investigation").sends().is_recorded()
    department.clicks_command("record-root-cause")
    department.types(direct_cause=words.direct_cause, root_cause=words.root_cause, method="five_w_one_h")
    department.types(five_w_one_h=words.chart)
    department.page.locator("#f-evidence").get_by_role("checkbox").check()
    department.sends().is_recorded()
    for kind, content in (("correction", words.correction), ("corrective", words.corrective)):
        department.does(
            "plan-action", kind=kind, content=content, owner=people[2].id, due=str(TODAY + timedelta(days=7)),
            measure_of_success=words.success, resources={"people": words.people},
            success_metric={"kpi": words.kpi, "target": words.target, "window_days": "7"},
        )  # fmt: skip
    department.does("submit-action-plan")

    head.takes_up(address, "approve-action-plan").types(comment=words.go_ahead).sends().is_recorded()
    for action in ("a1", "a2"):
        department.takes_up(address, f"complete-action?action_id={action}")
        department.types(result=words.done).sends().is_recorded()

    engineer.takes_up(address, "verify-effect").types(effective=True, method=words.method)
    engineer.types(criteria=[{"metric": words.kpi, "target": words.target, "actual": words.actual, "met": True}])
    for action in ("a1", "a2"):
        engineer.page.get_by_role("checkbox", name=re.compile(f"^{action} ·")).check()
    engineer.page.locator("#f-evidence").get_by_role("checkbox").check()
    engineer.sends().is_recorded()
    engineer.does("assign-final-grade", grade="P3", rank="3")

    head.goes(address).does(
        "request-closure", disposition="solved", customer_acceptance="accepted", summary=words.result
    )
    engineer.goes(address).does("sign-closure")
    service.goes(address).does("sign-closure")
    assert service.stage() == label(language, "closed")
    service.does("complete-follow-up", reached=True, product_ok=True, comment=words.in_order)
    head.goes(address).does("archive", retention_until=str(TODAY + timedelta(days=3650)))
    assert head.stage() == label(language, "archived")
