"""`casetrail notify`: who was told of what, and a test of the ways by which people are reached."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, connected
from services.cli.look import AsJson, Limit, Site

_COLOURS = {"failed": "yellow", "given_up": "red", "nobody": "red", "sent": "green"}


@connected
def outbox(
    house: Connection,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE", help="waiting, failed, sent, given_up, no_channel, nobody or too_old.", show_default=False
        ),
    ] = None,
    site: Site = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List who was told of what, and who could not be, the latest first. Addresses are never shown."""
    from services.cli.words import Words

    head = house.get("/audit/head")["position"]
    found = house.get("/notify/outbox", state=state, site=site, limit=limit, after_position=head)
    if as_json:
        show.as_json(found)
        return
    words, items = Words(house), found["items"]
    show.table(
        ("state", "when", "to", "by", "tries", "what", "reason"),
        [_row(words, item) for item in items],
        empty="Nobody was to be told anything.",
        style=lambda number: _COLOURS.get(items[number]["state"], ""),
    )
    show.remark(" · ".join(f"{n:,} {each}" for each, n in sorted(found["counts"].items())) or "the outbox is empty")
    if found["fault"]:
        show.remark(f"nothing can be sent: {found['fault']}", "red")


def _row(words: Any, item: dict[str, Any]) -> tuple[object, ...]:
    at = words.when(item["sent_at"] or item["ready_at"], item["site"])
    return (
        item["state"], at, words.name(item["to"]), item["via"], item["attempts"] or "", item["title"], item["error"] or "",
    )  # fmt: skip


@connected
def test(
    house: Connection,
    to: Annotated[str, typer.Option(metavar="WHO", help="A person, or a channel of notify.toml.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Send a test to a person by every way there is, or by one channel. Exit code 1 when one of them fails."""
    from services.cli.words import Words
    from shared.kernel.errors import Problem

    try:
        whom = Words(house).person(to)
    except Problem:
        whom = to  # then it may be a channel
    items = house.post("/notify/test", {"to": whom})["items"]
    if as_json:
        show.as_json(items)
    for item in () if as_json else items:
        show.line(f"{item['via']}: {'sent' if item['sent'] else item['error']}", None if item["sent"] else "red")
    if not all(item["sent"] for item in items):
        raise typer.Exit(1)
