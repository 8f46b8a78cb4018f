"""Rows of a reference list: the header in English or Chinese, each cell read as the command's own field says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError

from services.intake.importing.table import Reject, Row
from services.intake.reference import COMMAND, RecordCommand, stream_for
from shared.events.labels import EN, ZH
from shared.events.reference import ReferenceList, in_normal_form
from shared.events.words import Category, Department
from shared.kernel.errors import Invalid

L = ReferenceList
_NAMES: dict[str, tuple[str, ...]] = {
    "site": ("plant", "工厂", "工厂代码"),
    "code": ("代码", "编码", "编号"),
    "title": ("name", "title in english", "title_en", "名称", "英文名称"),
    "title_zh": ("title in chinese", "中文名称"),
    "department_code": ("department", "部门代码", "所属部门"),
    "head": ("负责人",),
    "duties": ("职责",),
    "customer_no": ("customer number", "客户编号", "客户代码"),
    "customer_name": ("customer", "name", "客户名称", "客户"),
    "segment": ("客户类别",),
    "language": ("语言",),
    "contract_ref": ("contract", "合同编号", "合同"),
    "natural_person": ("natural person", "自然人"),
    "product_model": ("product model", "model", "产品型号", "型号"),
    "family": ("product family", "产品系列", "系列"),
    "unit_price": ("unit price", "price", "单价"),
    "unit_price_minor": ("单价（分）", "单价(分)"),
    "currency": ("币种", "货币"),
    "safety_relevant": ("safety-relevant", "safety relevant", "涉及安全"),
    "lot_no": ("lot", "lot number", "batch", "批次号", "批号", "批次"),
    "produced_on": ("produced on", "production date", "生产日期"),
    "shipped_quantity": ("quantity shipped", "shipped", "出货数量", "发货数量"),
    "shipped_to": ("shipped to", "发往客户", "出货客户"),
    "category": ("类别", "问题类别"),
}
"""Field → what its column may be called beside its own name; case does not matter."""
_OWN: dict[ReferenceList, dict[str, str]] = {
    L.DEPARTMENTS: {"部门代码": "code", "部门名称": "title", "kind": "department", "部门类别": "department"},
    L.POSTS: {"岗位代码": "code", "岗位名称": "title"},
    L.CUSTOMERS: {},
    L.PRODUCTS: {"产品名称": "title"},
    L.LOTS: {},
    L.FAILURE_CODES: {"故障代码": "code", "故障名称": "title"},
}
"""What a column means in one list alone."""
_CODES = frozenset({"code", "product_model", "lot_no", "department_code", "family"})
_PRICE = ("unit_price", "unit_price_minor", "currency")
_YES, _NO = frozenset({"yes", "y", "true", "1", "是"}), frozenset({"no", "n", "false", "0", "否"})
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]00:00(?::00)?)?")
_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")


class Unfit(ValueError):
    """This cell cannot be taken; the text says why."""


@dataclass
class ReferenceRows:
    """Turns the rows of one file into commands. It remembers what it has met: each thing may stand in a file once."""

    kind: ReferenceList
    columns: Mapping[str, str]
    """Field → the column of the file."""
    site: str | None = None
    _met: dict[str, int] = field(default_factory=dict[str, int])

    def read(self, row: Row) -> bytes | list[Reject]:
        """The row as JSON for the bulk door, or everything that speaks against it."""
        body, rejects = self._body(row)
        if rejects:
            return rejects
        try:
            command: RecordCommand = COMMAND[self.kind].model_validate_json(orjson.dumps(body))
        except ValidationError as error:
            return list(self._faults(row, error))
        stream = stream_for(command)
        first = self._met.setdefault(stream, row.number)
        if first != row.number:
            return [Reject(row.number, "", f"is the same as row {first}: each may stand in a file once")]
        return orjson.dumps({"row": row.number, **body})

    def _body(self, row: Row) -> tuple[dict[str, Any], list[Reject]]:
        body: dict[str, Any] = {} if self.site is None else {"site": self.site}
        rejects: list[Reject] = []
        cells = {name: row.cells[column].strip() for name, column in self.columns.items()}
        for name, text in cells.items():
            if not text or name in _PRICE:
                continue
            try:
                body[name] = _READ.get(name, str)(in_normal_form(text) if name in _CODES else text)
            except Unfit as unfit:
                rejects.append(Reject(row.number, self.columns[name], str(unfit), text[:200]))
        try:
            if (price := _price(cells)) is not None:
                body["unit_price"] = price
        except Unfit as unfit:
            column = next(self.columns[name] for name in _PRICE if cells.get(name))
            rejects.append(Reject(row.number, column, str(unfit), " ".join(cells.get(name, "") for name in _PRICE)))
        return body, rejects

    def _faults(self, row: Row, error: ValidationError) -> Iterator[Reject]:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(fault["loc"][0]) if fault["loc"] else ""
            column = self.columns.get(name, name)
            said = "is missing" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
            yield Reject(row.number, column, said, row.cells.get(column, "")[:200])


def columns_of(kind: ReferenceList, header: tuple[str, ...], site: str | None) -> tuple[dict[str, str], list[str]]:
    """Field → column, and the columns that mean nothing here. Raises Invalid when one that must be there is not."""
    meant, unused, fields = dict[str, str](), list[str](), COMMAND[kind].model_fields
    for column in header:
        name = _meanings(kind).get(column.strip().casefold())
        if name is None or (name == "site" and site is not None):
            unused.append(column)
        elif name in meant:
            raise Invalid(f"{meant[name]!r} and {column!r} both mean {name}", field="FILE", way_out="leave one out")
        else:
            meant[name] = column
    given = {*meant, *(("site",) if site is not None else ())}
    if missing := [name for name, one in fields.items() if one.is_required() and name not in given]:
        wanted = [f"{name} ({', '.join(_NAMES[name][-2:])})" for name in missing]
        way_out = "add them to the header" + (", or say --site" if "site" in missing else "")
        raise Invalid(f"the header names no {'; no '.join(wanted)}", field="FILE", way_out=way_out)
    return meant, unused


@cache
def _meanings(kind: ReferenceList) -> dict[str, str]:
    fields = set(COMMAND[kind].model_fields) - {"occurred_at", "backdate_reason"}
    if kind == L.PRODUCTS:
        fields |= set(_PRICE)
    said = {word: name for name in _NAMES if name in fields for word in _NAMES[name]}
    return {word.casefold(): name for word, name in {**said, **{name: name for name in fields}, **_OWN[kind]}.items()}


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _yes(text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise Unfit("is neither yes nor no")
    return text.casefold() in _YES


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Unfit("is not a whole number")
    return int(text)


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        raise Unfit("is not a day as 2026-03-17 or 2026/3/17")
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"


def _word(vocabulary: type[Category | Department]) -> Callable[[str], str]:
    said = {word.casefold(): code.value for code in vocabulary for word in (code.value, EN[code], ZH[code])}

    def read(text: str) -> str:
        if text.casefold() not in said:
            raise Unfit(f"is none of {', '.join(vocabulary)}")
        return said[text.casefold()]

    return read


def _shipments(text: str) -> list[dict[str, Any]]:
    """`C-1001: 250; C-1002: 150: 2024-03-28`: customer, pieces and, if told, the day."""
    found: list[dict[str, Any]] = []
    for part in filter(None, map(str.strip, re.split("[;；]", text))):
        customer, *more = map(str.strip, re.split("[:：]", part))
        if not 1 <= len(more) <= 2:
            raise Unfit(f"{part!r} is not CUSTOMER: PIECES, nor CUSTOMER: PIECES: DAY")
        found.append({"customer_no": customer, "quantity": _number(more[0])})
        if len(more) == 2:
            found[-1]["shipped_on"] = _day(more[1])
    return found


def _price(cells: Mapping[str, str]) -> dict[str, Any] | None:
    """`12800.00` in `unit_price`, or `1280000` in `unit_price_minor`; never without its currency."""
    plain, minor = cells.get("unit_price"), cells.get("unit_price_minor")
    if not plain and not minor:
        return None
    if not cells.get("currency"):
        raise Unfit("a price needs its currency, in a column of that name")
    if plain and minor:
        raise Unfit("is given twice, in the currency and in its minor unit")
    if minor:
        return {"minor": _number(minor), "currency": cells["currency"]}
    found = _AMOUNT.fullmatch(plain or "")
    if found is None:
        raise Unfit("is not an amount as 12800.00, with a point and at most two digits after it")
    return {"minor": int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")), "currency": cells["currency"]}


_READ: dict[str, Callable[[str], Any]] = {
    "natural_person": _yes,
    "safety_relevant": _yes,
    "shipped_quantity": _number,
    "produced_on": _day,
    "shipped_to": _shipments,
    "category": _word(Category),
    "department": _word(Department),
}
