"""The four example mappings against the real files, with exact counts; skipped where the files are absent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.intake.importing.canonical import ImportedComplaint
from services.intake.importing.convert import compile_mapping
from services.intake.importing.load import load_mapping
from services.intake.importing.rows import open_table
from services.intake.importing.run import import_file
from services.intake.importing.table import Row
from shared.kernel.values import rfc3339
from tests.services.intake.importing.conftest import Door, example, real

FILES = {
    "car-defects-zh": "car-defects-zh.csv",
    "cfpb-2013-2017": "cfpb-2013-2017.latin1.csv",
    "repair-cafe": "repair-cafe.csv",
    "nhtsa-complaints": "nhtsa-complaints.tsv",
}


def complaints(name: str) -> list[ImportedComplaint]:
    mapping = load_mapping(example(name))
    convert = compile_mapping(mapping)
    with open_table(real(FILES[name]), mapping.source) as table:
        made = [convert(row) for row in table.rows if isinstance(row, Row)]
    assert all(isinstance(complaint, ImportedComplaint) for complaint in made)
    return [complaint for complaint in made if isinstance(complaint, ImportedComplaint)]


@pytest.mark.parametrize(
    ("name", "read", "encoding"),
    [
        ("car-defects-zh", 600, "utf-8-sig (byte order mark)"),
        ("cfpb-2013-2017", 3186, "latin-1 (declared)"),
        ("repair-cafe", 23940, "utf-8 (valid throughout)"),
        ("nhtsa-complaints", 101, "utf-8-sig (declared)"),
    ],
)
def test_a_dry_run_takes_every_row(name: str, read: int, encoding: str, tmp_path: Path) -> None:
    report = import_file(real(FILES[name]), example(name), None, dry_run=True, beside=tmp_path)
    assert (report.read, report.valid, report.rejected, report.reasons) == (read, read, 0, {})
    assert str(report.encoding) == encoding
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_a_case_of_its_own_and_the_second_run_imports_none(name: str, door: Door, tmp_path: Path) -> None:
    path = real(FILES[name])
    with door.client() as client:
        first = import_file(path, example(name), client, beside=tmp_path, batch_rows=5000)
        second = import_file(path, example(name), client, beside=tmp_path, batch_rows=5000)
    assert (first.imported, first.repeated, first.rejected) == (first.read, 0, 0)
    assert (second.imported, second.repeated, second.rejected) == (0, first.read, 0)


def test_car_defects() -> None:
    made = complaints("car-defects-zh")
    assert Counter(one.state for one in made) == {"open": 231 + 26, "closed": 286 + 57}
    assert made[0].product_model == "一汽马自达 阿特兹 2020款 2.5L 蓝天运动版"
    assert (made[0].category, made[0].subcategory, made[0].extra["problem"]) == ("hardware_failure", "H93", "H93,H15,")
    assert rfc3339(made[0].received_at) == "2020-06-07T16:00:00.000000Z"
    assert {one.language for one in made} == {"zh"}


def test_finance_complaints() -> None:
    made = complaints("cfpb-2013-2017")
    assert Counter(one.channel.value for one in made) == {
        "web_portal": 2233,
        "other": 533,
        "telephone": 200,
        "post": 168,
        "fax": 52,
    }
    assert Counter(one.state for one in made) == {"closed": 3183, "open": 3}
    assert Counter(one.disposition for one in made) == {None: 3186 - 384 - 216, "solved": 384 + 216}
    assert Counter(one.extra["Timely response?"] for one in made)["No"] == 93
    assert Counter(one.extra.get("Consumer disputed?") for one in made)["Yes"] == 595
    assert sum("-" in one.external_ref for one in made) == 11
    assert made[0].description == "Consumer Loan: Managing the loan or lease"
    assert rfc3339(made[0].received_at) == "2013-07-29T04:00:00.000000Z"


def test_repair_tickets() -> None:
    made = complaints("repair-cafe")
    assert Counter(one.state for one in made) == {"closed": 12409 + 4851 + 232, "open": 6448}
    assert Counter(one.disposition for one in made)["solved"] == 12409
    assert sum(one.description == "(no problem recorded)" for one in made) == 4749
    assert Counter(one.language for one in made)["en"] == 12510 + 456 + 156 + 56 + 30
    assert len({one.subcategory for one in made}) == 40


def test_vehicle_safety_complaints() -> None:
    made = complaints("nhtsa-complaints")
    assert made[0].row == 1
    assert Counter(one.safety_hazard for one in made)[True] == sum(
        "Y" in (one.extra.get("CRASH"), one.extra.get("FIRE"))
        or any(int(one.extra.get(column, "0")) for column in ("INJURED", "DEATHS"))
        for one in made
    )
    assert sum(one.failure_date is not None for one in made) == 95
    assert sum(one.purchase_date is not None for one in made) == 20
    assert sum(len(one.serial_nos) for one in made) == 79
    assert all("9999" not in (one.product_model or "") for one in made)
    assert Counter(one.channel.value for one in made) == {"web_portal": 57, "telephone": 35, "post": 5, "other": 4}
