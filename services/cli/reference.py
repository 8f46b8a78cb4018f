"""Reference data: departments, posts, customers, products, lots and failure codes, from files and to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from services.cli import show
from services.cli.connection import Connection, HomeOption, ServerOption, TokenOption, connected, found, in_path
from services.cli.look import AsJson, Lang, Limit, Site

if TYPE_CHECKING:
    from services.intake.importing.reference_run import ReferenceReport
    from shared.events.reference import ReferenceList

_LISTS = "departments, posts, customers, products, lots or failure-codes"
List = Annotated[str, typer.Argument(metavar="LIST", help=f"One of {_LISTS}.", show_default=False)]
Code = Annotated[str, typer.Argument(metavar="CODE", help="As it is called in the list.", show_default=False)]
OfProduct = Annotated[
    str | None,
    typer.Option("--product", metavar="MODEL", help="Of a lot: its product, where several share the number.", show_default=False),
]  # fmt: skip


def import_(
    kind: List,
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV or XLSX with a header.", exists=True, dir_okay=False, show_default=False)
    ],
    site: Annotated[
        str | None, typer.Option(help="The site of all rows, if no column says it.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check; needs no server.")] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Of the file, if it is not found out rightly.", show_default=False)
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between the columns, if it is no comma.", show_default=False)
    ] = None,
    batch_rows: Annotated[int, typer.Option(min=1, max=2000, help="Rows sent at once.")] = 500,
    as_json: AsJson = False,
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Record a list from a file; its header may be in English or Chinese.

    Run again, it changes nothing; what differs becomes a new version. What does not fit is written to
    FILE.rejects.csv with row, column and reason. Exit code 1 when rows were rejected.
    """
    from services.intake.importing.reference_run import import_reference

    with show.problems_shown():
        wanted = _list(kind)
        house = None if dry_run else found(home, server, token)
        report = import_reference(
            file, wanted, house.client if house else None, site=site, dry_run=dry_run, encoding=encoding,
            delimiter=delimiter, batch_rows=batch_rows, console=show.err() if show.err().is_terminal else None,
        )  # fmt: skip
    _report(report, as_json)
    if report.rejected:
        raise typer.Exit(1)


def _report(report: ReferenceReport, as_json: bool) -> None:
    if as_json:
        counts = {name: getattr(report, name) for name in ("read", "valid", "new", "changed", "unchanged", "rejected")}
        show.as_json({
            "list": report.kind.value, "dry_run": report.dry_run, **counts, "seconds": round(report.seconds, 3),
            "encoding": str(report.encoding) if report.encoding else None, "position": report.position,
            "rejects": str(report.rejects) if report.rejects else None, "reasons": dict(report.reasons.most_common(100)),
            "unused_columns": report.unused,
        })  # fmt: skip
        return
    done = (
        f"{report.valid:,} of {report.read:,} rows can be recorded, {report.rejected:,} cannot"
        if report.dry_run
        else f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged, "
        f"{report.rejected:,} rejected, of {report.read:,} rows"
    )
    show.line(f"{report.kind.replace('_', ' ')}: {done} ({report.seconds:.1f} s)", "bold")
    if report.encoding:
        show.line(f"encoding: {report.encoding}")
    if report.unused:
        show.line(f"note: not used: {', '.join(report.unused)}", "yellow")
    for reject in report.first:
        place = f"row {reject.row}" + (f", {reject.column}" if reject.column else "")
        show.line(f"{place}: {reject.reason}", "yellow")
    if report.rejects:
        show.line(f"rejected rows, with reasons: {report.rejects}")


@connected
def list_(
    house: Connection,
    kind: List,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="In codes, titles, families and segments.", show_default=False)
    ] = None,
    site: Site = None,
    product: OfProduct = None,
    retired: Annotated[bool, typer.Option("--retired", help="What is out of use instead.")] = False,
    limit: Limit = 100,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """List what is in use, by code."""
    wanted = _list(kind)
    page = house.get(
        f"/intake/reference/{wanted.value}", q=search, site=site, product_model=product, retired=retired, limit=limit
    )
    if as_json:
        show.as_json(page)
        return
    rows = [
        (
            each["code"],
            (lang == "zh" and each["title_zh"]) or each["title"],
            each["site"] or "",
            show.cell({name: value for name, value in each["details"].items() if value not in (each["code"], False)}),
        )
        for each in page["items"]
    ]
    show.table(("code", "title", "site", "more"), rows, empty="Nothing of the kind is recorded.")
    if page["next_cursor"]:
        show.remark("there are more; --search or --limit")


@connected
def show_(
    house: Connection,
    kind: List,
    code: Code,
    site: Site = None,
    product: OfProduct = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show something of a list with all its versions: who recorded what, and when. Of a lot also who got it."""
    from services.cli.words import Words

    wanted = _list(kind)
    answer = house.get(
        f"/intake/reference/{wanted.value}/{quote(code, safe='')}/versions", site=site, product_model=product
    )
    if as_json:
        show.as_json(answer)
        return
    words = Words(house, lang)
    for item in answer["items"]:
        data: dict[str, Any] = item["data"]
        shipped: list[dict[str, Any]] = data.pop("shipped_to", None) or []
        show.line(f"{code}{' (retired)' if item['retired'] else ''}", "bold")
        told = [(words.code(name), show.cell(value)) for name, value in data.items() if value is not None]
        show.table(("field", "value"), told, empty="")
        if shipped:
            rows = [(one["customer_no"], one["quantity"], one["shipped_on"]) for one in shipped]
            show.table(("shipped to", "pieces", "on"), rows, empty="")
        for one in item["versions"]:
            at = words.when(one["recorded_at"], data.get("site"))
            show.line(f"{one['version']}  {at}  {words.name(one['actor'])}: {one['says'][lang]}")


@connected
def retire(
    house: Connection,
    kind: List,
    code: Code,
    reason: Annotated[str, typer.Option(help="Why; it is kept.", show_default=False)],
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Of a department, a post or a lot.", show_default=False)
    ] = None,
    product: OfProduct = None,
    as_json: AsJson = False,
) -> None:
    """Take something out of use. Cases that name it stay as they are; recorded again, it is back."""
    body = {"kind": _list(kind).value, "code": code, "site": site, "product_model": product, "reason": reason}
    answer = house.post("/intake/reference/retire", {name: value for name, value in body.items() if value is not None})
    if as_json:
        show.as_json(answer)
    else:
        show.line(f"{code} is out of use.")


@connected
def known(
    house: Connection,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Case number or id.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Tell whether customer, product and lot of a case are in the lists, and what they may mean if not."""
    answer = house.get(f"/intake/complaints/{in_path(case)}/references")
    if as_json:
        show.as_json(answer)
        return
    rows = [
        (name.replace("_", " "), one["given"], "retired" if one["retired"] else "known" if one["known"] else "not known",
         one["title"] or _hint(one))
        for name, one in answer["references"].items()
    ]  # fmt: skip
    show.table(("field", "given", "", "title"), rows, empty="The case names no customer, product or lot.")


def _hint(match: dict[str, Any]) -> str:
    if match["of_products"]:
        return f"a lot of {', '.join(match['of_products'])}"
    return f"similar: {', '.join(match['similar'])}" if match["similar"] else ""


def _list(word: str) -> ReferenceList:
    """`lot`, `lots`, `failure-code`: people say either."""
    from shared.events.reference import ReferenceList

    said = word.casefold().replace("-", "_")
    for one in ReferenceList:
        if said in (one.value, one.value.removesuffix("s")):
            return one
    raise show.typed_wrongly(f"there is no list {word!r}", field="LIST", way_out=f"one of {_LISTS}")
