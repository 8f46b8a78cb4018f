"""Ids that name nothing, and headers that say nonsense."""

from __future__ import annotations

import pytest

from tests.doors.attacked import CANARY, EXAMPLE, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")

IDS = (
    "00000000-0000-0000-0000-000000000000", "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e", "0199A3B4-6C1E-7B3A-9D52-3F1C2A4B5D6E",
    "SZ-2026-99999", "SZ-0000-00000", "sz-2026-00000", "SZ-9999-" + "9" * 200, "NOWHERE-2026-00001", "a" * 300, "1", "-1", "null",
    "None", "..%2f..%2fetc%2fpasswd", "%2e%2e", "..%5c", "%00", "a%00b", "%0d%0aSet-Cookie:x=1", "%ff%fe", "%ed%a0%b5",
    "%F0%9F%92%A9", "'%20OR%201=1--", "%25s%25n", "complaint-1", "{id}", "*", ">", "a.b", "%E2%80%AE", "0199a3b4",
)  # fmt: skip


@pytest.mark.parametrize("id", IDS)
def test_unknown_ids(attacked: Attacked, id: str) -> None:
    owner = attacked.owner
    for path in (
        f"/audit/complaints/{id}", f"/audit/complaints/{id}/timeline", f"/audit/complaints/{id}?version=1",
        f"/audit/complaints/{id}?position=1", f"/files/{id}",
    ):  # fmt: skip
        says_no(owner.http.get(path), 404)
    says_no(owner.post(f"/intake/complaints/{id}/acknowledge", {"channel": "email"}), 404)
    says_no(owner.post(f"/capa/complaints/{id}/archive", {"retention_until": "2036-01-01"}), 404)
    says_no(
        owner.post(
            f"/sla-watch/complaints/{id}/acknowledge-escalation", {"clock_id": "root_cause/1", "decision": "today"}
        ),
        404,
    )
    says_no(owner.post(f"/sla-watch/calendars/{id}/amend-calendar", {"reason": "x"}), 404)
    says_no(owner.post(f"/intake/people/{id}/grant-role", {"role": "rnd", "site": "sz"}), 404)
    says_no(owner.post(f"/intake/people/{id}/issue-token", {"label": "x"}), 404)
    says_no(owner.http.delete(f"/sla-watch/subscribers/{id}"), 404, 405, 422)


def test_unknown_sites_and_people_are_named(attacked: Attacked) -> None:
    owner = attacked.owner
    says_no(owner.post("/intake/complaints", {**EXAMPLE, "site": "mars"}), 404, field="site", rule="G-SITE")
    says_no(
        owner.post(f"/intake/people/{attacked.outsider.id}/grant-role", {"role": "rnd", "site": "mars"}),
        404,
        field="site",
    )
    body = {"site": "mars", "title": "Mars", "zone": "Mars/Olympus"}
    says_no(owner.post("/intake/sites", body), 422, field="zone")
    says_no(owner.post("/intake/sites", {**body, "zone": "../../etc/passwd"}), 422, field="zone")
    says_no(owner.post("/intake/sites", {**body, "zone": "UTC", "owner": "p-nobody"}), 404, 409, 422, field="owner")
    says_no(owner.post("/intake/sites", {**body, "zone": "UTC", "site": "sz"}), 409, field="site")


@pytest.mark.parametrize(
    "version",
    ['"7', "seven", '"-1"', '"99999999999999999999"', "'7'", '"7", "8"', "W/seven", "\x01", "é", '""', "٧", "²"],
)
def test_an_expected_version_that_cannot_be_read_is_malformed(attacked: Attacked, version: str) -> None:
    answer = _acknowledge(attacked, {"if-match": version})
    if "\x01" not in version:
        says_no(answer, 422, field="If-Match", rule="G-VERSION")
    else:
        says_no(answer, 400)  # control characters: it is not HTTP


def test_a_stale_version_is_out_of_date(attacked: Attacked) -> None:
    for version in ('"0"', '"7"', '"999999999999999"', 'W/"7"'):
        says_no(_acknowledge(attacked, {"if-match": version}), 412, field="If-Match")


@pytest.mark.parametrize("key", ["a" * 129, "a b", "é", "键", "a\tb", ""])
def test_a_command_id_is_printable_and_short(attacked: Attacked, key: str) -> None:
    says_no(_acknowledge(attacked, {"idempotency-key": key}), 422, field="Idempotency-Key", rule="G-IDEMPOTENCY")


@pytest.mark.parametrize("correlation", ["a" * 129, "é", "a b"])
def test_a_correlation_is_printable_and_short(attacked: Attacked, correlation: str) -> None:
    says_no(_acknowledge(attacked, {"casetrail-correlation": correlation}), 422, field="Casetrail-Correlation")


@pytest.mark.parametrize("clock", ["2026-01-01T00:00:00Z", "tomorrow", "é", ""])
def test_nobody_sets_a_real_homes_clock(attacked: Attacked, clock: str) -> None:
    says_no(_acknowledge(attacked, {"casetrail-clock": clock}), 422, field="Casetrail-Clock")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer  x y",
        "Basic YTpi",
        "Bearer é",
        "bearer " + "a" * 8_000,
        "Bearer null",
        f"Token {CANARY}",
        "Bearer a b",
        ",",
    ],
)
def test_tokens_that_nobody_has(attacked: Attacked, authorization: str) -> None:
    with attacked.house.someone("", "x").http as client:
        answer = client.get("/intake/me", headers=[(b"authorization", authorization.encode("latin-1"))])
        says_no(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def _acknowledge(attacked: Attacked, headers: dict[str, str]):
    raw = {name: value.encode("utf-8") for name, value in headers.items()}
    body = {
        "channel": "email",
        "apology": True,
        "case_no_given": True,
        "occurred_at": "9998-12-31T00:00:00Z",
        "backdate_reason": "x",
    }
    # The time lies in the future, so that nothing is recorded even where a header is let pass.
    if "if-match" in headers:
        body = {"channel": "email", "apology": True, "case_no_given": True}
    return attacked.owner.http.post(
        f"/intake/complaints/{attacked.case}/acknowledge",
        json=body,
        headers=[(name.encode(), value) for name, value in raw.items()],
    )
