"""Four people with four roles take a case from receipt to the archive in real Chromium, once in English and once in Chinese.

The site goes by a shipped procedure: the form decides what must be known, a leader approves the plan, and the closure
takes two signatures, the last from whoever was asked first (S0-50). Every step is a click on what a page offers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.console.texts import text
from shared.events.labels import label, rule_label
from shared.policy.shipped import text_of
from tests.house import RunningHouse, Someone, running_house
from tests.services.console.at_a_screen import IN_A_BROWSER, Signs, Worker, strange

pytestmark = IN_A_BROWSER

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("walked")) as house:
        for pack in ("pack-base", "pack-s0"):
            house.owner.does("/sla-watch/policies", text=text_of(pack))
        house.owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s0")
        yield house


ROLES = ("customer_service", "quality_engineer", "dept_head", "quality_head")


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
    whys: tuple[tuple[str, str], ...]
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
        direct_cause="cold solder joint", root_cause="the reflow profile is not locked",
        whys=(("garbled screen", "no contact"), ("no contact", "cold solder joint")), correction="Exchange the unit",
        corrective="Lock the reflow profile", success="no cold joint in 500 boards", people="one process engineer",
        kpi="cold joints", target="0 of 500", actual="0 of 500", go_ahead="go ahead", done="done as planned",
        method="500 boards under X-ray", result="The cause is removed", in_order="works without trouble",
    ),
    Words(
        "zh", ("周敏", "陈洁", "王芳", "赵雷"), customer="华强电子", contact_person="刘女士",
        symptom="开机两小时后屏幕花屏，重启后恢复", frequency="每天一次", asked="已索要照片", file="花屏.png",
        chart={"what": "花屏", "when": "开机两小时后", "who": "客户", "why": "接触不良", "root_why": "曲线未锁定", "how": "虚焊"},
        direct_cause="虚焊", root_cause="回流焊曲线未锁定",
        whys=(("花屏", "接触不良"), ("接触不良", "虚焊")), correction="更换整机", corrective="锁定回流焊曲线",
        success="500块板无虚焊", people="一名工艺工程师", kpi="虚焊数", target="500块中0块", actual="500块中0块",
        go_ahead="同意", done="已按计划完成", method="500块板X光检查", result="原因已消除", in_order="使用正常",
    ),
]  # fmt: skip


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | tuple():
            for each in value.values() if isinstance(value, dict) else value:
                yield from _texts(each)
        case _:
            pass


TYPED = {said for words in WORDS for name, value in vars(words).items() if name != "language" for said in _texts(value)}
NAMES = sorted({"sz", *TYPED}, key=len, reverse=True)
"""What people typed may stand on any page, in whatever language they wrote; the longest first, as one may be part of another."""


@dataclass
class Team:
    """The four, each at a screen of their own."""

    service: Worker
    engineer: Worker
    department: Worker
    head: Worker
    words: Words
    people: tuple[Someone, ...]
    case: str = ""
    """The address of the case's page."""

    @staticmethod
    def signed_in(house: RunningHouse, signs: Signs, words: Words) -> Team:
        people = tuple(house.person(name, role) for name, role in zip(words.names, ROLES, strict=True))
        screens = [signs(who, words.language, "usual") for who in people]
        for screen in screens:
            screen.looks_for = NAMES
        return Team(*screens, words=words, people=people)

    def everybody(self) -> dict[str, Worker]:
        """By what they are to the case."""
        return {"service": self.service, "engineer": self.engineer, "department": self.department, "head": self.head}

    def waits_for(self, door: str) -> set[str]:
        """Whose worklist has it."""
        return {name for name, one in self.everybody().items() if one.has_to(self.case, door)}

    def are_offered(self, door: str) -> set[str]:
        """Who may do it, as the page of the case has it for each."""
        return {name for name, one in self.everybody().items() if one.is_offered(self.case, door)}


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.language)
def test_four_people_take_a_case_from_receipt_to_the_archive(house: RunningHouse, signed_in: Signs, words: Words):
    team = Team.signed_in(house, signed_in, words)
    receive(team)
    assert team.waits_for("classify") == {"service", "engineer", "head"}
    grade(team)
    assert team.waits_for("start-investigation") == {"department"}
    find_the_cause(team)
    plan(team)
    assert team.are_offered("approve-action-plan") == {"head"}, "the department’s own head planned it"
    assert team.waits_for("approve-action-plan") == {"head"}
    refused_to_the_planner(team)
    carry_out(team)
    assert team.waits_for("verify-effect") == {"engineer", "head"}
    verify(team)
    close(team)
    follow_up_and_archive(team)


# ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def receive(team: Team) -> None:
    """Customer service takes the complaint in, with a photo, until it stands on the form."""
    words, service = team.words, team.service
    service.page.get_by_role("link", name="New complaint" if words.language == "en" else "受理投诉").click()
    service.types(site="sz", channel="telephone", description=words.symptom, customer_name=words.customer)
    service.types(contact_person=words.contact_person, contact="021-555-0100", product_model="ABC-2000", lot_no="L7")
    service.sends().is_recorded()
    team.case = service.page.url.partition("?")[0].removeprefix(service.base)
    service.does("acknowledge", channel="email")
    service.clicks_command("attach-evidence")
    service.page.set_input_files("input[type=file]", {"name": words.file, "mimeType": "image/png", "buffer": b"png"})
    service.types(kind="photo").sends().is_recorded()
    service.does(
        "contact-customer", direction="outbound", channel="telephone", purpose="clarification", summary=words.asked
    )
    service.clicks_command("register")
    assert service.page.locator("#f-lot_no").input_value() == "L7", "what is known already stands there"
    service.types(symptom=words.symptom, frequency=words.frequency, extent="single_unit", demands=["exchange"])
    service.types(purchase_date=str(TODAY - timedelta(days=90)), failure_date=str(TODAY - timedelta(days=2)))
    service.sends().is_recorded()


def grade(team: Team) -> None:
    """Quality grades it by the facts, and gives it to the department."""
    engineer = team.engineer.takes_up(team.case, "classify")
    facts = {"safety_hazard": False, "downtime": False, "main_function_lost": False, "units_affected": "1"}
    engineer.types(category="hardware_failure", facts={**facts, "same_lot_failed_units": "1", "recurrences_90d": "0"})
    engineer.sends().is_recorded()
    assert "P3" in engineer.page.locator("#case-head").inner_text()
    engineer.does("assign", owner=team.people[2].id, department="production")


def find_the_cause(team: Team) -> None:
    """The department asks who, what, when, how and why after why, and shows the photo for it."""
    words, department = team.words, team.department
    department.takes_up(team.case, "start-investigation").sends().is_recorded()
    department.clicks_command("record-root-cause")
    department.types(direct_cause=words.direct_cause, root_cause=words.root_cause, method="five_w_one_h")
    department.types(five_w_one_h=words.chart)
    for number, (why, because) in enumerate(words.whys):
        department.page.get_by_role("button", name=re.compile("5 Whys$|5Why分析$")).last.click()
        department.page.locator(f"#f-five_whys-{number}-why:focus").wait_for()
        department.page.keyboard.type(why)
        department.page.keyboard.press("Tab")
        department.page.keyboard.type(because)
    department.page.locator("#f-evidence").get_by_role("checkbox").check()
    department.sends().is_recorded()


def plan(team: Team) -> None:
    """A measure for now and one for good; both with what it takes, and a number to judge them by."""
    words, department = team.words, team.department
    for kind, content in (("correction", words.correction), ("corrective", words.corrective)):
        department.does(
            "plan-action", kind=kind, content=content, owner=team.people[2].id, due=str(TODAY + timedelta(days=7)),
            measure_of_success=words.success, resources={"people": words.people},
            success_metric={"kpi": words.kpi, "target": words.target, "window_days": "7"},
        )  # fmt: skip
    department.does("submit-action-plan")


def refused_to_the_planner(team: Team) -> None:
    """Who knows the address gets the form, and is told why not; the head of quality approves."""
    department = team.department.goes(f"{team.case}/do/approve-action-plan").sends()
    said = department.page.locator("#told").inner_text()
    assert rule_label(team.words.language, "G-SOD") in said and "G-SOD" in said
    team.head.takes_up(team.case, "approve-action-plan").types(comment=team.words.go_ahead).sends().is_recorded()


def carry_out(team: Team) -> None:
    """Each action from the worklist of whoever answers for it."""
    for action in ("a1", "a2"):
        team.department.takes_up(team.case, f"complete-action?action_id={action}")
        team.department.types(result=team.words.done).sends().is_recorded()


def verify(team: Team) -> None:
    """By somebody else, by the number that was agreed, with evidence."""
    words, engineer = team.words, team.engineer.takes_up(team.case, "verify-effect")
    engineer.types(effective=True, method=words.method)
    engineer.types(criteria=[{"metric": words.kpi, "target": words.target, "actual": words.actual, "met": True}])
    for action in ("a1", "a2"):
        engineer.page.get_by_role("checkbox", name=re.compile(f"^{action} ·")).check()
    engineer.page.locator("#f-evidence").get_by_role("checkbox").check()
    engineer.sends().is_recorded()


def close(team: Team) -> None:
    """What is still open is done first; then the engineer signs, then whoever was asked first, and nobody else."""
    words = team.words
    assert team.engineer.open_points() == [text(words.language, "point_final_grade")]
    team.engineer.clicks_open_point("assign-final-grade").types(grade="P3", rank="3").sends().is_recorded()
    assert team.engineer.open_points() == []
    assert team.are_offered("close") == set()
    head = team.head.takes_up(team.case, "request-closure")
    head.types(disposition="solved", customer_acceptance="accepted", summary=words.result).sends().is_recorded()
    assert team.are_offered("sign-closure") == team.waits_for("sign-closure") == {"engineer"}
    team.engineer.takes_up(team.case, "sign-closure").sends().is_recorded()
    assert team.are_offered("sign-closure") == team.waits_for("sign-closure") == {"service"}, "who was asked first"
    team.service.takes_up(team.case, "sign-closure").sends().is_recorded()
    assert team.service.stage() == label(words.language, "closed")


def follow_up_and_archive(team: Team) -> None:
    """The customer is asked once more, and the case is put away."""
    words, until = team.words, TODAY + timedelta(days=3653)
    team.service.does("complete-follow-up", reached=True, product_ok=True, comment=words.in_order)
    assert "archive" not in team.service.offered()
    team.head.goes(team.case).does("archive", retention_until=str(until))
    assert team.head.stage() == label(words.language, "archived")
    said = team.head.page.locator("#case-do [role=status]").inner_text()
    assert f"{until:%d %b %Y}" in said or f"{until:%Y-%m-%d}" in said
    for one in team.everybody().values():
        assert one.goes(team.case).stage() == label(words.language, "archived")
        assert team.case not in one.goes("/work").page.content(), "nobody has anything to do with it any more"


def test_what_is_strange_on_a_page_is_seen():
    assert strange("graded as hardware_failure, by {name}: None", "en") == ["hardware_failure", "{name}", "None"]
    assert strange("Anna 已批准 approved", "zh", ["Anna"]) == ["approved"]
    assert strange("Approved 已批准 中文", "en") == ["已批准"]
    assert strange("案件 SF-2026-0001, e1, 5Why", "zh") == []
