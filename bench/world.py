"""A ledger with a desk, a site and an owner: what the benchmarks write to."""

from __future__ import annotations

import itertools
from pathlib import Path

from services.first_start import open_ledger
from services.intake.domain import ContactCustomer, ReceiveComplaint
from services.intake.organisation import AddPerson, GrantRole
from services.intake.wiring import RECEIVE, SERVICE
from shared.events.organisation import Role
from shared.events.words import Channel, ContactPurpose, Direction
from shared.kernel.command import Command
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.service import Handles
from shared.runtime.sqlite_ledger import SqliteLedger


def _handles(command: type[Command]) -> Handles:
    return next(handles for handles in SERVICE.handles if handles.command is command)


def begun(path: Path, ledger: Ledger | None = None) -> tuple[Home, Ledger, Desk]:
    """A home with its first facts; the ledger is a file in it, unless another one is given."""
    home = Home(path)
    home.occupy()
    ledger = ledger or SqliteLedger(home / "ledger.sqlite", new_ledger_id="bench")
    desk = Desk(ledger, Clock())
    open_ledger(desk, home / "admin.token", site="sz", title="Bench", zone="Asia/Shanghai", owner="Bench", begin=None)
    return home, ledger, desk


class World:
    """Everything but the doors."""

    def __init__(self, folder: Path, ledger: Ledger | None = None) -> None:
        self.home, self.ledger, self.desk = begun(folder / "home", ledger)
        self.keeper = Doorkeeper(self.desk)
        self.by = next(person for person in self.desk.directory.people.values())
        self._keys = itertools.count()
        clerk = self._do(_handles(AddPerson), "", AddPerson(name="Clerk"))
        self._do(_handles(GrantRole), clerk, GrantRole(role=Role.CUSTOMER_SERVICE, site="sz"))
        self.by = self.desk.directory.people[clerk]
        """Whoever acts holds one role, as people do; an owner holds all of them, and each fact would name them all."""
        self._contact = _handles(ContactCustomer)

    def receive(self, text: str) -> str:
        """Take in a complaint; its id."""
        command = ReceiveComplaint(site="sz", channel=Channel.EMAIL, description=text)
        return self._do(RECEIVE, "", command)

    def contact(self, case: str) -> None:
        """Record a contact."""
        self._do(
            self._contact,
            case,
            ContactCustomer(
                direction=Direction.OUTBOUND,
                channel=Channel.EMAIL,
                purpose=ContactPurpose.PROGRESS,
                summary="told how it goes",
            ),
        )

    def _do(self, handles, case, command) -> str:
        headers = {"idempotency-key": f"k{next(self._keys)}"}
        order = self.keeper.order(SERVICE, handles, case, command, self.by, headers)
        return self.desk.submit(order).result().stream.partition("-")[2]

    def close(self) -> None:
        """Let go of everything."""
        self.desk.stop()
        self.ledger.close()
        self.home.release()
