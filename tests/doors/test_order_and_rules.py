"""Well-formed commands that the rules refuse: out of order, too vague, in the future, on files that are not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.doors.attacked import EXAMPLE, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")


def test_commands_out_of_order(attacked: Attacked) -> None:
    case, person = attacked.case, attacked.owner.sees("/intake/me")["person"]
    early = {
        "capa/{}/complete-action": {"action_id": "a1", "result": "done"},
        "capa/{}/verify-effect": {
            "action_ids": ["a1"], "effective": True, "method": "test",
            "criteria": [{"metric": "failures", "target": "0", "actual": "0", "met": True}],
        },
        "capa/{}/close": {"disposition": "solved", "customer_acceptance": "accepted", "summary": "repaired for the customer"},
        "capa/{}/reopen": {"reason": "recurrence", "explanation": "the same again"},
        "capa/{}/submit-action-plan": {},
        "capa/{}/archive": {},
        "triage/{}/assign": {"owner": person, "department": "rnd"},
        "intake/{}/provide-information": {"request_id": "i9", "answer": "yes"},
        "intake/{}/waive-follow-up": {"reason": "no need"},
    }  # fmt: skip
    for route, body in early.items():
        said = says_no(attacked.owner.post("/" + route.format(f"complaints/{case}"), body), 409, 422)
        assert said["rule"], route


def test_a_vague_description_is_refused_by_g_desc(attacked: Attacked) -> None:
    registered = {
        "frequency": "always",
        "extent": "single_unit",
        "product_model": "ABC-2000",
        "lot_no": "1",
        "main_function_lost": True,
    }
    for vague in ("坏了", "broken", "does not work", "kaputt", "no funciona", "???", "!!!!!!!!!!!!!"):
        answer = attacked.owner.post(
            f"/intake/complaints/{attacked.case}/register", {**registered, "symptom": vague, "demands": ["repair"]}
        )
        said = says_no(answer, 409, field="symptom", rule="G-DESC")
        assert said["way_out"]


def test_nothing_happens_in_the_future(attacked: Attacked) -> None:
    for ahead in (timedelta(seconds=60), timedelta(days=1), timedelta(days=36_500)):
        when = (datetime.now(UTC) + ahead).isoformat()
        body = {**EXAMPLE, "occurred_at": when, "backdate_reason": "told late"}
        says_no(attacked.owner.post("/intake/complaints", body), 422, field="occurred_at", rule="G-TIME")


def test_backdating_says_why(attacked: Attacked) -> None:
    body = {**EXAMPLE, "occurred_at": "2026-01-01T00:00:00Z"}
    says_no(attacked.owner.post("/intake/complaints", body), 422, field="backdate_reason", rule="G-TIME")


def test_nothing_happens_to_a_case_before_its_receipt(attacked: Attacked) -> None:
    body = {
        "channel": "email",
        "apology": True,
        "case_no_given": True,
        "occurred_at": "1970-01-01T00:00:00Z",
        "backdate_reason": "late",
    }
    says_no(
        attacked.owner.post(f"/intake/complaints/{attacked.case}/acknowledge", body),
        422,
        field="occurred_at",
        rule="G-TIME",
    )


@pytest.mark.parametrize("name", ["../../x", "..", ".", "a/b", "a\\b", "/etc/passwd", "C:\\x", "", "a\x00b", "x" * 301])
def test_attachments_are_named_without_a_path(attacked: Attacked, name: str) -> None:
    file = {"sha256": "0" * 64, "bytes": 1, "media_type": "image/png", "name": name}
    answer = attacked.owner.post(f"/intake/complaints/{attacked.case}/attach-evidence", {"file": file, "kind": "photo"})
    body = says_no(answer, 422)
    assert any(error["field"] == "file.name" for error in body["errors"]), body


def test_only_stored_files_are_attached(attacked: Attacked) -> None:
    schema = attacked.openapi["components"]["schemas"]["AttachEvidence"]
    file = {"sha256": "0" * 64, "bytes": 1, "media_type": "image/png", "name": "photo.png"}
    body = {name: file if name == "file" else "x" for name in schema["required"]}
    says_no(attacked.owner.post(f"/intake/complaints/{attacked.case}/attach-evidence", body), 404, 422)
    wrong = {**file, "sha256": "../../../etc/passwd"}
    says_no(attacked.owner.post(f"/intake/complaints/{attacked.case}/attach-evidence", {**body, "file": wrong}), 422)
