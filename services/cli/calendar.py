"""Calendars: look at them, publish them from public holidays or a file, amend them with a reason, give them to sites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import files, show
from services.cli.connection import Connection, connected, in_path
from services.cli.look import AsJson

Name = Annotated[
    str, typer.Argument(metavar="CALENDAR", help="Its name; that of a site is the site's own.", show_default=False)
]


@connected
def list_(house: Connection, as_json: AsJson = False) -> None:
    """List the calendars: edition, zone, how far holidays are known, and the sites that work by them."""
    items: list[dict[str, Any]] = house.get("/sla-watch/calendars")["items"]
    if as_json:
        show.as_json(items)
        return
    rows = [
        (each["calendar"], each["edition"], each["zone"], each["published_through"] or "", ", ".join(each["sites"]))
        for each in items
    ]
    show.table(("calendar", "edition", "zone", "known through", "sites"), rows, empty="No calendar is published yet.")


@connected
def show_(
    house: Connection,
    calendar: Name,
    edition: Annotated[int | None, typer.Option(metavar="N", help="Else the latest.", show_default=False)] = None,
    year: Annotated[
        int | None, typer.Option(metavar="YYYY", help="Days of this year alone.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an edition of a calendar: hours, holidays, extra working days, and why it says so."""
    found = house.get(f"/sla-watch/calendars/{in_path(calendar)}", edition=edition)
    if as_json:
        show.as_json(found)
        return
    show.line(f"{found['calendar']}@{found['edition']}, {found['zone']}, {found['source']}", "bold")
    show.table(("day", "hours"), [(day, hours or "free") for day, hours in found["weekly"].items()], empty="")
    days = [*((day, name) for day, name in found["holidays"].items()),
            *((day, "worked") for day in found["extra_working_days"])]  # fmt: skip
    rows = sorted(row for row in days if year is None or row[0].startswith(f"{year}-"))
    show.table(("date", "what"), rows, empty="No holidays.")


@connected
def publish(
    house: Connection,
    calendar: Annotated[
        str | None, typer.Argument(metavar="CALENDAR", help="Its name, unless the file says it.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A calendar in YAML, see below.", exists=True, dir_okay=False, show_default=False)
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Of a first edition: Europe/Berlin.", show_default=False)] = None,
    country: Annotated[str | None, typer.Option(metavar="XX", help="Whose public holidays (ISO 3166).", show_default=False)] = None,
    subdivision: Annotated[str | None, typer.Option(help="Its state or region: BY.", show_default=False)] = None,
    years_ahead: Annotated[int | None, typer.Option(help="How many years to come.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Publish a calendar or its next edition: from public holidays as far as they are known, or from a file.

    A file names calendar, zone, weekly (mon-fri: 08:00-12:00 13:00-17:00), and country, or holidays (2026-10-01: National
    Day), extra_working_days, published_from, published_through; days_end (midnight, close), roll (stay, next_working_day).
    """
    from services.sla_watch.calendar_files import read_calendar

    body: dict[str, Any] = {} if file is None else read_calendar(files.text_of(file))
    said = {
        "calendar": calendar,
        "zone": zone,
        "country": country,
        "subdivision": subdivision,
        "years_ahead": years_ahead,
    }
    body |= {key: value for key, value in said.items() if value is not None}
    if "calendar" not in body:
        raise show.typed_wrongly("name the calendar", way_out="casetrail calendar publish plant-2 --zone Europe/Berlin")
    _said(house.post("/sla-watch/calendars", body), as_json)


@connected
def amend(
    house: Connection,
    calendar: Name,
    reason: Annotated[str, typer.Option(help="Why it changes; kept for ever.", show_default=False)],
    free: Annotated[list[str] | None, typer.Option(metavar="DAY=NAME", help="A day that becomes free.", show_default=False)] = None,
    not_free: Annotated[list[str] | None, typer.Option(metavar="DAY", help="A holiday no longer.", show_default=False)] = None,
    worked: Annotated[list[str] | None, typer.Option(metavar="DAY", help="A free day that is worked.", show_default=False)] = None,
    not_worked: Annotated[list[str] | None, typer.Option(metavar="DAY", help="An extra day no longer.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Change single days, and say why. Running promises are computed again; what was broken stays broken."""
    named = [day.partition("=") for day in free or ()]
    body = {
        "reason": reason,
        "now_free": [{"day": day, "name": name or reason} for day, _, name in named],
        "free_no_longer": not_free or [],
        "now_worked": worked or [],
        "worked_no_longer": not_worked or [],
    }
    _said(house.post(f"/sla-watch/calendars/{in_path(calendar)}/amend-calendar", body), as_json)


@connected
def assign(
    house: Connection,
    calendar: Name,
    site: Annotated[str, typer.Option(help="The site that shall work by it.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; kept for ever.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Let a site work by another calendar from now on."""
    answer = house.post(f"/sla-watch/sites/{in_path(site)}/assign-calendar", {"calendar": calendar, "reason": reason})
    show.as_json(answer) if as_json else show.line(f"{site} works by {calendar}.")


def _said(answer: dict[str, Any], as_json: bool) -> None:
    event = answer["events"][0]
    show.as_json(answer) if as_json else show.line(f"{event['calendar']}@{event['edition']} is published.")
