"""Policy packs: check, compare, publish and activate them. A pack is a file, one that ships with Casetrail, or published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from services.cli import files, show
from services.cli.connection import Connection, connected, in_path
from services.cli.look import AsJson

if TYPE_CHECKING:
    from shared.policy.pack import Pack

PackName = Annotated[str, typer.Argument(metavar="PACK", help="A file, or the id of a pack.", show_default=False)]


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack, in YAML.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Name every fault of a pack with its line; exit code 1 when there is one. Needs no running house.

    What it extends is looked for among the packs that ship with Casetrail, and among the files beside it.
    """
    from shared.policy.pack_check import check as faults_of
    from shared.policy.pack_file import read_pack

    read = read_pack(files.text_of(file))
    faults = faults_of(read, _at_hand(file))
    if as_json:
        show.as_json([{"line": fault.line, "where": fault.where, "detail": fault.detail} for fault in faults])
    else:
        for fault in faults:
            show.line(f"{file}:{fault.line}: {fault.where + ': ' if fault.where else ''}{fault.detail}", "red")
        if not faults and read.pack is not None:
            show.line(f"{read.pack.meta.id}@{read.pack.meta.version}: no faults", "green")
    if faults:
        raise typer.Exit(1)


def diff(
    one: PackName, other: Annotated[str, typer.Argument(metavar="OTHER", help="The other one.", show_default=False)],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show where two packs differ in effect, what they extend included. Files or shipped packs; needs no running house."""
    first, second = (_flat(_effective(name)) for name in (one, other))
    changed = [
        {"where": where, "one": first.get(where), "other": second.get(where)}
        for where in sorted(first.keys() | second.keys())
        if first.get(where) != second.get(where) and not where.startswith("meta.")
    ]
    if as_json:
        show.as_json(changed)
        return
    rows = [(each["where"], _shown(each["one"]), _shown(each["other"])) for each in changed]
    show.table(("where", one, other), rows, empty="They are the same in effect.")


@connected
def list_(house: Connection, as_json: AsJson = False) -> None:
    """List the published packs and the sites that go by them; packs that ship with Casetrail can be published."""
    from shared.policy.shipped import shipped

    items: list[dict[str, Any]] = house.get("/sla-watch/policies")["items"]
    if as_json:
        show.as_json(items)
        return
    rows = [
        (
            each["pack"],
            each["version"],
            each["title"]["en"],
            "overlay" if each["overlay"] else "",
            ", ".join(each["sites"]),
        )
        for each in items
    ]
    show.table(("pack", "version", "title", "", "in effect at"), rows, empty="No pack is published yet.")
    if more := sorted(set(shipped()) - {each["pack"] for each in items}):
        show.remark(f"shipped, not published: {', '.join(more)}")


@connected
def show_(
    house: Connection,
    pack: Annotated[
        str | None, typer.Argument(metavar="PACK", help="Id of a published pack.", show_default=False)
    ] = None,
    site: Annotated[str | None, typer.Option(help="What this site goes by now.", show_default=False)] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="A version of the pack.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show a published pack as it was written, or with --site what a site goes by, all packs laid over one another."""
    if (pack is None) == (site is None):
        raise show.typed_wrongly("name a pack, or a site with --site", way_out="casetrail policy list")
    if site is not None:
        found = house.get(f"/sla-watch/sites/{in_path(site)}/policy")
        if as_json or found["pack"] is None:
            show.as_json(found) if as_json else show.line(f"{site} has activated no policy; its grades are free.")
            return
        show.line(f"{site} goes by {found['policy']} since {found['effective_from']}", "bold")
        show.table(
            ("what", "value"), [(where, _shown(value)) for where, value in _flat(found["pack"]).items()], empty=""
        )
        return
    asked = f"?version={version}" if version is not None else ""
    found = house.get(f"/sla-watch/policies/{in_path(str(pack))}{asked}")
    if as_json:
        show.as_json(found)
    else:
        typer.echo(found["text"], nl=not found["text"].endswith("\n"))


@connected
def publish(house: Connection, pack: PackName, as_json: AsJson = False) -> None:
    """Publish a pack from a file, or one that ships with Casetrail by its id; what it extends is published with it."""
    published = {each["pack"] for each in house.get("/sla-watch/policies")["items"]}
    for text, id in _with_what_it_extends(pack, published):
        answer = house.post("/sla-watch/policies", {"text": text})
        show.as_json(answer) if as_json else show.line(f"{id} is published.")


@connected
def activate(
    house: Connection,
    pack: Annotated[str, typer.Argument(metavar="PACK", help="Id of a pack.", show_default=False)],
    site: Annotated[str, typer.Option(help="The site that shall go by it.", show_default=False)],
    overlay: Annotated[
        list[str] | None, typer.Option(metavar="PACK", help="Laid over it; may be repeated.", show_default=False)
    ] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="Else the latest.", show_default=False)] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="RFC3339", help="Else from now on.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a site go by a pack. One that ships with Casetrail is published on the way, if it has not been yet."""
    from shared.policy.shipped import shipped

    published = {each["pack"] for each in house.get("/sla-watch/policies")["items"]}
    for wanted in (pack, *(overlay or ())):
        if wanted not in published and wanted in shipped():
            for text, id in _with_what_it_extends(wanted, published):
                house.post("/sla-watch/policies", {"text": text})
                published.add(id.partition("@")[0])
    body: dict[str, Any] = {"pack": pack, "overlays": overlay or []}
    body |= {name: value for name, value in (("version", version), ("effective_from", from_)) if value is not None}
    answer = house.post(f"/sla-watch/sites/{in_path(site)}/activate-policy", body)
    event = answer["events"][0]
    if as_json:
        show.as_json(answer)
    else:
        show.line(f"{site} goes by {event['policy']} from {event['effective_from']}.")
        found = house.get(f"/sla-watch/sites/{in_path(site)}/policy", at=event["effective_from"])
        if found["nobody_holds"]:
            roles = ", ".join(found["nobody_holds"])
            show.remark(
                f"nobody holds {roles} at {site}: what climbs there reaches the owner alone (casetrail person grant)",
                "yellow",
            )


@connected
def migrate(
    house: Connection,
    site: Annotated[str, typer.Option(help="The site whose running promises move.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; kept for ever.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Let the promises that run at a site go by its policy of now. Without it they stay as they were promised."""
    answer = house.post(f"/sla-watch/sites/{in_path(site)}/migrate-policy", {"reason": reason})
    if as_json:
        show.as_json(answer)
    else:
        show.line(f"Running promises of {site} go by {answer['events'][0]['policy']} from now on.")


# ── packs at hand ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _text_of(name: str) -> tuple[str, Path]:
    """Of a file, or of a pack that ships with Casetrail."""
    from shared.policy.shipped import shipped, text_of

    if name in shipped():
        return text_of(name), Path()
    if not Path(name).exists():
        raise show.typed_wrongly(
            f"{name} is neither a file nor a pack that ships with Casetrail", way_out=f"shipped: {', '.join(shipped())}"
        )
    return files.text_of(Path(name)), Path(name)


def _at_hand(file: Path) -> dict[str, Pack]:
    """The shipped packs, and those in the files beside this one."""
    from shared.policy.pack_file import read_pack
    from shared.policy.shipped import shipped

    found = dict(shipped())
    for path in sorted(file.parent.glob("*.y*ml")) if file.name else ():
        if path != file and (pack := read_pack(files.text_of(path)).pack) is not None:
            found[pack.meta.id] = pack
    return found


def _effective(name: str) -> dict[str, Any]:
    from shared.policy.pack import effective
    from shared.policy.pack_check import Unresolvable, lineage
    from shared.policy.pack_file import read_pack

    text, file = _text_of(name)
    read = read_pack(text)
    if read.pack is None:
        raise show.typed_wrongly(f"{name}: {read.faults[0]}", way_out=f"casetrail policy check {name}")
    try:
        whole = effective(lineage(read.pack, _at_hand(file)))
    except Unresolvable as error:
        raise show.typed_wrongly(f"{name} {error}") from None
    return whole.model_dump(mode="json", exclude_none=True, by_alias=True)


def _with_what_it_extends(name: str, published: set[str]) -> Iterator[tuple[str, str]]:
    """(text, id@version) of the pack, after those of the shipped packs it stands on that are not published yet."""
    from shared.policy.pack_file import read_pack
    from shared.policy.shipped import shipped

    text, _ = _text_of(name)
    pack = read_pack(text).pack
    parent = pack.meta.extends if pack else None
    if parent is not None and parent not in published and parent in shipped():
        yield from _with_what_it_extends(parent, published)
    yield text, f"{pack.meta.id}@{pack.meta.version}" if pack else name


def _flat(value: Any, where: str = "") -> dict[str, Any]:
    """Leaves by their path; lists are leaves."""
    if isinstance(value, dict) and value:
        items = cast("dict[str, Any]", value)
        return {
            k: v for name, part in items.items() for k, v in _flat(part, f"{where}.{name}" if where else name).items()
        }
    return {where: value}


def _shown(value: Any) -> str:
    import json

    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
