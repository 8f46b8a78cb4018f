"""`casetrail do`: every command of every service, with fields and routes taken from the commands themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, HomeOption, ServerOption, TokenOption, found, in_path

if TYPE_CHECKING:
    from shared.kernel.command import Command

NO_CASE = {
    "receive-complaint": "/intake/complaints", "schedule-review": "/capa/reviews/schedule", "hold-review": "/capa/reviews",
}  # fmt: skip
"""Commands about no case that there is → their routes."""
OF_SITE = ("publish-digest", "acknowledge-duty-escalation")
"""Commands about what a site owes: the site is named first."""


def commands() -> Iterator[tuple[str, type[Command]]]:
    """The service that answers for it, and the command. A service is loaded when its turn comes: nearly all of a short
    command's time goes into loading."""
    from services.intake.domain import TOPICS as INTAKE
    from shared.kernel.command import by_command

    yield from (("intake", command) for command in by_command(INTAKE))
    from services.triage.domain import TOPICS as TRIAGE

    yield from (("triage", command) for command in by_command(TRIAGE))
    from services.capa import reviews
    from services.capa.domain import TOPICS as CAPA

    yield from (("capa", command) for command in by_command((*CAPA, (reviews.ReviewCommand, reviews.decide))))
    from services.sla_watch import digests
    from services.sla_watch import domain as sla_watch

    duties = (
        (digests.PublishDigest, digests.publish),
        (sla_watch.AcknowledgeDutyEscalation, sla_watch.acknowledge_duty),
    )
    yield from (("sla-watch", command) for command in by_command((*sla_watch.TOPICS, *duties)))


def doors() -> dict[str, tuple[str, type[Command]]]:
    """Every command by the name of its door, with the service that answers for it."""
    return {command.door(): (service, command) for service, command in commands()}


def do(
    command: Annotated[
        str | None, typer.Argument(help="The command, for example plan-action.", show_default=False)
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CASE] [KEY=VALUE]...",
            help="Case number or id (or, for its own duties, a site), then fields; KEY:=JSON for nested ones.",
            show_default=False,
        ),
    ] = None,
    body: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Take the fields from a JSON file; - is standard input."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    if_match: Annotated[
        int | None, typer.Option("--if-match", metavar="N", help="Only if the case still stands at this version.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Names this command, so that repeating it does nothing twice.")
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="RFC3339", help="When it happened, if not now.")] = None,
    because: Annotated[str | None, typer.Option(help="Why it is only told now; required with --at.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show all commands.")] = False,
    fields: Annotated[bool, typer.Option("--fields", help="Show what the command takes.")] = False,
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Give a command: something happened, or shall happen, with a case (or, for reviews and duties, at a site).

    People may be given by name, cases by number, files by path; lists by repeating the key, codes also with commas.
    """
    with show.problems_shown():
        if list_ or command is None:
            _list_commands(as_json)
        elif fields:
            _show_fields(command, as_json)
        else:
            given = _fields_from(body)
            if at is not None:
                given["occurred_at"] = at
            if because is not None:
                given["backdate_reason"] = because
            _give(found(home, server, token), command, list(words or ()), given, if_match, key, as_json)


def _give(
    house: Connection,
    door: str,
    words: list[str],
    given: dict[str, Any],
    if_match: int | None,
    key: str | None,
    as_json: bool,
) -> None:
    from services.cli.values import body_of
    from shared.kernel.errors import Invalid, Unknown
    from shared.runtime.clock import randomness

    service, command = _door(door)
    case = "" if door in NO_CASE else _case(door, words)
    lookups = _Lookups(house)
    try:
        body = body_of(command, words, given, lookups)
    except (Invalid, Unknown) as wrong:
        raise show.typed_wrongly(wrong.detail, field=wrong.field, way_out=wrong.way_out) from None
    of = "sites" if door in OF_SITE else "complaints"
    path = f"/{service}/{of}/{in_path(case)}/{door}" if case else NO_CASE[door]
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise show.typed_wrongly(
            "a key is printable ASCII without spaces", field="--key", way_out="for example --key order-4711"
        )
    headers = {"Idempotency-Key": key or f"cli-{randomness(16).hex()}"}
    if if_match is not None:
        headers["If-Match"] = f'"{if_match}"'
    answer = house.post(path, body, headers)
    if as_json:
        show.as_json(answer)
        return
    site = body.get("site") or (case if door in OF_SITE else case.rpartition("-")[0].rpartition("-")[0].lower())
    told = [
        lookups.words.sentence_of(event.get("type", ""), event, site) for event in show.pieces(answer.get("events"))
    ]
    for sentence in told or ([f"Received as {answer['case_no']}"] if "case_no" in answer else []):
        show.line(sentence)
    what = case or answer.get("complaint_id") or f"review {answer['events'][0]['review_id']}"
    show.remark(f"{what} is at version {answer['version']}, position {answer['position']}")


class _Lookups:
    """Asks the house for people and cases, and stores files there."""

    def __init__(self, house: Connection) -> None:
        from services.cli.words import Words

        self.house, self.words = house, Words(house)

    def person(self, name: str) -> str:
        return self.words.person(name)

    def case(self, number: str) -> str:
        return self.house.get(f"/audit/complaints/{in_path(number)}")["complaint_id"]

    def file(self, path: str) -> dict[str, Any]:
        import mimetypes

        import httpx

        from services.cli.connection import answer
        from shared.kernel.errors import Invalid

        local = Path(path).expanduser()
        kind = mimetypes.guess_type(local.name)[0] or "application/octet-stream"
        try:
            with local.open("rb") as content:
                stored = answer(self.house.client.post("/files", content=content, headers={"Content-Type": kind}))
        except OSError as error:
            raise Invalid(f"{path} cannot be read ({error.strerror})", field="file") from None
        except httpx.TransportError as error:
            raise self.house.unreachable(error) from None
        return {**stored, "name": local.name}


def _door(name: str) -> tuple[str, type[Command]]:
    from difflib import get_close_matches

    found_it = next(((service, command) for service, command in commands() if command.door() == name), None)
    if found_it is None:
        close = get_close_matches(name, doors(), 3)
        way_out = f"did you mean {' or '.join(close)}?" if close else "`casetrail do --list` shows all commands"
        raise show.typed_wrongly(f"there is no command {name!r}", way_out=way_out)
    return found_it


def _case(door: str, words: list[str]) -> str:
    if not words or "=" in words[0]:
        if door in OF_SITE:
            raise show.typed_wrongly(
                f"{door} is about a site: name it first", way_out=f"casetrail do {door} sz key=value ..."
            )
        raise show.typed_wrongly(
            f"{door} is about a case: name it first", way_out=f"casetrail do {door} SZ-2026-00042 key=value ..."
        )
    return words.pop(0)


def _fields_from(source: str | None) -> dict[str, Any]:
    if source is None:
        return {}
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        found_there = json.loads(text)
    except OSError as error:
        raise show.typed_wrongly(f"{source} cannot be read ({error.strerror})", field="--from") from None
    except ValueError as error:
        raise show.typed_wrongly(f"{source} is not JSON: {error}", field="--from") from None
    if not isinstance(found_there, dict):
        raise show.typed_wrongly("a command is a JSON object", field="--from", way_out='for example {"site": "sz"}')
    return found_there  # pyright: ignore[reportUnknownVariableType]  (JSON)


def _summary(command: type[Command]) -> str:
    return (command.__doc__ or "").strip().splitlines()[0]


def _list_commands(as_json: bool) -> None:
    rows = [(service, door, _summary(command)) for door, (service, command) in doors().items()]
    if as_json:
        show.as_json([{"service": service, "command": door, "summary": summary} for service, door, summary in rows])
        return
    show.table(
        ("command", "service", "what it does"), [(door, service, text) for service, door, text in rows], empty=""
    )
    show.remark("`casetrail do COMMAND --fields` shows what a command takes")


def _show_fields(door: str, as_json: bool) -> None:
    from services.cli.values import kind_of
    from shared.policy.access import who_may

    service, command = _door(door)
    roles = [str(role) for role in who_may(command)]
    rows = [
        (name, field.is_required(), str(kind_of(field)), kind_of(field).codes)
        for name, field in command.model_fields.items()
        if name not in ("occurred_at", "backdate_reason")
    ]
    rows.sort(key=lambda row: not row[1])
    if as_json:
        show.as_json(
            {
                "command": door, "service": service, "summary": _summary(command), "roles": roles,
                "fields": [dict(zip(("name", "required", "type", "codes"), row, strict=True)) for row in rows],
            }
        )  # fmt: skip
        return
    show.line(f"{door} ({service}): {_summary(command)}", "bold")
    show.table(
        ("field", "", "takes", "codes"),
        [(name, "required" if must else "", kind, ", ".join(codes)) for name, must, kind, codes in rows],
        empty="It takes no fields.",
    )
    show.remark(f"allowed to: {', '.join(roles)}; --at and --because tell what happened earlier")
