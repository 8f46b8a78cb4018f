"""Mail in a real house: complaints, replies, files; each once, whatever is run again, and whatever the mail claims."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import ROOT, RunningHouse, casetrail
from tests.imap_server import imap_server
from tests.journeys.people import People, head

AN_HOUR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def mail(number: str, subject: str, text: str, answers: str = "", **more: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = more.pop("sender", "张三 <zhang@example.org>")
    message["Subject"], message["Message-ID"] = subject, f"<{number}@example.org>"
    message["Date"] = format_datetime(AN_HOUR_AGO)
    if answers:
        message["In-Reply-To"] = f"<{answers}@example.org>"
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def take(house: RunningHouse, source: Path | str, *words: str, **env: str) -> tuple[int, dict[str, Any]]:
    """`casetrail intake mail`, as somebody types it; exit code and report."""
    done = subprocess.run(
        [*casetrail("intake", "mail"), str(source), "--site", "sz", "--json", "--home", str(house.home), *words],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def put(box: Path, name: str, message: EmailMessage) -> None:
    (box / f"{name}.eml").write_bytes(message.as_bytes())


def state(people: People, case: str) -> dict[str, Any]:
    return people.owner.sees(f"/audit/complaints/{case}", after_position=head(people.owner))["state"]


def told(people: People, case: str) -> list[str]:
    """What has been recorded about a case itself; its clocks go on meanwhile."""
    entries = people.owner.sees(f"/audit/complaints/{case}/timeline", after_position=head(people.owner))["entries"]
    return [entry["type"] for entry in entries if entry["service"] != "sla_watch"]


def test_a_mail_becomes_a_complaint_with_its_files_and_its_own_time(house: RunningHouse, people: People, box: Path):
    complaint = mail("one", "开机花屏", "ABC-2000 开机五分钟后花屏")
    complaint.add_attachment(b"\xff\xd8\xff a photograph", maintype="image", subtype="jpeg", filename="花屏.jpg")
    put(box, "1", complaint)
    code, report = take(house, box)
    assert (code, report["complaint"], report["files"], report["rejected"]) == (0, 1, 1, [])
    found = state(people, report["cases"][0])
    assert (found["channel"], found["contact"], found["contact_person"]) == ("email", "zhang@example.org", "张三")
    assert found["description"] == "开机花屏\n\nABC-2000 开机五分钟后花屏"
    assert datetime.fromisoformat(found["received_at"]) == AN_HOUR_AGO
    (evidence,) = found["evidence"].values()
    assert (evidence["kind"], evidence["file"]["name"]) == ("photo", "花屏.jpg")
    stored = people.owner.get(f"/files/{evidence['file']['sha256']}")
    assert stored.content == b"\xff\xd8\xff a photograph"


def test_run_again_nothing_is_taken_twice(house: RunningHouse, people: People, box: Path):
    put(box, "1", mail("again", "Broken", "again and again"))
    put(box, "2", mail("again-2", "Re: Broken", "one more thing", answers="again"))
    _, first = take(house, box)
    assert (first["complaint"], first["reply"]) == (1, 1)
    before = told(people, first["cases"][0])
    for _ in range(2):
        code, report = take(house, box)
        assert (code, report["repeated"], report["complaint"], report["reply"]) == (0, 2, 0, 0)
    assert told(people, first["cases"][0]) == before


def test_an_answer_closes_the_open_request_and_the_next_one_is_a_contact(
    house: RunningHouse, people: People, box: Path
):
    put(box, "1", mail("ask", "Broken", "it does not work"))
    _, report = take(house, box)
    case = report["cases"][0]
    people.zhou.does(f"/intake/complaints/{case}/request-information", asked_of="customer", items=["a photo"])
    put(box, "2", mail("answer", f"Re: your complaint {case.lower()}", "here it is"))
    put(box, "3", mail("thanks", "Re: Broken", "and thank you", answers="ask"))
    _, report = take(house, box)
    assert (report["reply"], report["repeated"]) == (2, 1)
    recorded = told(people, case)
    assert recorded.count("InformationProvided") == 1 and recorded.count("CustomerContacted") == 1
    again = take(house, box)[1]
    assert (again["repeated"], again["reply"]) == (3, 0), "also when by now another request might be open"
    assert told(people, case) == recorded


def test_what_answers_a_case_that_has_ended_is_a_complaint_of_its_own_linked_to_it(
    house: RunningHouse, people: People, box: Path
):
    case = people.case_at("closed")
    number = people.owner.sees(f"/audit/complaints/{case.id}")["case_no"]
    put(box, "1", mail("back", f"[{number}] it came back", "since this morning"))
    _, report = take(house, box)
    assert report["follows"] == 1
    assert [link["complaint_id"] for link in state(people, report["cases"][0])["links"]] == [case.id]


def test_what_machines_write_is_left_out_and_told(house: RunningHouse, box: Path):
    put(box, "1", mail("ooo", "Out of office", "I am away", Auto_Submitted="auto-replied"))
    put(box, "2", mail("spam", "You have won", "click", X_Spam_Flag="YES"))
    put(box, "3", mail("ours", "SZ-2026-00001: assigned to you", "a notice", Casetrail_Notice="abc"))
    code, report = take(house, box)
    assert (code, report["complaint"], report["reply"]) == (0, 0, 0)
    assert [one["reason"] for one in report["skipped"]] == [
        "an automatic answer", "marked as spam by the mail server", "sent by Casetrail itself",
    ]  # fmt: skip


def test_what_cannot_be_taken_is_rejected_with_its_reason_and_the_rest_goes_on(house: RunningHouse, box: Path):
    (box / "1.eml").write_bytes(b"\r\n\r\nno message at all")
    old = mail("old", "long ago", "x")
    old.replace_header("Date", format_datetime(datetime.now(UTC) - timedelta(days=90)))
    put(box, "2", old)
    put(box, "3", mail("fine", "Broken", "works not"))
    code, report = take(house, box)
    assert (code, report["complaint"], len(report["rejected"])) == (1, 1, 2)
    assert "older than 30 days" in Path(report["rejects"]).read_text("utf-8-sig")


def test_a_mail_cannot_reach_into_a_case_that_it_does_not_answer(house: RunningHouse, people: People, box: Path):
    """The search for a reference looks for parts of texts; only the whole reference counts."""
    put(box, "1", mail("victim-4711", "Broken", "mine"))
    _, report = take(house, box)
    victim = report["cases"][0]
    before = told(people, victim)
    reaching = mail("reaching", "hello", "let me in")
    reaching["References"] = "<victim> <mail:> <a> <example.org>"
    put(box, "2", reaching)
    _, report = take(house, box)
    assert report["complaint"] == 1 and told(people, victim) == before


def test_a_dry_run_asks_nobody_and_records_nothing(tmp_path: Path, box: Path):
    put(box, "1", mail("dry", "Broken", "x"))
    put(box, "2", mail("dry-2", "Re: Broken", "x", answers="dry"))
    done = subprocess.run(
        [*casetrail("intake", "mail"), str(box), "--site", "sz", "--json", "--dry-run", "--home", str(tmp_path / "none")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert (report["complaint"], report["reply"], report["cases"]) == (1, 1, [])


def test_a_folder_on_a_mail_server(house: RunningHouse, people: People):
    letters = [mail("imap-1", "Broken", "from the server").as_bytes()]
    with imap_server("complaints", "hunter2", "INBOX", letters) as server:
        url = f"imap://complaints@127.0.0.1:{server.port}/INBOX"
        code, report = take(house, url, CASETRAIL_MAIL_PASSWORD="hunter2")
    assert (code, report["complaint"]) == (0, 1)
    assert state(people, report["cases"][0])["external_ref"] == "mail:imap-1@example.org"
