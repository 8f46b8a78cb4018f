"""A log from file to door: cases put together, counts, rejects, repetition, interruption."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from shared.kernel.errors import Invalid, Unavailable
from tests.services.intake.importing.conftest import Door
from tests.services.intake.importing.history.conftest import HEADER, MAPPING, Run


def cases(*tickets: str) -> str:
    """Three rows for each, those of all cases mixed, as logs are."""
    rows = [("Opened", "09:00"), ("Called back", "10:00"), ("Spoke", "11:00")]
    return HEADER + "".join(
        f"{ticket},{what},2026-01-05 {at},agent 7,flickers,P3,,\n" for what, at in rows for ticket in tickets
    )


def rejects(tmp_path: Path) -> list[list[str]]:
    with (tmp_path / "log.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_rows_of_mixed_cases_are_put_together(run: Run) -> None:
    report = run(cases("17", "18", "19"))
    assert (report.rows, report.cases, report.valid, report.told, report.rejected) == (9, 3, 3, 12, 0)
    assert report.events == {"Received": 3, "Classified": 3, "Acknowledged": 3, "CustomerContacted": 3}
    assert report.log_until and f"{report.log_until:%Y-%m-%d %H:%M}" == "2026-01-05 10:00"


def test_one_bad_row_rejects_its_case_and_no_other(run: Run, tmp_path: Path) -> None:
    report = run(cases("17", "18") + "17,Closed,2026-01-05 10:30,,,P3,,\n")
    assert (report.valid, report.rejected) == (1, 1)
    ((number, column, reason, _),) = rejects(tmp_path)
    assert (number, column) == ("8", "when")
    assert reason.startswith("case 17: time: goes back to 2026-01-05T09:30:00Z, when row 6 of this case")


def test_lenient_marks_what_strict_rejects(run: Run, tmp_path: Path) -> None:
    body = cases("17") + "17,Closed,2026-01-06 09:00,,,P3,,\n17,Danced,2026-01-07 09:00,,,P3,,\n"
    lenient = run(body)
    assert (lenient.valid, lenient.rejected, lenient.deviating) == (1, 0, 1)
    assert lenient.deviations == {"G-STAGE": 1, "G-ACTIVITY": 1} and lenient.rejects is None
    strict = run(body, strict=True)
    assert (strict.valid, strict.rejected, strict.told) == (0, 1, 0)
    assert [(row, reason) for row, _, reason, _ in rejects(tmp_path)] == [
        ("5", "case 17: G-STAGE: Closed while the case is received"),
        ("6", "case 17: G-ACTIVITY: Danced is only noted"),
    ]


@pytest.mark.parametrize(
    "bad", ["17,Spoke\n", ",Spoke,2026-01-05 12:00,,flickers,P3,,\n"], ids=["ragged", "of no case"]
)
def test_rows_of_which_nobody_knows_the_case_stop_everything(run: Run, door: Door, tmp_path: Path, bad: str) -> None:
    dry = run(cases("17") + bad)
    assert (dry.unreadable, dry.valid) == (1, 1)
    with door.client() as client, pytest.raises(Invalid) as no:
        run(cases("17") + bad, client=client)
    assert "nothing was sent" in no.value.detail and door.requests == []
    assert rejects(tmp_path)[0][0] == "5"


def test_a_column_that_is_not_there_is_named(run: Run) -> None:
    with pytest.raises(Invalid) as no:
        run(cases("17"), mapping=MAPPING.replace('case = "ticket"', 'case = "tickets"'))
    assert "log.case: there is no column 'tickets'; did you mean 'ticket'?" in no.value.detail


def test_the_second_run_imports_nothing(run: Run, door: Door, tmp_path: Path) -> None:
    body = cases(*map(str, range(250)))
    with door.client() as client:
        first, second = run(body, client=client), run(body, client=client)
    assert (first.imported, first.repeated, first.told) == (250, 0, 1_000)
    assert (second.imported, second.repeated) == (0, 250)
    assert [len(one["rows"]) for one in door.requests] == [100, 100, 50] * 2
    sent = door.requests[0]
    assert (sent["source"], sent["mode"], sent["log_until"]) == ("old-desk", "lenient", "2026-01-05T10:00:00.000000Z")
    assert sent["rows"][0]["steps"][2] == {
        "row": 252, "at": "2026-01-05T09:00:00.000000Z", "event": "Acknowledged", "fields": {"channel": "telephone"},
        "by": "agent 7",
    }  # fmt: skip
    assert not list(tmp_path.glob("*.checkpoint.jsonl"))


def test_an_interrupted_run_goes_on_where_it_stopped(run: Run, door: Door, tmp_path: Path) -> None:
    body = cases(*map(str, range(20))) + "3,Closed,2026-01-04 09:00,,,P3,,\n"
    door.hangs_up_at = 3
    with door.client() as client:
        with pytest.raises(Unavailable):
            run(body, client=client, batch_cases=5)
        assert list(tmp_path.glob("*.checkpoint.jsonl"))
        report = run(body, client=client, batch_cases=5)
    assert report.resumed_after > 0
    assert (report.cases, report.valid, report.rejected) == (20, 19, 1)
    assert report.imported + report.repeated == 19 and len(door.known) == 19
    assert len(rejects(tmp_path)) == 1
    again = [row["case"] for one in door.requests[3:] for row in one["rows"]]
    assert len(again) == len(set(again)) < 19, "what was settled is not sent again"


def test_another_mode_is_another_import(run: Run, door: Door) -> None:
    """A checkpoint of the one says nothing about the other."""
    door.hangs_up_at = 2
    with door.client() as client:
        with pytest.raises(Unavailable):
            run(cases(*map(str, range(20))), client=client, batch_cases=5)
        assert run(cases(*map(str, range(20))), client=client, batch_cases=5, strict=True).resumed_after == 0
