"""`casetrail sla what-if` against a house that runs: it reads, compares, writes nothing, and records when it is asked to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import tail
from services.cli.app import app
from tests.house import RunningHouse, running_house
from tests.journeys.people import People

MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
STRICT = (
    "meta: {id: draft, version: 1, extends: pack-s1, title: {en: Draft, zh: 草案}}\n"
    "clauses: {CL-RESP: {targets: {all: PT10M}}}\n"
)
TWO_SHIFTS = "calendar: plant-2\nzone: Asia/Shanghai\ncountry: CN\nweekly:\n  mon-sat: 06:00-14:00 14:00-22:00\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """Two complaints at Shenzhen, one answered after an hour and one never; one at Dresden; two months ago."""
    with running_house(tmp_path_factory.mktemp("what-if"), simulated=MONDAY) as house:
        people = People.of(house)
        answered = people.case()
        people.owner.does("/intake/sites", site="dd", title="Dresden", zone="Europe/Berlin")
        anke = house.person("Anke Weber", "customer_service", site="dd")
        anke.does("/intake/complaints", site="dd", channel="email", description="No sound")
        hour_later = {"casetrail_clock": (MONDAY + timedelta(hours=1)).isoformat()}
        path = f"/intake/complaints/{answered.id}"
        assert people.zhou.post(f"{path}/acknowledge", {"channel": "email"}, **hour_later).is_success
        answered.contact()
        people.case()
        people.owner.does("/sla-watch/simulation/advance", to=(MONDAY + timedelta(days=60)).isoformat())
        house.ready()
        yield house


def head(house: RunningHouse) -> int:
    return house.owner.sees("/audit/head")["position"]


def what_if(house: RunningHouse, *words: str, ends: int = 0) -> Result:
    result = CliRunner().invoke(app, ["sla", "what-if", *words, "--home", str(house.home)])
    assert result.exit_code == ends, result.output
    return result


def told(house: RunningHouse, *words: str) -> dict[str, Any]:
    return json.loads(what_if(house, *words, "--json").stdout)


def clause(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["clauses"] if each["clause"] == name)


def test_under_its_own_rules_the_ledger_says_again_what_it_says_and_nothing_is_written(house: RunningHouse) -> None:
    before = head(house)
    found = told(house)
    assert found["cases"] == 3 and found["simulations"][0]["differences"] == [] and found["recorded_as"] is None
    assert found["simulations"][0]["clauses"] == found["recorded"]["clauses"]
    board = {each["clause"]: each for each in house.owner.sees("/sla-watch/compliance")["items"]}
    counted = {each["clause"]: (each["kept"], each["broken"]) for each in found["recorded"]["clauses"]}
    assert counted == {name: (each["met"], each["breached"]) for name, each in board.items()}
    assert sum(broken for _, broken in counted.values()) >= 6 and counted["first_response"] == (1, 2)
    assert head(house) == before


def test_packs_side_by_side_a_draft_among_them(house: RunningHouse, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(STRICT, encoding="utf-8")
    before = head(house)
    found = told(house, "--policy", "pack-s1", "--policy", str(draft), "--site", "sz")
    assert found["sites"] == ["sz"] and found["cases"] == 2 and len(found["simulations"]) == 2
    by_s1, by_draft = found["simulations"]
    assert (clause(by_s1, "first_response")["kept"], clause(by_draft, "first_response")["kept"]) == (1, 0)
    assert [ref["pack"] for ref in by_draft["packs"]] == ["pack-base", "pack-s1", "draft"]
    [moved] = [
        one
        for one in by_draft["differences"]
        if one["clock"] == "first_response/1" and one["recorded"]["result"] == "kept"
    ]
    assert moved["simulated"]["result"] == "broken" and moved["recorded"]["due_at"] > moved["simulated"]["due_at"]

    shown = what_if(house, "--policy", "pack-s1", "--policy", str(draft), "--cases", "--lang", "zh").stdout
    for part in ("实际记录", "pack-s1@1", "draft@1", "首次响应", "无此时限", "SZ-2026-00001"):
        assert part in shown
    assert head(house) == before
    assert [each["pack"] for each in house.owner.sees("/sla-watch/policies")["items"]] == [], "tried, not published"


def test_another_calendar_published_or_in_a_file(house: RunningHouse, tmp_path: Path) -> None:
    shifts = tmp_path / "plant-2.yaml"
    shifts.write_text(TWO_SHIFTS, encoding="utf-8")
    by_shifts = told(house, "--calendar", str(shifts), "--site", "sz")
    assert by_shifts["calendar"]["calendar"] == "plant-2" and by_shifts["calendar"]["digest"]
    closure = next(one for one in by_shifts["simulations"][0]["differences"] if one["clock"] == "closure/1")
    assert closure["simulated"]["due_at"] < closure["recorded"]["due_at"], "Saturdays are worked"
    assert told(house, "--calendar", "sz@1", "--site", "sz")["simulations"][0]["differences"] == [], "its own"
    shown = what_if(house, "--calendar", "always")
    assert "sz is in Asia/Shanghai, but the days of this calendar begin and end as in UTC" in shown.stderr


def test_the_period_is_of_days_on_which_cases_were_received(house: RunningHouse) -> None:
    assert told(house, "--from", "2026-03-02", "--to", "2026-03-03")["cases"] == 3
    assert told(house, "--to", "2026-03-03", "--as-of", "2026-03-02T09:30:00+08:00")["recorded"]["total"]["broken"] == 0
    none = what_if(house, "--from", "2026-03-03", ends=1)
    assert "no case was received from 2026-03-03 on" in none.stderr and "2026-03-02" in none.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policy", "pack-s9"), "pack-s1@1"),
        (("--policy", "pack-s1@7"), "there is no pack 'pack-s1@7'"),
        (("--policy", "overlay-8d-auto"), "PACK+overlay-8d-auto"),
        (("--policy", "pack-s1+pack-s0"), "pack-s0@1 is no overlay"),
        (("--calendar", "mars"), "there is no calendar 'mars'"),
        (("--calendar", "sz@2"), "published: dd@1, sz@1"),
        (("--site", "nj"), "sites: dd, sz"),
        (("--from", "2026-02-30"), "is no day"),
        (("--from", "2026-03-03", "--to", "2026-03-03"), "first day that no longer counts"),
        (("--as-of", "yesterday"), "RFC 3339"),
        (("--record", " "), "says why"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_read(
    house: RunningHouse, words: tuple[str, ...], said: str
) -> None:
    result = what_if(house, *words, ends=2)
    assert said in result.stderr and result.stdout == ""


def test_every_fault_of_a_draft_is_named_with_its_line(house: RunningHouse, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(STRICT.replace("PT10M", "soon") + "nonsense: 1\n", encoding="utf-8")
    result = what_if(house, "--policy", str(draft), ends=2)
    assert f"{draft}:2: " in result.stderr and f"{draft}:3: nonsense" in result.stderr
    assert "casetrail policy check" in result.stderr


def test_an_overlay_lies_over_a_pack(house: RunningHouse) -> None:
    found = told(house, "--policy", "pack-s1+overlay-8d-auto", "--site", "sz")
    assert [ref["pack"] for ref in found["simulations"][0]["packs"]][-1] == "overlay-8d-auto"


def test_it_is_recorded_when_somebody_asks_for_it_and_only_by_who_may(house: RunningHouse) -> None:
    why = "is S1 too strict?"
    words = ("--policy", "pack-s1", "--site", "sz", "--from", "2026-03-01", "--record", why)
    clerk, auditor = house.person("Bo Lin", "customer_service"), house.person("Pia Roth", "auditor")
    before = head(house)
    assert "holds no role that may read this" in what_if(house, *words, "--token", clerk.token, ends=1).stderr
    assert "pack-s1@1" in what_if(house, *words[:-2], "--token", auditor.token).stdout
    refused = what_if(house, *words, "--token", auditor.token, ends=1)
    assert "holds none of the roles owner, quality_head, general_manager" in refused.stderr
    assert "pack-s1@1" in refused.stdout, "what was counted is shown all the same"
    assert head(house) == before
    assert "Recorded as simulation" in what_if(house, *words).stdout
    assert head(house) == before + 1
    fact = json.loads(house.owner.get("/audit/facts", after=before).text)
    assert (fact["type"], fact["site"]) == ("casetrail.simulation.SimulationRecorded", "sz")
    data = fact["data"]
    assert data["reason"] == why and data["case_count"] == 2 and data["received_from"] == "2026-03-01"
    [tried] = data["tried"]
    assert tried["packs"][-1]["pack"] == "pack-s1" and tried["cases_differ"] == 2
    assert {"clause": "first_response", "started": 2, "kept": 1, "broken": 1} in tried["clauses"]


def test_whoever_reads_one_site_sees_that_one_and_all_of_it(
    house: RunningHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of facts that are all of another site does not end the reading."""
    monkeypatch.setattr(tail, "_BATCH", 3)
    quality = house.person("Jan Vogt", "quality_head", site="dd")
    found = told(house, "--token", quality.token)
    assert found["cases"] == 1 and found["recorded"]["total"]["broken"] >= 2
