"""The promises about time: why they are due when they are, and what is due next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, connected, in_path
from services.cli.look import AsJson, Case, Lang, words_for

if TYPE_CHECKING:
    from services.cli.words import Words


@connected
def explain(
    house: Connection,
    case: Case,
    clock: Annotated[
        str | None, typer.Argument(metavar="CLOCK", help="One of its clocks: root_cause/1.", show_default=False)
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Explain the due dates of a case: what counted and what did not, by which calendar, what moved them, when they warn."""
    found = house.get(f"/sla-watch/complaints/{in_path(case)}/explanation", clock=clock, language=lang)
    if as_json:
        show.as_json(found)
        return
    _tell_all(found["items"], words_for(house, lang))


@connected
def duties(
    house: Connection,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Code of the site.", show_default=False)],
    clock: Annotated[
        str | None,
        typer.Argument(metavar="CLOCK", help="One of them: daily_digest:2026-03-02/1.", show_default=False),
    ] = None,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a site owes again and again: digests and reviews, when each is due, and why then. `--json` has the digests, too."""
    found = house.get(f"/sla-watch/sites/{in_path(site)}/duties", clock=clock, language=lang)
    if as_json:
        show.as_json(found)
        return
    _tell_all(found["items"], words_for(house, lang))


def _tell_all(items: list[dict[str, Any]], words: Words) -> None:
    for each in items:
        show.line(
            f"{each['clause']} ({each['clock']}): {each['status_told']}, {words.said('due')} {_due(each)}", "bold"
        )
        show.remark(f"{words.said('promised by')} {each['source']}")
        for chapter in each["chapters"]:
            _tell(chapter, words)
    if not items:
        show.line(words.said("nothing is promised"))


def _due(each: dict[str, Any]) -> str:
    last = each["chapters"][-1] if each["chapters"] else None
    return show.when(each["due"], (last and last["zone"]) or "UTC")


def _tell(chapter: dict[str, Any], words: Words) -> None:
    zone: str = chapter["zone"] or "UTC"
    because = f" ({chapter['because']})" if chapter["because"] else ""
    show.line(
        f"{chapter['what']}{because}: {chapter['allowed']} {words.said('from')} {show.when(chapter['counts_from'], zone)}, "
        f"{zone}, "
        f"{chapter['calendar']}{', tzdb ' + chapter['tzdb'] if chapter['tzdb'] else ''}"
    )
    rows = [(step["day"], step["rule"], step["counted"]) for step in chapter["steps"]]
    rows += [
        (f"{show.when(pause['since'], zone)} – {show.when(pause['until'], zone)}", words.said("paused"), "")
        for pause in chapter["pauses"]
    ]
    show.table(
        (words.said("day"), words.said("rule"), words.said("counted")), rows, empty=words.said("as agreed in the case")
    )
    show.line(
        f"→ {show.when(chapter['due'], zone)}{' ' + words.said('(may still move)') if chapter['provisional'] else ''}"
    )
    for one in chapter["warnings"]:
        why = (", " if words.language == "en" else "，").join(one["why"])
        when = show.when(one["at"], zone) if one["at"] else words.said("does not come")
        show.line(f"{words.said('warns')} {when}{': ' if why else ''}{why}")
    if not chapter["agrees"]:
        show.line(words.said("counted again here it comes out otherwise; what was recorded holds"), "yellow")
