"""Starting and stopping: `up`, `down`, `status`."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import (
    HOME,
    DatabaseOption,
    HomeOption,
    ServerOption,
    TokenOption,
    answer,
    found,
    home_at,
    start_words,
)

if TYPE_CHECKING:
    from services.start_options import Running, StartOptions

_PATIENCE = 15.0  # seconds that `down` waits; a clean stop takes less than one

Host = Annotated[str, typer.Option(envvar="CASETRAIL_HOST", help="Listen on this address.")]
Port = Annotated[int, typer.Option(envvar="CASETRAIL_PORT", min=1, max=65535, help="Listen on this port.")]


def up(
    home: HomeOption = None,
    host: Host = "127.0.0.1",
    port: Port = 8700,
    split: Annotated[
        bool, typer.Option("--split", envvar="CASETRAIL_SPLIT", help="Run each service in a process of its own.")
    ] = False,
    site: Annotated[
        str | None,
        typer.Option(
            envvar="CASETRAIL_SITE", help="First start: the code of the first site, for example sz.", show_default=False
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            envvar="CASETRAIL_ZONE", help="First start: its time zone, for example Asia/Shanghai.", show_default=False
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(envvar="CASETRAIL_OWNER", help="First start: the name of its owner.", show_default=False),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(envvar="CASETRAIL_TITLE", help="First start: what the site is called.", show_default=False),
    ] = None,
    database: DatabaseOption = None,
    expose: Annotated[
        bool, typer.Option("--expose", help="Allow a --host that other machines reach without TLS in front.")
    ] = False,
) -> None:
    """Start Casetrail and keep it running until Ctrl-C.

    The first start asks for the first site, its zone and its owner; without a terminal it takes `main`, the
    machine's zone and `owner`. Owner's token: HOME/admin.token.
    """
    from services.start_options import StartOptions

    where = home or HOME
    first = not _has_its_ledger(where)
    if first:
        site, zone, owner = first_answers(site, zone, owner)
    run(
        StartOptions(
            home=where, host=host, port=port, split=split, site=site, zone=zone, owner=owner, title=title,
            database=database, expose=expose, on_ready=lambda running: _tell(running, first),
        )
    )  # fmt: skip


def _has_its_ledger(where: Path) -> bool:
    from shared.runtime.home import Home, StartRefused

    try:
        return bool(Home(where).saved().ledger)
    except (StartRefused, OSError):
        return True  # the start itself says what is wrong


def run(options: StartOptions) -> None:
    """Starts and blocks until it is stopped; exit code 1, with one line, when nothing could be started."""
    from services.starting import start
    from shared.kernel.errors import Problem
    from shared.runtime.home import StartRefused

    if options.beyond_loopback and not options.expose:
        refused(
            f"listening on {options.host} would send tokens in the clear to whoever listens on the way: "
            "put TLS in front of 127.0.0.1, or say --expose"
        )
    try:
        start(options)
    except StartRefused as error:
        refused(str(error))
    except Problem as problem:
        show.problem(problem)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        return


def refused(text: str) -> None:
    """One clear line, and the end of the command."""
    show.remark(text, "red")
    raise typer.Exit(1)


def first_answers(site: str | None, zone: str | None, owner: str | None) -> tuple[str, str, str]:
    """What the first start must know: from the options, from the person at the terminal, or what lies at hand."""
    from zoneinfo import available_timezones

    asks = sys.stdin.isatty() and sys.stdout.isatty()
    if asks and None in (site, zone, owner):
        show.line("This is a new home. Its first site:", "bold")

    def chosen(given: str | None, question: str, default: str) -> str:
        if given is not None:
            return given
        return str(typer.prompt(question, default=default)).strip() if asks else default

    site_given, site = site, chosen(site, "  code (a-z, 0-9, -)", "main")
    while asks and site_given is None and not re.fullmatch("[a-z0-9-]{1,32}", site.lower()):
        show.remark(f"{site} is no site code: 1 to 32 of a-z, 0-9 and -", "yellow")
        site = chosen(None, "  code (a-z, 0-9, -)", "main")
    zones = available_timezones()
    zone_given, zone = zone, chosen(zone, "  time zone", machine_zone())
    while asks and zone_given is None and zone not in zones:
        show.remark(f"{zone} is no IANA time zone; for example Asia/Shanghai", "yellow")
        zone = chosen(None, "  time zone", machine_zone())
    return site, zone, chosen(owner, "  owner's name", "owner")


def machine_zone() -> str:
    """The machine's IANA time zone, else UTC."""
    from zoneinfo import available_timezones

    named = [os.environ.get("TZ", "").lstrip(":")]
    link = Path("/etc/localtime")
    if link.is_symlink():
        named.append(os.path.realpath(link).rpartition("zoneinfo/")[2])
    with suppress(OSError):
        named.append(Path("/etc/timezone").read_text(encoding="utf-8").strip())
    return next((zone for zone in named if zone in available_timezones()), "UTC")


def _tell(running: Running, first: bool) -> None:
    show.line(f"Casetrail is running at {running.url}", "bold green")
    show.line(f"  home      {running.home}")
    show.line(f"  sign in   {running.sign_in_url}  (works once)")
    if first:
        show.line(f"  token     {running.owner_token}  (the owner's; kept in {running.home / 'admin.token'})")
    show.remark("  Ctrl-C stops it; `casetrail do --list` shows what can be done")


def down(home: HomeOption = None) -> None:
    """Stop the Casetrail that runs in a home, in order, and wait until it has stopped."""
    from shared.runtime.home import Home

    where = home_at(home)
    place = Home(where)
    occupant = place.occupant()
    if occupant is None:
        show.line(f"Nothing is running in {where}.")
        return
    if occupant.pid is None:
        refused(f"something is just starting in {where}: try again in a moment")
        return
    try:
        with suppress(ProcessLookupError):  # it went by itself
            os.kill(occupant.pid, signal.SIGTERM)
    except PermissionError:
        refused(f"process {occupant.pid} belongs to another user: stop it as that user")
    deadline = time.monotonic() + _PATIENCE
    while place.occupant() is not None:
        if time.monotonic() > deadline:
            refused(
                f"process {occupant.pid} has not stopped within {_PATIENCE:.0f} s: kill -9 it; the next start is clean"
            )
        time.sleep(0.02)
    show.line(f"Stopped what was running in {where}.")


def status(
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say whether Casetrail runs, how far it is, and how its listeners are. Exit code 1 when it is not in order."""
    import httpx

    from shared.kernel.errors import Unavailable
    from shared.runtime.home import Home

    where = home_at(home)
    with show.problems_shown():
        if server is None and Home(where).occupant() is None:
            raise Unavailable(f"nothing is running in {where}", way_out=f"start it with `{start_words(where)}`")
        house = found(home, server, token)
        try:
            response = house.client.get("/readyz", timeout=10)
        except httpx.TransportError as error:
            raise house.unreachable(error) from None
        ready: dict[str, Any] = answer(response) if response.status_code != 503 else response.json()
        head = house.get("/audit/head")
    if as_json:
        show.as_json({"url": house.url, "ready": response.is_success, **head, "readyz": ready})
    else:
        _tell_status(house.url, response.is_success, head, ready)
    if not response.is_success:
        raise typer.Exit(1)


def _tell_status(url: str, in_order: bool, head: dict[str, Any], ready: dict[str, Any]) -> None:
    show.line(f"{url}: {'in order' if in_order else 'NOT in order'}", "bold green" if in_order else "bold red")
    simulated = ", simulated" if head.get("simulated") else ""
    clock = f"clock {show.when(head.get('now'))} UTC{simulated}"
    show.line(f"ledger {head.get('ledger_id')}, position {head.get('position')}, {clock}")
    parts: dict[str, dict[str, Any]] = ready.get("parts") or {}
    if refill := (parts.get("relay") or {}).get("refill"):
        left = "" if refill["seconds_left"] is None else f", about {refill['seconds_left']:,} s left"
        show.line(f"the stream is being filled: {refill['facts_per_second']:,} facts/s{left}")
    rows = [(name, part.get("position"), part.get("lag"), part.get("fault") or "") for name, part in parts.items()]
    if rows:
        show.table(
            ("part", "position", "lag", "fault"), rows, empty="", style=lambda number: "red" if rows[number][3] else ""
        )
