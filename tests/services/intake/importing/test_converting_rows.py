"""Rows become complaints exactly as the mapping says, or are rejected with column and reason."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.importing.canonical import ImportedComplaint
from services.intake.importing.convert import compile_mapping
from services.intake.importing.mapping import Mapping
from services.intake.importing.table import Reject, Row
from shared.kernel.values import rfc3339

CELLS = {"no": "A-1", "when": "2026-03-17 16:00", "text": " It smokes.\r\nBadly. "}
FIELDS: dict[str, Any] = {
    "external_ref": "no",
    "received_at": {"column": "when", "format": "%Y-%m-%d %H:%M"},
    "description": "text",
    "state": {"constant": "open"},
}


def convert(
    cells: dict[str, str] | None = None,
    maps: dict[str, dict[str, str | int | bool]] | None = None,
    source: dict[str, Any] | None = None,
    **fields: Any,
) -> ImportedComplaint | list[Reject]:
    content = {
        "source": {"name": "test", "zone": "Asia/Shanghai"} | (source or {}),
        "fields": FIELDS | fields,
        "maps": maps or {},
        "extra": {"keep": ["*"]},
    }
    return compile_mapping(Mapping.model_validate(content))(Row(2, CELLS | (cells or {})))


def made(*args: Any, **fields: Any) -> ImportedComplaint:
    complaint = convert(*args, **fields)
    assert isinstance(complaint, ImportedComplaint), complaint
    return complaint


def rejected(*args: Any, **fields: Any) -> list[tuple[str, str, str]]:
    rejects = convert(*args, **fields)
    assert isinstance(rejects, list), rejects
    return [(reject.column, reject.reason, reject.value) for reject in rejects]


def test_times_are_read_in_the_zone_and_kept_in_utc_with_their_precision() -> None:
    complaint = made()
    assert rfc3339(complaint.received_at) == "2026-03-17T08:00:00.000000Z"
    assert complaint.received_precision == "minute"
    assert complaint.description == "It smokes.\nBadly."
    assert (complaint.row, complaint.site) == (2, "main")


@pytest.mark.parametrize(
    ("form", "text", "utc", "precision"),
    [
        ("iso", "2026-03-17T16:00:00.5+02:00", "2026-03-17T14:00:00.500000Z", "second"),
        ("iso", "2026-03-17T16:00+02:00", "2026-03-17T14:00:00.000000Z", "minute"),
        ("iso", "2026-03-17", "2026-03-16T16:00:00.000000Z", "day"),
        (["%Y/%m/%d", "%d.%m.%y"], "17.03.26", "2026-03-16T16:00:00.000000Z", "day"),
        ("%m/%d/%Y %I:%M:%S %p %z", "3/17/2026 4:00:01 PM -0500", "2026-03-17T21:00:01.000000Z", "second"),
    ],
)
def test_formats(form: Any, text: str, utc: str, precision: str) -> None:
    complaint = made({"when": text}, received_at={"column": "when", "format": form})
    assert (rfc3339(complaint.received_at), complaint.received_precision) == (utc, precision)


@pytest.mark.parametrize("text", ["17/03/2026", "2026-02-30 10:00", "2026-03-17", "2026-03-17 16:00:00", "gestern"])
def test_a_time_that_does_not_fit_is_never_guessed(text: str) -> None:
    assert rejected({"when": text}) == [("when", "received_at: does not fit '%Y-%m-%d %H:%M'", text)]


def test_times_outside_the_ledgers_years_are_rejected() -> None:
    ((_, reason, _),) = rejected({"when": "1969-01-01 00:00"})
    assert "1970 to 9998" in reason
    assert rejected({"when": "9999-12-31 23:59"}, source={"zone": "America/New_York"})


def test_a_time_that_the_clocks_skipped_is_rejected_but_its_day_is_not() -> None:
    berlin = {"zone": "Europe/Berlin"}
    ((_, reason, _),) = rejected({"when": "2026-03-29 02:30"}, source=berlin)
    assert "does not exist in Europe/Berlin" in reason
    first = made({"when": "2026-10-25 02:30"}, source=berlin)
    assert rfc3339(first.received_at) == "2026-10-25T00:30:00.000000Z"
    santiago = made(
        {"when": "2019-09-08"},
        source={"zone": "America/Santiago"},
        received_at={"column": "when", "format": "%Y-%m-%d"},
    )
    assert rfc3339(santiago.received_at) == "2019-09-08T04:00:00.000000Z"


def test_a_value_that_no_map_knows_is_rejected_with_its_column() -> None:
    maps = {"ways": {"Tel": "telephone"}}
    channel = {"column": "way", "map": "ways"}
    assert made({"way": "Tel"}, maps, channel=channel).channel == "telephone"
    assert made({"way": " "}, maps, channel=channel).channel == "other"
    assert rejected({"way": "Rohrpost"}, maps, channel=channel) == [
        ("way", "channel: is not in [maps.ways], which has no default", "Rohrpost")
    ]
    assert made({"way": "Rohrpost"}, {"ways": {"*": "post"}}, channel=channel).channel == "post"


def test_all_that_speaks_against_a_row_is_told_at_once() -> None:
    found = rejected(
        {"no": "", "when": "x", "text": " "}, customer_no={"column": "c"}, source={"site": {"column": "s"}}
    )
    assert [(column, reason.partition(":")[0]) for column, reason, _ in found] == [
        ("when", "received_at"),
        ("no", "external_ref"),
        ("s", "site"),
        ("text", "description"),
    ]


def test_texts_are_joined_chosen_matched_split_and_defaulted() -> None:
    complaint = made(
        {"make": "BMW", "model": "", "year": "9999", "type": "X5", "code": "H93,H15,", "vins": "1; 2;;3"},
        product_model={"join": ["make", "model", "year", "type"], "blank": "9999"},
        subcategory={"column": "code", "match": "^([A-Z])([0-9]+)"},
        category={"first": ["model", "year", "make"], "blank": ["9999"]},
        lot_no={"column": "model", "default": "none"},
        serial_nos={"column": "vins", "split": ";"},
    )
    assert complaint.product_model == "BMW X5"
    assert (complaint.category, complaint.subcategory, complaint.lot_no) == ("BMW", "H", "none")
    assert complaint.serial_nos == ("1", "2", "3")


def test_what_does_not_match_is_rejected() -> None:
    assert rejected({"code": "?"}, subcategory={"column": "code", "match": "^[A-Z]"}) == [
        ("code", "subcategory: does not match '^[A-Z]'", "?")
    ]


@pytest.mark.parametrize(
    ("crash", "deaths", "hazard"),
    [("Y", "0", True), ("", "2", True), ("N", "", False), ("N", "0", False), ("", "", None)],
)
def test_any_of_several_columns_makes_a_hazard(crash: str, deaths: str, hazard: bool | None) -> None:
    maps: dict[str, dict[str, str | int | bool]] = {"harm": {"N": False, "0": False, "*": True}}
    any_of = {"any": ["crash", "deaths"], "map": "harm"}
    assert made({"crash": crash, "deaths": deaths}, maps, safety_hazard=any_of).safety_hazard is hazard


def test_ranks_and_flags_are_read_strictly() -> None:
    assert made({"r": "2"}, rank="r").rank == 2
    assert made({"r": "hoch"}, {"g": {"hoch": 1}}, rank={"column": "r", "map": "g"}).rank == 1
    assert rejected({"r": "0"}, rank="r")[0][0] == "r"
    assert made({"f": "Yes"}, safety_hazard="f").safety_hazard is True
    assert (
        rejected({"f": "maybe"}, safety_hazard="f")[0][1] == "safety_hazard: is neither true nor false: give it a map"
    )


def test_rows_without_a_number_get_a_digest_and_twins_are_counted() -> None:
    content = {"source": {"name": "t", "zone": "UTC"}, "fields": FIELDS | {"external_ref": {"digest": ["*"]}}}
    refs: list[list[str]] = []
    for _ in range(2):
        convert = compile_mapping(Mapping.model_validate(content))
        rows = [Row(2, CELLS), Row(3, CELLS | {"text": "other"}), Row(4, dict(reversed(CELLS.items())))]
        refs.append(
            [complaint.external_ref for row in rows if isinstance(complaint := convert(row), ImportedComplaint)]
        )
    assert refs[0] == refs[1]
    first, other, twin = refs[0]
    assert other != first
    assert twin == f"{first}-2"


def test_columns_without_a_field_are_kept_within_bounds() -> None:
    assert made({"colour": " red ", "empty": ""}).extra == {"colour": "red"}
    assert "more than 32000" in rejected({f"c{n}": "x" * 9000 for n in range(4)})[0][1]
    assert rejected({f"c{n}": "x" for n in range(65)})


def test_a_case_cannot_close_before_it_came_nor_while_it_is_open() -> None:
    closed: dict[str, Any] = {
        "state": {"constant": "closed"},
        "closed_at": {"column": "end", "format": "%Y-%m-%d %H:%M"},
    }
    assert made({"end": "2026-03-18 10:00"}, **closed).closed_at
    assert rejected({"end": "2026-03-16 10:00"}, **closed)[0][1] == "closed_at lies before received_at"
    assert rejected({"end": "2026-03-18 10:00"}, **closed | {"state": {"constant": "open"}})


def test_a_complaint_comes_back_from_the_wire_as_it_was() -> None:
    complaint = made(
        {"d": "2026-03-01"}, purchase_date={"column": "d", "format": "%Y-%m-%d"}, serial_nos={"constant": "1"}
    )
    assert ImportedComplaint.model_validate_json(complaint.model_dump_json()) == complaint
    assert ImportedComplaint.model_validate(complaint.model_dump(mode="json")) == complaint
