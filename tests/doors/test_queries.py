"""Query parameters of every kind: 422 naming the parameter, or an answer; never anything else."""

from __future__ import annotations

import pytest

from tests.doors.attacked import CANARY, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")

VALUES = (
    "", "-1", "0", "1.5", "1e400", "NaN", "inf", "9" * 30, "0x10", "１", "٣", "+1", " 1 ", "true", "null", "[]", "%00", "%ff", "%ed%a0%b5",
    "%F0%9F%92%A9", "'%20OR%201=1--", "%25", "_", "a" * 10_000, CANARY, "%0d%0aX:%20y", "2026-02-30T00:00:00Z", "9999-12-31T00:00:00-12:00",
    "0001-01-01T00:00:00%2B12:00", "2026-01-01", "2026-01-01T00:00:00", "W10=", "e30=", "====", "bnVsbA==",
)  # fmt: skip

SHAPED = ("", "1.5", "true", CANARY)
SHAPES = ("{0}={1}&{0}={1}", "{0}[]={1}")
"""Whether a name comes twice or as a list is found out before its value is looked at: a few values of each kind will do."""

HTML = "text/html; charset=utf-8"


def test_every_parameter_with_every_value(attacked: Attacked) -> None:
    asked = 0
    for method, path, operation in attacked.operations():
        if method != "get":
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            name = parameter["name"]
            for value in VALUES:
                if name == "wait" and value in ("1.5", "0x10"):
                    continue
                for query in (f"{name}={value}", *(shape.format(name, value) for shape in SHAPES if value in SHAPED)):
                    answer = attacked.owner.http.get(f"{path}?{query}")
                    asked += 1
                    if answer.status_code == 200:
                        assert answer.headers["content-type"] in ("application/json", "application/x-ndjson", HTML)
                        continue
                    said = says_no(answer, 403, 404, 422)
                    assert answer.status_code != 403 or name == "site", "no role at a site that is not there"
                    if answer.status_code == 422:
                        assert said["field"] == name and said.get("rule"), (path, query, said)
    assert asked > 2_000  # some 40 values for each of the parameters


def test_sizes_have_limits(attacked: Attacked) -> None:
    for path in ("/insight/complaints", "/intake/worklist", "/triage/worklist", "/capa/worklist", "/sla-watch/clocks"):
        for limit in ("0", "-1", "1001", "1e3", "999999999999999999999"):
            says_no(attacked.owner.http.get(f"{path}?limit={limit}"), 422, field="limit")
    says_no(attacked.owner.http.get("/audit/facts?limit=1000001"), 422, field="limit")
    says_no(attacked.owner.http.get("/audit/facts?wait=31"), 422, field="wait")
    says_no(attacked.owner.http.get("/audit/facts?after=-1"), 422, field="after")


def test_a_position_past_the_head_is_refused_at_once(attacked: Attacked) -> None:
    ahead = int(attacked.owner.sees("/audit/head")["position"]) + 1
    for path in (
        "/insight/complaints",
        "/intake/worklist",
        "/sla-watch/clocks",
        f"/audit/complaints/{attacked.case}",
        "/insight/counts",
    ):
        says_no(
            attacked.owner.http.get(f"{path}?after_position={ahead}"), 422, field="after_position", rule="G-POSITION"
        )


def test_only_one_moment_is_asked_for(attacked: Attacked) -> None:
    path = f"/audit/complaints/{attacked.case}"
    says_no(attacked.owner.http.get(f"{path}?version=1&position=7"), 422, rule="G-MOMENT")
    statement = "/capa/sites/sz/cost-statement?from=2026-03-02&to=2026-03-01"
    says_no(attacked.owner.http.get(statement), 422, field="from", rule="G-MOMENT")
    says_no(attacked.owner.http.get(f"{path}?version=999999"), 404, 422)
    says_no(attacked.owner.http.get(f"{path}?as_of=1971-01-01T00:00:00Z"), 404, 422)


def test_unknown_parameters_change_nothing(attacked: Attacked) -> None:
    assert attacked.owner.http.get(f"/intake/me?__proto__=1&{'x' * 5_000}=1").status_code == 200
