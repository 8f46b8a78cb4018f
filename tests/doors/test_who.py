"""Who may: nothing without a token, nothing without a role, nothing by cookie; and secrets stay secret."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.doors.attacked import EXAMPLE, OPEN_TO_EVERYONE, Attacked, says_no
from tests.house import ROOT, casetrail, free_port


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.requirement("S4-53")
def test_every_route_without_a_token_is_401(attacked: Attacked) -> None:
    asked = 0
    with httpx.Client(base_url=attacked.house.url) as nobody:
        for method, path, operation in attacked.operations():
            if path in OPEN_TO_EVERYONE:
                assert nobody.request(method, path).status_code == 200
                continue
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("example", {})
            for headers in ({}, {"authorization": "Bearer ct_" + "A" * 43}, {"authorization": "Basic bGk6bmE="}):
                answer = nobody.request(method, path, json=body, headers=headers)
                says_no(answer, 401)
                assert answer.headers["www-authenticate"] == "Bearer"
                asked += 1
    assert asked > 150


@pytest.mark.requirement("S4-53")
def test_whoever_holds_no_role_may_command_nothing(attacked: Attacked) -> None:
    before = attacked.level()
    refused = 0
    for path, example in attacked.command_routes():
        body = {**example, "owner": attacked.outsider.id} if path.endswith(("/assign", "/reassign")) else example
        answer = attacked.outsider.post(path, body)
        if path.endswith(("/imports", "/histories")):  # each row is refused by itself
            rows = answer.json()
            assert (rows["imported"], rows["repeated"]) == (0, 0)
            assert "role" in rows["rejected"][0]["reason"]
            continue
        says_no(answer, 403)
        refused += 1
    for path in attacked.openapi["paths"]:
        if "/rebuild" in path:
            says_no(attacked.outsider.post(path), 403)
    says_no(attacked.outsider.http.delete("/sla-watch/subscribers/nobody"), 403)
    says_no(attacked.outsider.get("/sla-watch/subscribers"), 403)
    assert refused > 40
    assert attacked.recorded() == before


def test_roles_at_one_site_are_nothing_at_another(attacked: Attacked) -> None:
    attacked.owner.post("/intake/sites", {"site": "elsewhere", "title": "Elsewhere", "zone": "Europe/Berlin"})
    stranger = attacked.house.person("Max", "customer_service", "quality_head", site="elsewhere")
    before = attacked.level()
    says_no(stranger.post("/intake/complaints", EXAMPLE), 403)
    says_no(stranger.post(f"/intake/complaints/{attacked.case}/acknowledge", {"channel": "email"}), 403, 422)
    says_no(stranger.post(f"/intake/complaints/{attacked.case}/withdraw", {"reason": "no longer wanted"}), 403)
    says_no(stranger.post(f"/intake/people/{stranger.id}/grant-role", {"role": "owner", "site": "sz"}), 403)
    says_no(stranger.post(f"/intake/people/{stranger.id}/issue-token", {"label": "more"}), 403)
    assert attacked.recorded() == before


def test_the_owner_of_one_site_cannot_become_the_owner_of_another(attacked: Attacked) -> None:
    """A token is all it takes to act as somebody: whoever makes one must already hold what it gives."""
    rival = attacked.house.person("Rival")
    body = {"site": "rivals", "title": "Rival's", "zone": "UTC", "owner": rival.id}
    assert attacked.owner.post("/intake/sites", body).status_code == 201
    me = attacked.owner.sees("/intake/me")["person"]
    before = attacked.level()
    says_no(rival.post(f"/intake/people/{me}/issue-token", {"label": "stolen"}), 403)
    says_no(rival.post(f"/intake/people/{me}/revoke-token", {"token_id": "t1"}), 403)
    assert attacked.recorded() == before
    assert rival.post(f"/intake/people/{rival.id}/issue-token", {"label": "own"}).status_code == 200


def test_a_token_asked_for_twice_with_one_key_is_made_once_and_shown_once(attacked: Attacked):
    path, key = f"/intake/people/{attacked.outsider.id}/issue-token", {"idempotency-key": "once-only"}
    first, again = (attacked.owner.post(path, {"label": "x"}, **key).json() for _ in range(2))
    assert first["events"] == again["events"] and first["token"] and again["token"] is None
    says_no(attacked.owner.post(path, {"label": "y"}, **key), 422)


def test_revoked_and_expired_tokens_are_worth_nothing(attacked: Attacked) -> None:
    leaver = attacked.house.person("Leaver")
    assert leaver.get("/intake/me").status_code == 200
    attacked.owner.does(f"/intake/people/{leaver.id}/revoke-token", token_id="t1")
    says_no(leaver.get("/intake/me"), 401)
    made = attacked.owner.does(
        f"/intake/people/{leaver.id}/issue-token", label="old", expires_at="2020-01-01T00:00:00Z"
    )
    says_no(attacked.house.someone(leaver.id, made["token"]).get("/intake/me"), 401)


@contextmanager
def signed_in_browser(attacked: Attacked) -> Iterator[httpx.Client]:
    url = attacked.owner.does("/console/sign-in-links")["url"]
    # plain HTTP: reading all authorities would take longer than most pages
    with httpx.Client(base_url=attacked.house.url, follow_redirects=False, verify=False) as browser:
        answer = browser.get(url)
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        assert browser.get(url).status_code == 401, "a link works once"
        yield browser


def test_a_cookie_authorises_no_command_and_no_read(attacked: Attacked) -> None:
    before = attacked.level()
    with signed_in_browser(attacked) as browser:
        assert browser.get("/").status_code == 200
        for method, path, operation in attacked.operations():
            if path not in OPEN_TO_EVERYONE:
                content = operation.get("requestBody", {}).get("content", {})
                body = content.get("application/json", {}).get("example", {})
                says_no(browser.request(method, path, json=body), 401)
    assert attacked.recorded() == before


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(attacked: Attacked) -> None:
    with signed_in_browser(attacked) as browser:
        for path in (
            "/",
            "/sla",
            f"/cases/{attacked.case_no}",
            "/cases/nothing",
            "/static/console.css",
            "/sign-in",
            "/nowhere",
        ):
            answer = browser.get(path, headers={"accept": "text/html"})
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy and "http" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            if answer.headers["content-type"].startswith("text/html"):
                assert "<script>" not in answer.text and " style=" not in answer.text and " onclick=" not in answer.text
                assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "=HYPERLINK(1)", "\u202eabc"]
)
def test_what_customers_say_is_text(attacked: Attacked, hostile: str) -> None:
    received = attacked.owner.does(
        "/intake/complaints", **{**EXAMPLE, "description": hostile, "customer_name": hostile, "product_model": hostile}
    )
    attacked.owner.sees("/insight/complaints", after_position=received["position"])
    attacked.house.ready()
    with signed_in_browser(attacked) as browser:
        for path in ("/", f"/cases/{received['case_no']}", "/sla"):
            page = browser.get(path).text
            assert "<script>alert" not in page and "<img src=x" not in page and ">49<" not in page


@pytest.mark.parametrize(
    "path",
    ["/?cursor=x", "/?site=%00", "/?q=%ff", "/?limit=-1", "/?rank=9", "/?lang=xx", "/?stage=%F0%9F%92%A9", "/cases/%00", "/cases/..%2f", "/cases/" + "a" * 9_000,
     "/cases/{case}?position=-1", "/cases/{case}?position=99999999999999999999", "/cases/{case}?position=x", "/sla?due_before=x", "/sla?state=%00",
     "/sign-in?code=%00.%00", "/sign-in?code=" + "a" * 9_000, "/static/%00", "/static/..%2f..%2fpages.py", "/static/" + "a" * 5_000, "/static/../pages.py", "/?cursor=" + "W10" * 3_000],
)  # fmt: skip
def test_pages_answer_every_address(attacked: Attacked, path: str) -> None:
    with signed_in_browser(attacked) as browser:
        answer = browser.get(path.replace("{case}", attacked.case_no))
        assert answer.status_code < 500, answer.text[:300]
        assert "def pages" not in answer.text


def test_everything_in_a_home_is_its_owners_alone(attacked: Attacked) -> None:
    open_to_others = [
        f"{stat.filemode(path.stat().st_mode)} {path.relative_to(attacked.house.home)}"
        for path in [attacked.house.home, *attacked.house.home.rglob("*")]
        if path.exists() and path.stat().st_mode & 0o077
    ]
    assert not open_to_others


def test_tokens_are_in_no_log_no_fact_and_no_file_but_the_owners(attacked: Attacked) -> None:
    made = attacked.owner.does(f"/intake/people/{attacked.outsider.id}/issue-token", label="seen nowhere")
    secrets = [made["token"], attacked.outsider.token, attacked.owner.token]
    attacked.house.ready()
    facts = attacked.owner.get("/audit/facts", limit=100_000).text
    assert made["token_id"] in facts and not any(secret in facts for secret in secrets)
    looked_at = 0
    for path in attacked.house.home.rglob("*"):
        if path.is_file() and path.name != "admin.token":
            kept = path.read_bytes()
            looked_at += 1
            assert not any(secret.encode() in kept for secret in secrets), path
    assert looked_at > 20


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_listening_beyond_loopback_must_be_asked_for(tmp_path: Path, host: str) -> None:
    words = [*casetrail("up"), "--home", str(tmp_path / "home"), "--host", host, "--port", str(free_port())]
    ended = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
    )
    assert ended.returncode == 1
    assert "--expose" in ended.stdout + ended.stderr
    assert not (tmp_path / "home").exists()
