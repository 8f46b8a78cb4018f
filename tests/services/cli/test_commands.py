"""The commands against a small server that answers as the contract says; journeys try them against the real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli.app import app

CASE = "SZ-2026-00042"
FACT = {
    "specversion": "1.0", "id": "3", "source": "urn:casetrail:l:1", "type": "casetrail.complaint.Assigned",
    "subject": "complaint-x", "time": "2026-03-17T08:00:00.000000Z", "recordedtime": "2026-03-17T08:00:00.000000Z",
    "position": "3", "streamversion": "3", "shape": "1", "site": "sz", "service": "triage", "actor": "p-ana",
    "data": {"owner": "p-ana", "department": "quality", "supporting": []},
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "GET /intake/people": {
        "items": [{"person": "p-ana", "name": "Ana\u202e [red]", "service": False, "roles": {"sz": ["owner"]}}]
    },
    "GET /intake/me": {"person": "p-ana", "name": "Ana\u202e [red]", "service": False, "roles": {"sz": ["owner"]}},
    "GET /intake/sites": {
        "items": [
            {
                "site": "sz", "title": "Shenzhen", "zone": "Asia/Shanghai", "calendar": "cn", "owner": "p-ana",
                "language": "zh",
            }
        ]
    },
    "GET /audit/head": {"position": 3, "ledger_id": "l", "epoch": 1, "simulated": False, "now": "2026-03-17T08:00:00Z"},
    f"POST /triage/complaints/{CASE}/assign": {
        "complaint_id": "x", "version": 3, "position": 3, "events": [{"type": "Assigned", **FACT["data"]}],
    },
    "POST /intake/complaints": {"complaint_id": "x", "case_no": CASE, "version": 1, "position": 1},
    f"POST /capa/complaints/{CASE}/submit-action-plan": (
        409, {"title": "Refused by a rule", "status": 409, "detail": "no action [bold]is\x1b[2J planned",
              "rule": "G-PLAN", "field": None, "way_out": "plan one"},
    ),
    "GET /insight/complaints": {
        "items": [{"case_no": CASE, "stage": "assigned", "rank": "1", "owner": "p-ana", "site": "sz", "summary": "a\nb",
                   "overdue": True, "overdue_since": "2026-03-17T07:00:00Z"}], "next_cursor": None, "position": 3,
    },
    f"GET /audit/complaints/{CASE}/timeline": {
        "entries": [{"position": 3, "stream": "complaint-x", "version": 3, "type": "Assigned", "site": "sz",
                     "occurred_at": "2026-03-17T08:00:00Z", "recorded_at": "2026-03-17T10:00:00Z", "actor": "p-ana",
                     "service": "triage", "says": {"en": "Assigned to Ana", "zh": "分派给Ana"}, "data": {}}],
    },
    "POST /capa/reviews": {
        "version": 1, "position": 4, "events": [{
            "type": "ReviewHeld", "review_id": "r1", "site": "sz", "kind": "spot_check", "chair_role": "quality_head",
            "attendees": ["p-ana"], "findings": "nothing",
        }],
    },
    "POST /sla-watch/sites/sz/acknowledge-duty-escalation": {
        "version": 7, "position": 5, "events": [{
            "type": "EscalationAcknowledged", "clock_id": "daily_digest:2026-03-02/1", "level": 1, "by": "p-ana",
            "decision": "today",
        }],
    },
    "POST /intake/people/p-ana/issue-token": {"token_id": "t-1", "token": "abc"},
}  # fmt: skip


class _Door(BaseHTTPRequestHandler):
    asked: list[tuple[str, Any, dict[str, str]]]

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.asked.append((f"{self.command} {self.path}", body, dict(self.headers.items())))
        found = ANSWERS.get(f"{self.command} {path}", (404, {"title": "Not found", "detail": "no such door"}))
        status, content = found if isinstance(found, tuple) else (200, found)
        sent = json.dumps(content).encode()
        if path == "/audit/facts":
            status, sent = 200, json.dumps(FACT).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  (names of the standard library)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class House:
    """A running double, a home that leads to it, and what it was asked."""

    def __init__(self, home: Path, asked: list[tuple[str, Any, dict[str, str]]]) -> None:
        self.home, self.asked = home, asked

    def __call__(self, *words: str, input: str | None = None):
        return CliRunner().invoke(app, list(words), env={"CASETRAIL_HOME": str(self.home)}, input=input)


@pytest.fixture
def casetrail(tmp_path: Path) -> Iterator[House]:
    asked: list[tuple[str, Any, dict[str, str]]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "address").write_text(f"http://127.0.0.1:{server.server_port}")
    (tmp_path / "admin.token").write_text("secret")
    yield House(tmp_path, asked)
    server.shutdown()
    server.server_close()


def test_do_sends_the_command_to_its_service(casetrail: House):
    result = casetrail(
        "do", "assign", "sz-2026-00042", "owner=Ana", "department=quality", "--if-match", "2", "--key", "k1",
        "--at", "2026-03-17T08:00:00+08:00", "--because", "told on the telephone",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Assigned to Ana" in result.stdout
    [(path, body, headers)] = [each for each in casetrail.asked if each[0].startswith("POST")]
    assert path == f"POST /triage/complaints/{CASE}/assign"
    assert body == {
        "owner": "p-ana", "department": "quality", "occurred_at": "2026-03-17T08:00:00+08:00",
        "backdate_reason": "told on the telephone",
    }  # fmt: skip
    sent = {name.lower(): value for name, value in headers.items()}
    assert (sent["authorization"], sent["if-match"], sent["idempotency-key"]) == ("Bearer secret", '"2"', "k1")


def test_receive_complaint_needs_no_case_and_takes_json(casetrail: House):
    result = casetrail(
        "do", "receive-complaint", "site=sz", "--from", "-", input='{"channel": "fax", "description": "x"}'
    )
    assert result.exit_code == 0, result.output
    assert f"Received as {CASE}" in result.stdout
    assert casetrail.asked[0][1] == {"site": "sz", "channel": "fax", "description": "x"}


def test_a_review_is_held_at_a_site_and_needs_no_case_either(casetrail: House):
    result = casetrail(
        "do",
        "hold-review",
        "site=sz",
        "kind=spot_check",
        "chair_role=quality_head",
        "attendees=Ana",
        "findings=nothing",
    )
    assert result.exit_code == 0, result.output
    assert "Review held: spot check" in result.stdout and "review r1 is at version 1" in result.stderr
    [(path, body, _)] = [each for each in casetrail.asked if each[0].startswith("POST")]
    assert path == "POST /capa/reviews" and body["attendees"] == ["p-ana"]


def test_what_a_site_owes_is_said_of_the_site(casetrail: House):
    clock = "daily_digest:2026-03-02/1"
    result = casetrail("do", "acknowledge-duty-escalation", "sz", f"clock_id={clock}", "decision=today")
    assert result.exit_code == 0, result.output
    assert "at level 1 taken on by Ana" in result.stdout and "sz is at version 7" in result.stderr
    [(path, body, _)] = [each for each in casetrail.asked if each[0].startswith("POST")]
    assert path == "POST /sla-watch/sites/sz/acknowledge-duty-escalation"
    assert body == {"clock_id": clock, "decision": "today"}


def test_a_refusal_is_shown_with_rule_and_way_out(casetrail: House):
    result = casetrail("do", "submit-action-plan", CASE)
    assert result.exit_code == 1
    assert result.stdout == ""
    for part in ("Refused by a rule", "[bold]is [2J planned", "G-PLAN", "plan one"):
        assert part in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("do", "assing", CASE), "assign"),
        (("do", "assign"), "name it first"),
        (("do", "publish-digest", "kind=daily_digest"), "is about a site: name it first"),
        (("do", "assign", CASE, "department=kitchen"), "one of: rnd"),
        (("do", "assign", CASE, "owner=Bob", "department=rnd"), "nobody here is called 'Bob'"),
        (("do", "assign", CASE, "--from", "/no/such"), "cannot be read"),
        (("timeline", CASE, "--lang", "xx"), "en or zh"),
    ],
)
def test_what_is_typed_wrongly_is_never_sent(casetrail: House, words: tuple[str, ...], said: str):
    result = casetrail(*words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not [path for path, *_ in casetrail.asked if path.startswith("POST")]


def test_board_is_one_line_for_each_case_where_nobody_looks(casetrail: House):
    result = casetrail("board", "--overdue", "--site", "sz")
    assert result.exit_code == 0, result.output
    [row] = [line for line in result.stdout.splitlines() if CASE in line]
    assert "Ana  [red]" in row
    assert "overdue since 2026-03-17 15:00" in row
    assert row.endswith("a b")
    assert "\x1b" not in result.stdout
    assert casetrail.asked[0][0] == "GET /insight/complaints?site=sz&overdue=true&limit=50"


def test_timeline_in_chinese_marks_what_was_recorded_late(casetrail: House):
    result = casetrail("timeline", CASE, "--lang", "zh")
    assert "分派给Ana" in result.stdout
    assert "2026-03-17 18:00" in result.stdout


def test_tail_tells_facts_as_sentences_and_as_json(casetrail: House):
    told = casetrail("tail", "--after", "2", "--no-follow")
    assert "Assigned to Ana" in told.stdout, told.output
    assert "2026-03-17 16:00 sz" in told.stdout
    assert json.loads(casetrail("tail", "--after", "2", "--no-follow", "--json").stdout) == FACT


def test_export_writes_a_file_whole(casetrail: House, tmp_path: Path):
    result = casetrail("export", "--after", "2", "--out", str(tmp_path / "facts.ndjson"))
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "facts.ndjson").read_text()) == FACT
    assert not list(tmp_path.glob("*.part"))


def test_a_new_token_stands_alone_on_standard_output(casetrail: House):
    result = casetrail("token", "make", "Ana", "--label", "tablet")
    assert result.stdout == "abc\n"


@pytest.mark.parametrize(
    "words", [("board",), ("site", "list"), ("person", "list"), ("timeline", CASE), ("do", "--list")]
)
def test_json_is_for_programs(casetrail: House, words: tuple[str, ...]):
    json.loads(casetrail(*words, "--json").stdout)


def test_nothing_runs_is_one_clear_answer(tmp_path: Path):
    result = CliRunner().invoke(app, ["status", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "casetrail up" in result.stderr


def test_listening_beyond_this_machine_must_be_said(tmp_path: Path):
    pytest.importorskip("services.composition")
    result = CliRunner().invoke(app, ["up", "--home", str(tmp_path / "h"), "--host", "0.0.0.0"])
    assert result.exit_code == 1
    assert "--expose" in result.stderr
    assert not (tmp_path / "h").exists()
