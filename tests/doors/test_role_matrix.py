"""Every role × every command × (own site, another site, nowhere): what the desk answers is what the table says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import cast

import orjson
import pytest

from services.examples import EXAMPLES
from services.intake.wiring import ISSUE_TOKEN
from services.organisation_chart import SERVICES
from shared.complaint.state import Complaint, Stage
from shared.events import organisation as o
from shared.events.calendars import CalendarPublished
from shared.events.organisation import Role
from shared.kernel.command import Command
from shared.kernel.errors import Forbidden, Problem
from shared.policy.access import COMMANDS, QUERIES, who_may
from shared.policy.organisation import Site
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper, read_command
from shared.runtime.orders import ANYWHERE
from shared.runtime.reader import reader_of
from shared.runtime.rules_now import RulesNow
from shared.runtime.service import Handles, Service
from tests.examples import example
from tests.facts import MONDAY, Story, received
from tests.shared.runtime.desks import desk_at, said, saying

CASE = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"
WHERE = {"own": "sz", "other": "dd", "nowhere": None}
CELLS = [
    *((service, handles) for service in SERVICES.values() for handles in service.handles),
    (SERVICES["intake"], ISSUE_TOKEN),
]
_keys = count(1)


def wish(handles: Handles) -> Command:
    """The command's example; the hash of a token is the door's to add."""
    by_door = {"label": "laptop", "sha256": "a" * 64} if handles is ISSUE_TOKEN else {}
    return read_command(handles.command, orjson.dumps({**EXAMPLES.get(handles.command.__name__, {}), **by_door}))


@dataclass(frozen=True)
class Asked:
    """One cell of the matrix, asked at the real desk."""

    desk: Desk

    def forbidden(self, service: Service, handles: Handles, person: str) -> bool:
        command = wish(handles)
        id = CASE if handles.path.startswith("complaints/") else {"people": "p-nobody", "sites": "sz"}.get(
            handles.path.partition("/")[0], "sz"
        )  # fmt: skip
        order = Doorkeeper(self.desk, alone=True).order(
            service, handles, id, command, self.desk.directory.people[person], {"idempotency-key": f"k{next(_keys)}"}
        )
        try:
            asyncio.run(self.desk.ask(order))
        except Forbidden as problem:
            return "holds none of the roles" in problem.detail
        except Problem:
            pass  # let in, and then refused by another rule
        return False

    def site(self, handles: Handles) -> str:
        """Where the roles must be held for the example, as its wiring says."""
        if handles.site is None:
            return "sz"
        command = wish(handles)
        rules = SimpleNamespace(complaint=lambda id: Complaint(site="sz"), sites=lambda: [Site("sz"), Site("nj")])
        return handles.site("sz", command, cast("RulesNow", rules))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Two sites, a case at the first, and for each role one person at each site, and one who holds nothing."""
    with desk_at(tmp_path_factory.mktemp("matrix")) as desk:
        site = o.SiteOpened(site="dd", title="Dresden", zone="Europe/Berlin", calendar="dd", owner="p-owner")
        said(desk, saying("site-dd", site))
        for role in Role:
            for code in ("sz", "dd"):
                id = person(role, code)
                added, granted = o.PersonAdded(person=id, name=id), o.RoleGranted(person=id, role=role, site=code)
                said(desk, saying(f"person-{id}", added, granted))
        said(desk, saying("person-p-nobody", o.PersonAdded(person="p-nobody", name="Nobody")))
        said(desk, saying(f"complaint-{CASE}", received()))
        story = Story().goes_to(Stage.RECEIVED)
        clock = next(f.event for f in story.log.facts if f.kind == "clocks")
        said(desk, saying(f"clocks-{CASE}", clock))
        said(desk, saying("duties-sz", clock))
        said(desk, saying("calendar-sz", example(CalendarPublished, full=False)))
        yield Asked(desk)


def person(role: Role, site: str | None) -> str:
    return "p-nobody" if site is None else f"p-{role.replace('_', '-')}-{site}"


@pytest.mark.parametrize(("service", "handles"), CELLS, ids=[handles.command.door() for _, handles in CELLS])
def test_every_cell_of_the_matrix(asked: Asked, service: Service, handles: Handles):
    where, wrong = asked.site(handles), list[str]()
    for role in Role:
        for name, site in WHERE.items():
            wanted = role in who_may(handles.command) and (site == where or (where == ANYWHERE and site is not None))
            if asked.forbidden(service, handles, person(role, site)) == wanted:
                wrong.append(f"{role} {name}: {'let in' if not wanted else 'forbidden'}")
    assert not wrong


def test_every_row_of_the_table_is_a_command_and_every_command_has_a_row():
    assert set(COMMANDS) == {handles.command.door() for _, handles in CELLS} | {"import-complaint", "import-history"}


@pytest.mark.parametrize("what", QUERIES)
def test_what_is_read_is_read_at_the_sites_of_the_role_alone(asked: Asked, what: str):
    directory = asked.desk.directory
    for role in Role:
        for site in WHERE.values():
            reader = reader_of(directory, directory.people[person(role, site)], what, MONDAY)
            assert reader.sites & {"sz", "dd"} == (frozenset({site}) if site and role in QUERIES[what] else frozenset())


def test_the_owner_of_both_sites_reads_both(asked: Asked):
    directory = asked.desk.directory
    reader = reader_of(directory, directory.people["p-owner"], "cases", MONDAY)
    assert reader.sites >= {"sz", "dd"} and reader.at("dd") == ("dd",)
