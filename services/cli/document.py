"""Printing: what can be printed of a case, one document as a file, and whether a kept page still matches its facts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli import show
from services.cli.connection import Connection, connected, in_path
from services.cli.look import AsJson, Case


@connected
def document(
    house: Connection,
    case: Case,
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[DOCUMENT]",
            help="8d, report/rp1, replacement/x1 or stocktake/t1; without it, what there is.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="As of its version N.", show_default=False)] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="en|zh", help="Of its headings; a report is told in its own language.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here; else to standard output.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Make the kept page of a report again, and compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a case: its 8D report, a report, a replacement request or a stock-take record, as a page for any browser."""
    documents = f"/audit/complaints/{in_path(case)}/documents"
    if which is None:
        _list(house, documents, lang, as_json)
        return
    kind, _, part = which.partition("/")
    path = f"{documents}/{in_path(kind)}" + (f"/{in_path(part)}" if part else "")
    if check:
        _check(house, path, as_json)
        return
    page = house.bytes(path, version=version, language=lang)
    if out is None:
        sys.stdout.buffer.write(page)
        return
    try:
        out.write_bytes(page)
    except OSError as error:
        raise show.typed_wrongly(f"{out} cannot be written ({error.strerror})", field="--out") from None
    show.remark(f"{len(page):,} bytes in {out}; open it in a browser to print it")


def _list(house: Connection, path: str, language: str | None, as_json: bool) -> None:
    answer = house.get(path, language=language)
    if as_json:
        show.as_json(answer)
        return
    rows = [("/".join(filter(None, (item["kind"], item["part"]))), item["title"]) for item in answer["items"]]
    show.table(("document", "title"), rows, empty="Nothing can be printed.")


def _check(house: Connection, path: str, as_json: bool) -> None:
    found = house.get(f"{path}/check")
    if as_json:
        show.as_json(found)
    else:
        show.line(f"drafted as of version {found['as_of_version']}, SHA-256 {found['sha256']}")
        kept = "is kept as it was" if found["kept"] else "is NOT kept as it was"
        same = (
            "the facts give the same page" if found["same"] else f"the facts give ANOTHER page, {found['made_again']}"
        )
        show.line(f"the page {kept}; {same}", style=None if found["kept"] and found["same"] else "red")
    if not (found["kept"] and found["same"]):
        raise typer.Exit(1)
