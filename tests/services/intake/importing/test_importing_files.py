"""An import from file to door: counts, rejects, repetition, interruption."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from services.intake.importing.run import import_file
from services.intake.importing.upload import Declined
from shared.kernel.errors import Invalid, Unavailable
from tests.services.intake.importing.conftest import HEADER, MAPPING, Door, Write


def many(count: int) -> str:
    return HEADER + "".join(f"{n},17.03.2026,Text {n},Brief\n" for n in range(count))


def test_a_dry_run_checks_everything_and_needs_no_server(write: Write, mapping: Path) -> None:
    path = write("a.csv", HEADER + "1,17.03.2026,Kaputt,Brief\n2,2026-03-17,Kaputt,Brief\n3,17.03.2026,=1+1,Taube\n")
    report = import_file(path, mapping, None, dry_run=True)
    assert (report.read, report.valid, report.rejected, report.imported) == (3, 1, 2, 0)
    assert str(report.encoding) == "utf-8 (valid throughout)"
    assert report.rejects
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "column", "reason", "value"],
            ["3", "day", "received_at: does not fit '%d.%m.%Y'", "2026-03-17"],
            ["4", "way", "channel: is not in [maps.ways], which has no default", "Taube"],
        ]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x"])
def test_the_rejects_file_holds_no_formulas(write: Write, value: str) -> None:
    path = write("a.csv", f'{HEADER}1,"{value}",Text,Brief\n')
    report = import_file(path, write("m.toml", MAPPING), None, dry_run=True)
    assert report.rejects
    assert f",'{value}" in report.rejects.read_text("utf-8-sig")


def test_a_rejects_file_of_an_earlier_run_does_not_stay(write: Write, mapping: Path) -> None:
    path = write("a.csv", HEADER + "1,x,Kaputt,Brief\n")
    rejects = import_file(path, mapping, None, dry_run=True).rejects
    assert rejects
    assert rejects.exists()
    write("a.csv", many(1))
    assert import_file(path, mapping, None, dry_run=True).rejects is None
    assert not rejects.exists()


def test_the_second_run_imports_nothing(write: Write, mapping: Path, door: Door) -> None:
    path = write("a.csv", many(1201))
    with door.client() as client:
        first = import_file(path, mapping, client)
        second = import_file(path, mapping, client)
    assert (first.read, first.imported, first.repeated, first.position) == (1201, 1201, 0, 1201)
    assert (second.read, second.imported, second.repeated) == (1201, 0, 1201)
    assert [len(request["rows"]) for request in door.requests] == [500, 500, 201] * 2
    assert door.requests[0]["source"] == "test"
    assert door.requests[0]["live_open_cases"] is False
    assert door.requests[0]["rows"][0] == {
        "row": 2,
        "external_ref": "0",
        "site": "main",
        "received_at": "2026-03-16T23:00:00.000000Z",
        "received_precision": "day",
        "description": "Text 0",
        "channel": "post",
        "state": "closed",
    }
    assert not list(path.parent.glob("*.checkpoint.jsonl"))


def test_an_interrupted_run_goes_on_where_it_stopped(write: Write, mapping: Path, door: Door) -> None:
    path = write("a.csv", HEADER + "x,no day,Text,Brief\n" + many(100).removeprefix(HEADER))
    door.hangs_up_at = 4
    with door.client() as client:
        with pytest.raises(Unavailable, match=r"was lost before row 42 was settled") as caught:
            import_file(path, mapping, client, batch_rows=10)
        assert "goes on where it stopped" in (caught.value.way_out or "")
        del door.requests[:]
        door.hangs_up_at = None
        report = import_file(path, mapping, client, batch_rows=10)
    assert door.requests[0]["rows"][0]["row"] == 33
    assert report.resumed_after == 32
    # The fourth batch was stored and its answer lost: the server knows it again.
    assert (report.read, report.valid, report.rejected, report.imported, report.repeated) == (101, 100, 1, 90, 10)
    assert len(door.known) == 100


@pytest.mark.parametrize("change", ["file", "mapping", "site", "from_start", "ledger"])
def test_a_checkpoint_is_for_the_same_import_only(write: Write, mapping: Path, door: Door, change: str) -> None:
    path = write("a.csv", many(50))
    door.hangs_up_at = 3
    asked: dict[str, Any] = {}
    with door.client() as client:
        with pytest.raises(Unavailable):
            import_file(path, mapping, client, batch_rows=10)
        match change:
            case "file":
                write("a.csv", many(51))
            case "mapping":
                mapping.write_text(MAPPING + "# changed\n")
            case "site":
                asked["site"] = "sz"
            case "ledger":
                asked["ledger"] = "another"
            case _:
                asked["from_start"] = True
        report = import_file(path, mapping, client, batch_rows=10, **asked)
    assert report.resumed_after == 0
    assert report.repeated == 30


def test_a_checkpoint_cut_off_by_a_crash_is_still_of_use(write: Write, mapping: Path, door: Door) -> None:
    path = write("a.csv", many(50))
    door.hangs_up_at = 3
    with door.client() as client:
        with pytest.raises(Unavailable):
            import_file(path, mapping, client, batch_rows=10)
        checkpoint = path.parent / "a.csv.checkpoint.jsonl"
        checkpoint.write_text(checkpoint.read_text()[:-9])
        report = import_file(path, mapping, client, batch_rows=10)
    assert report.resumed_after == 11
    assert (report.imported, report.repeated) == (30, 20)


def test_a_ledger_shorter_than_before_is_noticed(write: Write, mapping: Path, door: Door) -> None:
    path = write("a.csv", many(50))
    door.hangs_up_at = 3
    with door.client() as client:
        with pytest.raises(Unavailable):
            import_file(path, mapping, client, batch_rows=10)
        door.known.clear()
        with pytest.raises(Declined, match="ends at 10; it had come to 20 before") as caught:
            import_file(path, mapping, client, batch_rows=10)
    assert "--from-start" in (caught.value.way_out or "")


def test_what_the_server_rejects_is_in_the_file_too_also_after_going_on(
    write: Write, mapping: Path, door: Door
) -> None:
    rows = "".join(f"{n},17.03.2026,{'refuse' if n in (3, 33) else 'Text'},Brief\n" for n in range(40))
    path = write("a.csv", HEADER + rows)
    door.hangs_up_at = 3
    with door.client() as client:
        with pytest.raises(Unavailable):
            import_file(path, mapping, client, batch_rows=10)
        report = import_file(path, mapping, client, batch_rows=10)
    assert (report.valid, report.rejected, report.reasons) == (40, 2, {"description: too vague": 2})
    assert report.rejects
    lines = report.rejects.read_text("utf-8-sig").splitlines()
    assert lines == ["row,column,reason,value", "5,description,too vague,", "35,description,too vague,"]


def test_a_busy_server_is_waited_for(write: Write, mapping: Path, door: Door) -> None:
    door.answers = [(503, {"Retry-After": "0"}, {}), (429, {"Retry-After": "0"}, {})]
    with door.client() as client:
        assert import_file(write("a.csv", many(3)), mapping, client).imported == 3


def test_a_refusal_is_shown_in_the_servers_words(write: Write, mapping: Path, door: Door) -> None:
    problem = {
        "title": "Unknown site",
        "detail": "there is no site 'main'",
        "field": "site",
        "way_out": "casetrail site add",
    }
    door.answers = [(404, {"Content-Type": "application/problem+json"}, problem)]
    with door.client() as client, pytest.raises(Declined) as caught:
        import_file(write("a.csv", many(3)), mapping, client)
    assert "404 Unknown site: there is no site 'main' (field: site)" in str(caught.value)
    assert caught.value.way_out == "casetrail site add"


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, "<html>hello", "answered with something else"),
        (200, {"imported": 2, "repeated": 0, "rejected": []}, "accounts for 2 of the 3 rows"),
        (500, "oops", "500 oops"),
    ],
)
def test_strange_answers_stop_the_import(
    write: Write, mapping: Path, door: Door, status: int, content: object, said: str
) -> None:
    door.answers = [(status, {}, content)]
    with door.client() as client, pytest.raises(Declined) as caught:
        import_file(write("a.csv", many(3)), mapping, client)
    assert said in str(caught.value)


def test_batches_are_bounded_in_bytes(write: Write, mapping: Path, door: Door) -> None:
    path = write("a.csv", HEADER + "".join(f"{n},17.03.2026,{'漏' * 3000},Brief\n" for n in range(40)))
    with door.client() as client:
        assert import_file(path, mapping, client, batch_bytes=50_000).imported == 40
    assert max(door.sizes) <= 50_000
    assert len(door.requests) == 8


def test_a_site_can_be_given_instead(write: Write, mapping: Path, door: Door) -> None:
    with door.client() as client:
        import_file(write("a.csv", many(1)), mapping, client, site="dresden")
        with pytest.raises(Invalid, match="is not a site code"):
            import_file(write("a.csv", many(1)), mapping, client, site="Dresden!")
    assert door.requests[0]["rows"][0]["site"] == "dresden"


def test_a_column_that_is_not_there_is_said_before_anything_is_sent(write: Write, mapping: Path) -> None:
    with pytest.raises(Invalid, match=r"fields\.description: there is no column 'text'; did you mean 'texte'\?"):
        import_file(write("a.csv", "no,day,texte,way\n"), mapping, None, dry_run=True)
    with pytest.raises(Invalid) as caught:
        import_file(write("a.csv", "no;day;text;way\n"), mapping, None, dry_run=True)
    assert caught.value.way_out == "declare [source] delimiter = ';' in mapping.toml"


def test_json_lines_note_columns_that_never_came(write: Write, mapping: Path) -> None:
    path = write("a.jsonl", '{"no": 1, "day": "17.03.2026", "text": "x"}\n')
    report = import_file(path, mapping, None, dry_run=True)
    assert report.valid == 1
    assert report.notes == ("no record has a 'way', which the mapping reads",)


def test_an_import_without_a_server_says_so(write: Write, mapping: Path) -> None:
    with pytest.raises(Invalid, match="needs a server"):
        import_file(write("a.csv", many(1)), mapping, None)


def test_a_bar_is_shown(write: Write, mapping: Path) -> None:
    screen = Console(file=StringIO(), force_terminal=True, width=120)
    import_file(write("a.csv", many(450)), mapping, None, dry_run=True, console=screen)
    shown = cast("StringIO", screen.file).getvalue()
    assert "a.csv" in shown
    assert "450 rows" in shown
    assert "0 rejected" in shown


def test_a_place_that_cannot_be_written_to_is_named(write: Write, mapping: Path) -> None:
    path = write("a.csv", many(1))
    with pytest.raises(Invalid, match="cannot be made"):
        import_file(path, mapping, None, dry_run=True, beside=path / "in")


def test_a_watcher_is_told(write: Write, mapping: Path) -> None:
    told: list[tuple[int, int, int]] = []

    class Notes:
        def at(self, done: int, size: int, *, rows: int, rejected: int, seconds: float) -> None:
            told.append((done, size, rows))

    path = write("a.csv", many(450))
    import_file(path, mapping, None, dry_run=True, watcher=Notes())
    assert [rows for *_, rows in told] == [200, 400, 450]
    assert told[-1][0] == told[-1][1] == path.stat().st_size
