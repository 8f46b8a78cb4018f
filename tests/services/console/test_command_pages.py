"""Commands from pages, in a real house and without scripts: what is recorded, what is refused, and what is never lost."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.policy.shipped import text_of
from tests.house import RunningHouse, running_house
from tests.journeys.people import DUE, Case, People
from tests.services.console.clerk import Clerk

EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("forms")) as house:
        yield house


@pytest.fixture(scope="module")
def people(house: RunningHouse) -> People:
    people = People.of(house)
    people.owner.does("/intake/sites", site="dd", title="Dresden", zone="Europe/Berlin")
    house.person("Dora Dresden", "quality_engineer", site="dd")
    house.person(f"Eve {EVIL}", "quality_engineer", site="sz")
    return people


def clerk(people: People, who: str, language: str = "en") -> Clerk:
    return Clerk.of(people.house, getattr(people, who), language)


def number(case: Case) -> str:
    return case.sees()["state"]["case_no"]


def do(case: Case, command: str) -> str:
    return f"/cases/{number(case)}/do/{command}"


# ── recording ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_complaint_is_received_once_however_often_the_form_is_sent(people: People):
    sheet = clerk(people, "zhou").opens("/new")
    typed = {"site": "sz", "channel": "telephone", "description": "Ein Gerät raucht", "customer_name": "Müller"}
    first, second = sheet.sends(**typed), sheet.sends(**typed)
    assert first.answer.status_code == 200
    case_no = re.search(r"/cases/(SZ-\d{4}-\d{5})\?told=", str(first.answer.url))
    assert case_no, first.answer.url
    assert first.answer.url == second.answer.url
    assert f"Recorded. Received as {case_no[1]} by telephone: Ein Gerät raucht" in first.says
    found = people.owner.sees("/insight/complaints", q="Ein Gerät raucht", after_position=_head(people))["items"]
    assert len(found) == 1


def test_a_case_offers_what_its_reader_may_do_now(people: People):
    case = people.case_at("registered")
    page = clerk(people, "chen").opens(f"/cases/{number(case)}").html
    assert re.search(r'class="button primary" href="/cases/[^"]+/do/classify"', page)
    assert "/do/define-containment" in page
    assert "/do/define-containment" not in clerk(people, "zhou").opens(f"/cases/{number(case)}").html
    assert "/do/close" not in page
    first = people.owner.sees(f"/audit/complaints/{case.id}/timeline")["entries"][0]["position"]
    earlier = clerk(people, "chen").opens(f"/cases/{number(case)}?position={first}").html
    assert "/do/" not in earlier, "nothing can be done with a case as it stood earlier"


def test_what_is_told_late_says_when_and_why(people: People):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "contact-customer"))
    typed = {"direction": "inbound", "channel": "telephone", "purpose": "progress", "summary": "rang again"}
    without = sheet.sends(**typed, occurred_at="2020-01-01T08:00")
    assert without.answer.status_code == 422
    assert '<details class="late-entry" open' in without.html
    assert "say why this is recorded later" in without.errors("backdate_reason")
    there = datetime.now(UTC) + timedelta(hours=8)  # in Shenzhen
    told = without.sends(occurred_at=there.strftime("%Y-%m-%dT%H:%M:%S.%f"), backdate_reason="no network")
    assert "Told late: no network" in told.says


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("language", "says"), [("en", "A rule forbids this now"), ("zh", "规则不允许此操作")])
def test_a_refusal_stands_at_its_field_with_rule_and_way_out_and_nothing_typed_is_lost(
    people: People, language: str, says: str
):
    case = people.case()
    sheet = clerk(people, "zhou", language).opens(do(case, "register")).sends(
        symptom="不能用", frequency="每两小时", extent="lot", product_model=f"ABC {EVIL}", demands=["repair", "report"],
        use_conditions="two\r\nlines", customer_loss__amount="12,50", customer_loss__currency="EUR",
    )  # fmt: skip
    assert sheet.answer.status_code == 409
    assert says in sheet.says
    assert "G-DESC" in sheet.errors("symptom")
    assert "Ask for information" in sheet.errors("symptom"), "the way out names the command as it is called"
    assert EVIL not in sheet.html
    holds = sheet.holds
    assert (holds["symptom"], holds["frequency"], holds["demands"]) == (["不能用"], ["每两小时"], ["repair", "report"])
    assert holds["use_conditions"] == ["two\nlines"]
    assert (holds["product_model"], holds["customer_loss.amount"]) == ([f"ABC {EVIL}"], ["12,50"])
    again = sheet.sends(symptom="屏幕在开机两小时后出现花屏，重启后暂时恢复")
    assert again.answer.status_code == 200 and "told=" in str(again.answer.url)


def test_a_rule_tells_in_the_readers_language_what_it_wants_and_which_command_helps(people: People):
    case = people.case()
    typed = {"symptom": "坏了", "frequency": "总是", "extent": "lot", "product_model": "X", "demands": ["repair"]}
    sheet = clerk(people, "zhou", "zh").opens(do(case, "register")).sends(**typed)
    said = sheet.errors("symptom")
    assert said.startswith("规则：投诉须说明现象、频次和范围（G-DESC）。")
    link = f'<a href="/cases/{number(case)}/do/request-information">索要资料</a>'
    assert link in sheet.html, "the command that helps is there to be clicked"
    outside = re.sub(r'<span[^>]*lang="en">.*?</span>', "", sheet.html, flags=re.DOTALL)
    (error,) = re.findall(r'id="f-symptom-error">(.*?)</div>', outside, re.DOTALL)
    assert not re.search(r"[a-z]{3}", re.sub(r"<[^>]*>", "", error)), "what is English says so"


def test_what_was_refused_is_told_in_the_facts_with_the_rule_in_words(people: People):
    case = people.case()
    clerk(people, "zhou").opens(do(case, "register")).sends(
        symptom="broken", frequency="always", extent="lot", product_model="X", demands=["repair"]
    )
    people.house.ready()
    path = f"/cases/{number(case)}"
    assert (
        "拒绝Zhou Min执行登记投诉，规则G-DESC（投诉须说明现象、频次和范围）"
        in clerk(people, "zhou", "zh").opens(path).says
    )
    assert "Register the complaint, by rule G-DESC (A complaint says what" in clerk(people, "zhou").opens(path).says


@pytest.mark.parametrize(("language", "says"), [("en", "Please fill this in."), ("zh", "请填写此项。")])
def test_what_is_missing_or_malformed_is_said_at_every_field(people: People, language: str, says: str):
    case = people.case_at("planning")
    sheet = clerk(people, "chen", language).opens(do(case, "plan-action")).sends(content=" ", due="soon")
    assert sheet.answer.status_code == 422
    for field in ("kind", "content", "owner", "measure_of_success"):
        assert sheet.errors(field) == says, field
    assert "2026-03-17" in sheet.errors("due")
    assert sheet.html.count('aria-invalid="true"') >= 5
    assert 'href="#f-content"' in sheet.html and 'role="alert"' in sheet.html


def test_errors_in_rows_stand_in_their_rows(people: People):
    case = people.case_at("investigating")
    sheet = clerk(people, "chen").opens(do(case, "record-root-cause")).sends(
        direct_cause="loose", root_cause="no check", method="five_why", verdict="presumed", reason_if_unverifiable="gone",
        five_whys=["0", "1", "2"], five_whys__0__why="a", five_whys__0__because="b", five_whys__1__why=" ",
        five_whys__1__because="", five_whys__2__why="c", five_whys__2__because="",
    )  # fmt: skip
    assert sheet.answer.status_code == 422
    assert sheet.errors("five_whys-1-because") == "Please fill this in.", (
        "the empty row is gone, the third is the second"
    )
    done = sheet.sends(five_whys__1__because="d")
    assert done.answer.status_code == 200
    assert [why["because"] for why in case.sees(after_position=_head(people))["state"]["root_cause"]["five_whys"]] == [
        "b",
        "d",
    ]


def _head(people: People) -> int:
    return int(people.owner.sees("/audit/head")["position"])


def test_when_the_case_has_moved_on_the_form_comes_back_and_says_how(people: People):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "contact-customer"))
    case.does(
        people.chen, "intake", "request-information", asked_of="supplier", items=["the 8D report of the supplier"]
    )
    typed = {"direction": "outbound", "channel": "telephone", "purpose": "progress", "summary": "told them to wait"}
    late = sheet.sends(**typed)
    assert late.answer.status_code == 412
    assert "The case has moved on" in late.says
    assert "Chen Jie" in late.says and "the 8D report of the supplier" in late.says
    assert late.holds["summary"] == ["told them to wait"]
    assert late.sends().answer.status_code == 200
    assert case.sees(after_position=_head(people))["state"]["first_contact_at"] is not None


def test_a_form_that_was_sent_is_not_sent_again_with_other_content_by_mistake(people: People):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "acknowledge"))
    assert sheet.sends(channel="email").answer.status_code == 200
    other = sheet.sends(channel="fax")
    assert other.answer.status_code == 422
    assert "already sent" in other.says
    assert other.holds["key"] != sheet.holds["key"]


def test_a_double_click_does_nothing_twice(people: People):
    case = people.case_at("planning")
    sheet = clerk(people, "chen").opens(do(case, "plan-action"))
    before = len(case.sees()["state"]["actions"])
    typed = {
        "kind": "correction",
        "content": "sort the lot",
        "owner": people.wang.id,
        "due": DUE,
        "measure_of_success": "0",
    }
    answers = [sheet.sends(**typed) for _ in range(3)]
    assert {answer.answer.status_code for answer in answers} == {200}
    assert len(case.sees(after_position=_head(people))["state"]["actions"]) == before + 1


# ── who may ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("language", "says"), [("en", "quality engineer, quality head"), ("zh", "质量工程师、质量负责人")]
)
def test_who_may_not_is_told_who_may(people: People, language: str, says: str):
    case = people.case_at("closing")
    sheet = clerk(people, "zhou", language).opens(do(case, "close"))
    assert sheet.answer.status_code == 403
    assert says in sheet.says
    assert '<form class="card command"' not in sheet.html


def test_what_cannot_be_done_in_this_stage_says_so(people: People):
    sheet = clerk(people, "zhao").opens(do(people.case(), "close"))
    assert sheet.answer.status_code == 409
    assert "“Close the case” is not possible while the case is “received”." in sheet.says


def test_a_sent_form_is_held_to_the_same_rules_as_any_other_door(people: People):
    """Whoever sends a form that was never shown to them is refused by the desk, and it is recorded as such."""
    case = people.case_at("plan_review")
    mine = clerk(people, "zhou").opens(do(people.case(), "acknowledge"))
    answer = mine.clerk.http.post(
        do(case, "approve-action-plan"), data={"token": mine.holds["token"], "key": "k1", "do": "give"}
    )
    assert answer.status_code == 403
    assert "takes one of these roles" in answer.text
    entries = people.owner.sees(f"/audit/complaints/{case.id}/timeline", after_position=_head(people))["entries"]
    of_people = [entry for entry in entries if not entry["stream"].startswith("clocks-")]  # the keeper has its own pace
    assert of_people[-1]["type"] == "GuardRefused"


@pytest.mark.parametrize(
    ("token", "headers"),
    [("", {}), ("0" * 64, {}), (None, {"sec-fetch-site": "cross-site"}), (None, {"sec-fetch-site": "same-site"})],
)
def test_a_form_from_elsewhere_is_refused(people: People, token: str | None, headers: dict[str, str]):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "acknowledge"))
    changed = {} if token is None else {"token": token}
    sheet.clerk.http.headers.update(headers)
    assert sheet.sends(channel="email", **changed).answer.status_code == 403
    assert case.sees(after_position=_head(people))["state"]["acknowledged_at"] is None


def test_the_token_of_another_session_is_worth_nothing(people: People):
    case = people.case()
    theirs = clerk(people, "zhou").opens(do(case, "acknowledge")).holds["token"]
    sheet = clerk(people, "zhou").opens(do(case, "acknowledge"))
    assert sheet.sends(channel="email", token=theirs).answer.status_code == 403


def test_nobody_sends_forms_without_a_session(people: People):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "acknowledge"))
    stranger = httpx.post(f"{people.house.url}{sheet.path}", data=sheet.holds | {"channel": ["email"]})
    assert stranger.status_code == 401


# ── what may be chosen ────────────────────────────────────────────────────────────────────────────────────────────────
def test_people_and_cases_of_other_sites_are_not_offered(people: People):
    case, other_no = people.case_at("triaged"), number(people.case_at("registered"))
    people.house.ready()
    dd = people.owner.does("/intake/complaints", site="dd", channel="email", description="Geheimnis aus Dresden")
    page = clerk(people, "chen").opens(do(case, "assign"))
    assert "Wang Fang" in page.html and "Dora Dresden" not in page.html
    assert EVIL not in page.html
    merge = clerk(people, "chen").opens(do(case, "merge"))
    assert other_no in merge.html and "Geheimnis" not in merge.html and dd["case_no"] not in merge.html
    assert 'list="f-survivor-list"' in merge.html


def test_another_case_is_named_by_its_number(people: People):
    case, other = people.case_at("registered"), people.case_at("registered")
    sheet = clerk(people, "chen").opens(do(case, "link-case"))
    wrong = sheet.sends(other="SZ-2026-99999", relation="same_lot")
    assert wrong.answer.status_code == 422 and "SZ-2026-99999" in wrong.errors("other")
    done = wrong.sends(other=number(other), relation="same_lot")
    assert f"Linked to {number(other)}" in done.says


def test_grades_are_chosen_from_the_scheme_of_the_site(people: People, house: RunningHouse):
    for name in ("pack-base", "pack-s0"):
        people.owner.does("/sla-watch/policies", text=text_of(name))
    people.owner.does("/sla-watch/sites/dd/activate-policy", pack="pack-s0")
    dd = people.owner.does("/intake/complaints", site="dd", channel="email", description="Display flackert nach Start")
    house.ready()
    assert "售后服务反馈单（P1–P3） pack-s0@1" in Clerk.of(house, people.owner, "zh").opens("/organisation").says
    sheet = Clerk.of(house, people.owner, "zh").opens(f"/cases/{dd['case_no']}/do/classify")
    assert re.search(r'<select id="f-grade".*?<option value="P1">P1 · ', sheet.html, re.DOTALL)


def test_lists_of_reference_data_are_offered_while_somebody_types(people: People):
    people.owner.does("/intake/reference/products", product_model="ABC-2000 Pro", title="Display unit")
    people.owner.does("/intake/reference/customers", customer_no="K-77", customer_name="华强电子")
    people.house.ready()
    page = clerk(people, "zhou").opens("/new").html
    assert re.search(r'<input id="f-product_model"[^>]* list="f-product_model-list"', page)
    assert '<option value="ABC-2000 Pro">Display unit</option>' in page
    assert '<option value="K-77">' in page


def test_several_other_cases_are_named_by_their_numbers(people: People):
    first, second, case = (people.case_at("registered") for _ in range(3))
    sheet = clerk(people, "chen").opens(do(case, "record-recurrence"))
    assert 'list="f-prior-list"' in sheet.html
    numbers = [number(first), number(second)]
    wrong = sheet.sends(prior=["0", "1"], prior__0=numbers[0], prior__1="SZ-2026-99999", window_days="90")
    assert "SZ-2026-99999" in wrong.errors("prior-1"), wrong.says
    done = wrong.sends(prior__1=numbers[1])
    assert done.answer.status_code == 200, done.says


# ── rows and files ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_rows_come_and_go_without_a_script(people: People):
    case = people.case_at("verifying")
    sheet = clerk(people, "sun").opens(do(case, "verify-effect")).sends(method="500 units", do="add:criteria")
    sheet = sheet.sends(criteria__0__metric="cracks", criteria__0__target="0", do="add:criteria")
    assert sheet.answer.status_code == 200
    assert sheet.holds["criteria"] == ["0", "1"]
    assert sheet.holds["criteria.0.metric"] == ["cracks"]
    assert re.search(r'id="f-criteria-1-metric"[^>]* autofocus', sheet.html), "one goes on typing in the new row"
    sheet = sheet.sends(criteria__1__metric="dents", do="drop:criteria.0")
    assert (sheet.holds["criteria"], sheet.holds["criteria.0.metric"], sheet.holds["method"]) == (
        ["0"],
        ["dents"],
        ["500 units"],
    )
    for nonsense in (
        "add:nothing",
        "add:method",
        "drop:criteria.7",
        "drop:criteria.x",
        "drop:",
        "add:criteria.0.metric",
        "x",
    ):
        assert sheet.sends(do=nonsense).holds["criteria"] == ["0"], nonsense
    measured = {"criteria__0__target": "0", "criteria__0__actual": "0", "criteria__0__met": "true"}
    done = sheet.sends(action_ids=["a1"], effective="true", **measured)
    assert done.answer.status_code == 200, done.says
    assert case.sees(after_position=_head(people))["stage"] == "closing"


def test_a_file_is_stored_and_named_by_its_bytes_and_survives_a_refusal(people: People):
    case = people.case()
    sheet = clerk(people, "zhou").opens(do(case, "attach-evidence"))
    assert 'enctype="multipart/form-data"' in sheet.html
    content = b"not really a picture " + EVIL.encode()
    refused = sheet.sends(files={"file.upload": (f"C:\\fotos\\screen {EVIL}.png", content, "image/png")})
    assert refused.answer.status_code == 422
    assert refused.errors("kind") == "Please fill this in."
    sha256 = hashlib.sha256(content).hexdigest()
    assert refused.holds["file.sha256"] == [sha256]
    assert EVIL not in refused.html
    done = refused.sends(kind="photo")
    assert done.answer.status_code == 200, done.says
    (evidence,) = case.sees(after_position=_head(people))["state"]["evidence"].values()
    assert (evidence["file"]["sha256"], evidence["file"]["bytes"]) == (sha256, len(content))
    assert evidence["file"]["name"].startswith("screen ")
    assert people.zhou.get(f"/files/{sha256}").content == content


def test_an_empty_or_missing_file_is_said_at_the_field(people: People):
    sheet = clerk(people, "zhou").opens(do(people.case(), "attach-evidence"))
    empty = sheet.sends(files={"file.upload": ("empty.png", b"", "image/png")})
    assert empty.answer.status_code == 422 and "empty" in empty.errors("file")
    missing = sheet.sends(files={"file.upload": ("", b"", "application/octet-stream")})
    assert missing.errors("file") == "Please fill this in."


def test_more_than_the_api_takes_is_refused_before_it_is_read(people: People):
    sheet = clerk(people, "zhou").opens(do(people.case(), "attach-evidence"))
    cookie = "; ".join(f"{name}={value}" for name, value in sheet.clerk.http.cookies.items())
    head = (
        f"POST {sheet.path} HTTP/1.1\r\nhost: x\r\naccept: text/html\r\ncookie: {cookie}\r\n"
        "content-type: multipart/form-data; boundary=b\r\ncontent-length: 900000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", people.house.port), timeout=20) as wire:
        wire.sendall(head.encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(6_000)), "application/x-www-form-urlencoded"),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
    ],
)
def test_nonsense_is_refused_and_never_a_bug(people: People, content: bytes, kind: str):
    sheet = clerk(people, "zhou").opens(do(people.case(), "acknowledge"))
    answer = sheet.clerk.http.post(sheet.path, content=content, headers={"content-type": kind})
    assert answer.status_code in (403, 422)


# ── the organisation ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_people_are_added_and_get_roles_on_pages(people: People):
    owner = clerk(people, "owner")
    added = owner.opens("/organisation/do/add-person").sends(name="赵六")
    assert "“Add a person” is recorded." in added.says
    (id,) = re.findall(r"赵六</bdi> <span class=\"small id\">(p-\w+)<", added.html)
    sheet = owner.opens(f"/organisation/do/grant-role?subject={id}")
    assert sheet.holds["subject"] == [id]
    done = sheet.sends(role="production", site="sz")
    assert done.answer.status_code == 200 and re.search(r"赵六.*?production", done.says)
    twice = owner.opens(f"/organisation/do/grant-role?subject={id}").sends(role="production", site="sz")
    assert twice.answer.status_code == 409 and "granted already" in twice.errors("role")
    nobody = owner.opens("/organisation/do/grant-role").sends(role="production", site="sz")
    assert nobody.answer.status_code == 422 and nobody.errors("subject") == "Please fill this in."


def test_a_stand_in_is_named_by_whoever_is_stood_in_for(people: People):
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    sheet = clerk(people, "zhao").opens(f"/organisation/do/name-stand-in?subject={people.sun.id}")
    done = sheet.sends(of=people.zhao.id, role="quality_head", site="sz", until=until, reason="on leave")
    assert done.answer.status_code == 200, done.says
    assert re.search(r"Sun Yan.*?quality head for Zhao Lei until", done.says)
    case = people.case_at("plan_review")
    assert "/do/approve-action-plan" in clerk(people, "sun").opens(f"/cases/{number(case)}").html
    ended = clerk(people, "zhao").opens(f"/organisation/do/end-stand-in?subject={people.sun.id}").sends(
        of=people.zhao.id, role="quality_head", site="sz", reason="back"
    )  # fmt: skip
    assert ended.answer.status_code == 200


def test_only_those_who_have_to_do_with_somebody_see_them(people: People):
    page = clerk(people, "zhou").opens("/organisation").html
    assert "Wang Fang" in page and "Dora Dresden" not in page and "Dresden" not in page
    assert "/do/grant-role" not in page
    assert clerk(people, "zhou").opens("/organisation/do/grant-role").answer.status_code == 403
    assert "Dora Dresden" in clerk(people, "owner").opens("/organisation").html


def test_a_site_is_opened_and_a_policy_published_on_pages(people: People):
    owner = clerk(people, "owner", "zh")
    done = owner.opens("/organisation/do/open-site").sends(site="mty", title="Monterrey", zone="America/Monterrey")
    assert "“启用工厂”已记录。" in done.says and "America/Monterrey" in done.html
    wrong = owner.opens("/organisation/do/publish-policy").sends(text="meta: {id: x}\nnonsense: 1\n")
    assert wrong.answer.status_code == 422 and wrong.errors("text")
    assert wrong.holds["text"] == ["meta: {id: x}\nnonsense: 1\n"]


@pytest.mark.parametrize("path", ["/organisation/do/acknowledge", "/organisation/do/nothing", "/cases/{case}/do/open-site",
                                  "/cases/{case}/do/nothing", "/cases/nope/do/acknowledge"])  # fmt: skip
def test_there_is_no_such_page(people: People, path: str):
    assert clerk(people, "owner").opens(path.format(case=number(people.case()))).answer.status_code == 404


# ── whose work, and who sees whom ─────────────────────────────────────────────────────────────────────────────────────
def test_everybody_finds_their_own_work_with_the_way_to_do_it(people: People):
    people.house.ready()
    to_do = people.case_at("implementing")
    people.house.ready()
    mine = clerk(people, "wang").opens("/work")
    link = f"/cases/{number(to_do)}/do/complete-action?action_id=a1"
    assert link in mine.html
    assert clerk(people, "wang").opens(link).holds["action_id"] == ["a1"]
    assert "My actions" in mine.says
    assert link not in clerk(people, "zhou").opens("/work").html
    of_chen = clerk(people, "chen", "zh").opens("/work?duty=own_case")
    assert number(to_do) in of_chen.html and "我的案件" in of_chen.says
    assert clerk(people, "wang").opens("/work?duty=wrong").answer.status_code == 422


@pytest.mark.requirement("S0-59")
def test_contact_details_are_masked_for_those_who_need_not_speak_with_the_customer(people: People):
    given = {"customer_name": "星海科技有限公司", "contact_person": "张三", "contact": "138-0000-1234"}
    case = people.case(**given)
    open_to = clerk(people, "zhou").opens(f"/cases/{number(case)}").html
    assert all(said in open_to for said in given.values())
    for who in ("wang", "zhou"):
        form = clerk(people, who).opens(do(case, "contact-customer")).html
        assert ("138-0000-1234" in form) == (who == "zhou")
    masked = clerk(people, "wang").opens(f"/cases/{number(case)}").html
    assert not [said for said in given.values() if said in masked]
    assert "张*" in masked and "星*" in masked
    elsewhere = people.house.person("Nadia", "quality_engineer", site="dd")
    assert "张三" not in Clerk.of(people.house, elsewhere).opens(f"/cases/{number(case)}").html


# ── what the page of a case shows beside ──────────────────────────────────────────────────────────────────────────────
def marks(page: str) -> list[tuple[str, str]]:
    """What is marked as not being in a list, with what it may be."""
    return re.findall(r'<bdi>([^<]*)</bdi> <span class="badge unlisted" title="([^"]*)"', page)


def test_what_the_lists_do_not_have_is_marked_and_accepted(people: People, house: RunningHouse):
    case = people.case(product_model="xyz-7", lot_no="L-77", customer_no="C-404")
    zhou = clerk(people, "zhou")
    house.owner.does("/intake/reference/products", product_model="XYZ-7", title="A display")
    house.owner.does("/intake/reference/lots", product_model="XYZ-7", lot_no="L-77", site="sz")
    house.ready()
    assert marks(zhou.opens(f"/cases/{number(case)}").html) == [("xyz-7", "Perhaps: XYZ-7"), ("L-77", "Perhaps: XYZ-7")]
    assert "不在名录中" in clerk(people, "zhou", "zh").opens(f"/cases/{number(case)}").html
    known = people.case(product_model="XYZ-7", lot_no="L-77")
    assert marks(zhou.opens(f"/cases/{number(known)}").html) == []


def test_a_file_of_a_case_is_handed_to_those_who_may_read_the_case(people: People):
    case, content = people.case(), b"\x89PNG, or so it says"
    sheet = clerk(people, "zhou").opens(do(case, "attach-evidence"))
    sheet.sends(kind="photo", files={"file.upload": ("花屏.png", content, "image/png")})
    page = clerk(people, "chen").opens(f"/cases/{number(case)}")
    (link,) = re.findall(r'href="(/cases/[^"]+/files/[0-9a-f]{64})"', page.html)
    got = page.clerk.http.get(link)
    assert got.content == content and got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; filename*=")
    assert got.headers["x-content-type-options"] == "nosniff"
    other = people.case()
    assert page.clerk.http.get(link.replace(number(case), number(other))).status_code == 404
    abroad = people.house.person("Fritz Fern", "quality_engineer", site="dd")
    assert Clerk.of(people.house, abroad).http.get(link).status_code == 404
