"""Forms in real Chromium: what is special about each, in both languages; by keyboard; with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from shared.events.labels import label
from tests.house import RunningHouse, running_house
from tests.journeys.people import DUE, People
from tests.services.console.at_a_screen import IN_A_BROWSER, Signs
from tests.services.console.screens import SIZES

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("clicked")) as house:
        yield house


@pytest.fixture(scope="module")
def people(house: RunningHouse) -> People:
    return People.of(house)


def case_no(people: People, stage: str) -> str:
    return people.case_at(stage).sees()["state"]["case_no"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_no_policy_speaks_one_person_grades_and_one_person_closes(
    people: People, signed_in: Signs, language: str
):
    """What `test_four_people_in_browser.py` does not meet, where a policy grades, measures and asks for signatures."""
    chen = signed_in(people.chen, language).goes(f"/cases/{case_no(people, 'registered')}")
    chen.does("classify", category="hardware_failure", grade="P2", rank="2", reason="main function")
    assert chen.stage() == label(language, "triaged")
    chen.does("assign", owner=people.chen.id, department="quality")
    chen.does("define-containment", where=["warehouse", "line"], measure="block lot L7", owner=people.wang.id)
    zhao = signed_in(people.zhao, language).goes(f"/cases/{case_no(people, 'verifying')}")
    zhao.clicks_command("verify-effect").types(effective=True, method="500 boards")
    zhao.page.get_by_role("checkbox", name=re.compile("^a1 ·")).check()
    zhao.sends().is_recorded()
    zhao.does("close", disposition="solved", customer_acceptance="accepted", summary="solved for good")
    assert zhao.stage() == label(language, "closed")


# ── the form itself ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_refusal_is_announced_and_leads_to_its_field(people: People, signed_in: Signs):
    zhou = signed_in(people.zhou).goes(f"/cases/{case_no(people, 'received')}/do/register")
    zhou.types(symptom="broken", frequency="always", extent="lot", product_model="X", demands=["repair"]).sends()
    page = zhou.page
    page.locator("#told:focus").wait_for()
    assert page.locator("#told").get_attribute("role") == "alert"
    assert "G-DESC" in page.locator("#f-symptom-error").inner_text()
    assert page.locator("#f-symptom").get_attribute("aria-describedby") == "f-symptom-help f-symptom-error"
    assert page.locator("#f-symptom").input_value() == "broken"
    assert page.get_by_role("checkbox", name="repair").is_checked()
    page.locator('#told a[href="#f-symptom"]').click()
    assert page.evaluate("document.activeElement.id") == "f-symptom"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ask for information", "the way out comes next"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-frequency"


def test_what_happened_meanwhile_is_told_and_nothing_typed_is_lost(people: People, signed_in: Signs):
    case = people.case()
    number = case.sees()["state"]["case_no"]
    zhou = signed_in(people.zhou).goes(f"/cases/{number}/do/contact-customer")
    case.does(people.chen, "intake", "request-information", asked_of="supplier", items=["their report"])
    typed = {"direction": "outbound", "channel": "fax", "purpose": "progress", "summary": "in between"}
    zhou.types(**typed).sends()
    assert "their report" in zhou.page.locator("#told").inner_text()
    assert zhou.page.locator("#f-summary").input_value() == "in between"
    zhou.sends().is_recorded()


def test_clicking_twice_records_once(people: People, signed_in: Signs):
    case = people.case()
    zhou = signed_in(people.zhou).goes(f"/cases/{case.sees()['state']['case_no']}/do/acknowledge")
    zhou.types(channel="email")
    zhou.page.locator("#command .send button").dblclick()
    zhou.page.locator("#case-do [role=status]").wait_for()
    people.house.ready()
    case.position = case.sees()["position"]
    assert case.types().count("Acknowledged") == 1


def test_a_form_can_be_filled_in_and_sent_by_keyboard_alone(people: People, signed_in: Signs):
    chen = signed_in(people.chen).goes(f"/cases/{case_no(people, 'planning')}/do/plan-action")
    page = chen.page
    press, type = page.keyboard.press, page.keyboard.type
    reached: list[str] = []
    while "f-kind" not in reached:
        press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        assert len(reached) < 40, reached
    type("corrective")
    press("Tab")
    type("Check the latch")
    press("Tab")
    type("Wang Fang")
    press("Tab")
    press("Tab")
    year, month, day = DUE.split("-")
    type(f"{month}{day}{year}")
    assert page.locator("#f-due").input_value() == DUE
    while page.evaluate("document.activeElement.id") != "f-measure_of_success":
        press("Tab")
    type("no loose latch")
    while page.evaluate("document.activeElement.textContent") != "Plan an action":
        press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus can be seen"
    press("Enter")
    page.locator("#case-do [role=status]").wait_for()
    assert "Check the latch" in page.locator("#case-do [role=status]").inner_text()


def test_enter_in_a_line_sends_the_form_and_adds_no_row(people: People, signed_in: Signs):
    zhou = signed_in(people.zhou).goes(f"/cases/{case_no(people, 'received')}/do/request-information")
    zhou.types(asked_of="customer")
    zhou.page.locator("#f-items-0").fill("a photo")
    zhou.page.locator("#f-due").press("Enter")
    zhou.page.locator("#case-do [role=status]").wait_for()


def test_without_scripts_rows_come_and_go_all_the_same(people: People, signed_in: Signs):
    zhou = signed_in(people.zhou, scripts=False)
    zhou.goes(f"/cases/{case_no(people, 'received')}/do/request-information").types(asked_of="customer")
    page = zhou.page
    page.locator("#f-items-0").fill("a photo")
    page.get_by_role("button", name="Add: What is needed").click()
    page.locator("#f-items-1").fill("the lot")
    page.get_by_role("button", name="Add: What is needed").click()
    page.get_by_role("button", name="Remove: What is needed 1").click()
    assert page.locator("#f-items-0").input_value() == "the lot"
    zhou.sends()
    assert "Asked customer for: the lot" in page.locator("#case-do [role=status]").inner_text()


def test_with_scripts_a_new_row_comes_without_a_new_page_and_has_the_focus(people: People, signed_in: Signs):
    page = signed_in(people.zhou).goes(f"/cases/{case_no(people, 'received')}/do/request-information").page
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Add: What is needed").click()
    page.locator("#f-items-1:focus").wait_for()
    page.get_by_role("button", name="Remove: What is needed 2").click()
    page.locator("#f-items-1").wait_for(state="detached")
    assert page.evaluate("window.same") is True


# ── every form ────────────────────────────────────────────────────────────────────────────────────────────────────────
FORMS = {
    "zhou": [("received", "register"), ("received", "attach-evidence"), ("received", "contact-customer")],
    "chen": [("registered", "classify"), ("investigating", "record-root-cause"), ("planning", "plan-action"),
             ("verifying", "verify-effect"), ("planning", "record-cost"), ("registered", "merge")],
    "zhao": [("closing", "close")],
}  # fmt: skip


NAMELESS = """() =>
  [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea, main button')]
  .filter(each => !each.labels?.length && !each.ariaLabel && !each.textContent.trim()).map(each => each.name)"""
DOUBLED = """() => {
  const ids = [...document.querySelectorAll('[id]')].map(each => each.id);
  return ids.filter((id, place) => ids.indexOf(id) !== place);
}"""
SMALL = """() => [...document.querySelectorAll('#command button:not(.visually-hidden), #command select')]
  .filter(each => each.offsetParent && each.getBoundingClientRect().height < 24).map(each => each.name)"""


@pytest.fixture(scope="module")
def filled(people: People) -> dict[str, str]:
    """A case at each stage that has one of the forms."""
    return {stage: case_no(people, stage) for stage in sorted({stage for each in FORMS.values() for stage, _ in each})}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_form_fits_its_window_and_every_control_has_a_name(
    people: People, filled: dict[str, str], signed_in: Signs, language: str
):
    for who, forms in FORMS.items():
        worker = signed_in(getattr(people, who), language)
        paths = [f"/cases/{filled[stage]}/do/{door}" for stage, door in forms]
        for path in [*paths, "/new", "/work", "/organisation"]:
            page = worker.goes(path).page
            page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
            assert page.evaluate(NAMELESS) == [], path
            assert page.evaluate(DOUBLED) == [], path
            for width, height in SIZES.values():
                page.set_viewport_size({"width": width, "height": height})
                wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wider <= 0, f"{path} is {wider} px wider than {width}"
                assert page.evaluate(SMALL) == [], path


def test_a_form_can_be_read_in_both_languages_and_keeps_what_was_typed(people: People, signed_in: Signs):
    worker = signed_in(people.chen, "en").goes(f"/cases/{case_no(people, 'planning')}/do/plan-action")
    worker.types(kind="corrective", content="Check the latch", success_metric={"kpi": "loose latches"})
    english = worker.page.locator("#command").inner_text()
    worker.page.get_by_role("button", name="中文").click()
    worker.page.locator("html[lang=zh-Hans]").wait_for()
    chinese = worker.page.locator("#command").inner_text()
    assert "What is to be done" in english and "措施内容" in chinese
    assert "What is to be done" not in chinese
    assert worker.page.locator("#f-content").input_value() == "Check the latch"
    assert worker.page.locator("#f-kind").input_value() == "corrective"
    assert worker.page.locator("#f-success_metric-kpi").input_value() == "loose latches"
    worker.language = "zh"
    worker.goes("/work")
    assert worker.page.locator("html").get_attribute("lang") == "zh-Hans", "and it stays so"
