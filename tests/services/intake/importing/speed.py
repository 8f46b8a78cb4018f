"""How fast files are read and mapped, in how much memory: `python -m tests.services.intake.importing.speed [ROWS]`."""

from __future__ import annotations

import csv
import json
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import openpyxl  # pyright: ignore[reportMissingTypeStubs]

from services.intake.importing.run import import_file

COLUMNS = ("no", "day", "text", "way", "brand", "model", "serials", "status", "harm", "town")
MAPPING = """
[source]
name = "speed"
zone = "Asia/Shanghai"
[fields]
external_ref = "no"
received_at = { column = "day", format = "%Y-%m-%d %H:%M" }
description = "text"
channel = { column = "way", map = "ways" }
product_model = { join = ["brand", "model"] }
serial_nos = { column = "serials", split = "," }
state = { column = "status", map = "states" }
safety_hazard = { any = ["harm"], map = "harm" }
[maps.ways]
"电话" = "telephone"
[maps.states]
"处理中" = "open"
"*" = "closed"
[maps.harm]
Y = true
N = false
[extra]
keep = ["*"]
"""


def records(count: int) -> Iterator[tuple[str, ...]]:
    """Rows as a service desk would export them."""
    for n in range(count):
        when = f"2026-{n % 12 + 1:02}-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}"
        text = "开机后屏幕花屏，重启无效。\nSecond line, with a comma. " * 3
        yield (str(n), when, text, "电话", "ABC", f"{n % 50}00", f"S{n},T{n}", "处理中", "N", "深圳")


def write_csv(path: Path, count: int) -> None:
    """With texts of several lines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(chain([COLUMNS], records(count)))


def write_json_lines(path: Path, count: int) -> None:
    """One object a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in records(count))


def write_workbook(path: Path, count: int) -> None:
    """One sheet."""
    book: Any = cast("Any", openpyxl).Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in chain([COLUMNS], records(count)):
        sheet.append(row)
    book.save(path)


def main(count: int) -> None:
    """Prints a line for each form."""
    forms: list[tuple[str, Callable[[Path, int], None], int]] = [
        ("a.csv", write_csv, count),
        ("b.csv", write_csv, count * 4),
        ("a.jsonl", write_json_lines, count),
        ("a.xlsx", write_workbook, count // 4),
    ]
    with TemporaryDirectory() as directory:
        mapping = Path(directory) / "m.toml"
        mapping.write_text(MAPPING, encoding="utf-8")
        for name, write, rows in forms:
            path = Path(directory) / name
            write(path, rows)
        for name, _, _ in forms:
            path = Path(directory) / name
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            report = import_file(path, mapping, None, dry_run=True)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert report.valid == report.read
            speed = f"{report.rows_per_second:>9,.0f} rows/s"
            print(
                f"{name:8} {report.read:>9,} rows {path.stat().st_size / 1e6:6.1f} MB {speed}  peak memory +{grown} KB"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
