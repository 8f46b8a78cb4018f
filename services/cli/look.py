"""Looking at cases: one (`ask`), what happened to it (`timeline`), all (`board`), their promises (`clocks`), and reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, connected, in_path

if TYPE_CHECKING:
    from services.cli.words import Words

Case = Annotated[str, typer.Argument(metavar="CASE", help="Case number (SZ-2026-00042) or id.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Lang = Annotated[
    str, typer.Option("--lang", metavar="en|zh", envvar="CASETRAIL_LANG", help="Tell it in English or Chinese.")
]
Site = Annotated[str | None, typer.Option(metavar="SITE", help="Only this site.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many rows.")]

_COLOURS = {
    "1": "red",
    "2": "yellow",
    "breached": "red",
    "met_late": "red",
    "paused": "cyan",
    "running": "",
    "cancelled": "dim",
}


@connected
def ask(
    house: Connection,
    case: Case,
    version: Annotated[int | None, typer.Option(metavar="N", help="As of its version N.", show_default=False)] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="What was known at that moment.", show_default=False)
    ] = None,
    happened_by: Annotated[
        str | None,
        typer.Option(
            metavar="RFC3339", help="What had happened by then, also if it was recorded later.", show_default=False
        ),
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show how a case stands, or how it stood."""
    from services.cli.panel import show_case

    found = house.get(f"/audit/complaints/{in_path(case)}", version=version, as_of=as_of, happened_by=happened_by)
    if as_json:
        show.as_json(found)
        return
    now = None if as_of or happened_by or version else house.get("/audit/head").get("now")
    show_case(found, words_for(house, lang), now)


@connected
def timeline(house: Connection, case: Case, lang: Lang = "en", as_json: AsJson = False) -> None:
    """Tell what happened to a case, fact by fact. Facts recorded long after they happened are marked."""
    entries = house.get(f"/audit/complaints/{in_path(case)}/timeline")["entries"]
    if as_json:
        show.as_json({"entries": entries})
        return
    words = words_for(house, lang)
    site = next((entry["site"] for entry in entries if "site" in entry), None) or _site_of(house, case)
    rows = [
        (
            entry["position"],
            words.when(entry["occurred_at"], site),
            words.name(_actor(entry)),
            entry["says"].get(lang) or entry["type"],
            _late(entry, words, site),
        )
        for entry in entries
    ]
    show.table(
        tuple(map(words.said, ("position", "happened", "who", "what", "recorded"))),
        rows,
        empty="Nothing has happened to it.",
        style=lambda number: "dim" if str(entries[number]["stream"]).startswith("clocks") else "",
    )


@connected
def board(
    house: Connection,
    q: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORDS]",
            help="Look for these in number, product, lot, customer number and text.",
            show_default=False,
        ),
    ] = None,
    site: Site = None,
    stage: Annotated[
        str | None, typer.Option(help="Only this stage; `open` for all that are not ended.", show_default=False)
    ] = None,
    rank: Annotated[str | None, typer.Option(help="Only this rank, 1 (critical) to 4.", show_default=False)] = None,
    department: Annotated[str | None, typer.Option(help="Only this department.", show_default=False)] = None,
    overdue: Annotated[
        bool | None,
        typer.Option("--overdue/--in-time", help="Only cases with a broken promise, or without.", show_default=False),
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List cases: the gravest first, then what is due next."""
    answer = house.get(
        "/insight/complaints",
        site=site,
        stage=stage,
        rank=rank,
        department=department,
        overdue=overdue,
        q=q,
        limit=limit,
    )
    if as_json:
        show.as_json(answer)
        return
    words, items = words_for(house, "en"), show.pieces(answer["items"])
    rows = [
        (
            item.get("case_no"),
            words.code(item.get("stage")),
            f"rank_{item['rank']}" and words.code(f"rank_{item['rank']}") if item.get("rank") else "",
            words.name(item.get("owner")),
            _due(item, words),
            item.get("product_model"),
            item.get("summary"),
        )
        for item in items
    ]
    show.table(
        ("case", "stage", "rank", "owner", "due", "product", "what"),
        rows,
        empty="No case is like that.",
        style=lambda number: "red" if items[number].get("overdue") else "",
    )
    if answer.get("next_cursor"):
        show.remark(f"there are more than {limit}; narrow it down, or raise --limit")


@connected
def clocks(
    house: Connection,
    state: Annotated[
        str | None,
        typer.Option(
            help="open (the default), running, paused, breached, met, met_late, cancelled, provisional or all.",
            show_default=False,
        ),
    ] = None,
    case: Annotated[
        str | None, typer.Option(help="Of this case, all cycles unless --state says otherwise.", show_default=False)
    ] = None,
    site: Site = None,
    due_before: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="Only what is due before.", show_default=False)
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List promises about time, the next one due first."""
    wanted = state or ("open" if case is None else "all")
    answer = house.get(
        "/sla-watch/clocks", state=None if wanted == "all" else wanted, complaint=case, site=site, due_before=due_before,
        limit=limit,
    )  # fmt: skip
    if as_json:
        show.as_json(answer)
        return
    now, words, items = house.get("/audit/head").get("now"), words_for(house, "en"), show.pieces(answer["items"])
    show.table(
        ("case", "promise", "state", "due", "left", "who", "escalated"),
        [
            (
                item.get("case_no") or item.get("complaint_id") or item.get("site"),
                words.clock(item["clock_id"]),
                words.code(item.get("status")),
                words.when(item["due_at"], item.get("site")),
                time_left(item, now, words),
                words.name(item.get("responsible")),
                f"level {item['level']}{', taken on' if item.get('acknowledged') else ''}" if item.get("level") else "",
            )
            for item in items
        ],
        empty="No promise is like that.",
        style=lambda number: _COLOURS.get(items[number]["status"], ""),
    )


@connected
def similar(house: Connection, case: Case, limit: Limit = 20, lang: Lang = "en", as_json: AsJson = False) -> None:
    """List the open cases that may be the same complaint. Nothing is merged by itself."""
    answer = house.get(f"/triage/complaints/{in_path(case)}/similar", limit=limit)
    if as_json:
        show.as_json(answer)
        return
    words = words_for(house, lang)
    rows = [
        (
            item["case_no"],
            item["score"],
            ", ".join(map(words.code, item["same"])),
            words.code(item["stage"]),
            show.one_line(item["summary"]),
        )
        for item in show.pieces(answer["items"])
    ]
    show.table(("case", "of 100", "the same", "stage", "what"), rows, empty="No open case is like it.")


@connected
def reviews(
    house: Connection,
    site: Site = None,
    kind: Annotated[
        str | None, typer.Option(help="Only of this kind, for example spot_check.", show_default=False)
    ] = None,
    held: Annotated[
        bool | None,
        typer.Option("--held/--to-come", help="Only those held, or only those to come.", show_default=False),
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the reviews of sites: announced, held, and what was found."""
    answer = house.get("/capa/reviews", site=site, kind=kind, held=held, limit=limit)
    if as_json:
        show.as_json(answer)
        return
    words, items = words_for(house, "en"), show.pieces(answer["items"])
    rows = [
        (
            item["review_id"],
            words.code(item["kind"]),
            words.when(item.get("planned_at"), item["site"]),
            words.when(item.get("held_at"), item["site"]),
            words.code(item["chair_role"]),
            show.cell(item.get("findings")),
        )
        for item in items
    ]
    show.table(("review", "kind", "planned", "held", "led by", "found"), rows, empty="No review is like that.")


def time_left(clock: dict[str, Any], now: str | None, words: Words) -> str:
    """How long until it is due; only for what still runs."""
    from datetime import datetime

    if now is None or clock["status"] not in ("running", "breached"):
        return ""
    seconds = (datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(now)).total_seconds()
    return words.left(seconds)


def words_for(house: Connection, language: str) -> Words:
    """How to tell things of this house in a language; ends the command for one that is not spoken here."""
    from services.cli.words import Words

    if language not in ("en", "zh"):
        raise show.typed_wrongly(f"{language!r} is not spoken here", field="--lang", way_out="en or zh")
    return Words(house, language)


def _site_of(house: Connection, case: str) -> str | None:
    return house.get(f"/audit/complaints/{in_path(case)}").get("site")


def _actor(entry: dict[str, Any]) -> str:
    actor = entry.get("actor")
    return str(actor.get("id", "") if isinstance(actor, dict) else actor or "")  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]  (JSON)


def _late(entry: dict[str, Any], words: Words, site: str | None) -> str:
    from datetime import datetime

    delay = datetime.fromisoformat(entry["recorded_at"]) - datetime.fromisoformat(entry["occurred_at"])
    return words.when(entry["recorded_at"], site) if delay.total_seconds() > 60 else ""


def _due(item: dict[str, Any], words: Words) -> str:
    if item.get("overdue_since"):
        return f"overdue since {words.when(item['overdue_since'], item.get('site'))}"
    if item.get("paused") and not item.get("next_due"):
        return "paused"
    return words.when(item.get("next_due"), item.get("site"))
