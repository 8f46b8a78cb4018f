"""Packs and calendars that somebody names to try them out: published here, shipped with Casetrail, or in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.cli import files, show
from services.cli.connection import Connection, in_path
from services.sla_watch.worlds import Worlds
from shared.clocks.calendars import ALWAYS, WorkCalendar
from shared.events.policy import PackRef
from shared.events.simulations import TriedCalendar
from shared.policy.pack import Pack
from shared.policy.pack_check import Unresolvable, check, lineage
from shared.policy.pack_file import read_pack
from shared.policy.policies import Policy, digest_of, digest_of_text, overlaid
from shared.policy.shipped import shipped, text_of

_FILES = (".yaml", ".yml")


@dataclass(frozen=True)
class _Pack:
    pack: Pack
    text: str

    @property
    def ref(self) -> PackRef:
        return PackRef(pack=self.pack.meta.id, version=self.pack.meta.version, digest=digest_of_text(self.text))


class PacksAtHand:
    """The latest version of every published pack, and of those shipped that are not published; others by version or file."""

    def __init__(self, house: Connection) -> None:
        self._house = house
        self._published = [each["pack"] for each in house.get("/sla-watch/policies")["items"]]
        self._known = {id: _Pack(pack, text_of(id)) for id, pack in shipped().items()}
        self._known |= {id: self._version(id, None) for id in self._published}

    def policy(self, name: str) -> Policy:
        """`pack-s3`, `pack-s3@2`, `draft.yaml`, or any of them with overlays: `pack-s3+overlay-8d-auto`."""
        main, *overlays = [name] if Path(name).is_file() else name.split("+")
        found, beside = self._named(main)
        above = [self._named(each)[0] for each in overlays]
        if found.pack.meta.overlay:
            raise _wrong(f"{main} is an overlay: it says what is to change of a pack", f"name it as PACK+{main}")
        for each in above:
            if not each.pack.meta.overlay:
                raise _wrong(
                    f"{each.ref} is no overlay, so it cannot lie over another pack", "repeat --policy to compare"
                )
        known = {**self._known, **beside}
        try:
            line = lineage(found.pack, {id: each.pack for id, each in known.items()})
        except Unresolvable as error:
            raise _wrong(f"{main} {error}", self._names()) from None
        refs = (*(known[each.meta.id].ref for each in line[:-1]), found.ref, *(each.ref for each in above))
        whole = overlaid(line, [each.pack for each in above])
        return Policy(whole, " + ".join(str(each.ref) for each in (found, *above)) + f" {digest_of(whole)}", refs)

    def _named(self, name: str) -> tuple[_Pack, dict[str, _Pack]]:
        """The pack, and if it stands in a file, the packs beside it."""
        id, _, version = name.partition("@")
        if version.isascii() and version.isdigit():
            if id in self._published and int(version) <= self._known[id].pack.meta.version:
                return self._version(id, int(version)), {}
            if id in self._known and self._known[id].pack.meta.version == int(version):
                return self._known[id], {}
        elif name in self._known:
            return self._known[name], {}
        elif name.endswith(_FILES) or Path(name).is_file():
            return self._in_file(Path(name))
        raise _wrong(f"there is no pack {name!r}", self._names())

    def _version(self, id: str, version: int | None) -> _Pack:
        text = self._house.get(f"/sla-watch/policies/{in_path(id)}", version=version)["text"]
        pack = read_pack(text).pack
        if pack is None:
            raise _wrong(f"{id} is published here, but this casetrail cannot read it", "use the one of the server")
        return _Pack(pack, text)

    def _in_file(self, file: Path) -> tuple[_Pack, dict[str, _Pack]]:
        read, text = read_pack(files.text_of(file)), files.text_of(file)
        beside: dict[str, _Pack] = {}
        for path in sorted(file.parent.glob("*.y*ml")):
            if path != file and (pack := read_pack(files.text_of(path)).pack) is not None:
                beside[pack.meta.id] = _Pack(pack, files.text_of(path))
        known = {id: each.pack for id, each in (self._known | beside).items()}
        faults = check(read, known)
        for fault in faults:
            show.remark(f"{file}:{fault.line}: {fault.where + ': ' if fault.where else ''}{fault.detail}", "red")
        if faults or read.pack is None:
            raise _wrong(f"{file} has {_counted(faults)}", f"casetrail policy check {file}")
        return _Pack(read.pack, text), beside

    def _names(self) -> str:
        return f"published or shipped: {', '.join(str(self._known[id].ref) for id in sorted(self._known))}; or a file in YAML"


@dataclass(frozen=True)
class CalendarAtHand:
    """A calendar that is to hold everywhere, and how it is named in the record."""

    calendar: WorkCalendar
    tried: TriedCalendar


class CalendarNamed:
    """A calendar by name: `sz`, `sz@2`, `always`, or a file. What can be wrong with the name is said at once."""

    def __init__(self, house: Connection, name: str) -> None:
        self.name = name
        self._file = Path(name) if name.endswith(_FILES) or Path(name).is_file() else None
        if self._file is not None:
            from services.sla_watch.calendar_files import read_calendar

            self._text = files.text_of(self._file)
            self._said = read_calendar(self._text)
            if "calendar" not in self._said:
                raise _wrong(f"{name} does not name the calendar", "begin it with, for example, calendar: plant-2")
            return
        self._id, _, edition = name.partition("@")
        self._edition = int(edition) if edition.isascii() and edition.isdigit() else None
        there = {each["calendar"]: each["edition"] for each in house.get("/sla-watch/calendars")["items"]}
        if name != ALWAYS.id and (
            self._id not in there
            or (edition and self._edition is None)
            or not 0 < (self._edition or 1) <= there[self._id]
        ):
            known = ", ".join(f"{id}@{last}" for id, last in sorted(there.items())) or "none"
            raise _wrong(f"there is no calendar {name!r}", f"published: {known}; or {ALWAYS.id}, or a file in YAML")

    def read(self, worlds: Worlds, now: datetime) -> CalendarAtHand:
        """The calendar, from the facts or the file; raises Problem for a file that states none that can be."""
        if self._file is not None:
            return self._from_file(worlds, now)
        calendar = ALWAYS if self.name == ALWAYS.id else worlds.calendar(self._id, self._edition)
        if calendar is None:
            raise _wrong(f"{self.name} is not among the facts that you may read", "ask somebody who may read all sites")
        edition = None if calendar is ALWAYS else calendar.version
        return CalendarAtHand(calendar, TriedCalendar(calendar=calendar.id, edition=edition))

    def _from_file(self, worlds: Worlds, now: datetime) -> CalendarAtHand:
        from services.sla_watch.calendars import PublishCalendar, stated
        from shared.runtime.door import read_strictly

        command = read_strictly(PublishCalendar, json.dumps(self._said).encode())
        calendar = stated(worlds.calendar(command.calendar), command, now)
        digest = hashlib.sha256(self._text.encode()).hexdigest()
        return CalendarAtHand(calendar, TriedCalendar(calendar=calendar.id, digest=digest))


def _counted(faults: Sequence[object]) -> str:
    return "a fault" if len(faults) == 1 else f"{len(faults)} faults"


def _wrong(detail: str, way_out: str) -> Exception:
    return show.typed_wrongly(detail, way_out=way_out)
