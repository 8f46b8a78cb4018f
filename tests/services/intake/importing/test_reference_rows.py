"""Lists from files: the header in either language, every cell read as its field says, every bad one named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.intake.importing.reference_rows import columns_of
from services.intake.importing.reference_run import ReferenceReport, import_reference
from services.intake.reference import COMMAND
from shared.events.reference import ReferenceList
from shared.kernel.errors import Invalid
from tests.house import ROOT

L = ReferenceList


def checked(tmp_path: Path, kind: ReferenceList, text: str, encoding: str = "utf-8", **how: Any) -> ReferenceReport:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return import_reference(path, kind, None, dry_run=True, **how)


def reasons(report: ReferenceReport) -> list[tuple[int, str, str]]:
    return [(reject.row, reject.column, reject.reason) for reject in report.first]


# ── the header ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "header", "fields"),
    [
        (L.LOTS, "product_model,lot_no,site,shipped_to", "product_model lot_no site shipped_to"),
        (L.LOTS, "产品型号,批次号,工厂,生产日期,出货数量,发往客户",
         "product_model lot_no site produced_on shipped_quantity shipped_to"),
        (L.LOTS, "Model,Batch,Plant,Production date", "product_model lot_no site produced_on"),
        (L.CUSTOMERS, "客户编号,客户名称,合同编号,自然人", "customer_no customer_name contract_ref natural_person"),
        (L.CUSTOMERS, "Customer number,Name", "customer_no customer_name"),
        (L.DEPARTMENTS, "工厂,部门代码,部门名称,负责人", "site code title head"),
        (L.POSTS, "工厂,岗位代码,岗位名称,部门代码", "site code title department_code"),
        (L.FAILURE_CODES, "故障代码,类别,故障名称", "code category title"),
        (L.PRODUCTS, "型号,产品名称,单价,币种,系列", "product_model title unit_price currency family"),
    ],
)  # fmt: skip
def test_a_header_may_be_in_either_language(kind: ReferenceList, header: str, fields: str):
    meant, unused = columns_of(kind, tuple(header.split(",")), None)
    assert list(meant) == fields.split() and unused == []


@pytest.mark.parametrize("kind", ReferenceList)
def test_every_field_can_be_named_by_its_own_name(kind: ReferenceList):
    fields = [name for name in COMMAND[kind].model_fields if name not in ("occurred_at", "backdate_reason")]
    assert list(columns_of(kind, tuple(fields), None)[0]) == fields


def test_a_header_that_lacks_what_must_be_there_is_refused_with_the_names():
    with pytest.raises(Invalid) as said:
        columns_of(L.LOTS, ("批次号", "数量"), None)
    assert "product_model" in said.value.detail and "site" in said.value.detail
    assert "--site" in (said.value.way_out or "")


def test_two_columns_of_one_meaning_are_refused():
    with pytest.raises(Invalid, match="both mean lot_no"):
        columns_of(L.LOTS, ("批号", "lot_no", "型号", "site"), None)


def test_a_column_that_means_nothing_is_told(tmp_path: Path):
    assert checked(tmp_path, L.CUSTOMERS, "客户编号,客户名称,税号\nC-1,甲,9\n").unused == ["税号"]


def test_the_site_may_be_said_beside_the_file(tmp_path: Path):
    report = checked(tmp_path, L.LOTS, "批次号,产品型号\n1,A1\n", site="sz")
    assert (report.valid, report.rejected) == (1, 0)


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kind", "header", "row", "column", "reason"),
    [
        (L.LOTS, "批次号,产品型号,工厂,生产日期", "1,A1,sz,15.03.2024", "生产日期", "is not a day"),
        (L.LOTS, "批次号,产品型号,工厂,生产日期", "1,A1,sz,2024-13-01", "生产日期", "month must be in 1..12"),
        (L.LOTS, "批次号,产品型号,工厂,出货数量", "1,A1,sz,1.5", "出货数量", "is not a whole number"),
        (L.LOTS, "批次号,产品型号,工厂,发往客户", "1,A1,sz,C-1", "发往客户", "is not CUSTOMER: PIECES"),
        (L.LOTS, "批次号,产品型号,工厂,发往客户", "1,A1,sz,C-1: many", "发往客户", "is not a whole number"),
        (L.LOTS, "批次号,产品型号,工厂", ",A1,sz", "批次号", "is missing"),
        (L.LOTS, "批次号,产品型号,工厂", "1,A1,深圳", "工厂", "should match pattern"),
        (L.CUSTOMERS, "客户编号,客户名称", "甲一,甲", "客户编号", "should match pattern"),
        (L.CUSTOMERS, "客户编号,客户名称,自然人", "C-1,甲,可能", "自然人", "is neither yes nor no"),
        (L.PRODUCTS, "型号,名称,单价", "A1,耳机,399", "单价", "needs its currency"),
        (L.PRODUCTS, "型号,名称,单价,币种", 'A1,耳机,"399,00",CNY', "单价", "with a point"),
        (L.PRODUCTS, "型号,名称,单价,币种", "A1,耳机,399.001,CNY", "单价", "with a point"),
        (L.FAILURE_CODES, "代码,类别,名称", "D1,坏了,花屏", "类别", "is none of"),
    ],
)
def test_what_does_not_fit_is_named_by_row_and_column(
    tmp_path: Path, kind: ReferenceList, header: str, row: str, column: str, reason: str
):
    report = checked(tmp_path, kind, f"{header}\n{row}\n")
    [(number, where, why)] = reasons(report)
    assert (number, where) == (2, column) and reason in why
    assert report.rejects is not None and column in report.rejects.read_text(encoding="utf-8-sig")


def test_a_bad_row_spares_its_neighbours(tmp_path: Path):
    report = checked(tmp_path, L.LOTS, "批次号,产品型号,工厂\n1,A1,sz\n,A1,sz\n3,A1,sz\n")
    assert (report.read, report.valid, report.rejected) == (3, 2, 1)


def test_each_thing_stands_in_a_file_once(tmp_path: Path):
    report = checked(tmp_path, L.LOTS, "批次号,产品型号,工厂\n1,A1,sz\n1,A2,sz\n 1 ,A1,sz\n")
    assert [(row, why.split(":")[0]) for row, _, why in reasons(report)] == [(4, "is the same as row 2")]


def body_of(tmp_path: Path, kind: ReferenceList, header: str, row: str) -> dict[str, Any]:
    from services.intake.importing.reference_rows import ReferenceRows
    from services.intake.importing.table import Row

    names = tuple(header.split(","))
    meant, _ = columns_of(kind, names, None)
    made = ReferenceRows(kind, meant).read(Row(2, dict(zip(names, row.split(","), strict=True))))
    assert isinstance(made, bytes), made
    return json.loads(made)


@pytest.mark.parametrize(("said", "minor"), [("399", 39_900), ("399.5", 39_950), ("399.05", 39_905), ("0", 0)])
def test_prices_become_minor_units(tmp_path: Path, said: str, minor: int):
    body = body_of(tmp_path, L.PRODUCTS, "型号,名称,单价,币种", f"A1,耳机,{said},CNY")
    assert body["unit_price"] == {"minor": minor, "currency": "CNY"}


def test_a_price_may_be_given_in_minor_units(tmp_path: Path):
    body = body_of(tmp_path, L.PRODUCTS, "型号,名称,unit_price_minor,币种", "A1,耳机,39900,CNY")
    assert body["unit_price"] == {"minor": 39_900, "currency": "CNY"}


def test_shipments_may_have_days_and_chinese_punctuation(tmp_path: Path):
    body = body_of(tmp_path, L.LOTS, "批次号,型号,工厂,发往客户", "1,A1,sz,C-1：250：2024/3/28； C-2: 150;")
    assert body["shipped_to"] == [
        {"customer_no": "C-1", "quantity": 250, "shipped_on": "2024-03-28"}, {"customer_no": "C-2", "quantity": 150},
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["hardware_failure", "Hardware failure", "硬件故障"])
def test_words_may_be_given_as_codes_or_in_either_language(tmp_path: Path, said: str):
    assert body_of(tmp_path, L.FAILURE_CODES, "代码,类别,名称", f"D1,{said},花屏")["category"] == "hardware_failure"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_files_come_in_any_encoding(tmp_path: Path, encoding: str):
    text = "客户编号,客户名称\n" + "".join(f"C-{n},星海科技有限公司深圳分公司\n" for n in range(20))
    report = checked(tmp_path, L.CUSTOMERS, text, encoding)
    assert (report.valid, report.rejected) == (20, 0)


def test_an_encoding_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(Invalid):
        checked(tmp_path, L.CUSTOMERS, "客户编号,客户名称\n", encoding="utf-8", delimiter=";;")


@pytest.mark.parametrize("kind", ReferenceList)
def test_the_examples_can_be_recorded(kind: ReferenceList, tmp_path: Path):
    path = ROOT / "examples/reference" / f"{kind}.csv"
    report = import_reference(path, kind, None, dry_run=True, beside=tmp_path)
    assert report.rejected == 0, reasons(report)
    assert report.valid > 4 and report.unused == []
