"""`casetrail tail`: the facts as they happen, one sentence each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, answer, asked, connected
from services.cli.look import AsJson, Lang, Site, words_for

if TYPE_CHECKING:
    import httpx

    from services.cli.words import Words

_WAIT = 25  # seconds that the server may hold an empty answer; proxies cut at 30 and more
_BATCH = 500
_PAUSE = 1.0  # seconds between attempts while nobody answers


@connected
def tail(
    house: Connection,
    after: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Begin after position N.", show_default="the last ten")
    ] = None,
    site: Site = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more; Ctrl-C ends it.")] = True,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Follow the facts live, one sentence per line; with --json one CloudEvent per line."""
    words = words_for(house, lang)
    try:
        head = house.get("/audit/head")["position"]
        start = max(head - 10, 0) if after is None else after
        for fact in facts(house, start, None if follow else head):
            if site is None or fact.get("site") == site:
                if as_json:
                    _print_json(fact)
                else:
                    _print_sentence(fact, words)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def facts(house: Connection, after: int, until: int | None) -> Iterator[dict[str, Any]]:
    """CloudEvents after a position: up to `until`, or for ever; a lost connection is taken up again."""
    for text in lines(house, after, until):
        yield json.loads(text)


def lines(house: Connection, after: int, until: int | None) -> Iterator[bytes]:
    """The same as they came, one line each."""
    import httpx
    import orjson

    from shared.kernel.errors import Problem

    lost = False
    while until is None or after < until:
        limit = _BATCH if until is None else min(_BATCH, until - after)
        asked_after = after
        try:
            for text in _batch(house, after, limit, _WAIT if until is None else None):
                after = int(orjson.loads(text)["id"])
                yield text
            if until is not None:
                after = (
                    asked_after + limit
                )  # what lay between and did not come is of sites that this reader does not see
            lost = False
        except (httpx.TransportError, Problem) as error:
            passing = isinstance(error, httpx.TransportError) or error.status == 503
            if not passing or until is not None:
                raise house.unreachable(error) if isinstance(error, httpx.TransportError) else error from None
            if not lost:
                show.remark(f"the connection to {house.url} is lost; trying again", "yellow")
            lost = True
            time.sleep(_PAUSE)


def _batch(house: Connection, after: int, limit: int, wait: int | None) -> Iterator[bytes]:
    query = asked({"after": after, "limit": limit, "wait": wait})
    with house.client.stream("GET", "/audit/facts", params=query, timeout=_WAIT + 15) as response:
        require_good(response)
        rest = b""
        for chunk in response.iter_bytes():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (text + b"\n" for text in whole if text)


def require_good(response: httpx.Response) -> None:
    """Raises the Problem of a streamed answer that is not the wanted one."""
    if not response.is_success:
        response.read()
        answer(response)


def _print_json(fact: dict[str, Any]) -> None:
    typer.echo(json.dumps(fact, ensure_ascii=False))


def _print_sentence(fact: dict[str, Any], words: Words) -> None:
    from rich.text import Text

    from shared.runtime.codec import Unreadable, decode

    site, kind = fact.get("site"), str(fact["type"]).removeprefix("casetrail.")
    try:
        event = decode(kind, int(fact.get("shape", 1)), json.dumps(fact["data"]).encode())
        sentence = words.sentence(event, site)
    except Unreadable:
        sentence = f"{kind} (of a newer version)"
    if kind.startswith(("person.", "site.")):
        words.forget_people()
    tone = (
        "red" if kind in ("clocks.Breached", "clocks.Escalated") else "yellow" if kind == "clocks.WarningIssued" else ""
    )
    show.out().print(
        Text.assemble(
            (f"{fact['id']:>7} ", "dim"), (f"{words.when(fact['time'], site)} ", "cyan"),
            (f"{site or '-':<4} ", "bold"),
            (sentence, tone), (f"  {words.name(fact.get('actor'))}", "dim"),
        ),
        soft_wrap=True,
    )  # fmt: skip
