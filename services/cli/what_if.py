"""`casetrail sla what-if`: how promises would have gone under other packs or another calendar. Reads facts, writes none."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, connected
from services.cli.look import AsJson, Lang, words_for

if TYPE_CHECKING:
    from services.sla_watch.simulating import Gathered, Period
    from shared.clocks.calendars import WorkCalendar

MOST_PACKS = 12


@connected
def what_if(
    house: Connection,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy", metavar="PACK",
            help="Published or shipped, with @VERSION if need be, or a file; +OVERLAY lays one over. Repeat it to compare.",
            show_default=False,
        ),
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option(
            metavar="CALENDAR", help="Published, with @EDITION if need be; `always`; or a file.", show_default=False
        ),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="Cases received on this day or later.", show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="DAY", help="Cases received before this day.", show_default=False)
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option(metavar="SITE", help="Received at this site; may be repeated.", show_default=False)
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Cases that were taken over as history too.")] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="Up to then; else to the last fact.", show_default=False)
    ] = None,
    cases: Annotated[bool, typer.Option("--cases", help="List every promise that would have gone otherwise.")] = False,
    record: Annotated[
        str | None, typer.Option(metavar="WHY", help="Keep the result as a fact, with the reason.", show_default=False)
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Replay the promises of a period under other packs or another calendar, and show what would have come of them.

    Nothing is written, unless --record asks for it: facts are read, as `casetrail export` reads them, and counted here.
    What people did stays as it was; only the promises are made anew, by the pack for each grade, and where the pack does
    not know the grade, by its rank. Without --policy and --calendar the ledger is checked against itself.
    """
    from services.cli.rules_at_hand import CalendarNamed, PacksAtHand
    from services.cli.what_if_told import as_record, as_told, shown
    from services.sla_watch.simulating import Change, compare
    from shared.kernel.errors import Unknown
    from shared.kernel.values import parse_instant

    words = words_for(house, lang)
    period, until = _period(house, from_, to, site or (), history), _instant(as_of)
    if len(names := list(dict.fromkeys(policy or ()))) > MOST_PACKS:
        raise show.typed_wrongly(f"{len(names)} packs are too many to compare", way_out=f"at most {MOST_PACKS}")
    if record is not None and not record.strip():
        raise show.typed_wrongly(
            "a record says why it was asked", field="--record", way_out="--record 'is S3 too strict?'"
        )
    packs = PacksAtHand(house) if names else None
    policies = [packs.policy(name) for name in names] if packs else [None]
    named = None if calendar is None else CalendarNamed(house, calendar)
    head = house.get("/audit/head")
    gathered = _gathered(house, period, until, int(head["position"]))
    tried = None if named is None else named.read(gathered.worlds, parse_instant(head["now"]))
    if not gathered.cases:
        raise Unknown(f"no case was received {_said(period)}", way_out=_instead(gathered))
    changes = [Change(each, tried and tried.calendar) for each in policies]
    with show.progress(show.err(), "cases", len(gathered.cases) * len(changes)) as advance:
        comparison = compare(gathered, changes, advance)
    if not as_json:
        for code, zone in _elsewhere(gathered, tried and tried.calendar):
            told = tried and tried.calendar.zone
            show.remark(f"{code} is in {zone}, but the days of this calendar begin and end as in {told}")
        shown(comparison, words, tried and tried.tried, cases=cases)
        if gathered.taken_over:
            show.remark(f"{gathered.taken_over:,} cases taken over as history are left out; --history takes them in")
    recorded: dict[str, Any] | None = None
    if record is not None:
        body = as_record(comparison, period, tried and tried.tried, record)
        recorded = house.post("/sla-watch/simulations", body)["events"][0]
    if as_json:
        show.as_json(
            {
                **as_told(comparison, period, tried and tried.tried),
                "recorded_as": recorded and recorded["simulation_id"],
            }
        )
        return
    if recorded is not None:
        show.line(f"Recorded as simulation {recorded['simulation_id']}: {recorded['reason']}")


def _period(house: Connection, begins: str | None, ends: str | None, sites: Any, history: bool) -> Period:
    from services.sla_watch.simulating import Period

    first, end = _day(begins, "--from"), _day(ends, "--to")
    if first is not None and end is not None and end <= first:
        raise show.typed_wrongly(
            f"no day is from {first} on and before {end}", field="--to",
            way_out="--to is the first day that no longer counts: a year is --from 2025-01-01 --to 2026-01-01",
        )  # fmt: skip
    there = {each["site"] for each in house.get("/intake/sites")["items"]}
    for code in sites:
        if code not in there:
            raise show.typed_wrongly(
                f"there is no site {code!r}", field="--site", way_out=f"sites: {', '.join(sorted(there))}"
            )
    return Period(frozenset(sites), first, end, history)


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise show.typed_wrongly(f"{text!r} is no day", field=option, way_out="write it as 2026-03-17") from None


def _instant(text: str | None) -> datetime | None:
    from shared.kernel.values import parse_instant

    try:
        return None if text is None else parse_instant(text)
    except ValueError as error:
        raise show.typed_wrongly(f"{text!r} {error}", field="--as-of") from None


def _gathered(house: Connection, period: Period, as_of: datetime | None, head: int) -> Gathered:
    """What the ledger tells of the period, read once from its begin to its end."""
    from services.cli.tail import lines
    from services.sla_watch.simulating import Gathered
    from shared.kernel.errors import Unavailable
    from shared.kernel.values import parse_instant
    from shared.runtime.codec import Unreadable, fact_of, row_from_cloud_event

    gathered, row = Gathered(period, as_of), None
    try:
        with show.progress(show.err(), "facts", head) as advance:
            for line in lines(house, 0, head):
                row = row_from_cloud_event(line)
                if gathered.wants(row.stream, row.topic):
                    gathered.take(fact_of(row))
                advance(1)
    except Unreadable as error:
        raise Unavailable(str(error), way_out="use the casetrail command of the version that the house runs") from None
    if row is not None:
        gathered.ends(parse_instant(row.recorded_at))
    return gathered


def _elsewhere(gathered: Gathered, calendar: WorkCalendar | None) -> list[tuple[str, str]]:
    """Sites in other zones than the calendar's."""
    if calendar is None:
        return []
    zones = {each.site: gathered.worlds.latest.site(each.site).zone for each in gathered.cases}
    return [(code, zone) for code, zone in sorted(zones.items()) if zone != calendar.zone]


def _said(period: Period) -> str:
    parts = [f"from {period.begins} on" if period.begins else "", f"before {period.ends}" if period.ends else ""]
    at = f"at {', '.join(sorted(period.sites))}" if period.sites else ""
    return " ".join(part for part in (*parts, at) if part) or "yet, that anything was promised in"


def _instead(gathered: Gathered) -> str:
    if gathered.received is None:
        return "casetrail board shows the cases that there are"
    first, last = gathered.received
    return f"cases were received there from {first} to {last}"
