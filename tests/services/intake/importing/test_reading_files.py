"""Files of every form and encoding are read as people wrote them, or say why not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import openpyxl  # pyright: ignore[reportMissingTypeStubs]
import pytest

from services.intake.importing.mapping import Source
from services.intake.importing.rows import open_table
from services.intake.importing.table import Reject, Row
from shared.kernel.errors import Invalid, Unknown
from tests.services.intake.importing.conftest import Write

CHINESE = "编号,描述\n1,发动机异响严重\n2,变速箱顿挫并且漏油\n"
FRENCH = "no,texte\n1,Le téléphone ne s'allume plus après la mise à jour\n2,Écran fêlé à la réception\n"


def read(path: Path, **source: Any) -> list[Row | Reject]:
    with open_table(path, Source(name="test", **source)) as table:
        return list(table.rows)


def cells(path: Path, **source: Any) -> list[tuple[int, list[str]]]:
    found = read(path, **source)
    assert all(isinstance(item, Row) for item in found), found
    return [(item.number, list(item.cells.values())) for item in found if isinstance(item, Row)]


def rejects(path: Path, **source: Any) -> list[Reject]:
    return [item for item in read(path, **source) if isinstance(item, Reject)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_chinese_is_detected(write: Write, encoding: str) -> None:
    path = write("a.csv", CHINESE.encode(encoding))
    assert cells(path)[0] == (2, ["1", "发动机异响严重"])
    with open_table(path, Source(name="test")) as table:
        assert table.columns == ("编号", "描述")
        assert table.encoding
        assert table.encoding.how != "declared"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16", "utf-16-be"])
def test_chinese_is_read_as_declared(write: Write, encoding: str) -> None:
    assert cells(write("a.csv", CHINESE.encode(encoding)), encoding=encoding)[1] == (3, ["2", "变速箱顿挫并且漏油"])


def test_western_text_is_detected_and_said_to_be(write: Write) -> None:
    path = write("a.csv", FRENCH.encode("latin-1"))
    assert cells(path)[1][1][1] == "Écran fêlé à la réception"
    with open_table(path, Source(name="test")) as table:
        assert str(table.encoding) == "cp1252 (detected)"


def test_a_mark_is_no_part_of_the_first_name_even_when_utf8_is_declared(write: Write) -> None:
    with open_table(write("a.csv", CHINESE.encode("utf-8-sig")), Source(name="t", encoding="UTF-8")) as table:
        assert table.columns == ("编号", "描述")


def test_an_undecodable_byte_costs_its_row_only(write: Write) -> None:
    (reject,) = rejects(write("a.csv", b"no,text\n1,caf\xe9\n2,tea\n"), encoding="utf-8")
    assert (reject.row, reject.column) == (2, "text")
    assert "byte 0xE9 is not utf-8" in reject.reason
    assert "encoding =" in reject.reason


def test_where_no_row_can_be_told_apart_the_error_names_the_offset_and_the_way_out(write: Write) -> None:
    with pytest.raises(Invalid, match="byte at offset 20 is not utf-16-le") as caught:
        read(write("a.csv", "no,text\n1,".encode("utf-16-le") + b"\x00\xdcx\x00"), encoding="utf-16-le")
    assert "[source] encoding" in (caught.value.way_out or "")


def test_texts_of_several_lines_are_one_row(write: Write) -> None:
    path = write("a.csv", 'no,text\r\n1,"two\nlines, and ""quotes"""\r\n\r\n2,b\r\n')
    assert cells(path) == [(2, ["1", 'two\nlines, and "quotes"']), (4, ["2", "b"])]


def test_ragged_rows_are_rejected(write: Write) -> None:
    path = write("a.csv", "no,text\n1\n2,b\n3,c,d\n")
    assert [(item.row, item.reason) for item in rejects(path)] == [
        (2, "has 1 values where there are 2 columns"),
        (4, "has 3 values where there are 2 columns"),
    ]


def test_a_quote_that_is_never_closed_is_named(write: Write) -> None:
    (reject,) = rejects(write("a.csv", 'no,text\n1,a\n2,"b\n3,c\n4,d\n'))
    assert reject.row == 3
    assert "lines 3 to 5" in reject.reason
    assert 'quotechar = ""' in reject.reason


def test_quotes_can_be_plain_text(write: Write) -> None:
    assert cells(write("a.tsv", 'no\ttext\n1\t"5"\n'), quotechar="") == [(2, ["1", '"5"'])]


def test_nul_and_half_surrogates_are_rejected(write: Write) -> None:
    (nul,) = rejects(write("a.csv", "no,text\n1,a\0b\n2,c\n"))
    assert (nul.row, nul.column, nul.reason) == (2, "text", "contains a NUL character")
    (half,) = rejects(write("b.jsonl", '{"text": "a\\ud800"}\n{"text": "\\ud83d\\ude00"}\n'))
    assert (half.row, half.reason) == (1, "contains half of a surrogate pair")


def test_a_field_beyond_a_megabyte_is_rejected(write: Write) -> None:
    (reject,) = rejects(write("a.csv", f"no,text\n1,{'x' * 1_000_001}\n2,b\n"))
    assert reject.row == 2
    assert cells(write("b.csv", f"no,text\n1,{'x' * 999_999}\n"))[0][0] == 2


def test_a_file_that_is_one_endless_line_is_refused(write: Write) -> None:
    with pytest.raises(Invalid, match="longer than 4000000 characters"):
        read(write("a.csv", "no,text\n" + "x" * 4_000_001))


def test_a_file_without_header_begins_with_row_one(write: Write) -> None:
    assert cells(write("a.csv", "1,a\n"), columns=["no", "text"]) == [(1, ["1", "a"])]


def test_headers_must_be_unambiguous(write: Write) -> None:
    with pytest.raises(Invalid, match="several columns are called 'a'"):
        read(write("a.csv", "a,b,a\n1,2,3\n"))
    with pytest.raises(Invalid, match="first row is empty"):
        read(write("b.csv", ""))


def test_unknown_forms_say_the_way_out(write: Write, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"files ending in \.dat"):
        read(write("a.dat", "a;b\n"))
    assert cells(write("a.dat", "a;b\n1;2\n"), delimiter=";") == [(2, ["1", "2"])]
    with pytest.raises(Unknown):
        read(tmp_path)


def test_json_lines_keep_numbers_as_they_are_written(write: Write) -> None:
    record = '{"no": 12345678901234567890, "v": 1.10, "ok": true, "none": null, "serials": ["a", 2]}'
    assert cells(write("a.jsonl", record + "\n\n")) == [(1, ["12345678901234567890", "1.10", "true", "", "a,2"])]


def test_json_lines_that_are_no_flat_objects_are_rejected(write: Write) -> None:
    lines = ["[1]", "{", '{"a": {"b": 1}}', "[" * 100_000, json.dumps({"a": "fine"})]
    assert [item.row for item in rejects(write("a.jsonl", "\n".join(lines)))] == [1, 2, 3, 4]


def workbook(path: Path, rows: list[list[object]], sheet: str = "Cases") -> Path:
    book: Any = cast("Any", openpyxl).Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.create_sheet("Other")
    book.save(path)
    return path


def test_spreadsheets_read_as_they_are_seen(tmp_path: Path) -> None:
    when = datetime(2026, 3, 17, 16, 5)  # noqa: DTZ001 - a cell knows no zone
    path = workbook(tmp_path / "a.xlsx", [["no", "when", "text"], [7, when, "漏油"], [], [8.0, None, 1.5], ["9"]])
    assert cells(path) == [
        (2, ["7", "2026-03-17 16:05:00", "漏油"]),
        (4, ["8", "", "1.5"]),
        (5, ["9", "", ""]),
    ]


def test_a_sheet_is_taken_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["no"], [1]])
    assert cells(path, sheet="Cases") == [(2, ["1"])]
    with pytest.raises(Invalid, match="has no sheet 'Nope'") as caught:
        read(path, sheet="Nope")
    assert "Cases, Other" in (caught.value.way_out or "")


def test_a_spreadsheet_that_was_damaged_on_its_way_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["no", "text"], *[[n, f"text {n}"] for n in range(2000)]])
    whole = path.read_bytes()
    at = whole.index(b"xl/worksheets/sheet1.xml") + 400
    path.write_bytes(whole[:at] + b"\0" * 400 + whole[at + 400 :])
    with pytest.raises(Invalid, match=r"a\.xlsx is (broken|not a readable)"):
        read(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match="not a readable workbook"):
        read(path)


def test_what_only_calls_itself_a_spreadsheet_is_refused(write: Write) -> None:
    with pytest.raises(Invalid, match="not a readable workbook"):
        read(write("a.xlsx", "no,text\n"))
